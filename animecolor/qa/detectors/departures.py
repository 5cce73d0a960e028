"""Color faults beside a source that has luma: where it is left, followed from frame to frame.

A source in color tells chroma as well; a grey one does not. What a fault should look like is taken
from the frames before and after. An area is a fault of the shot when it comes or goes within it;
only a spot may be one from the first frame to the last, for what is larger and stays is a picture
that was graded, captioned or composed.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e, to_lab
from animecolor.flow import Flow
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.blots import Blot, chroma_departures, departure, find_blots, luma
from animecolor.qa.detectors.matter import Window
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.spots import Spot
from animecolor.qa.detectors.stills import Still
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Step, View

_LEAST = 2.5
"""ΔE of a sighting; about half of what a strict profile warns at."""
_NEAR = 8
"""Pixels of the view by which a blot moves on at most from one frame to the next."""
_GAP = 12
"""Frames between two blots of one fault: one that is there in every other drawing."""
_RATIO = 6
"""How many times as large as before a blot of the same fault is at most."""
_LASTING = 8
"""Frames that a color is kept to the end of a shot which has changed for good."""
_PICTURED = 20
"""Frames back that pictures can still be taken of."""
_SAMPLED = 24
"""Pixels of the view that a blot needs which only the chroma of a compressed source tells."""
_ASKED = 400
"""Pixels of a blot whose color is asked for."""

Color = NDArray[np.float64]
"""(3,) sRGB on 0 to 255."""


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A frame and what departs in it."""

    view: View
    blots: list[Blot]


@dataclass(slots=True, eq=False)
class _Track:
    """One fault, as far as it has been seen."""

    blot: Blot
    """The newest."""
    worst: Sighting
    first: int
    last: int
    tint: Color | None
    """What its color should be, less its luma."""
    entire: bool
    """It is there since the first frame of the shot."""


class Departures:
    """HOLE, STRAY, COLOR_JUMP and COLOR_CHANGE by the luma of a source; a frame behind."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        self._lossy = setting.lossy
        self._colored = setting.source_kind == "color"
        self._notes = notes
        self._tracks: list[_Track] = []
        self._before: _Look | None = None
        self._now: _Look | None = None
        self._back: Flow | None = None
        self._first = 0

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> Departures | None:
        """None without a source that has luma."""
        return cls(setting, notes) if setting.source_kind in ("gray", "color") else None

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._tracks, self._before, self._back = [], None, None
        self._first = view.index
        self._now = self._look(view)

    def push(self, step: Step) -> None:
        """The next frame; the one before it is judged."""
        assert self._now is not None
        before, now = step.before, step.now
        if before.rgb is now.rgb and before.source is now.source:
            later = _Look(now, self._now.blots)
        else:
            later = self._look(now)
        self._judge(later, step.forth)
        self._before, self._now, self._back = self._now, later, step.back

    def end(self) -> None:
        """The shot has ended."""
        assert self._now is not None
        self._judge(None, None)
        for track in self._tracks:
            self._tell(track, track.last == self._now.view.index)
        self._tracks = []

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""

    def _look(self, view: View) -> _Look:
        apart = departure(view)
        if apart is None:
            return _Look(view, [])
        blots = find_blots(view, apart, self._lossy)
        if self._colored:
            for plane in chroma_departures(view):
                found = find_blots(view, plane, self._lossy)
                # Coded chroma errs in single samples, and a spot has luma of its own.
                found = [b for b in found if not self._lossy or b.area >= _SAMPLED]
                blots += [b for b in found if all(_far(b.window, o.window) > 0 for o in blots)]
        return _Look(view, blots)

    def _judge(self, later: _Look | None, forth: Flow | None) -> None:
        now = self._now
        assert now is not None
        index = now.view.index
        for over in self._tracks:
            if index - over.last > _GAP:
                self._tell(over, False)
        self._tracks = [track for track in self._tracks if index - track.last <= _GAP]
        for blot in now.blots:
            track = next((t for t in self._tracks if t.last < index and _same(t.blot, blot)), None)
            tints = [
                _tint(blot, other.view, way)
                for other, way in ((self._before, self._back), (later, forth))
                if other is not None and not any(_same(blot, b) for b in other.blots)
            ]
            if track is not None and track.tint is not None:
                tints = [track.tint]
            told, tint = _told(now.view, blot, tints)
            if track is None:
                entire = index == self._first
                self._tracks.append(_Track(blot, told, index, index, tint, entire))
                continue
            track.blot, track.last = blot, index
            track.tint = tint if track.tint is None else track.tint
            if told.value > track.worst.value or index - track.worst.first > _PICTURED:
                track.worst = replace(told, value=max(told.value, track.worst.value))

    def _tell(self, track: _Track, to_end: bool) -> None:
        """A fault is over."""
        told = track.worst
        large = told.check is Check.COLOR_JUMP
        if told.value < _LEAST or (large and to_end and track.entire):
            return
        if large and to_end and track.last - track.first + 1 >= _LASTING:
            told = replace(told, check=Check.COLOR_CHANGE)
        self._notes.sight(replace(told, first=track.first, last=track.last, worst=told.first))


def _told(view: View, blot: Blot, tints: list[Color | None]) -> tuple[Sighting, Color | None]:
    """A blot as it is told, beside the mean of the colors that it may have had."""
    rows, columns = _pixels(blot)
    found = view.rgb[rows, columns].mean(0, dtype=np.float64)
    assert view.source is not None
    level = float(luma(view.source[rows, columns][None]).mean())
    known = [each for each in tints if each is not None] or [_around(view, blot)]
    # Motion may lead one of them to another color; the mean is wrong by half as much.
    tint = np.asarray(np.mean(known, axis=0), np.float64)
    colors = _lab(np.stack([found, np.clip(tint + level, 0, 255)]))
    value = float(delta_e(colors[:1], colors[1:])[0])
    area = blot.area
    spot = Spot(
        blot.window, area, area * abs(blot.departs), value, colors[0], colors[1], (rows, columns)
    )
    told = sighting(Still(view, view.index, None), spot)
    return told, tint if any(each is not None for each in tints) else None


def _tint(blot: Blot, other: View, way: Flow | None) -> Color | None:
    """What another frame has at a blot, less its luma; None where that is outside of it."""
    rows, columns = _pixels(blot)
    if way is not None:
        moved = way[rows, columns]
        y, x = rows + moved[:, 1], columns + moved[:, 0]
        inside = (y >= 0) & (x >= 0) & (y <= way.shape[0] - 1) & (x <= way.shape[1] - 1)
        if not inside.any():
            return None
        rows, columns = (np.rint(axis[inside]).astype(np.intp) for axis in (y, x))
    colors = other.rgb[rows, columns]
    return np.asarray(colors.mean(0, dtype=np.float64) - luma(colors[None]).mean(), np.float64)


def _around(view: View, blot: Blot) -> Color:
    """What lies around a blot, less its luma."""
    top, left, bottom, right = (
        max(0, edge + by) for edge, by in zip(blot.window, (-4, -4, 4, 4), strict=True)
    )
    cut = view.rgb[top:bottom, left:right]
    ring = np.concatenate([cut[0], cut[-1], cut[:, 0], cut[:, -1]])
    return np.asarray(np.median(ring - luma(ring[None])[0][:, None].astype(np.float64), axis=0))


def _pixels(blot: Blot) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    rows, columns = np.nonzero(blot.mask)
    every = -(-len(rows) // _ASKED)
    return rows[::every] + blot.window[0], columns[::every] + blot.window[1]


def _same(one: Blot, other: Blot) -> bool:
    """Whether two blots of different frames are one fault."""
    if (one.departs > 0) != (other.departs > 0) or _far(one.window, other.window) > _NEAR:
        return False
    return max(one.area, other.area) <= _RATIO * min(one.area, other.area)


def _far(one: Window, other: Window) -> int:
    top, left, bottom, right = one
    above, before, below, after = other
    return max(top - below, above - bottom, left - after, before - right)


def _lab(colors: Color) -> NDArray[np.float64]:
    return to_lab(colors / 255)
