"""What a run was asked to do: frozen, complete, and refused when a key is unknown."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field


class Mode(StrEnum):
    """What the input is."""

    LINEART = "lineart"
    GRAY = "gray"


class LineSource(StrEnum):
    """Where line art comes from."""

    AUTO = "auto"
    CANNY = "canny"
    INK = "ink"


class Precision(StrEnum):
    """Arithmetic of the network."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lines(_Frozen):
    """How line art is drawn. Training draws its lines with these very values."""

    source: LineSource = LineSource.AUTO
    sigma: float = Field(default=1.0, gt=0, le=8)
    """Blur before Canny, in pixels of the working-size picture."""
    low: float = Field(default=0.1, ge=0, le=1)
    """Weak gradient threshold, Kornia's scale: unnormalised Sobel magnitude of [0, 1] luma."""
    high: float = Field(default=0.2, ge=0, le=1)
    """Strong gradient threshold, same scale."""


class Shots(_Frozen):
    """Where the cuts are."""

    detect: bool = True
    list: Path | None = None
    """CSV, EDL or OTIO shot list; wins over detection."""


class Range(_Frozen):
    """Which part of the clip: seconds or frame numbers, whichever the text says."""

    start: str | None = None
    end: str | None = None
    frames: int | None = Field(default=None, ge=1)


class Limits(_Frozen):
    """What untrusted media may cost."""

    max_side: int = Field(default=8192, ge=16)
    max_pixels: int = Field(default=8192 * 8192, ge=256)


class Output(_Frozen):
    """How the result is written."""

    preset: str = "web"
    codec: str | None = None
    pix_fmt: str | None = None
    options: dict[str, str] = Field(default_factory=dict)
    audio: bool = True
    subtitles: bool = True


class Network(_Frozen):
    """Which network, on which arithmetic."""

    model: str = "tcvc"
    weights: Path | None = None
    size: int = Field(default=256, ge=64, le=2048)
    """Short side of the working-size plane in pixels."""
    device: str = "auto"
    precision: Precision = Precision.AUTO


class Render(_Frozen):
    """One run, resolved: everything that decides a pixel."""

    mode: Mode = Mode.LINEART
    network: Network = Network()
    lines: Lines = Lines()
    shots: Shots = Shots()
    hold: bool = True
    """Colour a held drawing once."""
    range: Range = Range()
    limits: Limits = Limits()
    output: Output = Output()
