"""Gaps in drawn lines, as hurried artists leave them."""

from __future__ import annotations

from math import atan2, cos, sin

import cv2
import numpy as np
from numpy.typing import NDArray

Ink = NDArray[np.uint8]

_MARKED = 191
"""A pixel this dark or darker is ink, as in ``clip.INK_LEVEL``."""
_SOLID = 4.0
"""Ink wider than this many times the usual line is a black area, which has no gaps."""


def broken(
    ink: Ink,
    rng: np.random.Generator,
    gap: tuple[float, float] = (2.0, 8.0),
    spacing: float = 150.0,
) -> Ink:
    """Erase short pieces of lines, straight across, wherever the dice fall.

    Args:
        ink: (H, W) uint8, 255 = paper, 0 = full ink; not changed.
        rng: draws where, and how long.
        gap: shortest and longest gap in pixels of this picture, measured along the line between
            the two ends of ink that it leaves.
        spacing: pixels of line there are to a gap, on average.

    Returns:
        (H, W) uint8: ``ink`` with gaps. Blank or all ink comes back unchanged.
    """
    marked = (ink <= _MARKED).astype(np.uint8)
    erased = ink.copy()
    if marked.min() == marked.max():
        return erased
    # Padded, since a line that leaves the picture is not thin at the edge.
    inside = cv2.distanceTransform(
        cv2.copyMakeBorder(marked, 1, 1, 1, 1, cv2.BORDER_REPLICATE), cv2.DIST_L2, 3
    )[1:-1, 1:-1]
    peaks = (inside > 0) & (inside >= cv2.dilate(inside, np.ones((3, 3), np.uint8)))
    usual = float(np.median(inside[peaks]))
    rows, columns = np.nonzero(peaks & (inside <= _SOLID * usual))
    length = float(marked.sum()) / max(1.0, 2 * usual - 1)
    for pick in rng.integers(0, len(rows), rng.poisson(length / spacing)).tolist():
        at = int(rows[pick]), int(columns[pick])
        half = float(rng.uniform(*gap)) / 2, float(inside[at]) + 2.0
        _erase(erased, at, half, _direction(ink, at, 2 * half[1]))
    return erased


def _direction(ink: Ink, at: tuple[int, int], reach: float) -> float:
    """Angle of the line through a pixel: the long axis of the ink around it, by its moments."""
    side = int(reach) + 2
    top, left = max(0, at[0] - side), max(0, at[1] - side)
    window = 255.0 - ink[top : at[0] + side + 1, left : at[1] + side + 1]
    moments = cv2.moments(window)
    return 0.5 * atan2(2 * moments["mu11"], moments["mu20"] - moments["mu02"])


def _erase(ink: Ink, at: tuple[int, int], half: tuple[float, float], angle: float) -> None:
    """Paint a box of paper, ``half`` = (along, across) the line, in place."""
    # OpenCV fills the pixels under the border of a polygon, too.
    along = np.array([cos(angle), sin(angle)]) * (half[0] - 0.5)
    across = np.array([-sin(angle), cos(angle)]) * half[1]
    middle = np.array([at[1], at[0]], np.float64)
    corners = np.array([along + across, along - across, -along - across, across - along]) + middle
    cv2.fillConvexPoly(ink, np.rint(corners * 16).astype(np.int32), 255, cv2.LINE_8, 4)
