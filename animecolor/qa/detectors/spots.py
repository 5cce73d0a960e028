"""Spots and areas that have another color in one drawing than before and after it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animecolor.qa.detectors.matter import Window


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Something that its neighbors in time do not explain; sizes in pixels of the view."""

    window: Window
    area: int
    weight: float
    """Sum of Lab units beyond explanation over its pixels."""
    value: float
    """CIEDE2000 of its mean color and of what was expected."""
    found: NDArray[np.float64]
    """(3,) CIE Lab."""
    expected: NDArray[np.float64]
    """(3,) CIE Lab, from the neighbors."""
    at: tuple[NDArray[np.intp], NDArray[np.intp]]
    """Rows and columns of some of its pixels."""


def lab_mean(colors: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N, 3) 8-bit Lab -> (3,) mean CIE Lab."""
    return np.asarray((colors.mean(0) - (0, 128, 128)) / (2.55, 1, 1), np.float64)
