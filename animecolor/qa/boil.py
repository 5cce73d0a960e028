"""Grain and crawling noise that the source does not have, where it stands still."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.metrics.still import departure, mean_length
from animecolor.qa import steps
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.sighting import Check
from animecolor.qa.spell import Mark, Spell
from animecolor.qa.view import Step, View

FLOOR = 0.5
"""ΔE from which on noise is told."""
_SHORTEST = 3
"""Frames that noise lasts: a single restless frame is another fault."""
_LEAST_STILL = 0.03
"""Share of the picture that must stand still to tell."""
_AROUND = 9
"""Samples each way over which an even change is taken off: noise is what differs in between."""
_FORGIVEN = 1.3
"""Noise of the source excuses so many times as much."""


class Grain:
    """BOIL where every pixel goes its own way; needs a source, which tells what was there before.

    A film has grain of its own. What is measured is CIE76 of the second difference over three
    frames less its local mean, where the source stands still, beyond that of the source.
    """

    def __init__(self, notes: Notes) -> None:
        """Start before the first frame."""
        self._spell = Spell(Check.BOIL, notes, gap=1, shortest=_SHORTEST)
        self._last: Step | None = None

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> Grain | None:
        """None without a source."""
        return None if setting.source_kind is None else cls(notes)

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._last = None

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        if self._last is not None:
            value = noise(self._last, step)
            mark = Mark(value) if value >= FLOOR else None
            self._spell.push(step.now.shot, step.before.index, mark)
        self._last = step

    def end(self) -> None:
        """The shot has ended."""
        self._spell.end()

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""


def noise(first: Step, second: Step) -> float:
    """ΔE of noise of the frame between two steps beyond the source's; 0 where nothing stands still.

    Lower is better.
    """
    still = steps.still(first, second)
    if cv2.countNonZero(still) < _LEAST_STILL * still.size:
        return 0.0
    views = first.before, first.now, second.now
    own = _restless([steps.lab(view) for view in views], still)
    if own < FLOOR or first.now.source is None:
        return own
    return max(0.0, own - _FORGIVEN * _restless([steps.source_lab(view) for view in views], still))


def _restless(labs: list[NDArray[np.float32]], still: NDArray[np.uint8]) -> float:
    change = departure(labs)
    within = still.astype(np.float32)
    total = cv2.blur(change * within[..., None], (_AROUND, _AROUND))
    share = cv2.blur(within, (_AROUND, _AROUND))
    even = total / np.maximum(share, np.float32(0.01))[..., None]
    return mean_length(np.asarray(change - even, np.float32), still)
