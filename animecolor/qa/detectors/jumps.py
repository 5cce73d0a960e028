"""Holes, stray spots and color jumps: what has another color in one drawing than around it."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.flow import Flow, chained
from animecolor.qa.detect import Lengths, Notes, Setting, Watcher
from animecolor.qa.detectors.alone import Alone
from animecolor.qa.detectors.lasting import Lasting
from animecolor.qa.detectors.matter import Neighbor
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.spots import Spot, find, lab_mean
from animecolor.qa.detectors.stills import Still, Stills
from animecolor.qa.sighting import Sighting
from animecolor.qa.view import Step, View

_LEAST = 2.5
"""ΔE of a sighting; about half of what a strict profile warns at."""
_AREA = 12
"""Pixels of the view that an area has which is followed."""
_CALM = 0.05
"""Share of its rim that may be newly drawn."""
_AROUND = 8
"""Drawings before and after that a spot is compared with: a fault is rare, motion goes on."""
_NEAR = 16
"""Pixels of the view that are thereabouts."""
_STRONGER = 4.0
"""How much a spot must outweigh others thereabouts."""
_MANY = 12
"""Spots of one drawing beyond which it is the drawing that is new."""


@dataclass(slots=True, eq=False)
class _Seen:
    """A spot that waits for the drawings after it."""

    number: int
    """Of its drawing."""
    spot: Spot
    told: Sighting | None
    """None where it is too weak to be told of."""
    passed: bool = False


class Jumps:
    """Compares every drawing of a shot with the one before it and the one after it."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        self._setting = setting
        self._notes = notes
        self._stills = Stills(setting.lossy)
        self._window: list[Still] = []
        self._pool: deque[_Seen] = deque()
        self._number = 0
        self._lasting = Lasting(notes)

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._window = []
        self._number = 0
        self._lasting.begin()
        self._stills.begin(view)

    def push(self, step: Step) -> None:
        """The next frame."""
        ended = self._stills.push(step)
        if ended is not None:
            self._take(ended)

    def end(self) -> None:
        """The shot has ended: its last drawing has only drawings before it."""
        self._take(self._stills.end())
        if len(self._window) == 3:
            self._judge(self._window[2], [_before(self._window, 2, 1), _before(self._window, 2, 2)])
        self._lasting.end()
        self._tell(None)
        self._pool.clear()

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""

    def _take(self, still: Still) -> None:
        first = len(self._window) == 2 and self._window[0].came is None
        self._window = [*self._window[-2:], still]
        if len(self._window) < 3:
            return
        if self._setting.source_kind is not None:
            self._follow()
        if first:
            self._judge(self._window[0], [_after(self._window, 0, 1), _after(self._window, 0, 2)])
        self._judge(self._window[1], [_before(self._window, 1, 1), _after(self._window, 1, 1)])

    def _follow(self) -> None:
        """What the newest drawing has that the one before has not may stay."""
        earlier, before, now = self._window
        beside = _before(self._window, 2, 1)
        kind, lossy = self._setting.source_kind, self._setting.lossy
        fresh = find(now, [beside, beside], kind, lossy, _AREA, _MANY)
        strong = [
            spot
            for spot in fresh
            if spot.value >= _LEAST and spot.area >= _AREA and spot.beside_new < _CALM
        ]
        new = [spot for spot in strong if not _came_back(spot, beside, before, earlier)]
        self._lasting.step(now, new if len(fresh) <= _MANY else [])

    def _judge(self, now: Still, beside: list[Neighbor]) -> None:
        self._number += 1
        found = find(now, beside, self._setting.source_kind, self._setting.lossy)
        first, second = (neighbor.still.first > now.first for neighbor in beside)
        for spot in found:
            told = None
            # At either end of a shot less is known: there nothing may have moved beside it.
            calm = first != second or spot.beside_new < _CALM
            if spot.value >= _LEAST and len(found) <= _MANY and calm:
                told = sighting(now, spot)
                self._notes.picture(told)
            self._pool.append(_Seen(self._number, spot, told))
        self._tell(self._number - _AROUND)

    def _tell(self, upto: int | None) -> None:
        """Pass on what was seen up to a drawing (None: all), and forget what is long past."""
        for seen in self._pool:
            if seen.told is None or seen.passed or (upto is not None and seen.number > upto):
                continue
            seen.passed = True
            if self._is_rare(seen):
                self._notes.sight(seen.told)
        while self._pool and upto is not None and self._pool[0].number < upto - _AROUND:
            self._pool.popleft()

    def _is_rare(self, seen: _Seen) -> bool:
        """Whether nothing like it is seen thereabouts in the drawings before and after."""
        top, left, bottom, right = seen.spot.window
        for other in self._pool:
            if other.number == seen.number or abs(other.number - seen.number) > _AROUND:
                continue
            above, before, below, after = other.spot.window
            far = max(top - below, above - bottom, left - after, before - right)
            if far < _NEAR and _STRONGER * other.spot.weight > seen.spot.weight:
                return False
        return True


def watch_jumps(setting: Setting, notes: Notes) -> Watcher | None:
    """With what lines tell, or alone; beside a source that has luma ``departures`` does."""
    if setting.source_kind in ("gray", "color"):
        return None
    return Alone(setting, notes) if setting.source_kind is None else Jumps(setting, notes)


def _came_back(spot: Spot, beside: Neighbor, before: Still, earlier: Still) -> bool:
    """Whether the drawing two before had this color there already."""
    rows, columns = spot.at
    for way in (beside.to, None if before.came is None else before.came.back):
        if way is not None:
            step = way[rows, columns]
            rows = _within(rows + step[:, 1], way.shape[0])
            columns = _within(columns + step[:, 0], way.shape[1])
    color = lab_mean(earlier.lab[rows, columns].astype(np.float32))
    return float(delta_e(color[None], spot.found[None])[0]) < 0.5 * spot.value


def _within(places: NDArray[np.float32], side: int) -> NDArray[np.intp]:
    return np.clip(np.rint(places), 0, side - 1).astype(np.intp)


def _after(window: list[Still], at: int, by: int) -> Neighbor:
    """The drawing one or two after, with the ways there and back."""
    ways = [window[at + n].came for n in range(1, by + 1)]
    to, fro = _along([w.forth for w in ways if w]), _along([w.back for w in ways[::-1] if w])
    return Neighbor(window[at + by], to, fro)


def _before(window: list[Still], at: int, by: int) -> Neighbor:
    """The drawing one or two before, with the ways there and back."""
    ways = [window[at - n].came for n in range(by)]
    to, fro = _along([w.back for w in ways if w]), _along([w.forth for w in ways[::-1] if w])
    return Neighbor(window[at - by], to, fro)


def _along(ways: list[Flow | None]) -> Flow | None:
    """One way after the other; None where nothing moved."""
    moved = [way for way in ways if way is not None]
    return None if not moved else moved[0] if len(moved) == 1 else chained(moved[0], moved[1])
