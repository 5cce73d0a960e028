"""CIEDE2000 between tables of colors: which of a palette is nearest, exactly and fast."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from animecolor.color import delta_e_2000, rgb_to_lab

_LIGHTNESS_WEIGHT = 1.75
"""CIEDE2000 never divides a difference of L* by more: 1 + 0.015 * 2500 / sqrt(2520) at L* = 0."""
_PLACES = 6
"""Vector and scalar arithmetic differ in the last digits: equal colors differ by 0 nevertheless."""
_ROWS = 4096
"""Colors compared at a time, which bounds the memory of a long table."""


def to_lab(rgb: NDArray[Any]) -> NDArray[np.float64]:
    """(N, 3) sRGB, integers in [0, 255] or floats in [0, 1] -> (N, 3) CIE L*a*b* (D65)."""
    top = 255.0 if np.issubdtype(rgb.dtype, np.integer) else 1.0
    planes = torch.from_numpy(rgb.astype(np.float64).T / top)
    return np.ascontiguousarray(rgb_to_lab(planes[:, None])[:, 0].numpy().T)


def delta_e(first: NDArray[np.float64], second: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) Lab twice -> (N,) CIEDE2000 difference, row by row."""
    one, other = (torch.from_numpy(np.ascontiguousarray(lab.T))[:, None] for lab in (first, second))
    return np.asarray(np.round(delta_e_2000(one, other)[0, 0].numpy(), _PLACES), np.float64)


def nearest(
    colors: NDArray[np.float64], known: NDArray[np.float64]
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The nearest of ``known`` to each of ``colors`` by CIEDE2000; the first of equals.

    Two colors differ by at least their difference in L* over 1.75, for the other terms of the
    formula add up to no less than zero. So whatever is further away in lightness alone than the
    neighbour in plain Lab is in all needs no comparison.

    Args:
        colors: (N, 3) Lab.
        known: (P, 3) Lab, P at least 1.

    Returns:
        (N,) int32 row of ``known`` and (N,) float32 difference.
    """
    index = np.empty(len(colors), np.int32)
    distance = np.empty(len(colors), np.float32)
    for begin in range(0, len(colors), _ROWS):
        rows = slice(begin, begin + _ROWS)
        index[rows], distance[rows] = _nearest(colors[rows], known)
    return index, distance


def _nearest(
    colors: NDArray[np.float64], known: NDArray[np.float64]
) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    squared = (known**2).sum(1) - 2 * colors @ known.T
    guess = known[squared.argmin(1)]
    within = _LIGHTNESS_WEIGHT * delta_e(colors, guess) + 10**-_PLACES
    row, column = np.nonzero(np.abs(colors[:, :1] - known[:, 0]) <= within[:, None])
    table = np.full(squared.shape, np.inf)
    table[row, column] = delta_e(colors[row], known[column])
    chosen = table.argmin(1)
    return chosen, table[np.arange(len(colors)), chosen]
