"""Frames in: count, time, orientation, alpha, ranges, sequences."""

from __future__ import annotations

import io
import sys
import threading
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import torch

from animecolor.config import Limits, Range
from animecolor.errors import AnimecolorError, UsageError
from animecolor.frame import Frame, to_array
from animecolor.video.decode import decode
from animecolor.video.probe import probe

LIMITS = Limits()


def same(left: list[Frame], right: list[Frame]) -> bool:
    return len(left) == len(right) and all(
        a.pts == b.pts and torch.equal(a.image, b.image) for a, b in zip(left, right, strict=True)
    )


def test_a_real_film_frame_by_frame(bunny: Path, read: Callable[..., list[Frame]]) -> None:
    frames = read(bunny, frames=20)
    with av.open(str(bunny)) as container:
        wanted = [f.pts for f, _ in zip(container.decode(video=0), range(20), strict=False)]
    assert [frame.pts for frame in frames] == wanted
    assert [frame.index for frame in frames] == list(range(20))
    assert all(frame.duration == 512 and frame.time_base == Fraction(1, 12800) for frame in frames)
    assert [frame.opens_shot for frame in frames[:3]] == [True, False, False]
    assert frames[0].image.shape == (3, 720, 1280)
    assert frames[0].image.dtype == torch.uint8
    assert to_array(frames[0].image).flags.c_contiguous


def test_odd_sizes_are_contiguous(
    tmp_path: Path, draw: Callable[..., Path], read: Callable[..., list[Frame]]
) -> None:
    clip = draw(tmp_path / "odd.mkv", "-vf", "scale=101:57", "-c:v", "ffv1", frames=2)
    frame = read(clip)[0]
    assert frame.size == (57, 101)
    assert to_array(frame.image).flags.c_contiguous


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_rotation_is_undone(
    tmp_path: Path,
    draw: Callable[..., Path],
    ffmpeg: Callable[..., bytes],
    read: Callable[..., list[Frame]],
    turn: int,
) -> None:
    flat = draw(tmp_path / "flat.mp4", frames=2)
    ffmpeg("-display_rotation", turn, "-i", flat, "-c", "copy", tmp_path / "t.mp4")
    upright = to_array(read(tmp_path / "t.mp4")[0].image)
    assert np.array_equal(upright, np.rot90(to_array(read(flat)[0].image), turn // 90))
    raw = ffmpeg(
        "-i", tmp_path / "t.mp4", "-frames:v", 1, "-pix_fmt", "rgb24", "-f", "rawvideo", "-"
    )  # fmt: skip
    player = np.frombuffer(raw, np.uint8).reshape(upright.shape).astype(int)
    assert np.abs(upright - player).mean() * 3 < np.abs(np.rot90(upright, 2) - player).mean()


ALPHA = "geq=r=X:g=Y:b=128:a='X*255/95'"


@pytest.mark.parametrize(
    ("name", "argv", "worst"),
    [
        ("a.mov", ("-c:v", "prores_ks", "-profile:v", "4444", "-pix_fmt", "yuva444p10le"), 1),
        ("a.mkv", ("-c:v", "ffv1", "-pix_fmt", "bgra"), 0),
        ("a.webm", ("-c:v", "libvpx-vp9", "-pix_fmt", "yuva420p", "-crf", "10", "-b:v", "0"), 2),
        ("b.webm", ("-c:v", "libvpx", "-pix_fmt", "yuva420p", "-crf", "4", "-b:v", "2M",
                    "-auto-alt-ref", "0"), 3),
        ("b.mov", ("-c:v", "qtrle", "-pix_fmt", "argb"), 0),
        ("c.mov", ("-c:v", "png", "-pix_fmt", "rgba"), 0),
        ("d.mkv", ("-c:v", "ffv1", "-pix_fmt", "gbrap16le"), 0.02),
    ],
)  # fmt: skip
def test_alpha_is_kept(
    tmp_path: Path,
    draw: Callable[..., Path],
    read: Callable[..., list[Frame]],
    name: str,
    argv: tuple[str, ...],
    worst: float,
) -> None:
    clip = draw(tmp_path / name, "-vf", f"format=rgba,{ALPHA},format=rgba", *argv, frames=3)
    assert probe(clip, LIMITS).has_alpha
    frame = read(clip)[0]
    assert frame.alpha is not None
    assert frame.alpha.dtype == frame.image.dtype
    top = 255 if frame.alpha.dtype == torch.uint8 else 65535
    wanted = np.tile(np.floor(np.arange(96) * 255 / 95), (64, 1))
    assert np.abs(to_array(frame.alpha)[..., 0] / top * 255 - wanted).max() <= worst


def test_an_opaque_clip_has_no_alpha(bikes: Path, read: Callable[..., list[Frame]]) -> None:
    assert read(bikes, frames=1)[0].alpha is None


def test_every_range_is_a_piece_of_the_whole(bikes: Path, read: Callable[..., list[Frame]]) -> None:
    whole = read(bikes)
    assert len(whole) == 250
    for part, (first, last) in {
        (("start", "8.0"), ("end", "8.4")): (200, 210),
        (("start", "00:00:08.2"), ("frames", 3)): (205, 208),
        (("start", "00:00:09:05"),): (230, 250),
        (("start", "9.61"), ("end", "00:09.9")): (241, 248),
        (("start", "100f"), ("end", "103f")): (100, 103),
        (("end", "4f"),): (0, 4),
        (("frames", 2),): (0, 2),
    }.items():
        assert same(read(bikes, **dict(part)), whole[first:last]), part


@pytest.mark.parametrize("argv", [(), ("-x264opts", "open-gop=1:keyint=12:bframes=3")])
def test_a_seek_gives_the_frames_of_a_full_decode(
    tmp_path: Path,
    draw: Callable[..., Path],
    read: Callable[..., list[Frame]],
    argv: tuple[str, ...],
) -> None:
    for name in ("s.mp4", "s.mkv"):
        clip = draw(tmp_path / name, *argv, frames=240)
        whole = read(clip)
        for start in ("4.5", "6.006", "9.9"):
            part = read(clip, start=start)
            assert same(part, whole[-len(part) :])
            assert part[0].time_s - whole[0].time_s >= float(start) - 0.001
            before = whole[-len(part) - 1]
            assert before.time_s - whole[0].time_s < float(start)


def test_a_clip_that_cannot_be_sought_in_is_read_from_its_start(
    tmp_path: Path, draw: Callable[..., Path], read: Callable[..., list[Frame]]
) -> None:
    clip = draw(tmp_path / "s.mp4", frames=240)
    data = bytearray(clip.read_bytes())
    first_key = data.index(b"stss") + 12
    data[first_key : first_key + 4] = (230).to_bytes(4, "big")  # no key frame before the start
    clip.write_bytes(data)
    assert same(read(clip, start="6.006"), read(clip)[144:])


def test_a_range_without_frames_is_refused(bikes: Path, read: Callable[..., list[Frame]]) -> None:
    with pytest.raises(UsageError, match="holds no frame"):
        read(bikes, start="11")


def test_interlaced_is_refused(
    tmp_path: Path, draw: Callable[..., Path], read: Callable[..., list[Frame]]
) -> None:
    clip = draw(tmp_path / "i.mkv", "-vf", "setfield=tff", "-flags", "+ildct", "-x264opts", "tff=1")
    with pytest.raises(AnimecolorError, match="deinterlace it first"):
        read(clip)


def test_a_change_of_size_is_refused(tmp_path: Path, draw: Callable[..., Path]) -> None:
    parts = [
        draw(tmp_path / f"{size}.h264", "-f", "h264", size=size, frames=6)
        for size in ("96x64", "128x96")
    ]
    joined = tmp_path / "joined.h264"
    joined.write_bytes(b"".join(part.read_bytes() for part in parts))
    frames = decode(probe(joined, LIMITS), Range(), LIMITS)
    assert len([next(frames) for _ in range(6)]) == 6
    with pytest.raises(AnimecolorError, match="changes size from 96x64 to 128x96 at frame 6"):
        next(frames)


@pytest.mark.parametrize("name", ["one.mp4", "one.mkv", "one.png", "one%03d.png", "one.gif"])
def test_one_frame(
    tmp_path: Path, draw: Callable[..., Path], read: Callable[..., list[Frame]], name: str
) -> None:
    clip = draw(tmp_path / name.replace("%", "_"), frames=1).rename(tmp_path / name)
    (frame,) = read(clip)
    assert frame.size == (64, 96)
    assert frame.pts == probe(clip, LIMITS).start_pts


@pytest.fixture
def y4m(ffmpeg: Callable[..., bytes]) -> bytes:
    return ffmpeg(
        "-f", "lavfi", "-i", "testsrc2=size=96x64:rate=24000/1001", "-frames:v", "5",
        "-pix_fmt", "yuv420p", "-f", "yuv4mpegpipe", "-",
    )  # fmt: skip


def pipe_in(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    stream = io.TextIOWrapper(io.BufferedReader(io.BytesIO(data)))  # type: ignore[arg-type]
    monkeypatch.setattr(sys, "stdin", stream)


def test_y4m_on_standard_input(monkeypatch: pytest.MonkeyPatch, y4m: bytes) -> None:
    pipe_in(monkeypatch, y4m)
    info = probe("-", LIMITS)
    assert (info.width, info.height, info.rate) == (96, 64, Fraction(24000, 1001))
    frames = list(decode(info, Range(), LIMITS))
    assert [frame.pts for frame in frames] == [0, 1, 2, 3, 4]
    assert frames[0].time_base == Fraction(1001, 24000)


class Chunks(io.RawIOBase):
    """A pipe that gives one chunk a read."""

    def __init__(self, *chunks: bytes) -> None:
        self.chunks = list(chunks)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        chunk = self.chunks.pop(0) if self.chunks else b""
        buffer[: len(chunk)] = chunk[: len(buffer)]
        if len(chunk) > len(buffer):
            self.chunks.insert(0, chunk[len(buffer) :])
        return min(len(chunk), len(buffer))


@pytest.mark.parametrize("lost", [0, 1000])
def test_y4m_whose_header_comes_alone(
    monkeypatch: pytest.MonkeyPatch, y4m: bytes, lost: int
) -> None:
    header = y4m.index(b"\n") + 1
    chunks = Chunks(y4m[:header], y4m[header : header + 3], y4m[header + 3 : len(y4m) - lost])
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(chunks)))
    frames = decode(probe("-", LIMITS), Range(), LIMITS)
    assert len([next(frames) for _ in range(4)]) == 4
    if lost:
        with pytest.raises(AnimecolorError, match="truncated: 4 frames"):
            next(frames)
    else:
        assert len(list(frames)) == 1


def test_y4m_that_stops_inside_a_frame(monkeypatch: pytest.MonkeyPatch, y4m: bytes) -> None:
    pipe_in(monkeypatch, y4m[:-1000])
    frames = decode(probe("-", LIMITS), Range(), LIMITS)
    assert len([next(frames) for _ in range(4)]) == 4
    with pytest.raises(AnimecolorError, match="truncated: 4 frames"):
        next(frames)


def test_other_things_on_standard_input_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for data in (b"", b"ffconcat version 1.0\n", b"YUV4MPEG2 W96", b"YUV4MPEG2 nonsense\n" * 9):
        pipe_in(monkeypatch, data)
        with pytest.raises(AnimecolorError):
            list(decode(probe("-", LIMITS), Range(), LIMITS))
    pipe_in(monkeypatch, b"YUV4MPEG2 W30000 H30000 F24:1 C420jpeg\nFRAME\n")
    with pytest.raises(AnimecolorError, match="more than the limit"):
        probe("-", LIMITS)


def test_closing_early_leaves_no_thread(bikes: Path) -> None:
    before = threading.active_count()
    frames = decode(probe(bikes, LIMITS), Range(), LIMITS)
    next(frames)
    frames.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before
