"""How much colors change where the picture stands still: a streaming measure on three frames.

The second difference, a frame against the mean of its neighbors, ignores what changes evenly: a
linear fade has none.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow

STILL = 2
"""Levels by which a pixel that stands still may change: what lossy video does by itself."""
MARGIN = 5
"""Pixels around what moves that count as moving."""
_AT_REST = 0.5
"""Pixels a frame below which flow is at rest."""

Mask = NDArray[np.uint8]


def unchanged(one: Mask, other: Mask) -> Mask:
    """(h, w) uint8, 1 where two (h, w) uint8 planes differ by at most ``STILL``, and no pixel
    within ``MARGIN`` of it by more.
    """
    return _eroded((cv2.absdiff(one, other) <= STILL).view(np.uint8), MARGIN)


def at_rest(back: Flow, stride: int = 1) -> Mask:
    """(h, w) uint8, 1 where a flow, and all of it within ``MARGIN`` pixels, is below half a pixel.

    Args:
        back: (h, w, 2); its every ``stride``-th pixel where the margin shall mean those of it all.
        stride: of ``back``.
    """
    squared = cv2.transform(cv2.multiply(back, back), np.ones((1, 2), np.float32))
    return _eroded((squared < _AT_REST**2).view(np.uint8), -(-MARGIN // stride))


def lab_of(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(h, w, 3) uint8 sRGB -> (h, w, 3) float32 CIE L*a*b*."""
    unit = picture.astype(np.float32) * np.float32(1 / 255)
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2Lab), np.float32)


def departure(labs: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """(h, w, 3) second difference: the middle one of three minus the mean of the others."""
    before, now, after = labs
    return np.asarray(now - (before + after) * np.float32(0.5), np.float32)


def mean_length(change: NDArray[np.float32], mask: Mask) -> float:
    """Mean CIE76 of a departure where ``mask`` is 1; NaN where it is nowhere.

    Args:
        change: (h, w, 3) of ``departure``.
        mask: (h, w) uint8.

    Returns:
        ΔE; lower is steadier. Compression alone gives 0.2 to 0.5, grain of sigma 4 about 4.
    """
    if not mask.any():
        return math.nan
    length = cv2.sqrt(cv2.transform(cv2.multiply(change, change), np.ones((1, 3), np.float32)))
    return float(cv2.mean(length, mask)[0])


def _eroded(mask: Mask, margin: int) -> Mask:
    square = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    return np.asarray(cv2.erode(mask, square), np.uint8)
