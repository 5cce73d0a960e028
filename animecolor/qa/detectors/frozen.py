"""枚数: frames that show another drawing than the source has there."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Picture, Step, View

_LOUD = 24
"""Levels by which a pixel of the source changes that shows another drawing."""
_LOUD_LINES = 96
"""The same for lines, which are ink or paper: compression alone moves them by less."""
_SHARE = 4e-4
"""Share of such pixels in a source that has moved on."""
_BETTER = 0.6
"""A frame shows its neighbour's drawing when it fits that so much better than its own."""
_DARKER = 20.0
"""Levels by which a neighbour's lines are darker in a frame than its own."""
_FEW = 8
"""Pixels of lines that can be compared."""
_GAP = 2
"""Frames in order between two that are not, which belong together all the same."""

Plane = NDArray[np.uint8]


class Frozen:
    """Finds frames that show the drawing of the source's frame before or after.

    One that repeats the frame before shows a drawing late; where frames are swapped, or one is
    missing, drawings come early too.
    """

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> Frozen | None:
        """Only a source tells what should be shown."""
        return None if setting.source_kind is None else cls(notes, setting.source_kind == "line")

    def __init__(self, notes: Notes, lines: bool) -> None:
        self._notes = notes
        self._lines = lines
        self._wrong: list[int] = []
        self._shot = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._shot = view.shot

    def push(self, step: Step) -> None:
        """The next frame."""
        if step.still or step.before.source is None or step.now.source is None:
            return
        old, new = _luma(step.before.source), _luma(step.now.source)
        moved = cv2.absdiff(old, new) > (_LOUD_LINES if self._lines else _LOUD)
        if np.count_nonzero(moved) < _SHARE * moved.size:
            return
        before, after = old[moved], new[moved]
        if self._shows(_luma(step.before.rgb)[moved], before, after):
            self._mark(step.before.index)
        if self._shows(_luma(step.now.rgb)[moved], after, before):
            self._mark(step.now.index)

    def end(self) -> None:
        """The shot has ended."""
        self._close()

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""

    def _shows(self, seen: Plane, own: Plane, other: Plane) -> bool:
        """Whether a frame shows the other drawing, where the two differ."""
        if self._lines:
            mine, theirs = seen[own < other], seen[other < own]
            if min(len(mine), len(theirs)) < _FEW:
                return False
            return float(theirs.mean()) < float(mine.mean()) - _DARKER
        miss = cv2.absdiff(seen, own).sum(dtype=np.int64)
        return bool(cv2.absdiff(seen, other).sum(dtype=np.int64) < _BETTER * miss)

    def _mark(self, index: int) -> None:
        if self._wrong and index > self._wrong[-1] + _GAP:
            self._close()
        if not self._wrong or index > self._wrong[-1]:
            self._wrong.append(index)

    def _close(self) -> None:
        if self._wrong:
            first, last = self._wrong[0], self._wrong[-1]
            value = float(len(self._wrong))
            self._notes.sight(Sighting(Check.FROZEN, self._shot, first, last, value))
        self._wrong = []


def _luma(picture: Picture) -> Plane:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY), np.uint8)
