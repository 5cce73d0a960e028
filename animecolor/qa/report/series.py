"""Numbers of every frame, small enough to lie in a page."""

from __future__ import annotations

import base64
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

UNKNOWN = 65535
"""The level of a number that was not measured."""


@dataclass(frozen=True, slots=True)
class Series:
    """Numbers in 65,535 even steps from the lowest to the highest; errors are half a step."""

    low: float
    step: float
    data: str
    """Base64 of uint16, little endian: ``low + level * step``, and ``UNKNOWN`` for none."""

    def as_json(self) -> dict[str, Any]:
        """What the page's script reads."""
        return asdict(self)


def quantise(values: NDArray[np.floating[Any]]) -> Series:
    """Two bytes a number, four thirds of that as text.

    Args:
        values: (N,), any unit; NaN and infinities count as not measured.
    """
    numbers = np.asarray(values, np.float64)
    known = np.isfinite(numbers)
    levels = np.full(numbers.shape, UNKNOWN, "<u2")
    low, high = (numbers[known].min(), numbers[known].max()) if known.any() else (0.0, 0.0)
    step = float(high - low) / (UNKNOWN - 1) or 1.0
    levels[known] = np.rint((numbers[known] - low) / step).astype(np.uint16)
    return Series(float(low), step, base64.b64encode(levels.tobytes()).decode("ascii"))
