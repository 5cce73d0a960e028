"""How far two measures agree on what is more and what is less."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray


def spearman(one: NDArray[np.floating], other: NDArray[np.floating]) -> float:
    """Spearman's rank correlation: Pearson's, of the ranks; equal values share their mean rank.

    Args:
        one: (N,) of any unit.
        other: (N,).

    Returns:
        -1 to 1; NaN for fewer than 3 values, or where all values of a side are equal.

    Raises:
        ValueError: the two differ in length.
    """
    if one.shape != other.shape or one.ndim != 1:
        raise ValueError(f"cannot correlate {one.shape} with {other.shape}")
    first, second = (ranks(side) - (len(side) + 1) / 2 for side in (one, other))
    spread = math.sqrt(float(first @ first) * float(second @ second))
    return float(first @ second) / spread if len(one) > 2 and spread > 0 else math.nan


def ranks(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N,) ranks from 1; equal values share their mean rank."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    found: NDArray[np.float64] = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return found
