"""One frame as the measures see it: small, 8 bits, with what it was painted from beside it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow

Picture = NDArray[np.uint8]
"""(h, w, 3) sRGB, interleaved."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """A frame of the clip under test at the size of analysis."""

    index: int
    """Counted from the first frame measured."""
    pts: int
    time_base: Fraction
    shot: int
    rgb: Picture
    scale: float
    """Native pixels to a pixel of this view, at least 1."""
    alpha: NDArray[np.uint8] | None = None
    """(h, w); None where the clip is opaque."""
    source: Picture | None = None
    """The frame it was painted from: a line drawing, a grey picture, or whatever was given."""
    reference: Picture | None = None
    """The true picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """Two consecutive frames of one shot and the motion between them."""

    before: View
    now: View
    still: bool
    """What it was painted from did not change (without a source: the clip itself did not)."""
    back: Flow | None
    """(h, w, 2) from ``now`` to ``before``, measured on the source where there is one; None where
    nothing moved."""
    forth: Flow | None
    """(h, w, 2) from ``before`` to ``now``, likewise."""
    seen: NDArray[np.bool_] | None
    """(h, w): pixels of ``now`` that were in view in ``before``; None where all were."""
