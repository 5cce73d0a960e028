"""Faults of paint, told by the line drawing: paint changes its color at ink, and keeps it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.footing import Place, find, is_plain, is_still
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.repaints import Repaint, Repaints
from animecolor.qa.detectors.segments import Drawing
from animecolor.qa.detectors.spots import Spot
from animecolor.qa.detectors.stills import Stills
from animecolor.qa.view import Step, View

_LEAST = 2.5
"""ΔE of a sighting; about half of what a strict profile warns at."""
_LEVELS = {False: 3, True: 6}
"""Levels by which a pixel of paint changes that keeps its color."""
_COLOR = {False: 1.5, True: 2.5}
"""Lab units within which two segments are of one color."""
_SIZE = 1.6
"""Most that a segment is larger than one that it is taken for."""
_AWAY = 32
"""Pixels that it may have moved."""
_KEPT = 0.6
"""Share of a segment, or of the picture, that has the color that it had before."""
_MOST = 60
"""Candidates of one drawing that are looked at, the largest."""
_MANY = 8
"""Faults of one drawing beyond which it is the drawing that is new."""
_FEW = 3
"""Areas that take another color at once for good."""
_APART = {False: 2.0, True: 3.0}
"""Lab units by which a pixel has another color."""
_SURE = 0.85
"""Share of a place that must agree with what is said of it."""
_SMALL, _SURE_SMALL = 60, 0.6
"""The same for places of so many pixels, whose rim is softened."""
_AROUND = 0.8
"""Share of the ring around it that must not have changed."""
_CALM, _RESTLESS = 0.4, 8.0
"""Share of a place's own step, and Lab units at most, by which what lies around it may change."""
_DRIFT = 3
"""Pixels that a place may move and still counts as resting."""
_CELL = 40
"""Pixels of a cell that is told of; a smaller one is a shade or a gap between lines."""
_NEAR = 16
"""Pixels that a spot without ink may have moved, more than what lies around it."""
_FLAT = 5.0
"""Lab units within which flat paint lies."""
_MOSTLY = 0.6
"""Share of what lies around a spot that is flat; beyond a line other paint may lie."""
_LIKE = {False: 0.35, True: 0.5}
"""Share of the step from the ground to a spot by which another like it may differ."""
_OPEN = 0.45
"""Share of the ring around a spot that is paint."""
_SURELY = 120
"""Pixels of a cell that is told of where it moves."""
_SQUARE = np.ones((3, 3), np.uint8)
_CORE = np.ones((2, 2), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Difference:
    """A place against another drawing."""

    found: NDArray[np.float32]
    """(N, 3) Lab of the pixels compared."""
    there: NDArray[np.float32]
    """(N, 3) Lab of the same pixels in the other drawing."""
    whole: bool
    """What it was in the other drawing had its outline too."""


class Cells:
    """Holes, stray spots, jumps and changes of color of a clip painted from line drawings."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        self._lossy = setting.lossy
        self._notes = notes
        self._stills = Stills(setting.lossy)
        self._window: list[Drawing] = []
        self._repaints = Repaints(notes, _APART[setting.lossy])

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> Cells | None:
        """None unless the source is line drawings."""
        return cls(setting, notes) if setting.source_kind == "line" else None

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._window = []
        self._stills.begin(view)

    def push(self, step: Step) -> None:
        """The next frame."""
        ended = self._stills.push(Step(step.before, step.now, step.still, None, None, None))
        if ended is not None:
            self._take(Drawing(ended, self._lossy))

    def end(self) -> None:
        """The shot has ended: its last drawing has only drawings before it."""
        self._take(Drawing(self._stills.end(), self._lossy))
        if len(self._window) == 3:
            self._judge(self._window[2], self._window[1], self._window[0])
        self._repaints.end()

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""

    def _take(self, drawing: Drawing) -> None:
        opens = len(self._window) == 2 and not self._repaints.drawings
        self._window = [*self._window[-2:], drawing]
        if len(self._window) < 2:
            return
        before, now = self._window[-2:]
        self._repaints.step(before, now)
        if len(self._window) == 3:
            self._follow(now, before)
        if len(self._window) < 3:
            return
        earlier = self._window[0]
        if opens:
            self._judge(earlier, before, now)
        self._judge(before, earlier, now)

    def _judge(self, now: Drawing, one: Drawing, other: Drawing) -> None:
        """Look for what only this drawing has."""
        spots = []
        one_sided = (one.first < now.first) == (other.first < now.first)
        for place in self._candidates(now, [one, other]):
            pair = [self._compared(now, place, each, one_sided) for each in (one, other)]
            spot = _spot(place, pair, _APART[self._lossy])
            if spot is not None and spot.value >= _LEAST:
                spots.append(spot)
        if len(spots) <= _MANY:
            for spot in spots:
                self._notes.sight(sighting(now.still, spot))

    def _follow(self, now: Drawing, before: Drawing) -> None:
        """Areas that rest and have just taken another color may keep it."""
        if float(_same(now, before, self._lossy).mean()) < _KEPT:
            return  # It is the light that changes, or all moves.
        repaints = []
        for place in self._candidates(now, [before]):
            differs = self._compared(now, place, before, resting=True)
            if differs is None or len(differs.found) < 12:
                continue
            if place.at_edge(now.clear.shape):
                continue
            spot = _spot(place, [differs, differs], _APART[self._lossy])
            if spot is not None and spot.value >= _LEAST:
                repaints.append(Repaint(now, place, spot))
        # Where many do it is the light that changes.
        for repaint in repaints if len(repaints) <= _FEW else []:
            self._repaints.open(repaint)

    def _candidates(self, now: Drawing, others: list[Drawing]) -> list[Place]:
        """Paint whose color none of the other drawings has thereabouts, the largest first."""
        segments = now.segments
        known = segments.areas == 0
        for other in others:
            known |= _explained(now, other, self._lossy)
        if known.all():
            return []
        new = (~known)[segments.labels].view(np.uint8)
        new[segments.labels == 0] = 0
        # Single pixels are of no segment: those of a small spot that was softened are new as well.
        loose = now.clear & (segments.labels == 0)
        for other in others:
            loose &= ~_same(now, other, self._lossy)
        new |= loose.view(np.uint8)
        _, parts, stats, _ = cv2.connectedComponentsWithStats(new, connectivity=8)
        order = np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[:_MOST] + 1
        places = []
        for number in order:
            left, top, wide, tall, _ = (int(edge) for edge in stats[number])
            mask = np.asarray(parts[top : top + tall, left : left + wide] == number, np.bool_)
            if cv2.erode(mask.view(np.uint8), _CORE, borderValue=0).any():
                places.append(Place.of(now, (top, left), mask, new > 0))
        return places

    def _compared(
        self, now: Drawing, place: Place, other: Drawing, resting: bool = False
    ) -> Difference | None:
        """A place in another drawing; None where it, or what lies around, is not found there.

        Where a drawing is compared with others on one side of it only, it must rest.
        """
        shift = find(now, place, other)
        if shift is None:
            return None
        still = shift == (0, 0) and is_still(now, place, other)
        rests = max(map(abs, shift)) <= _DRIFT
        small = np.count_nonzero(place.mask) < _CELL
        if shift != (0, 0) and place.at_edge(now.clear.shape) and (small or not rests):
            return None
        here, there = place.cut(), place.cut(shift)
        apart = _APART[self._lossy]
        clear = now.clear[here] & other.clear[there]
        inside = place.mask & clear
        core = cv2.erode(place.mask.view(np.uint8), _SQUARE, borderValue=0).view(np.bool_) & clear
        if np.count_nonzero(core) >= 12:
            inside = core
        if np.count_nonzero(inside) < max(2, 0.3 * np.count_nonzero(place.mask)):
            return None
        away = np.linalg.norm(now.lab[here] - other.lab[there], axis=2)
        ring = place.ring & clear
        whole = _is_whole(place, other, there, inside)
        # A spot in a cell has paint around it, a cell of its own may have ink alone. What lies
        # along a line that moves may be its shade, what moves without a line a gleam.
        paint = np.count_nonzero(ring) / max(1, place.around)
        plain = not resting and is_plain(now, place, other, shift, 2 * apart)
        if (resting or not (whole or plain)) and not still:
            return None
        if not whole and paint < _OPEN:
            return None
        if whole and not still and np.count_nonzero(place.mask) < _SURELY:
            return None
        if whole and not rests and paint > _OPEN:
            return None
        if whole and small:
            return None
        if not whole and not _is_flat(now.lab[here][ring]):
            return None
        if not whole and _came_from(now, place, other, shift):
            return None
        step = now.lab[here][inside].mean(axis=0) - other.lab[there][inside].mean(axis=0)
        calm = max(1.5 * apart, min(_CALM * float(np.linalg.norm(step)), _RESTLESS))
        if ring.any() and float((away[ring] <= calm).mean()) < _AROUND:
            return None
        return Difference(now.lab[here][inside], other.lab[there][inside], whole)


def _explained(now: Drawing, other: Drawing, lossy: bool) -> NDArray[np.bool_]:
    """(N,) segments that keep their color at their place, or are found near it."""
    mine, theirs = now.segments, other.segments
    alike = np.bincount(mine.labels[_same(now, other, lossy)], minlength=len(mine.areas))
    known = np.asarray(alike >= _KEPT * mine.areas, np.bool_)
    known &= _steady(now, other) <= _COLOR[lossy]
    asked, others = np.flatnonzero(~known), np.flatnonzero(theirs.areas)
    if not len(others):
        return known
    for number in asked:
        area = mine.areas[number]
        near = np.abs(theirs.centers[others] - mine.centers[number]).max(axis=1) <= _AWAY
        some = others[near]
        sizes = theirs.areas[some]
        some = some[(sizes <= _SIZE * area) & (area <= _SIZE * sizes)]
        away = np.linalg.norm(theirs.colors[some] - mine.colors[number], axis=1)
        known[number] = bool((away <= _COLOR[lossy]).any())
    return known


def _steady(now: Drawing, other: Drawing) -> NDArray[np.float32]:
    """(N,) Lab units by which the mean of a segment's place changes; 0 where it is not asked."""
    labels, areas = now.segments.labels, now.segments.areas
    change = now.lab - other.lab
    moved = np.flatnonzero(np.abs(change).max(axis=2).ravel() > 0)
    flat = labels.ravel()[moved]
    change = change.reshape(-1, 3)[moved]
    sums = [np.bincount(flat, change[:, c], len(areas)) for c in range(3)]
    mean = np.stack(sums, axis=1) / np.maximum(areas, 1)[:, None]
    return np.asarray(np.linalg.norm(mean, axis=1) * (areas > 0), np.float32)


def _same(now: Drawing, other: Drawing, lossy: bool) -> NDArray[np.bool_]:
    """(h, w) pixels that have kept their color."""
    red, green, blue = cv2.split(cv2.absdiff(now.still.view.rgb, other.still.view.rgb))
    return np.asarray(cv2.max(cv2.max(red, green), blue) <= _LEVELS[lossy], np.bool_)


def _spot(place: Place, pair: list[Difference | None], apart: float) -> Spot | None:
    """What a place has come to; None where it is no fault for sure."""
    one, other = pair
    if one is None or other is None:
        return None
    means = [each.there.mean(axis=0) for each in (one, other)]
    if float(np.linalg.norm(means[0] - means[1])) > 2 * apart:
        return None
    for each in (one, other):
        away = np.linalg.norm(each.found - each.there, axis=1)
        large = len(away) > _SMALL
        if float((away > (0.5 if large else 1) * apart).mean()) < (_SURE if large else _SURE_SMALL):
            return None
        if float(np.linalg.norm(each.found.mean(axis=0) - each.there.mean(axis=0))) < apart:
            return None
    zero = np.array([0, 128, 128])
    away = np.linalg.norm(one.found - one.there, axis=1)
    strong = away >= 0.5 * away.max()
    found = one.found[strong].mean(axis=0).astype(np.float64) - zero
    expected = one.there[strong].mean(axis=0).astype(np.float64) - zero
    rows, columns = np.nonzero(place.mask)
    top, left = int(rows.min()), int(columns.min())
    window = (
        place.top + top,
        place.left + left,
        place.top + int(rows.max()) + 1,
        place.left + int(columns.max()) + 1,
    )
    value = float(delta_e(found[None], expected[None])[0])
    at = rows + place.top, columns + place.left
    return Spot(window, len(rows), value * len(rows), value, found, expected, at)


def _came_from(now: Drawing, place: Place, other: Drawing, shift: tuple[int, int]) -> bool:
    """Whether a spot lies elsewhere in the other drawing, in no area of its color: it moves."""
    rows, columns = place.cut()
    here = now.lab[rows, columns]
    found = here[place.mask].mean(axis=0)
    ground = np.median(here[place.ring], axis=0)
    height, width = now.clear.shape
    top, left = max(0, rows.start + shift[0] - _NEAR), max(0, columns.start + shift[1] - _NEAR)
    bottom = min(height, rows.stop + shift[0] + _NEAR)
    right = min(width, columns.stop + shift[1] + _NEAR)
    there = np.s_[top:bottom, left:right]
    area = np.count_nonzero(place.mask)
    segments = other.segments
    small = segments.areas[segments.labels[there]] <= 4 * area
    like = np.linalg.norm(other.lab[there] - found, axis=2) <= _LIKE[now.lossy] * np.linalg.norm(
        found - ground
    )
    return bool(np.count_nonzero(small & like & other.clear[there]) >= 0.4 * area)


def _is_flat(colors: NDArray[np.float32]) -> bool:
    """Whether (N, 3) Lab colors are of one paint, a gradient perhaps, and of no texture."""
    away = np.linalg.norm(colors - np.median(colors, axis=0), axis=1)
    return float((away <= _FLAT).mean()) >= _MOSTLY


def _is_whole(
    place: Place, other: Drawing, there: tuple[slice, slice], inside: NDArray[np.bool_]
) -> bool:
    """Whether the paint that was there before ended where the place ends."""
    labels = other.segments.labels[there]
    numbers = np.unique(labels[inside])
    numbers = numbers[numbers > 0]
    return bool(
        len(numbers) and other.segments.areas[numbers].sum() <= 1.5 * np.count_nonzero(place.mask)
    )
