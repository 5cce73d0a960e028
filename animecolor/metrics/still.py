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

_FINE = 1 << 15
"""Steps of X, Y and Z from black to white: L*a*b* is true to 0.1."""
_WHITE = np.array([[0.950456], [1.0], [1.088754]])
_RGB_TO_XYZ = np.array(
    [
        [0.412453, 0.357580, 0.180423],
        [0.212671, 0.715160, 0.072169],
        [0.019334, 0.119193, 0.950227],
    ]
)
"""sRGB (IEC 61966-2-1) of white point D65, as OpenCV has it."""
_TO_XYZ = (_RGB_TO_XYZ / _WHITE * _FINE).astype(np.float32)
_TO_LAB = np.array([[0, 116, 0, -16], [500, -500, 0, 0], [0, 200, -200, 0]], np.float32)


def _linear() -> NDArray[np.float32]:
    """(1, 256) light of every level."""
    level = np.arange(256) / 255
    bent = ((level + 0.055) / 1.055) ** 2.4
    return np.where(level <= 0.04045, level / 12.92, bent).astype(np.float32)[None]


def _roots() -> NDArray[np.float32]:
    """(2 ``_FINE``,) CIE's f of every step, at its middle."""
    share = (np.arange(2 * _FINE) + 0.5) / _FINE
    share[0] = 0
    bent = np.where(share > 216 / 24389, np.cbrt(share), share * 841 / 108 + 4 / 29)
    return bent.astype(np.float32)


_LINEAR, _ROOTS = _linear(), _roots()

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
    # OpenCV's own takes six times as long: it works out the roots that are looked up here.
    parts = cv2.transform(cv2.LUT(picture, _LINEAR), _TO_XYZ)
    roots = _ROOTS[parts.astype(np.uint16)]
    return np.asarray(cv2.transform(roots, _TO_LAB), np.float32)


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
