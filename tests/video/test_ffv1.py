"""Damaged FFV1 is told by its check sums, where it has them, and never by chance."""

from __future__ import annotations

import random
from pathlib import Path

import av
import numpy as np
import pytest

from animecolor.config import Limits, Range
from animecolor.errors import AnimecolorError
from animecolor.video.decode import decode
from animecolor.video.ffv1 import is_whole
from animecolor.video.probe import probe


def clip(path: Path, **options: str) -> Path:
    rng = np.random.default_rng(0)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("ffv1", rate=24, options=options)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "bgr0"
        for _ in range(13):
            picture = np.full((64, 96, 3), rng.integers(0, 256, 3), np.uint8)
            picture[8:40, 8:40] = rng.integers(0, 256, (32, 32, 3))
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    return path


def frames(path: Path) -> int:
    return sum(1 for _ in decode(probe(path, Limits()), Range(), Limits()))


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("slices", ["4", "16"])
def test_every_byte_of_a_picture_counts(tmp_path: Path, slices: str) -> None:
    made = clip(tmp_path / "a.mkv", level="3", slicecrc="1", slices=slices)
    (first, *_) = found = packets(made)
    assert all(map(is_whole, found))
    for at in range(0, len(first), 7):
        bad = bytearray(first)
        bad[at] ^= 1 << at % 8
        assert not is_whole(bytes(bad))
    assert not is_whole(first[:-1])
    assert not is_whole(b"")


def test_damage_that_the_decoder_hides_is_told(tmp_path: Path) -> None:
    made = clip(tmp_path / "a.mkv", level="3", slicecrc="1")
    saved = made.read_bytes()
    chance = random.Random(0)
    for _ in range(40):
        bad = bytearray(saved)
        at = chance.randrange(len(bad) // 4, 3 * len(bad) // 4)
        bad[at : at + 60] = chance.randbytes(60)
        made.write_bytes(bytes(bad))
        with pytest.raises(AnimecolorError, match=r"is damaged|is truncated"):
            frames(made)


@pytest.mark.parametrize("options", [{"level": "1"}, {"level": "3", "slicecrc": "0"}])
def test_a_clip_without_check_sums_is_read(tmp_path: Path, options: dict[str, str]) -> None:
    made = clip(tmp_path / "a.mkv", **options)
    assert not any(map(is_whole, packets(made)))
    assert frames(made) == 13
