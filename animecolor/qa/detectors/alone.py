"""Color faults without a source: areas that change by themselves, and change back."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.changes import Change, Passage, camera_rests, is_quiet, passage
from animecolor.qa.detectors.glimpses import glimpses
from animecolor.qa.detectors.matter import Window
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.outliers import UNITS
from animecolor.qa.detectors.sites import SPOT, Beside, Site
from animecolor.qa.detectors.spots import Spot, lab_mean
from animecolor.qa.detectors.stills import Still, Stills
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Step, View

_LEAST = 2.5
"""ΔE of a sighting; about half of what a strict profile warns at."""
_SAME_PLACE = 0.5
"""Share of two areas' common pixels of all of theirs when they are one area."""
_BACK = 0.4
"""Share of a step by which the step back may miss."""
_TOUCHED = 0.3
"""Share of an area that has changed with what is around it when it is lost from sight."""
_GAP = 8
"""Drawings between two jumps of one area that are one."""
_STAYS = 8
"""Frames that a color stays to the end which has changed for good."""
_AREA = 50
"""Native pixels of an area that has changed for good; a spot that comes and stays is drawn."""
_SPOT = 64
"""Native pixels of a spot, as in ``naming``."""
_ALIKE = 4.0
"""Lab units within which two colors are one."""
_MOSTLY = 0.7
"""Share of what lies around a spot that has its own color where it lies in one area."""
_STIR = 0.2
"""Share of the picture that may change while the shot counts as resting."""
_RIM = np.ones((7, 7), np.uint8)
_NEXT = np.ones((3, 3), np.uint8)


@dataclass(slots=True, eq=False)
class _Track:
    """An area that has taken another color at some drawing."""

    change: Change
    at: tuple[float, float]
    """x and y of its window in the first drawing of the shot."""
    number: int
    told: Sighting
    last: int
    """Frame before it changed back."""
    closed: int | None = None
    """Number of the drawing in which it has its own color again."""
    lost: bool = False
    stirred: bool = False
    """Something moves beside it."""
    blends: bool = False
    """A spot that had the color around it before."""


class Alone:
    """Watches a clip for which there is nothing to compare it with but itself."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        self._lossy = setting.lossy
        self._notes = notes
        self._stills = Stills(setting.lossy)
        self._begin()

    def _begin(self) -> None:
        self._before: Still | None = None
        self._earlier: Still | None = None
        self._glimpsed: list[Sighting] = []
        self._tracks: list[_Track] = []
        self._number = 0
        self._at = (0.0, 0.0)
        self._shift = (0, 0)
        self._past: Passage | None = None
        self._rests = True

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._begin()
        self._stills.begin(view)

    def push(self, step: Step) -> None:
        """The next frame."""
        ended = self._stills.push(step)
        if ended is not None:
            self._take(ended)

    def end(self) -> None:
        """The shot has ended: what was followed is told, and what was only glimpsed besides."""
        still = self._stills.end()
        self._take(still)
        told = [each for track in self._tracks if (each := self._told(track, still)) is not None]
        told += [each for each in self._glimpsed if not any(_is_one(each, of) for of in told)]
        for each in told:
            self._notes.sight(each)

    def _told(self, track: _Track, still: Still) -> Sighting | None:
        """What is told of an area that was followed to the last drawing of a shot."""
        if track.lost or track.told.value < _LEAST:
            return None
        if track.closed is not None:
            return replace(track.told, last=track.last)
        if track.number == self._number and track.blends:
            return replace(track.told, last=still.last)
        if self._rests and not track.stirred and self._stays(track, still):
            return replace(track.told, check=Check.COLOR_CHANGE, last=still.last)
        return None

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""

    def _take(self, still: Still) -> None:
        earlier, before = self._earlier, self._before
        self._earlier, self._before = before, still
        if before is None:
            return
        if earlier is not None:
            self._glimpse(earlier, before, still)
        self._number += 1
        seen = passage(before, still, self._lossy)
        self._at = self._at[0] + seen.shift[0], self._at[1] + seen.shift[1]
        self._shift = round(seen.shift[0]), round(seen.shift[1])
        calm = float(seen.changed.mean()) < _STIR
        self._rests = self._rests and calm and seen.shift == (0.0, 0.0)
        new = [change for change in seen.changes if not self._again(change)]
        for track in self._tracks:
            if track.lost or track.number == self._number:
                continue
            if track.closed is None:
                self._follow(track, seen, before, still)
            elif track.closed == self._number - 1 and not track.change.dead:
                track.lost = not is_quiet(seen.apart, self._window(track), track.change.usual, 0)
        for change in new:
            if not self._is_back(change):
                self._open(change, before, still)
        self._past = seen

    def _glimpse(self, before: Still, now: Still, after: Still) -> None:
        """What one drawing alone has, while things move and the camera does not.

        In a pan every rim is drawn anew, and a glimpse of one is not told from a fault.
        """
        if not (camera_rests(now) and camera_rests(after)):
            return
        back = None if now.came is None else now.came.back
        forth = None if after.came is None else after.came.forth
        beside = [Beside(before, back), Beside(after, forth)]
        for spot in glimpses(now, beside, self._lossy):
            told = sighting(now, spot)
            self._notes.picture(told)
            self._glimpsed.append(told)

    def _stays(self, track: _Track, still: Still) -> bool:
        return still.last - track.told.first >= _STAYS and track.told.area >= _AREA

    def _window(self, track: _Track) -> Window:
        left, top = round(track.at[0] - self._at[0]), round(track.at[1] - self._at[1])
        return top, left, top + track.change.mask.shape[0], left + track.change.mask.shape[1]

    def _is_back(self, change: Change) -> bool:
        """Whether this is an area that has just got its own color again."""
        closed = (track for track in self._tracks if track.closed == self._number)
        return any(self._is_place(track, change) for track in closed)

    def _again(self, change: Change) -> bool:
        """Whether an area that had jumped does so again."""
        for track in self._tracks:
            recent = track.closed is not None and self._number - track.closed <= _GAP
            if (
                recent
                and _is_step(change.step, track.change.step)
                and self._is_place(track, change)
            ):
                track.closed, track.number = None, self._number
                return True
        return False

    def _follow(self, track: _Track, seen: Passage, before: Still, still: Still) -> None:
        """Whether an area has its own color again, or is lost from sight."""
        top, left, bottom, right = self._window(track)
        mask = track.change.mask
        if top < 0 or left < 0 or bottom > seen.changed.shape[0] or right > seen.changed.shape[1]:
            track.lost = True
            return
        cut = np.s_[top:bottom, left:right]
        if np.count_nonzero(seen.changed[cut] & mask) <= _TOUCHED * mask.sum():
            if not is_quiet(seen.apart, self._window(track), track.change.usual, 0):
                track.stirred = True
            return
        step = lab_mean(still.lab[cut][mask].astype(np.float32))
        step -= lab_mean(seen.old[cut][mask].astype(np.float32))
        rim = cv2.dilate(np.pad(mask.view(np.uint8), 3), _RIM) > 0
        rim[3:-3, 3:-3] &= cv2.dilate(mask.view(np.uint8), _NEXT) == 0
        strong = seen.apart >= 0.5 * track.change.usual
        wide = np.pad(strong, 3)[top : bottom + 6, left : right + 6]
        calm = np.count_nonzero(wide & rim) <= _TOUCHED * np.count_nonzero(rim)
        if calm and _is_step(step, -track.change.step):
            track.closed, track.last = self._number, before.last
        else:
            track.lost = True

    def _open(self, change: Change, before: Still, still: Still) -> None:
        if self._past is not None and not change.dead:
            x, y = self._shift
            top, left, bottom, right = change.window
            window = top + y, left + x, bottom + y, right + x
            if not is_quiet(self._past.apart, window, change.usual, 0):
                return
        if change.mask.sum() <= SPOT and _came_from(change, before, still):
            return
        told = sighting(still, _spot(change))
        spot = change.dead and told.area <= _SPOT
        place = change.window[1] + self._at[0], change.window[0] + self._at[1]
        track = _Track(change, place, self._number, told, still.last)
        track.blends = spot and _blends(change.old, change, still)
        if self._number == 1 and spot and _blends(change.new, change, still):
            # It was in the first drawing alone.
            turned = replace(change, old=change.new, new=change.old)
            told = replace(sighting(before, _spot(turned)), last=before.last)
            self._notes.sight(told)
            return
        self._notes.picture(told)
        self._tracks.append(track)

    def _is_place(self, track: _Track, change: Change) -> bool:
        x = round(track.at[0] - self._at[0]) - change.window[1]
        y = round(track.at[1] - self._at[1]) - change.window[0]
        one, other = track.change.mask, change.mask
        top, left = max(0, y), max(0, x)
        bottom = min(other.shape[0], y + one.shape[0])
        right = min(other.shape[1], x + one.shape[1])
        if bottom <= top or right <= left:
            return False
        both = np.count_nonzero(
            other[top:bottom, left:right] & one[top - y : bottom - y, left - x : right - x]
        )
        return bool(both >= _SAME_PLACE * (one.sum() + other.sum() - both))


def _blends(color: NDArray[np.float64], change: Change, still: Still) -> bool:
    """Whether a color is that of what lies around an area."""
    top, left, bottom, right = change.window
    cut = still.lab[max(0, top - 3) : bottom + 3, max(0, left - 3) : right + 3]
    edge = np.concatenate([cut[0], cut[-1], cut[:, 0], cut[:, -1]]).astype(np.float32)
    apart = np.abs(edge - (color * (2.55, 1, 1) + (0, 128, 128))) @ UNITS[0]
    return float((apart <= _ALIKE).mean()) >= _MOSTLY


def _came_from(change: Change, before: Still, still: Still) -> bool:
    """Whether a spot was elsewhere in the drawing before: it moves."""
    site = Site.of(still, (change.window[0], change.window[1]), change.mask)
    if site.pieces(before, _ALIKE) < site.pieces(still, _ALIKE):
        return False
    return site.has_left(before, _ALIKE, (0, 0))


def _is_one(one: Sighting, other: Sighting) -> bool:
    """Whether two sightings are of one area at one time."""
    if one.box is None or other.box is None or one.first > other.last or one.last < other.first:
        return False
    tall = min(one.box.bottom, other.box.bottom) > max(one.box.top, other.box.top)
    return tall and min(one.box.right, other.box.right) > max(one.box.left, other.box.left)


def _is_step(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return float(np.linalg.norm(one - other)) <= _BACK * float(np.linalg.norm(other)) + 1.0


def _spot(change: Change) -> Spot:
    rows, columns = np.nonzero(change.mask)
    at = rows + change.window[0], columns + change.window[1]
    area = len(rows)
    weight = area * float(np.abs(change.step).sum())
    return Spot(change.window, area, weight, change.value, change.new, change.old, at)
