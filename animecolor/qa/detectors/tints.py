"""Color faults that leave luma alone, beside a grey source: chroma that steps, and steps back.

An area takes another chroma in one step and its own again in a later one: it jumped. One that
never steps back has changed for good.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e, to_lab
from animecolor.flow import Flow
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.blots import luma
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.spots import Spot
from animecolor.qa.detectors.stills import Still
from animecolor.qa.detectors.tinges import (
    SCALE,
    Places,
    Tinge,
    Tone,
    find_tinges,
    fitting,
    tone,
)
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
_SURELY, _SURELY_LOSSY = 40000.0, 25000.0
"""Evidence of a jump of one frame: in clean film that moves it reaches two thirds of that."""
_MORE = 4.0
"""How many times as much one needs that lasts: much steps back in time."""
_REST = 0.5
"""Pixels that an area moves at most where it is said to rest."""
_COMMON = 0.5
"""Share of an area that lies in the rectangle around its step back."""
_FOLLOWED = 0.7
"""Share of its pixels that must be in the picture, and that the source must show as before."""
_MISS = 0.4
"""Share of a step by which the step back may miss."""


@dataclass(slots=True, eq=False)
class _Open:
    """An area that has not stepped back."""

    tinge: Tinge
    told: Sighting
    resting: bool
    """Nothing moved there when it changed."""
    at: Places
    """Where its pixels are now."""


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
        if step.before.rgb is step.now.rgb:
            return
        kept, fits = [], fitting(step, self._lossy)
        for one in self._open:
            one.at, inside = _carried(one.at, step.forth)
            if inside < _FOLLOWED or float(fits[_looked_at(one.at)].mean()) < _FOLLOWED:
                continue
            left = _left(one.tinge, tone(step.now, one.at))
            if left > _MISS:
                kept.append(one)
                continue
            frames = self._last - one.told.first
            if left >= -_MISS and frames <= _LONGEST and self._is_sure(one.tinge, frames > 1):
                self._notes.sight(replace(one.told, last=self._last - 1))
        for tinge in find_tinges(step, self._lossy):
            told = _told(step, tinge)
            if told.value >= _LEAST and not any(_is_end_of(tinge, one) for one in self._open):
                self._notes.picture(told)
                kept.append(_Open(tinge, told, _rests(step, tinge), tinge.at))
        self._open = kept

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
        least = _SURELY_LOSSY if self._lossy else _SURELY
        return tinge.evidence >= least * (_MORE if lasts else 1)


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


def _carried(at: Places, forth: Flow | None) -> tuple[Places, float]:
    """Pixels one frame on, and the share of them that is in the picture."""
    if forth is None:
        return at, 1.0
    moved = forth[at]
    y, x = (np.rint(axis + moved[:, way]).astype(np.intp) for way, axis in ((1, at[0]), (0, at[1])))
    inside = (y >= 0) & (x >= 0) & (y < forth.shape[0] - 1) & (x < forth.shape[1] - 1)
    if not inside.any():
        return at, 0.0
    return (y[inside], x[inside]), float(inside.mean())


def _looked_at(at: Places) -> Places:
    return at[0] // SCALE, at[1] // SCALE


def _left(tinge: Tinge, now: Tone) -> float:
    """Share of a change that is left: 1 as at first, 0 when all of it has been taken back."""
    return float((now - tinge.was) @ tinge.by / (tinge.by @ tinge.by))


def _is_end_of(tinge: Tinge, one: _Open) -> bool:
    """Whether a change is an earlier one that steps back."""
    top, left, bottom, right = tinge.window
    inside = (one.at[0] >= top) & (one.at[0] < bottom) & (one.at[1] >= left) & (one.at[1] < right)
    return bool(inside.mean() > _COMMON and tinge.by @ one.tinge.by < 0)


def _lab(colors: NDArray[np.float64]) -> NDArray[np.float64]:
    return to_lab(colors / 255)
