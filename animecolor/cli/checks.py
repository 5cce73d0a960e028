"""What this machine can do, found out by trying."""

from __future__ import annotations

import importlib.metadata as metadata
import platform
import re
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.errors import AnimecolorError

if TYPE_CHECKING:
    from animecolor.video.info import VideoInfo

PACKAGES = ("torch", "kornia", "av", "opencv-python", "safetensors", "pydantic")
OPENCV_BUILDS = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)
DRAW_TEXT = ("-f", "lavfi", "-i", "color=d=0.1", "-vf", "drawtext=text=a", "-f", "null", "-")
LITTLE_ROOM_BYTES = 2_000_000_000


class State(StrEnum):
    """How a check came out."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Finding:
    """One line of the report."""

    topic: str
    state: State
    detail: str


def examine() -> Iterator[Finding]:
    """Run every check; one that breaks is itself a finding."""
    for check in CHECKS:
        try:
            yield from check()
        except Exception as error:
            topic = check.__name__.removeprefix("_")
            yield Finding(topic, State.FAIL, f"{type(error).__name__}: {error}")


def _versions() -> Iterator[Finding]:
    python = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    yield Finding("python", State.OK, python)
    for name in PACKAGES:
        version = _version(name)
        state = State.OK if version else State.FAIL
        yield Finding(name, state, version or "not installed; reinstall animecolor")


def _opencv() -> Iterator[Finding]:
    builds = [name for name in OPENCV_BUILDS if _version(name)]
    if len(builds) > 1:
        detail = f"{' and '.join(builds)} overwrite each other's files; keep one and reinstall it"
        yield Finding("opencv", State.WARN, detail)


def _torchvision() -> Iterator[Finding]:
    wanted = [line for line in metadata.requires("torchvision") or () if line.startswith("torch==")]
    torch = (_version("torch") or "").split("+")[0]
    if wanted and wanted[0] != f"torch=={torch}":
        detail = f"wants {wanted[0]} but torch is {torch}: metrics that need it will fail"
        yield Finding("torchvision", State.WARN, detail)


def _devices() -> Iterator[Finding]:
    import torch

    able = [
        name
        for name, probe in (
            ("AVX512-bf16", "_is_avx512_bf16_supported"),
            ("AMX", "_is_amx_tile_supported"),
        )
        if getattr(torch.cpu, probe, bool)()
    ]
    kind = torch.backends.cpu.get_cpu_capability()
    fast = f"bf16 is fast ({', '.join(able)})" if able else "no fast bf16"
    yield Finding("cpu", State.OK, f"{kind}, {torch.get_num_threads()} threads, {fast}")
    for index in range(torch.cuda.device_count()):
        about = torch.cuda.get_device_properties(index)
        room = f"{about.total_memory / 2**30:.0f} GiB"
        bf16 = "bf16" if torch.cuda.is_bf16_supported() else "no bf16"
        yield Finding(f"cuda:{index}", State.OK, f"{about.name}, {room}, {bf16}")
    if torch.backends.mps.is_available():
        yield Finding("mps", State.OK, "available")


def _encoders() -> Iterator[Finding]:
    """Open each preset's encoder: FFmpeg lists some that do not run."""
    from animecolor.config import Output
    from animecolor.video.plan import open_encoder, plan_output
    from animecolor.video.presets import PRESETS

    pattern = imaginary_clip()
    for preset in PRESETS.values():
        topic = f"encode {preset.name}"
        try:
            plan = plan_output(f"test{preset.suffixes[0]}", Output(preset=preset.name), pattern)
            open_encoder(plan, pattern)
            yield Finding(topic, State.OK, f"{plan.codec}: {preset.summary}")
        except AnimecolorError as error:
            yield Finding(topic, State.FAIL, str(error))


def imaginary_clip() -> VideoInfo:
    """A clip that does not exist, to open encoders for."""
    from animecolor.video.info import Kind, VideoInfo
    from animecolor.video.tags import Layout, resolve_tags

    return VideoInfo(
        path=Path("test pattern"),
        kind=Kind.FILE,
        width=64,
        height=64,
        coded_width=64,
        coded_height=64,
        rate=Fraction(24),
        time_base=Fraction(1, 24),
        start_pts=0,
        duration_s=1.0,
        frames=24,
        pix_fmt="yuv420p",
        bits=8,
        color=resolve_tags((1, 1, 1, 1), Layout.YUV, 64),
        rotation=0,
        sample_aspect=Fraction(1),
        has_alpha=False,
        interlaced=False,
        variable_rate=False,
        codec="h264",
        container="mov",
    )


def _weights() -> Iterator[Finding]:
    from animecolor.cli.models import fault_of
    from animecolor.models.registry import MODELS

    for spec in MODELS.values():
        fault = fault_of(spec)
        yield Finding(f"weights {spec.name}", State.FAIL if fault else State.OK, fault or "whole")


def _ffmpeg() -> Iterator[Finding]:
    from animecolor.video.ffmpeg import find_ffmpeg

    try:
        path = find_ffmpeg()
    except AnimecolorError as error:
        yield Finding("ffmpeg", State.WARN, f"{error}: no --review, no subtitle conversion")
        return
    said = _run(path, "-version").stdout
    version = re.search(rb"ffmpeg version (\S+)", said)
    yield Finding("ffmpeg", State.OK, f"{version[1].decode() if version else 'unknown'}, {path}")
    drawn = _run(path, *DRAW_TEXT)
    state = State.WARN if drawn.returncode else State.OK
    detail = "no usable font: --review has no names" if drawn.returncode else "drawn by ffmpeg"
    yield Finding("text", state, detail)


def _run(program: str, *argv: str) -> subprocess.CompletedProcess[bytes]:
    quietly = [program, "-nostdin", "-hide_banner", "-loglevel", "error"]
    return subprocess.run([*quietly, *argv], capture_output=True, timeout=60)


def _disk() -> Iterator[Finding]:
    free = shutil.disk_usage(Path.cwd()).free
    state = State.OK if free >= LITTLE_ROOM_BYTES else State.WARN
    yield Finding("disk", state, f"{free / 1e9:.1f} GB free in this folder")


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


CHECKS: tuple[Callable[[], Iterator[Finding]], ...] = (
    _versions,
    _opencv,
    _torchvision,
    _devices,
    _encoders,
    _weights,
    _ffmpeg,
    _disk,
)
