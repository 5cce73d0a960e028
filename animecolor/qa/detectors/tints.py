"""Color faults that leave luma alone, beside a grey source: chroma that steps, and steps back.

An area takes another chroma in one step and its own again in a later one: it jumped. One that
never steps back has changed for good.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e, to_lab
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.blots import luma
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.spots import Spot
from animecolor.qa.detectors.stills import Still
from animecolor.qa.detectors.tinges import Tinge, find_tinges
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Step, View

_LEAST = 2.5
"""ΔE of a sighting; about half of what a strict profile warns at."""
_LONGEST = 48
"""Frames within which a color that steps back has jumped."""
_LASTING = 8
"""Frames that a color is kept to the end of a shot which has changed for good."""
_LARGE = 200
"""Native pixels of an area that has."""
_SURELY, _SURELY_LOSSY = 3.0, 2.1
"""How many times the least change a jump is; half as much again one that lasts."""
_MORE = 1.5
_CALM = 10.0
"""How many times the change around it."""
_REST = 0.5
"""Pixels that an area moves at most where it is said to rest."""
_COMMON = 0.5
"""Share of the smaller rectangle around an area's steps there and back that both have."""
_RATIO = 2.0
"""How many times as large one of them is at most."""
_MISS = 0.4
"""Share of a step by which the step back may miss."""


@dataclass(slots=True, eq=False)
class _Open:
    """An area that has not stepped back."""

    tinge: Tinge
    told: Sighting
    resting: bool
    """Nothing moved there when it changed."""


class Tints:
    """COLOR_JUMP and COLOR_CHANGE of chroma that a grey source knows nothing of."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        self._lossy = setting.lossy
        self._notes = notes
        self._open: list[_Open] = []
        self._last = 0

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> Tints | None:
        """None without a source that has luma."""
        return cls(setting, notes) if setting.source_kind in ("gray", "color") else None

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._open, self._last = [], view.index

    def push(self, step: Step) -> None:
        """The next frame."""
        self._last = step.now.index
        for tinge in find_tinges(step, self._lossy):
            back = next((o for o in reversed(self._open) if _undoes(tinge, o.tinge)), None)
            if back is None:
                told = _told(step, tinge)
                if told.value >= _LEAST:
                    self._notes.picture(told)
                    self._open.append(_Open(tinge, told, _rests(step, tinge)))
                continue
            self._open.remove(back)
            frames = self._last - back.told.first
            if frames <= _LONGEST and self._is_sure(back.tinge, frames > 1):
                self._notes.sight(replace(back.told, last=self._last - 1))

    def end(self) -> None:
        """The shot has ended: what has not stepped back has changed for good."""
        for changed in self._open:
            told = changed.told
            lasts = self._last - told.first + 1 >= _LASTING
            surely = changed.resting and self._is_sure(changed.tinge, True)
            if lasts and surely and told.area >= _LARGE:
                self._notes.sight(replace(told, check=Check.COLOR_CHANGE, last=self._last))
        self._open = []

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""

    def _is_sure(self, tinge: Tinge, lasts: bool) -> bool:
        least = (_SURELY_LOSSY if self._lossy else _SURELY) * (_MORE if lasts else 1)
        return tinge.strength >= least and tinge.calm >= _CALM


def _told(step: Step, tinge: Tinge) -> Sighting:
    view = step.now
    found = view.rgb[tinge.at].mean(0, dtype=np.float64)
    blue, red = tinge.by
    # BT.709: luma stays, R - Y and B - Y are what Cb and Cr scale.
    own = np.array([1.5748 * red, -0.1873 * blue - 0.4681 * red, 1.8556 * blue])
    assert view.source is not None
    departs = float(
        luma(view.rgb[tinge.at][None]).mean() - luma(view.source[tinge.at][None]).mean()
    )
    colors = _lab(np.stack([found, np.clip(found - own - departs, 0, 255)]))
    value = float(delta_e(colors[:1], colors[1:])[0])
    weight = value * tinge.area
    spot = Spot(tinge.window, tinge.area, weight, value, colors[0], colors[1], tinge.at)
    return sighting(Still(view, view.index, None), spot)


def _rests(step: Step, tinge: Tinge) -> bool:
    return step.back is None or float(np.abs(step.back[tinge.at]).max()) < _REST


def _undoes(tinge: Tinge, other: Tinge) -> bool:
    """Whether one step takes another one back, at its place."""
    top, left, bottom, right = tinge.window
    above, before, below, after = other.window
    tall, wide = min(bottom, below) - max(top, above), min(right, after) - max(left, before)
    least = min((bottom - top) * (right - left), (below - above) * (after - before))
    if min(tall, wide) <= 0 or tall * wide < _COMMON * least:
        return False
    if max(tinge.area, other.area) > _RATIO * min(tinge.area, other.area):
        return False
    miss = math.hypot(tinge.by[0] + other.by[0], tinge.by[1] + other.by[1])
    return miss <= _MISS * max(math.hypot(*tinge.by), math.hypot(*other.by))


def _lab(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    return to_lab(colors / 255)
