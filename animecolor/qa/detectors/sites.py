"""Where a place of one drawing lies in another, by the colors around it, and what is there."""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow
from animecolor.qa.detectors.stills import Still

SPOT = 64
"""Pixels of a spot, which lies on plain paint; what is larger has an outline."""
RING = 5
"""Pixels around a place that tell where it lies; of a spot, whose chroma is smeared, but for the
nearest two."""
_REACH = 14
"""Pixels within which an area is looked for by its outline."""
_LARGEST = 20_000
"""Pixels of a cut that is."""
_SAME = 4.0
"""Lab units within which a pixel looks the same."""
_CORE = 0.3
"""Share of a place that is all but its rim; a smaller core says too little."""
_SEEN = 0.6
"""Share of a place that must be in the picture."""
_NEAR = 40
"""Pixels around a place where its color is looked for."""
_SQUARE = np.ones((3, 3), np.uint8)
_GAP = np.ones((5, 5), np.uint8)
_BAND = np.ones((9, 9), np.uint8)
_WIDE = np.ones((2 * RING + 1, 2 * RING + 1), np.uint8)
_LAB = np.array([1 / 2.55, 1, 1], np.float32)

Mask = NDArray[np.bool_]
Colors = NDArray[np.float32]
"""(..., 3) CIE Lab, a and b with 128 on top."""


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """A drawing beside the one looked at."""

    still: Still
    way: Flow | None
    """(h, w, 2) to it; None where nothing moved."""


@dataclass(frozen=True, slots=True, eq=False)
class Match:
    """A place in another drawing."""

    fit: float
    """Share of what lies around it that looks the same."""
    step: Colors
    """(3,) from its color there to its own."""
    uneven: float
    """How far four in five pixels' steps lie from it."""
    ground: Colors
    """(3,) mean color there."""
    shift: tuple[int, int]
    """x and y by which it has moved."""


@dataclass(frozen=True, slots=True, eq=False)
class Site:
    """Some pixels of a drawing, cut out with what lies around them."""

    still: Still
    top: int
    left: int
    mask: Mask
    """(h, w) of the cut."""
    core: Mask
    """Without its rim, where it is large enough."""
    ring: Mask
    """What lies around."""

    @classmethod
    def of(cls, still: Still, corner: tuple[int, int], mask: Mask) -> Site:
        """Pixels of a drawing; ``mask``, (h, w), has its first pixel at ``corner``."""
        height, width = still.lab.shape[:2]
        top, left = max(0, corner[0] - RING), max(0, corner[1] - RING)
        bottom = min(height, corner[0] + mask.shape[0] + RING)
        right = min(width, corner[1] + mask.shape[1] + RING)
        wide = np.zeros((bottom - top, right - left), np.uint8)
        above, before = corner[0] - top, corner[1] - left
        wide[above : above + mask.shape[0], before : before + mask.shape[1]] = mask
        spot = np.count_nonzero(mask) <= SPOT
        ring = cv2.dilate(wide, _WIDE) > cv2.dilate(wide, _GAP if spot else _SQUARE)
        if not spot:
            ring &= cv2.dilate(wide, _BAND) > 0
        core = cv2.erode(wide, _SQUARE, borderValue=0) > 0
        if np.count_nonzero(core) < max(4, _CORE * np.count_nonzero(wide)):
            core = wide > 0
        return cls(still, top, left, wide > 0, core, ring)

    @property
    def colors(self) -> Colors:
        """(N, 3) of its core."""
        return self._cut()[self.core]

    @property
    def around(self) -> Colors:
        """(N, 3) of what lies around it."""
        return self._cut()[self.ring]

    def _cut(self) -> Colors:
        rows, columns = self.mask.shape
        cut = self.still.lab[self.top : self.top + rows, self.left : self.left + columns]
        return np.asarray(cut * _LAB, np.float32)

    def found_in(self, beside: Beside, smear: float) -> Match | None:
        """Where it fits best of the ways that it may have gone; None: outside the picture.

        Args:
            beside: the other drawing.
            smear: share of its own change that what lies around may have changed by.
        """
        best: Match | None = None
        for shift in sorted(self._ways(beside.way), key=lambda way: math.hypot(*way)):
            match = self._laid(beside.still, shift, smear)
            if match is not None and (best is None or match.fit > best.fit):
                best = match
        return best

    def searched_in(self, beside: Beside, smear: float) -> Match | None:
        """Where its outline fits best within some pixels; None: outside, or it is too large."""
        height, width = beside.still.lab.shape[:2]
        rows, columns = self.mask.shape
        if rows * columns > _LARGEST:
            return None
        top, left = max(0, self.top - _REACH), max(0, self.left - _REACH)
        bottom, right = min(height, self.top + rows + _REACH), self.left + columns + _REACH
        field = beside.still.lab[top:bottom, left : min(width, right)]
        own = self.still.lab[self.top : self.top + rows, self.left : self.left + columns]
        outline = np.repeat(self.ring.view(np.uint8)[..., None], 3, axis=2)
        misfit = cv2.matchTemplate(field, own, cv2.TM_SQDIFF, mask=outline)
        y, x = np.unravel_index(int(misfit.argmin()), misfit.shape)
        shift = left + int(x) - self.left, top + int(y) - self.top
        return self._laid(beside.still, shift, smear)

    def _ways(self, way: Flow | None) -> set[tuple[int, int]]:
        """x and y that it may have moved by: not at all, with the camera, with what is near."""
        if way is None:
            return {(0, 0)}
        rows, columns = self.mask.shape
        here = way[self.top : self.top + rows, self.left : self.left + columns]
        moves = [np.median(way[4::8, 4::8].reshape(-1, 2), axis=0)]
        moves += [np.median(here[some], axis=0) for some in (self.mask, self.ring) if some.any()]
        return {(0, 0), *((round(float(x)), round(float(y))) for x, y in moves)}

    def _laid(self, other: Still, shift: tuple[int, int], smear: float) -> Match | None:
        """On another drawing, moved by x and y."""
        height, width = other.lab.shape[:2]
        x, y = self.left + shift[0], self.top + shift[1]
        rows, columns = self.mask.shape
        inside = np.s_[
            max(0, -y) : max(0, min(rows, height - y)),
            max(0, -x) : max(0, min(columns, width - x)),
        ]
        mask, core, ring = self.mask[inside], self.core[inside], self.ring[inside]
        if np.count_nonzero(mask) < _SEEN * np.count_nonzero(self.mask):
            return None
        if not core.any() or not ring.any():
            return None
        there = other.lab[max(0, y) : y + rows, max(0, x) : x + columns]
        low, high = (function(there, _SQUARE) * _LAB for function in (cv2.erode, cv2.dilate))
        own = self._cut()[inside]
        over = np.maximum(low - own, 0) + np.maximum(own - high, 0)
        ground = np.asarray(there[core] * _LAB, np.float32)
        steps = own[core] - ground
        step = np.median(steps, axis=0)
        uneven = float(np.percentile(np.linalg.norm(steps - step, axis=1), 80))
        same = max(_SAME, smear * float(np.abs(step).sum()))
        fit = float((over.sum(axis=2)[ring] <= same).mean())
        return Match(fit, step, uneven, ground.mean(axis=0), shift)

    def pieces(self, other: Still, within: float) -> int:
        """Spots of its color and about its size thereabouts in a drawing, itself included."""
        return len(self._pieces(self._like(other, within)))

    def has_left(self, other: Still, within: float, shift: tuple[int, int]) -> bool:
        """Whether such a spot of another drawing is no longer where it was.

        Args:
            other: the drawing.
            within: Lab units within which its color is.
            shift: x and y by which what lies around has moved to the other drawing.
        """
        mine = cv2.dilate(self._like(self.still, within, alone=True), _SQUARE)
        move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
        moved = cv2.warpAffine(mine, move, mine.shape[::-1], flags=cv2.INTER_NEAREST)
        stays = np.asarray(cv2.max(mine, moved), np.uint8) > 0
        pieces = self._pieces(self._like(other, within))
        return any(
            2 * np.count_nonzero(stays & piece) < np.count_nonzero(piece) for piece in pieces
        )

    def _pieces(self, like: NDArray[np.uint8]) -> list[Mask]:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(like)
        area = np.count_nonzero(self.mask)
        sizes = stats[:, cv2.CC_STAT_AREA]
        fitting = np.flatnonzero((sizes >= 0.4 * area) & (sizes <= 2.5 * area))
        return [labels == number for number in fitting if number]

    def share(self, other: Still, within: float, color: Colors | None = None) -> float:
        """Pixels of its color, or another, thereabouts in a drawing, as a share of its own."""
        like = self._like(other, within, color)
        return float(np.count_nonzero(like)) / np.count_nonzero(self.mask)

    def _like(
        self, other: Still, within: float, color: Colors | None = None, alone: bool = False
    ) -> NDArray[np.uint8]:
        """(h, w) 1 where a drawing has its color, or another, in a window around it.

        Args:
            other: the drawing.
            within: Lab units.
            color: the other color.
            alone: without its own pixels.
        """
        top, left = max(0, self.top - _NEAR), max(0, self.left - _NEAR)
        cut = np.s_[
            top : self.top + self.mask.shape[0] + _NEAR,
            left : self.left + self.mask.shape[1] + _NEAR,
        ]
        wanted = np.median(self.colors, axis=0) if color is None else color
        apart = np.linalg.norm(other.lab[cut] * _LAB - wanted, axis=2)
        like = np.asarray(apart <= within, np.uint8)
        if alone:
            rows, columns = np.nonzero(self.mask)
            like[rows + self.top - top, columns + self.left - left] = 0
        return like
