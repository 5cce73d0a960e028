"""All that was found out about one clip, before any limit is applied."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from animecolor.qa.columns import Frames
from animecolor.qa.sighting import Sighting, Triplet


@dataclass(frozen=True, slots=True)
class About:
    """The clip and how it was looked at."""

    clip: str
    """Name of the file, without its folder."""
    frames: int
    height: int
    width: int
    rate: Fraction
    """Frames a second."""
    time_base: Fraction
    start_pts: int
    lossy: bool
    """True where the codec or its chroma subsampling changes colors."""
    coding: str
    """Codec and pixel format, in words."""
    view_height: int
    """Rows at which it was analysed."""
    source: str | None = None
    source_kind: str | None = None
    """What the source is: line, gray or color."""
    reference: str | None = None
    palette: str | None = None
    missing: tuple[str, ...] = ()
    """Why a measure is not there, a sentence each."""
    first_frame: int = 0
    """Frames that the clip has before the first that was measured: what people see as the number
    of a frame is this and its index."""


@dataclass(frozen=True, slots=True, eq=False)
class Measurement:
    """What ``measure`` gives."""

    about: About
    frames: Frames
    sightings: tuple[Sighting, ...]
    """In order of first frame."""
    pictures: dict[Sighting, Triplet] = field(default_factory=dict)
    """Of the worst sightings of each check; at most ``MOST_PICTURED`` in all."""
    shots: dict[str, tuple[float, ...]] = field(default_factory=dict)
    """Measures that only a whole shot has (``cdc``): key -> a number for each shot, NaN if none."""


MOST_PICTURED = 60
"""Triplets kept, so that memory does not grow with the length of a clip."""
