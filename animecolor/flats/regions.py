"""The regions of a native-size drawing: what its lines enclose."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Labels = NDArray[np.int32]
"""(H, W): the region of each pixel, from 1; 0 = line."""


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """A drawing cut along its lines, R regions numbered 1 to R; row 0 of a table is the lines."""

    labels: Labels
    """(H, W), 0 = line."""
    kinds: NDArray[np.uint8]
    """(H, W): ``LineKind`` of each pixel; PAPER where no line is."""
    area: NDArray[np.int64]
    """(R + 1,) pixels."""
    box: NDArray[np.int32]
    """(R + 1, 4): top, left, bottom, right; the last two are excluded."""
    closed: NDArray[np.int32]
    """(K,) the regions that exist only because a gap was closed, ascending."""

    @property
    def count(self) -> int:
        """R."""
        return len(self.area) - 1
