"""What is to be measured: the clip's companions, and how closely to look."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from animecolor.config import Limits, Range, Shots
from animecolor.flats.palette import Palette
from animecolor.video.info import VideoInfo

ROWS = 540
"""Rows of analysis by default: what an inspector's eye finds, at a quarter of the cost of 1080."""


@dataclass(frozen=True, slots=True)
class Request:
    """What ``measure`` is asked for."""

    source: VideoInfo | None = None
    """What the clip was painted from: line drawings, grey film, or an earlier result."""
    reference: VideoInfo | None = None
    """The true pictures."""
    palette: Palette | None = None
    """The colors it may have."""
    temporary: tuple[tuple[int, int, int], ...] = ()
    """Placeholder colors, 8-bit sRGB, beside those that custom and the palette know."""
    shots: Shots = field(default_factory=Shots)
    size: int | None = ROWS
    """Rows of analysis; None is native. Smaller clips are not enlarged."""
    range: Range = field(default_factory=Range)
    """Of the clip."""
    beside: Range | None = None
    """Of source and reference; None is as of the clip. A result of ``run --start`` begins later in
    its source than in itself."""
    limits: Limits = field(default_factory=Limits)
    lpips: Path | None = None
    """AlexNet's weights; without it LPIPS and tLPIPS are not measured."""
    device: str = "cpu"
    """What networks run on."""
