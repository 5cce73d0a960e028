"""Whether the colors of a spot lie elsewhere in a neighbouring drawing: what moves is no fault."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow
from animecolor.qa.detectors.outliers import UNITS
from animecolor.qa.detectors.stills import Still
from animecolor.qa.motion import grid

Colors = NDArray[np.float32]
"""(N, 3) in the units of ``Still.lab``."""
Places = tuple[NDArray[np.intp], NDArray[np.intp]]
"""(N,) rows and (N,) columns."""
Window = tuple[int, int, int, int]
"""Top, left, bottom, right; the last two are excluded."""

_SAME = 4.0
"""Lab units within which two colors are one."""
_GONE = 8
"""Lab units by which a place has changed when what was there has left."""
_SAMPLES = 500
"""Pixels of a neighbour that are asked at most."""


@dataclass(frozen=True, slots=True, eq=False)
class Neighbor:
    """A drawing beside the one looked at, and the ways there and back."""

    still: Still
    to: Flow | None
    """(h, w, 2) from the drawing looked at to this one; None where nothing moved."""
    fro: Flow | None
    """(h, w, 2) from this one to the drawing looked at."""


def nearest(colors: Colors, places: Places, beside: Neighbor, radius: int) -> NDArray[np.float32]:
    """Difference of each color from the most similar one near its place in a neighbour.

    Args:
        colors: of N pixels.
        places: their rows and columns.
        beside: the neighbour.
        radius: pixels around the place that the motion leads to.

    Returns:
        (N,) sum of the differences in L*, a* and b*.
    """
    rows, columns = _led(places, beside)
    lab = beside.still.lab
    height, width = lab.shape[:2]
    offsets = np.arange(-radius, radius + 1)
    row = np.clip(rows[:, None] + offsets, 0, height - 1)
    column = np.clip(columns[:, None] + offsets, 0, width - 1)
    seen = lab[row[:, :, None], column[:, None]].reshape(len(rows), -1, 3)
    apart = np.abs(seen - colors[:, None]) @ UNITS[0]
    return np.asarray(apart.min(1), np.float32)


def seen_from(places: Places, beside: Neighbor) -> Colors:
    """(N, 3) the colors of a neighbour where the motion leads to from rows and columns."""
    row, column = _led(places, beside)
    lab = beside.still.lab
    inside = np.clip(row, 0, lab.shape[0] - 1), np.clip(column, 0, lab.shape[1] - 1)
    return lab[inside].astype(np.float32)


def _led(places: Places, beside: Neighbor) -> Places:
    rows, columns = places
    if beside.to is None:
        return rows, columns
    way = beside.to[rows, columns]
    row, column = np.rint(rows + way[:, 1]), np.rint(columns + way[:, 0])
    return row.astype(np.intp), column.astype(np.intp)


def lies_in(colors: Colors, beside: Neighbor, window: Window, least: float) -> NDArray[np.bool_]:
    """(N,) whether at least ``least`` pixels in a window of a neighbour have each color."""
    top, left, bottom, right = window
    return _found(colors, beside.still.lab[top:bottom, left:right].reshape(-1, 3), least)


def has_left(
    colors: Colors, now: Still, beside: Neighbor, window: Window, least: float
) -> NDArray[np.bool_]:
    """(N,) whether at least ``least`` such pixels of a neighbour are no longer where they were."""
    top, left, bottom, right = window
    old, new = beside.still.lab[top:bottom, left:right], now.lab[top:bottom, left:right]
    if beside.fro is not None:
        cut = np.s_[top:bottom, left:right]
        x, y = cv2.split(grid(now.lab.shape[:2])[cut] + beside.fro[cut])
        moved = cv2.remap(now.lab, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        new = np.asarray(moved, np.uint8)
    change = cv2.transform(cv2.absdiff(old, new), UNITS)
    return _found(colors, old[change > _GONE], least)


def _found(colors: Colors, pixels: NDArray[np.uint8], least: float) -> NDArray[np.bool_]:
    thinned = pixels[:: -(-len(pixels) // _SAMPLES) or 1].astype(np.float32)
    if len(thinned) == 0:
        return np.zeros(len(colors), np.bool_)
    apart = np.abs(colors[:, None] - thinned) @ UNITS[0]
    count = (apart <= _SAME).sum(1) * (len(pixels) / len(thinned))
    enough: NDArray[np.bool_] = count >= least
    return enough
