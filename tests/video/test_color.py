"""Colours in and out, against the definition of YUV."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from animecolor.config import Limits, Output, Range
from animecolor.frame import Frame, from_array, to_array
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.probe import VideoInfo, probe

LIMITS = Limits()
WEIGHTS = {1: (0.2126, 0.0722), 5: (0.299, 0.114), 6: (0.299, 0.114), 9: (0.2627, 0.0593)}
PATCH = 16


def patches(height: int = 128, width: int = 192) -> np.ndarray:
    """(H, W, 3) float in [0, 1]: flat patches, the eight corners of the cube among them."""
    corners = np.array([[r, g, b] for r in (0, 1) for g in (0, 1) for b in (0, 1)])
    grid = np.random.default_rng(7).random((height // PATCH, width // PATCH, 3))
    grid.reshape(-1, 3)[:8] = corners
    return grid.repeat(PATCH, 0).repeat(PATCH, 1)


def inner(picture: np.ndarray) -> np.ndarray:
    """The middle of each patch, away from where chroma is blended with its neighbours."""
    rows = np.arange(picture.shape[0]) % PATCH
    keep = (rows >= 6) & (rows < 10)
    columns = np.arange(picture.shape[1]) % PATCH
    return picture[keep][:, (columns >= 6) & (columns < 10)]


def to_codes(rgb: np.ndarray, matrix: int, full: bool, bits: int) -> list[np.ndarray]:
    kr, kb = WEIGHTS[matrix]
    red, green, blue = np.moveaxis(rgb, -1, 0)
    luma = kr * red + (1 - kr - kb) * green + kb * blue
    chroma = [(blue - luma) / 2 / (1 - kb), (red - luma) / 2 / (1 - kr)]
    top, step, kind = 2**bits - 1, 2 ** (bits - 8), np.uint8 if bits == 8 else np.uint16
    if full:
        planes = [luma * top, *(c * top + 2 ** (bits - 1) for c in chroma)]
    else:
        planes = [(219 * luma + 16) * step, *((224 * c + 128) * step for c in chroma)]
    return [np.clip(np.rint(plane), 0, top).astype(kind) for plane in planes]


def from_codes(codes: list[np.ndarray], matrix: int, full: bool, bits: int) -> np.ndarray:
    kr, kb = WEIGHTS[matrix]
    luma, blue, red = (plane.astype(float) for plane in codes)
    half, top, step = 2 ** (bits - 1), 2**bits - 1, 2 ** (bits - 8)
    if full:
        luma, blue, red = luma / top, (blue - half) / top, (red - half) / top
    else:
        luma = (luma / step - 16) / 219
        blue, red = (blue - half) / step / 224, (red - half) / step / 224
    r, b = luma + 2 * (1 - kr) * red, luma + 2 * (1 - kb) * blue
    return np.clip(np.stack([r, (luma - kr * r - kb * b) / (1 - kr - kb), b], -1), 0, 1)


def subsample(codes: list[np.ndarray], name: str) -> list[np.ndarray]:
    down, across = (2 if "420" in name else 1), (1 if "444" in name else 2)
    return [codes[0], *(plane[::down, ::across] for plane in codes[1:])]


@pytest.mark.parametrize("full", [False, True], ids=["limited", "full"])
@pytest.mark.parametrize("matrix", [1, 6, 9], ids=["709", "601", "2020"])
@pytest.mark.parametrize(
    ("shape", "bits"),
    [("444", 8), ("444", 10), ("444", 12), ("420", 8), ("420", 10), ("422", 10), ("444", 16)],
)
def test_decode_agrees_with_the_definition(
    tmp_path: Path,
    write_planes: Callable[..., Path],
    shape: str,
    bits: int,
    matrix: int,
    full: bool,
) -> None:
    codes = to_codes(patches(), matrix, full, bits)
    wanted = from_codes(codes, matrix, full, bits)
    name = f"yuv{shape}p" + ("" if bits == 8 else f"{bits}le")
    tags = (matrix, 2 if full else 1)
    clip = write_planes(tmp_path / "c.mkv", name, subsample(codes, name), tags)
    frame = next(decode(probe(clip, LIMITS), Range(), LIMITS))
    assert frame.image.dtype == (torch.uint8 if bits == 8 else torch.uint16)
    got = to_array(frame.image) / (255 if bits == 8 else 65535)
    assert np.abs(inner(got) - inner(wanted)).max() * 255 <= (0.52 if bits == 8 else 0.02)


@pytest.mark.parametrize(("depth", "full"), [(8, True), (8, False), (16, True)])
def test_grey_keeps_its_range(
    tmp_path: Path, write_planes: Callable[..., Path], depth: int, full: bool
) -> None:
    ramp = np.tile(np.linspace(0, 1, 64), (32, 1))
    top, kind = 2**depth - 1, np.uint8 if depth == 8 else np.uint16
    codes = np.rint(ramp * top if full else 16 + 219 * ramp).astype(kind)
    name = "gray" if depth == 8 else "gray16le"
    clip = write_planes(tmp_path / "g.mkv", name, [codes], (2, 2 if full else 1))
    image = to_array(next(decode(probe(clip, LIMITS), Range(), LIMITS)).image)
    assert np.array_equal(image[..., 0], image[..., 2])
    assert np.abs(image[..., 1] / top - ramp).max() <= 1.1 / 219


def frames_like(picture: np.ndarray, info: VideoInfo, count: int = 3) -> list[Frame]:
    image = from_array(np.ascontiguousarray(picture))
    return [Frame(image, pts=n, time_base=info.time_base, index=n) for n in range(count)]


@pytest.fixture
def blank(tmp_path: Path, write_planes: Callable[..., Path]) -> VideoInfo:
    """A silent clip to be like, with a clock of one tick a frame."""
    grey = [np.full((128, 192), 128, np.uint8)] * 3
    info = probe(write_planes(tmp_path / "like.mkv", "yuv444p", grey, (1, 1)), LIMITS)
    return replace(info, time_base=Fraction(1, 24), start_pts=0)


@pytest.mark.parametrize(
    ("preset", "name", "worst"),
    [
        ("web", "a.mp4", 2),
        ("web", "a.webm", 2),
        ("prores4444", "a.mov", 1.5),
        ("master", "a.mkv", 0),
    ],
)
def test_a_round_trip_keeps_colours(
    tmp_path: Path, blank: VideoInfo, preset: str, name: str, worst: float
) -> None:
    picture = np.rint(patches() * 255).astype(np.uint8)
    lossless = {"a.mp4": {"qp": "0"}, "a.webm": {"lossless": "1"}}.get(name, {})
    encode(
        frames_like(picture, blank), tmp_path / name, Output(preset=preset, options=lossless), blank
    )
    info = probe(tmp_path / name, LIMITS)
    assert info.color.matrix_tagged
    assert info.color.range_tagged
    got = to_array(next(decode(info, Range(), LIMITS)).image).astype(float)
    got = got / 257 if info.deep else got
    assert np.abs(inner(got) - inner(picture)).max() <= worst
    with av.open(str(tmp_path / name)) as out:
        context = out.streams.video[0].codec_context
        tags = (context.colorspace, context.color_primaries, context.color_range)
        assert tags == ((0, 1, 2) if preset == "master" else (1, 1, 1))


@pytest.mark.parametrize("pix_fmt", ["yuv420p10le", "yuv444p10le", "yuv444p"])
def test_deep_frames_keep_white_white(tmp_path: Path, blank: VideoInfo, pix_fmt: str) -> None:
    picture = np.rint(patches() * 65535).astype(np.uint16)
    output = Output(codec="libx264", pix_fmt=pix_fmt, options={"qp": "0"})
    encode(frames_like(picture, replace(blank, bits=16)), tmp_path / "d.mkv", output, blank)
    info = probe(tmp_path / "d.mkv", LIMITS)
    got = to_array(next(decode(info, Range(), LIMITS)).image) / (65535 if info.deep else 255)
    assert np.abs(inner(got) - inner(picture) / 65535).max() * 255 <= (1.2 if info.deep else 2)


def test_sixteen_bits_survive_the_master(tmp_path: Path, blank: VideoInfo) -> None:
    noise = np.random.default_rng(1).integers(0, 65536, (128, 192, 3), np.uint16)
    deep = replace(blank, bits=16)
    encode(frames_like(noise, deep), tmp_path / "m.mkv", Output(preset="master"), deep)
    frame = next(decode(probe(tmp_path / "m.mkv", LIMITS), Range(), LIMITS))
    assert np.array_equal(to_array(frame.image), noise)


def test_a_players_view_is_ours(
    tmp_path: Path, bunny: Path, ffmpeg: Callable[..., bytes], read: Callable[..., list[Frame]]
) -> None:
    """zimg, which shares no code with swscale, sees the very colours that we meant."""
    source = read(bunny, frames=3)
    encode(iter(source), tmp_path / "b.mp4", Output(options={"crf": "1"}), probe(bunny, LIMITS))
    exact = "zscale=matrix=gbr:range=full:filter=bilinear:chromalin=left,format=gbrp"
    raw = ffmpeg(
        "-i", tmp_path / "b.mp4", "-vf", exact, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"
    )  # fmt: skip
    seen = np.frombuffer(raw, np.uint8).reshape(3, 720, 1280, 3).astype(int)
    for frame, player, ours in zip(source, seen, read(tmp_path / "b.mp4"), strict=True):
        assert np.abs(to_array(ours.image) - player).max() <= 2
        assert np.abs(to_array(frame.image) - player).mean() < 1.5


def test_chroma_lies_where_players_look_for_it(tmp_path: Path, blank: VideoInfo) -> None:
    """A blue ramp through 4:2:0 and back is off by rounding only: half a pixel would be 2."""
    picture = np.full((128, 192, 3), 100, np.uint8)
    picture[..., 2] = np.rint(np.linspace(0, 255, 192))
    encode(frames_like(picture, blank), tmp_path / "r.mp4", Output(options={"qp": "0"}), blank)
    got = to_array(next(decode(probe(tmp_path / "r.mp4", LIMITS), Range(), LIMITS)).image)
    assert abs((got[..., 2].astype(int) - picture[..., 2])[:, 8:-8].mean()) < 0.25
