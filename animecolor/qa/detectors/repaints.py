"""Cells that take another color and keep it, for some drawings or to the end of their shot."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from animecolor.qa.detect import Notes
from animecolor.qa.detectors.footing import Place, find
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.segments import Drawing
from animecolor.qa.detectors.spots import Spot
from animecolor.qa.sighting import Check


@dataclass(slots=True, eq=False)
class Repaint:
    """A cell that has had a new color since some drawing."""

    begun: Drawing
    place: Place
    spot: Spot
    lasted: int = 1
    """Drawings."""
    last: int = 0
    """Index of the last frame that has it."""


class Repaints:
    """Follows them until they have their own color again, or are lost from sight."""

    def __init__(self, notes: Notes, apart: float) -> None:
        self._notes = notes
        self._apart = apart
        self._open: list[Repaint] = []
        self._returned: list[Place] = []
        """Those that have their own color again in the newest drawing."""
        self.drawings = 0
        """Of the shot that were followed so far."""

    def open(self, repaint: Repaint) -> None:
        """A cell has just taken another color, unless it is its own that it takes again."""
        if any(_meet(repaint.place, place) for place in self._returned):
            return
        repaint.last = repaint.begun.still.last
        self._open.append(repaint)

    def step(self, before: Drawing, now: Drawing) -> None:
        """The next drawing."""
        self.drawings += 1
        self._returned = []
        self._open = [each for each in self._open if self._goes_on(each, before, now)]

    def end(self) -> None:
        """The shot has ended: what has not come back has changed for good."""
        for repaint in self._open:
            if repaint.lasted >= 2:
                self._tell(repaint, Check.COLOR_CHANGE)
        self._open = []
        self._returned = []
        self.drawings = 0

    def _goes_on(self, repaint: Repaint, before: Drawing, now: Drawing) -> bool:
        shift = find(before, repaint.place, now)
        if shift is None:
            return False
        place = repaint.place
        rows, columns = place.cut(shift)
        inside = place.mask & now.clear[rows, columns]
        if np.count_nonzero(inside) < 0.3 * np.count_nonzero(place.mask):
            return False
        color = np.median(now.lab[rows, columns][inside], axis=0) - (0, 128, 128)
        most = max(self._apart, 0.35 * float(np.linalg.norm(_step(repaint))))
        repaint.place = replace(place, top=rows.start, left=columns.start)
        if float(np.linalg.norm(color - repaint.spot.found)) <= most:
            repaint.last, repaint.lasted = now.still.last, repaint.lasted + 1
            return True
        if float(np.linalg.norm(color - repaint.spot.expected)) <= most:
            self._returned.append(repaint.place)
            if repaint.lasted >= 2:
                self._tell(repaint, Check.COLOR_JUMP)
        return False

    def _tell(self, repaint: Repaint, check: Check) -> None:
        told = sighting(repaint.begun.still, repaint.spot)
        self._notes.sight(replace(told, check=check, last=repaint.last))


def _meet(one: Place, other: Place) -> bool:
    down, across = one.top - other.top, one.left - other.left
    tall = -one.mask.shape[0] < down < other.mask.shape[0]
    return bool(tall and -one.mask.shape[1] < across < other.mask.shape[1])


def _step(repaint: Repaint) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return repaint.spot.found - repaint.spot.expected
