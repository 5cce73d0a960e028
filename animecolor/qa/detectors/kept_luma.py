"""Whether the brightness of a grey source was kept."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animecolor.metrics.signal import change, luma_of
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors import steps
from animecolor.qa.detectors.spell import Mark, Spell
from animecolor.qa.sighting import Check
from animecolor.qa.view import Step, View

FLOOR = 0.5
"""% of white from which on a frame is told."""
_ALIKE = 0.5
"""Correlation of luma below which the source is something else than a grey copy."""
_STRIDE = 4


class KeptLuma:
    """LUMA and the column ``luma_departure``; only with a grey source."""

    def __init__(self, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._spell = Spell(Check.LUMA, notes)

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> KeptLuma | None:
        """None unless the source is grey."""
        return cls(notes) if setting.source_kind == "gray" else None

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._look(step.now)

    def end(self) -> None:
        """The shot has ended."""
        self._spell.end()

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _look(self, view: View) -> None:
        own, given = luma_of(steps.pixels(view)), luma_of(steps.source_pixels(view))
        if not _alike(own, given):
            self._spell.push(view.shot, view.index, None)
            return
        value = change(own, given) / 255 * 100
        self._notes.number(view.index, "luma_departure", value)
        self._spell.push(view.shot, view.index, Mark(value) if value >= FLOOR else None)


def _alike(own: NDArray[np.uint8], given: NDArray[np.uint8]) -> bool:
    """Whether a source is a grey copy at all: a shaded drawing goes its own way."""
    pair = [plane[::_STRIDE, ::_STRIDE].ravel().astype(np.float64) for plane in (own, given)]
    if min(plane.std() for plane in pair) < 1:
        return True
    return bool(np.asarray(np.corrcoef(np.stack(pair)))[0, 1] >= _ALIKE)
