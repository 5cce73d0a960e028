"""Grain and crawling noise that does not belong there."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.metrics.pulse import BLOCKS
from animecolor.metrics.signal import luma_of
from animecolor.metrics.still import departure, mean_length
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors import steps
from animecolor.qa.detectors.spell import Mark, Spell
from animecolor.qa.sighting import Check
from animecolor.qa.view import Step, View

FLOOR = 0.5
"""ΔE from which on noise is told."""
_SHORTEST = 3
"""Frames that noise lasts: a single restless frame is another fault."""
_SPILL = 0.6
"""A second difference spills two fifths of the noise into the frames beside."""
_LEAST_STILL = 0.03
"""Share of the picture that must stand still to tell."""
_AROUND = 9
"""Samples each way over which an even change is taken off: noise is what differs in between."""
_FORGIVEN = 1.3
"""Noise of the source excuses so many times as much."""
_QUIETEST = 8
"""Percentile of the blocks: noise is in the quietest, too."""
_OWN = 1.5
"""Without a source, noise of the rest of the shot excuses so many times as much."""
_SUDDEN = 1.2
"""ΔE from which on it is told then."""
_TO_E = 0.9
"""ΔE of color noise to a level of mean difference of luma between two frames that have it."""


class Grain:
    """BOIL where every pixel goes its own way.

    A film has grain of its own. With a source that tells: what is measured is CIE76 of the second
    difference over three frames less its local mean, where the source stands still, beyond that of
    the source. Without one, and where all moves, only noise is told that comes, or goes, within a
    shot: the difference of frames in the quietest blocks, beyond the shot's own.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._sourced = setting.source_kind is not None
        self._spell = Spell(Check.BOIL, notes, gap=1, shortest=_SHORTEST, spill=_SPILL)
        self._sudden = Spell(Check.BOIL, notes, gap=1, shortest=_SHORTEST)
        self._last: Step | None = None
        self._levels: list[tuple[int, float]] = []
        self._shot = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._last, self._levels, self._shot = None, [], view.shot

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        value = math.nan
        if self._sourced and self._last is not None:
            value = noise(self._last, step)
            mark = Mark(value) if value >= FLOOR else None
            self._spell.push(self._shot, step.before.index, mark)
        if math.isnan(value):
            self._levels.append((step.now.index, restlessness(step)))
        self._last = step

    def end(self) -> None:
        """The shot has ended."""
        # The first quarter of the sorted levels is the shot at its quietest; held drawings have
        # no difference at all and say nothing of the noise between drawings.
        moving = sorted(level for _, level in self._levels if level > 0)
        own = _OWN * moving[len(moving) // 4] if 2 * len(moving) > len(self._levels) else 0.0
        for index, level in self._levels:
            value = _TO_E * (level - own)
            self._sudden.push(self._shot, index, Mark(value) if value >= _SUDDEN else None)
        self._spell.end()
        self._sudden.end()

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""


def noise(first: Step, second: Step) -> float:
    """ΔE of noise of the frame between two steps beyond the source's; NaN where nothing is still.

    Lower is better.
    """
    still = steps.still(first, second)
    if cv2.countNonZero(still) < _LEAST_STILL * still.size:
        return math.nan
    views = first.before, first.now, second.now
    own = _restless([steps.lab(view) for view in views], still)
    if own < FLOOR or first.now.source is None:
        return own
    return max(0.0, own - _FORGIVEN * _restless([steps.source_lab(view) for view in views], still))


def restlessness(step: Step) -> float:
    """Mean absolute change of luma in the quietest blocks, in levels, less what changes evenly."""
    now = luma_of(steps.pixels(step.now))
    least = np.inf
    for before in (steps.pixels(step.before), steps.brought(step)):
        change = cv2.subtract(now, luma_of(before), dtype=cv2.CV_32F)
        loud = cv2.absdiff(change, cv2.blur(change, (5, 5)))
        blocks = cv2.resize(loud, BLOCKS[::-1], interpolation=cv2.INTER_AREA)
        least = min(least, float(np.percentile(blocks, _QUIETEST)))
    return least


def _restless(labs: list[NDArray[np.float32]], still: NDArray[np.uint8]) -> float:
    change = departure(labs)
    within = still.astype(np.float32)
    total = cv2.blur(change * within[..., None], (_AROUND, _AROUND))
    share = cv2.blur(within, (_AROUND, _AROUND))
    even = total / np.maximum(share, np.float32(0.01))[..., None]
    return mean_length(np.asarray(change - even, np.float32), still)
