"""What color the network wants a region to have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """One vote a region; tables have R + 1 rows, row 0 (lines) being unused."""

    color: NDArray[np.float32]
    """(R + 1, 3) RGB in [0, 1]: the color most of the region's pixels were given."""
    second: NDArray[np.float32]
    """(R + 1, 3) the runner-up; equal to ``color`` where there is none."""
    margin: NDArray[np.float32]
    """(R + 1,) in [0, 1]: share of the vote that ``color`` has over ``second``."""
    soft: NDArray[np.bool_]
    """(R + 1,) whether the region is painted with a true gradient."""
