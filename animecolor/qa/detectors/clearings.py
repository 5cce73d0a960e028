"""Holes in the paint of a cel on transparency: it turns clear for a drawing or a few.

Whatever the clip was painted from, a small clear place in the midst of what was opaque before and
is again after it is a hole. Gaps between limbs open at the edge of what is clear already.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e, to_lab
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.matter import Window
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.spots import Spot
from animecolor.qa.detectors.stills import Still
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Step, View

_CLEAR = 200
"""Alpha below which a pixel is clear: a quarter of it shows what lies below."""
_MOST = 400
"""Native pixels that a hole has; what is larger is a gap."""
_NEAR = 1
"""Pixels around a hole that are opaque in the drawings before and after it,"""
_AWAY = 24
"""... and pixels of the view within which no clear place lies that may have moved there."""
_LONGEST = 12
"""Frames that a hole lasts."""
_MANY = 24
"""Clear places of one frame beyond which it is torn, and none is a hole."""
_FILLED = 0.5
"""Share of the rectangle around a hole that it fills; the gaps that outlines leave are frayed."""
_CORE = np.ones((2, 2), np.uint8)
"""A hole of visible size holds so much."""
_BELOW = np.array([[100.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
"""What may lie below a cel, in CIE Lab: anything from white to black."""

Cover = NDArray[np.uint8]
"""(h, w) alpha."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A connected clear area; in pixels of the view."""

    window: Window
    at: tuple[NDArray[np.intp], NDArray[np.intp]]


class Clearings:
    """HOLE by alpha; the value is ΔE from what is farther off, white or black, to the paint."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._open: list[tuple[_Place, Sighting | None, View]] = []
        self._last = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot; what is clear in it may have been opaque before."""
        places = [] if view.alpha is None else _places(view)
        self._open = [(place, None, view) for place in places]

    def push(self, step: Step) -> None:
        """The next frame."""
        before, now = step.before, step.now
        self._last = now.index
        self._open = [one for one in self._open if now.index - one[2].index < _LONGEST]
        if now.alpha is None or before.alpha is None or np.array_equal(before.alpha, now.alpha):
            return
        kept: list[tuple[_Place, Sighting | None, View]] = []
        old, new = _places(before), _places(now)
        for place, told, view in self._open:
            # Beside a first frame only the one after tells what should be there.
            if _is_paint(now.alpha, new, place):
                told = _told(view, place, now) if told is None else told
                self._notes.sight(replace(told, last=before.index))
            elif told is not None:
                kept.append((place, told, view))
        fresh = [place for place in new if _is_paint(before.alpha, old, place)]
        for place in fresh:
            told = _told(now, place, before)
            self._notes.picture(told)
            kept.append((place, told, now))
        self._open = kept

    def end(self) -> None:
        """The shot has ended, maybe before a hole has closed."""
        for _, told, _ in self._open:
            if told is not None:
                self._notes.sight(replace(told, last=self._last))
        self._open = []

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""


def _places(view: View) -> list[_Place]:
    """Small clear areas, whole ones; none where there are many."""
    assert view.alpha is not None
    clear = (view.alpha < _CLEAR).view(np.uint8)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(clear, connectivity=8)
    if count - 1 > _MANY:
        return []
    most = _MOST / view.scale**2
    found = []
    for number in range(1, count):
        left, top, width, height, area = (int(value) for value in stats[number])
        if area > most or area < _FILLED * width * height:
            continue
        mask = labels[top : top + height, left : left + width] == number
        if view.scale > 1.5 or cv2.erode(mask.view(np.uint8), _CORE, borderValue=0).any():
            rows, columns = np.nonzero(mask)
            window = top, left, top + height, left + width
            found.append(_Place(window, (rows + top, columns + left)))
    return found


def _is_paint(alpha: Cover, clear: list[_Place], place: _Place) -> bool:
    """Whether a frame is opaque at a place, and nothing clear lies there that is on its way."""
    top, left, bottom, right = place.window
    around = alpha[max(0, top - _NEAR) : bottom + _NEAR, max(0, left - _NEAR) : right + _NEAR]
    if int(around.min()) < _CLEAR:
        return False
    return not any(
        top - _AWAY < below
        and above < bottom + _AWAY
        and left - _AWAY < end
        and begin < right + _AWAY
        for above, begin, below, end in (other.window for other in clear)
    )


def _told(view: View, place: _Place, other: View) -> Sighting:
    """A hole, beside a frame that has paint there."""
    paint = to_lab(other.rgb[place.at].mean(0, dtype=np.float64)[None] / 255)
    apart = delta_e(np.repeat(paint, 2, axis=0), _BELOW)
    worse = int(apart.argmax())
    area, value = len(place.at[0]), float(apart[worse])
    spot = Spot(place.window, area, area * value, value, _BELOW[worse], paint[0], place.at)
    told = sighting(Still(view, view.index, None), spot)
    return replace(told, check=Check.HOLE)
