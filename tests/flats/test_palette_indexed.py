"""Indexed PNG: Pillow sees our indices and colors, we see those of other programs."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from animecolor.config import Limits
from animecolor.errors import AnimecolorError
from animecolor.flats.indexed import read_indexed_png, to_indexed_png
from animecolor.flats.palette import Palette, Swatch
from animecolor.frame import UNPAINTED


def palette_of(count: int) -> Palette:
    return Palette(
        tuple(Swatch((number, 255 - number, 7 * number % 256)) for number in range(count))
    )


def drawing(seed: int, size: tuple[int, int], count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, count, size, dtype=np.uint8)


@settings(max_examples=30, deadline=None)
@given(
    seed=st.integers(0, 1 << 32),
    height=st.integers(1, 20),
    width=st.integers(1, 20),
    count=st.integers(1, 255),
    holes=st.booleans(),
)
def test_pillow_sees_the_indices_and_the_colors(
    seed: int, height: int, width: int, count: int, holes: bool
) -> None:
    index = drawing(seed, (height, width), count)
    if holes:
        index[::2, ::3] = UNPAINTED
    palette = palette_of(count)
    picture = Image.open(io.BytesIO(to_indexed_png(index, palette)))
    picture.load()
    assert picture.mode == "P"
    assert np.array_equal(np.asarray(picture), index)
    colors = np.asarray(picture.convert("RGBA"))
    painted = index != UNPAINTED
    assert np.array_equal(colors[painted][:, :3], palette.rgb[index[painted]])
    assert np.array_equal(colors[..., 3], np.where(painted, 255, 0))


def test_what_was_written_is_read(tmp_path: Path) -> None:
    index = drawing(1, (9, 31), 200)
    index[3] = UNPAINTED
    path = tmp_path / "a.png"
    path.write_bytes(to_indexed_png(index, palette_of(200)))
    assert np.array_equal(read_indexed_png(path), index)
    assert np.array_equal(cv2.imread(str(path))[0, ::-1], palette_of(200).rgb[index[0]][::-1, ::-1])


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
@pytest.mark.parametrize("width", [1, 7, 16])
def test_reads_what_pillow_writes(bits: int, width: int, tmp_path: Path) -> None:
    index = drawing(bits, (5, width), min(1 << bits, 250))
    picture = Image.fromarray(index, "P")
    picture.putpalette(palette_of(1 << bits if bits < 8 else 250).rgb.tobytes())
    path = tmp_path / "a.png"
    picture.save(path, bits=bits)
    assert np.array_equal(read_indexed_png(path), index)


def png(index: NDArray[np.uint8], filters: list[int], **header: int) -> bytes:
    """An indexed PNG whose rows are filtered as asked, by the definition of each filter."""
    height, width = index.shape
    rows = bytearray()
    wide = np.zeros((height + 1, width + 1), np.int64)
    wide[1:, 1:] = index
    for y, kind in enumerate(filters):
        rows.append(kind)
        for x in range(width):
            left, up, corner = (int(v) for v in (wide[y + 1, x], wide[y, x + 1], wide[y, x]))
            p = left + up - corner
            paeth = min((left, up, corner), key=lambda v: abs(p - v))
            guess = (0, left, up, (left + up) // 2, paeth, 0)[kind]
            rows.append((int(index[y, x]) - guess) % 256)
    said = {"width": width, "height": height, "bits": 8, "color": 3, "lace": 0} | header
    size = struct.pack(
        ">IIBBBBB", said["width"], said["height"], said["bits"], said["color"], 0, 0, said["lace"]
    )
    chunks = [
        (b"IHDR", size),
        (b"PLTE", bytes(768)),
        (b"IDAT", zlib.compress(rows)),
        (b"IEND", b""),
    ]
    data = b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        for kind, body in chunks
    )
    return b"\x89PNG\r\n\x1a\n" + data


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 1 << 32), filters=st.lists(st.integers(0, 4), min_size=1, max_size=8))
def test_every_filter_is_undone(
    seed: int, filters: list[int], tmp_path_factory: pytest.TempPathFactory
) -> None:
    index = drawing(seed, (len(filters), 11), 256)
    path = tmp_path_factory.mktemp("filters") / "a.png"
    path.write_bytes(png(index, filters))
    assert np.array_equal(np.asarray(Image.open(path)), index)  # the test's own filters are right
    assert np.array_equal(read_indexed_png(path), index)


WHOLE = png(np.zeros((4, 4), np.uint8), [0] * 4)
HOSTILE = [
    (b"", "no PNG"),
    (b"GIF89a", "no PNG"),
    (WHOLE[:8], "cut short"),
    (WHOLE[:-12], "cut short"),
    (WHOLE[:40], "cannot be read"),
    (WHOLE[:20] + b"\xff" + WHOLE[21:], "damaged"),
    (png(np.zeros((4, 4), np.uint8), [0] * 4, color=2), "no indices"),
    (png(np.zeros((4, 4), np.uint8), [0] * 4, bits=16), "no indices"),
    (png(np.zeros((4, 4), np.uint8), [0] * 4, lace=1), "interlaced"),
    (png(np.zeros((4, 4), np.uint8), [0] * 4, height=5), "cut short"),
    (png(np.zeros((4, 4), np.uint8), [0] * 4, width=0), "0x4"),
    (png(np.zeros((4, 4), np.uint8), [0] * 4, height=0), "4x0"),
    (png(np.zeros((4, 4), np.uint8), [0] * 4, width=1 << 31), "2147483648x4"),
    (png(np.zeros((4, 4), np.uint8), [0, 5, 0, 0]), "unknown filter"),
]


@pytest.mark.parametrize(("data", "said"), HOSTILE)
def test_hostile_files_end_in_one_sentence(data: bytes, said: str, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(data)
    with pytest.raises(AnimecolorError, match=said) as caught:
        read_indexed_png(path, Limits(max_side=100))
    assert str(path) in str(caught.value)
    with pytest.raises(AnimecolorError, match="No such file"):
        read_indexed_png(tmp_path / "none.png")


@settings(max_examples=60, deadline=None)
@given(cut=st.integers(0, len(WHOLE)), at=st.integers(0, len(WHOLE) - 1), value=st.integers(0, 255))
def test_damage_never_ends_in_a_traceback(
    cut: int, at: int, value: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a.png"
    broken = bytearray(WHOLE)
    broken[at] = value
    path.write_bytes(broken[:cut])
    try:
        assert read_indexed_png(path, Limits(max_side=100)).shape == (4, 4)
    except AnimecolorError:
        return


@pytest.mark.parametrize("count", [0, 3, 256])
def test_an_index_without_a_swatch_is_a_bug(count: int) -> None:
    with pytest.raises(ValueError, match="no swatch"):
        to_indexed_png(np.full((2, 2), 3, np.uint8), palette_of(count))


def test_nothing_painted_needs_no_swatch(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(to_indexed_png(np.full((2, 2), UNPAINTED, np.uint8), Palette(())))
    assert np.asarray(Image.open(path).convert("RGBA")).tolist() == [[[0, 0, 0, 0]] * 2] * 2
