"""Something seen in a clip that an inspector may want to look at, before any limit is applied."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Check(StrEnum):
    """What can be wrong; the value is its name in files. Japanese terms are the inspectors' own."""

    HOLE = "hole"
    """塗り漏れ: a spot of paper, of transparency or of what lies below, where paint should be."""
    STRAY = "stray"
    """ゴミ: a spot of any other color that belongs to nothing."""
    COLOR_JUMP = "color-jump"
    """色パカ: an area takes another color for some drawings and has its own again after them."""
    COLOR_CHANGE = "color-change"
    """色パカ: a tracked area takes another color within a cut, and keeps it."""
    FLICKER = "flicker"
    """The whole picture gets lighter, darker or of another tint, and back."""
    BOIL = "boil"
    """What stands still does not hold its color: a restless background, grain, crawling noise."""
    OFF_PALETTE = "off-palette"
    """色指定違い: an area of a color that is not on the model sheet."""
    TEMPORARY_COLOR = "temporary-color"
    """仮色: a placeholder was not replaced."""
    TRACE_LINE = "trace-line"
    """色トレス残り: a coloured trace line was left unpainted."""
    GRAY = "gray"
    """Frames without color."""
    FADING = "fading"
    """Colors drain out of a shot, or smear into others, as it goes on."""
    LUMA = "luma"
    """The brightness of a grey source was not kept."""
    FROZEN = "frozen"
    """枚数: the source moves on, the result repeats itself; or frames are in another order."""
    MISMATCH = "mismatch"
    """枚数: source, reference and result differ in length, rate or shape."""
    PHOTOSENSITIVE = "photosensitive"
    """Flashes that may harm; FFmpeg's filter, a neighbour of a certified check and none itself."""
    UNLIKE_REFERENCE = "unlike-reference"
    """The result differs from the true pictures that were given."""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in native pixels; the last two are excluded."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(frozen=True, slots=True)
class Sighting:
    """One thing seen in one place for some frames of one shot."""

    check: Check
    shot: int
    first: int
    """Index of the first frame, counted from the first that was measured."""
    last: int
    """Index of the last frame, included."""
    value: float
    """How bad, in the unit of the check (``UNITS``); larger is worse."""
    area: int = 0
    """Native pixels; 0 where the check is about whole frames."""
    box: Box | None = None
    """None where the check is about whole frames."""
    worst: int | None = None
    """Index of the frame to look at; ``first`` where it is None."""
    found: str = ""
    """The color seen, as #rrggbb, where there is one."""
    expected: str = ""
    """The color it had before and after, or the nearest that is allowed."""


UNITS: dict[Check, str] = {
    Check.HOLE: "ΔE",
    Check.STRAY: "ΔE",
    Check.COLOR_JUMP: "ΔE",
    Check.COLOR_CHANGE: "ΔE",
    Check.FLICKER: "% of white",
    Check.BOIL: "ΔE",
    Check.OFF_PALETTE: "ΔE",
    Check.TEMPORARY_COLOR: "px",
    Check.TRACE_LINE: "px",
    Check.GRAY: "% of frames",
    Check.FADING: "% of chroma lost",
    Check.LUMA: "% of white",
    Check.FROZEN: "frames",
    Check.MISMATCH: "frames",
    Check.PHOTOSENSITIVE: "badness",
    Check.UNLIKE_REFERENCE: "ΔE",
}
"""Unit of ``Sighting.value``; ΔE is CIEDE2000 of mean colors."""


@dataclass(frozen=True, slots=True, eq=False)
class Triplet:
    """A sighting as pictures: the frame before, the frame itself, the one after, and a heat map."""

    first: int
    """Index of the frame in the middle."""
    pictures: tuple[NDArray[np.uint8] | None, ...]
    """Four (h, w, 3) uint8 sRGB of one size, at most 480 wide: t-1, t, t+1 (None beyond the shot or
    the clip) and the heat map of what is wrong over the dimmed frame."""
    box: Box | None = None
    """The sighting's box in pixels of these pictures."""
