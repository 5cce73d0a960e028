"""VideoInfo: what is known of a clip before it is decoded."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.video.tags import ColorTags

if TYPE_CHECKING:
    from animecolor.video.sequence import ImageFiles


class Kind(StrEnum):
    """Where the pictures come from."""

    FILE = "file"
    SEQUENCE = "sequence"
    PIPE = "pipe"


@dataclass(frozen=True, slots=True)
class StreamSummary:
    """A stream beside the picture."""

    kind: str
    """audio, subtitle, attachment, data, or video (a cover picture or a second angle)."""
    codec: str
    language: str | None
    title: str | None
    detail: str = ""
    """For sound: rate and channels, for example ``48000 Hz stereo``."""
    sample_rate: int = 0
    """Samples a second of sound; 0 for other streams."""


@dataclass(frozen=True, slots=True)
class VideoInfo:
    """One clip, as decode will give it and as encode will carry it."""

    path: Path
    """As it was asked for; ``-`` is standard input."""
    kind: Kind
    width: int
    """Of the upright picture in pixels, after rotation."""
    height: int
    coded_width: int
    """Of the stored picture, before rotation."""
    coded_height: int
    rate: Fraction
    """Average pictures per second."""
    time_base: Fraction
    """Seconds per tick of every ``Frame.pts``."""
    start_pts: int
    """Ticks of the first picture."""
    duration_s: float | None
    frames: int | None
    """Estimate of the number of pictures; None when nothing says."""
    pix_fmt: str
    bits: int
    """Bits per colour sample; above 8 frames are uint16."""
    color: ColorTags
    rotation: int
    """Quarter turns counterclockwise, in degrees, that decode applies."""
    sample_aspect: Fraction
    """Width of a pixel over its height, upright."""
    has_alpha: bool
    interlaced: bool
    variable_rate: bool | None
    """None when the header does not tell."""
    codec: str
    container: str
    streams: tuple[StreamSummary, ...] = ()
    chapters: int = 0
    warnings: tuple[str, ...] = ()
    """Sentences a person should see; each stands alone."""
    images: ImageFiles | None = None
    """The files of an image sequence."""

    @property
    def deep(self) -> bool:
        """True when frames are uint16."""
        return self.bits > 8
