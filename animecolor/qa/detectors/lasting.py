"""色パカ that lasts: an area takes another color, keeps it for some drawings or for good."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.qa.detect import Notes
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.spots import Spot, lab_mean
from animecolor.qa.detectors.stills import Still
from animecolor.qa.sighting import Check, Sighting

_SHORTEST = 2
"""Drawings that it lasts; what lasts for one is seen by what lies before and after it."""
_STAYS = 0.5
"""Share of the jump within which the area must keep its new color."""
_APART = 16
"""Pixels of the view between two that are not about the same area."""
_QUIET = 6
"""Drawings in which nothing else like it may begin thereabouts."""


@dataclass(slots=True, eq=False)
class _Track:
    """An area that has a new color since some drawing."""

    spot: Spot
    begun: Still
    number: int
    rows: NDArray[np.float32]
    columns: NDArray[np.float32]
    last: Still
    open: bool = True
    """It still has the new color."""
    check: Check | None = None
    """What it came out as; None where it was lost from sight."""
    rival: bool = False
    """Others begin thereabouts: it moves there."""
    lasted: int = 1
    """Drawings."""


class Lasting:
    """Follows areas that have just taken another color, until they have their own again."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._tracks: list[_Track] = []
        self._number = 0

    def begin(self) -> None:
        """A shot begins."""
        self._tracks = []
        self._number = 0

    def step(self, now: Still, fresh: list[Spot]) -> None:
        """The next drawing and what is new in it against the two before."""
        self._number += 1
        returned = [track for track in self._tracks if self._follow(track, now)]
        for spot in fresh:
            if any(_near(spot, track.spot) for track in returned):
                continue
            rivals = [t for t in self._tracks if _near(spot, t.spot) and self._recent(t)]
            for track in rivals:
                track.rival = True
            rows, columns = (axis.astype(np.float32) for axis in spot.at)
            track = _Track(spot, now, self._number, rows, columns, now, rival=bool(rivals))
            self._notes.picture(_sighting(track, Check.COLOR_CHANGE))
            self._tracks.append(track)

    def end(self) -> None:
        """The shot has ended: what has not come back has changed for good."""
        for track in self._tracks:
            check = Check.COLOR_CHANGE if track.open else track.check
            if check is not None and track.lasted >= _SHORTEST and not track.rival:
                self._notes.sight(_sighting(track, check))
        self._tracks = []

    def _follow(self, track: _Track, now: Still) -> bool:
        """Look at the area in the next drawing. Returns whether it has its own color again."""
        if not track.open:
            return False
        if now.came is not None and now.came.forth is not None:
            row, column = _pixels(track, now.lab.shape)
            way = now.came.forth[row, column]
            track.rows, track.columns = track.rows + way[:, 1], track.columns + way[:, 0]
        row, column = _pixels(track, now.lab.shape)
        color = lab_mean(now.lab[row, column].astype(np.float32))
        pair = np.stack([track.spot.found, track.spot.expected])
        new, old = delta_e(np.stack([color, color]), pair)
        if new <= _STAYS * track.spot.value:
            track.last, track.lasted = now, track.lasted + 1
            return False
        track.open = False
        if old <= _STAYS * track.spot.value:
            track.check = Check.COLOR_JUMP
            return True
        return False

    def _recent(self, track: _Track) -> bool:
        return track.number >= self._number - _QUIET


def _pixels(track: _Track, shape: tuple[int, ...]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    row = np.clip(np.rint(track.rows), 0, shape[0] - 1).astype(np.intp)
    return row, np.clip(np.rint(track.columns), 0, shape[1] - 1).astype(np.intp)


def _near(one: Spot, other: Spot) -> bool:
    top, left, bottom, right = one.window
    above, before, below, after = other.window
    return max(top - below, above - bottom, left - after, before - right) < _APART


def _sighting(track: _Track, check: Check) -> Sighting:
    return replace(sighting(track.begun, track.spot), check=check, last=track.last.last)
