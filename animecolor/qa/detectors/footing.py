"""Where a place of one drawing lies in another, by the ink around it, and what is there."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.qa.detectors.segments import Drawing, Mask

REDRAWN = 30
"""Levels by which the mean of 3 x 3 pixels of a line drawing changes where it is drawn anew: twice
what compression at good quality does to a line that is held, a fifth of what a moved line does."""
_MARGIN = 14
"""Pixels around a place whose ink tells where it has gone."""
_REACH = 28
"""Pixels that it may have moved."""
_PATCH = 72
"""Pixels a side at which a place is looked for; a larger one is shrunk."""
_FEW_INK = 12
"""Pixels of ink that tell a motion."""
_RING = 4
"""Pixels around a place that must not change."""
_STRAY_INK = 0.12
"""Share of the ink in and around a place that may be elsewhere in the other drawing."""
_EDGE = 2
"""Pixels of the picture's edge."""
_LARGE = 1000
"""Pixels of a cut from which on others may move through it."""


@dataclass(frozen=True, slots=True, eq=False)
class Place:
    """Some pixels of a drawing, cut out with what lies around them."""

    top: int
    left: int
    mask: Mask
    """(h, w) of the cut."""
    ring: Mask
    """(h, w) of what lies around, off ink."""
    around: int
    """Pixels of what lies around, ink and all."""

    @classmethod
    def of(cls, drawing: Drawing, corner: tuple[int, int], mask: Mask, new: Mask) -> Place:
        """A place of a drawing with what lies around it.

        Args:
            drawing: where it is.
            corner: its top and left.
            mask: (h, w) its pixels.
            new: (H, W) all that is to be looked at, and so is no ground to stand on.
        """
        top, left = corner
        height, width = drawing.clear.shape
        up, before = min(_RING, top), min(_RING, left)
        down = min(_RING, height - top - mask.shape[0])
        after = min(_RING, width - left - mask.shape[1])
        large = np.pad(mask, ((up, down), (before, after)))
        side = 2 * _RING + 1
        around = cv2.dilate(large.view(np.uint8), np.ones((side, side), np.uint8)) > 0
        near = cv2.dilate(large.view(np.uint8), np.ones((3, 3), np.uint8)) > 0
        top, left = top - up, left - before
        here = np.s_[top : top + large.shape[0], left : left + large.shape[1]]
        clear = drawing.clear[here] & ~new[here]
        ring = around & ~near
        return cls(top, left, large, ring & clear, int(np.count_nonzero(ring)))

    def at_edge(self, size: tuple[int, ...]) -> bool:
        """Whether it ends where the picture does, so that nobody knows how it goes on."""
        rows, columns = np.flatnonzero(self.mask.any(1)), np.flatnonzero(self.mask.any(0))
        top, left = self.top + int(rows[0]), self.left + int(columns[0])
        bottom, right = self.top + int(rows[-1]) + 1, self.left + int(columns[-1]) + 1
        return min(top, left, size[0] - bottom, size[1] - right) < _EDGE

    def cut(self, shift: tuple[int, int] = (0, 0)) -> tuple[slice, slice]:
        """Rows and columns, moved by some."""
        top, left = self.top + shift[0], self.left + shift[1]
        return slice(top, top + self.mask.shape[0]), slice(left, left + self.mask.shape[1])


def find(now: Drawing, place: Place, other: Drawing) -> tuple[int, int] | None:
    """How far a place has moved, (rows, columns).

    Returns:
        None where its ink is not found again, or it lies outside the other drawing.
    """
    shifts = {(0, 0), _moved(now, place, other)}
    least, best = min((_misfit(now, place, other, shift), shift) for shift in shifts)
    return None if least > (_STRAY_INK if place.mask.size < _LARGE else 2 * _STRAY_INK) else best


def is_still(now: Drawing, place: Place, other: Drawing) -> bool:
    """Whether no line in and around a place is drawn anew in another drawing."""
    rows, columns = place.cut()
    top, left = max(0, rows.start - _MARGIN), max(0, columns.start - _MARGIN)
    near = np.s_[top : rows.stop + _MARGIN, left : columns.stop + _MARGIN]
    change = cv2.absdiff(now.line[near], other.line[near])
    return int(cv2.blur(change, (3, 3)).max()) <= REDRAWN


def is_plain(
    now: Drawing, place: Place, other: Drawing, shift: tuple[int, int], within: float
) -> bool:
    """Whether a spot lies in one paint and off all ink, which was plain there in another drawing.

    Args:
        now: where the spot is.
        place: the spot.
        other: where it is not.
        shift: how far the place has moved.
        within: Lab units that one paint varies by.
    """
    if np.count_nonzero(place.ring) < place.around:
        return False
    ground = np.median(now.lab[place.cut()][place.ring], axis=0)
    away = np.linalg.norm(other.lab[place.cut(shift)].reshape(-1, 3) - ground, axis=1)
    return bool((away <= within).all())


def _misfit(now: Drawing, place: Place, other: Drawing, shift: tuple[int, int]) -> float:
    """Share of the ink at a place that is elsewhere in the other drawing; 1 outside of it."""
    height, width = now.clear.shape
    rows, columns = place.cut(shift)
    if rows.start < 0 or columns.start < 0 or rows.stop > height or columns.stop > width:
        return 1.0
    here, there = place.cut(), (rows, columns)
    lost = _count(now.ink[here] & ~other.near_ink[there] & 1)
    new = _count(other.ink[there] & ~now.near_ink[here] & 1)
    ink = _count(now.ink[here]) + _count(other.ink[there])
    return float(max(0, lost + new - 2) / max(ink, 1))


def _count(mask: NDArray[Any]) -> int:
    return int(np.count_nonzero(mask))


def _moved(now: Drawing, place: Place, other: Drawing) -> tuple[int, int]:
    """The shift under which ink around a place fits best; none where nothing has changed."""
    height, width = now.clear.shape
    rows, columns = place.cut()
    top, left = max(0, rows.start - _MARGIN), max(0, columns.start - _MARGIN)
    bottom, right = min(height, rows.stop + _MARGIN), min(width, columns.stop + _MARGIN)
    patch, same = now.line[top:bottom, left:right], other.line[top:bottom, left:right]
    if now.line is other.line or int(cv2.absdiff(patch, same).max()) <= 40:
        return 0, 0
    if np.count_nonzero(now.ink[top:bottom, left:right]) < _FEW_INK:
        return 0, 0
    above, before = min(_REACH, top), min(_REACH, left)
    field = other.line[
        top - above : min(height, bottom + _REACH), left - before : min(width, right + _REACH)
    ]
    by = max(1, math.ceil(max(patch.shape) / _PATCH))
    if by > 1:
        patch, field = (_shrunk(each, by) for each in (patch, field))
    misfit = cv2.matchTemplate(field, patch, cv2.TM_SQDIFF)
    least = float(misfit.min())
    down, across = np.nonzero(misfit <= 1.02 * least + 1)
    # Of equal fits (along a straight line) the one that moves least.
    down, across = down * by - above, across * by - before
    nearest = int((down**2 + across**2).argmin())
    coarse = int(down[nearest]), int(across[nearest])
    return coarse if by == 1 else _finer(now, (top, left, bottom, right), other, coarse, by)


def _finer(
    now: Drawing,
    window: tuple[int, int, int, int],
    other: Drawing,
    coarse: tuple[int, int],
    by: int,
) -> tuple[int, int]:
    top, left, bottom, right = window
    height, width = now.clear.shape
    best, least = coarse, math.inf
    for row in range(coarse[0] - by, coarse[0] + by + 1):
        for column in range(coarse[1] - by, coarse[1] + by + 1):
            up, down = max(top, -row), min(bottom, height - row)
            start, stop = max(left, -column), min(right, width - column)
            if down <= up or stop <= start:
                continue
            mine = now.line[up:down, start:stop]
            theirs = other.line[up + row : down + row, start + column : stop + column]
            miss = cv2.norm(mine, theirs, cv2.NORM_L1) / mine.size
            if miss < least - 1e-9:
                best, least = (row, column), miss
    return best


def _shrunk(plane: NDArray[np.uint8], by: int) -> NDArray[np.uint8]:
    rows, columns = plane.shape[0] // by, plane.shape[1] // by
    cut = plane[: rows * by, : columns * by]
    return np.asarray(cv2.resize(cut, (columns, rows), interpolation=cv2.INTER_AREA), np.uint8)
