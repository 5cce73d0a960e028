"""Frames without color."""

from __future__ import annotations

from itertools import groupby

import cv2
import numpy as np

from animecolor.metrics.signal import GRAY, chroma_of, gray_share
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors import steps
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Picture, Step, View

COLORLESS = 0.995
"""Share of near-grey pixels from which on a frame has no color."""
_DARK, _BRIGHT = 48, 232
"""Levels beyond which a pixel is taken for black or white, which have no color by right."""
_TONES = 0.05
"""Share of the pixels between these that a frame needs to be judged."""
_COLORED = 0.97
"""Share of near-grey pixels below which a picture surely has color."""
_FAINT = 10.0
"""Mean chroma in levels below which color only begins to show, or is all but gone."""
_SAME = 24
"""Levels of luma within which a pixel that gained color still shows the same thing."""

_State = tuple[int, bool | None]


class Gray:
    """GRAY; the value is the share of the shot's judged frames that a run of grey ones makes up.

    Black, white and titles are not judged. Where a reference, or a source in color, is grey too,
    nothing is missing.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._kind = setting.source_kind
        self._states: list[_State] = []
        """Of the frames that can be judged: index, and whether it is grey; None is neither."""
        self._came: set[int] = set()
        """Frames in which what has color came or went, or faded: it did not lose any."""
        self._last: View | None = None
        self._shot = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._shot, self._states = view.shot, []
        self._came, self._last = set(), None
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._look(step.now)

    def end(self) -> None:
        """The shot has ended."""
        runs = [list(run) for _, run in groupby(self._states, key=lambda state: state[1])]
        colored = any(run[0][1] is False for run in runs)
        for number, run in enumerate(runs):
            drained = number > 0 and self._meet(runs[number - 1], run)
            filled = number + 1 < len(runs) and self._meet(run, runs[number + 1])
            # Where little color fades in, its first frames are no fault.
            if run[0][1] and (not colored or drained or filled):
                value = 100 * len(run) / len(self._states)
                first, last = run[0][0], run[-1][0]
                self._notes.sight(Sighting(Check.GRAY, self._shot, first, last, value, worst=last))

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _meet(self, one: list[_State], other: list[_State]) -> bool:
        """Whether one of two runs lacks the color that the other has."""
        return False in (one[0][1], other[0][1]) and other[0][0] not in self._came

    def _look(self, view: View) -> None:
        share = gray_share(steps.chroma(view))
        if self._last is not None and not _turned(self._last, view):
            self._came.add(view.index)
        self._last = view
        if share < COLORLESS:
            self._states.append((view.index, False if share < _COLORED else None))
        elif self._should_not(view):
            self._states.append((view.index, True))

    def _should_not(self, view: View) -> bool:
        """Whether a frame without color should have some."""
        for other in (view.reference, view.source if self._kind == "color" else None):
            if other is not None:
                return gray_share(chroma_of(other[::4, ::4].copy())) < _COLORED
        return not _is_blank(steps.pixels(view))


def _is_blank(picture: Picture) -> bool:
    """Whether a picture is black, white, or both."""
    level = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    tones = np.count_nonzero((level > _DARK) & (level < _BRIGHT))
    return bool(tones < _TONES * level.size)


def _turned(before: View, now: View) -> bool:
    """Whether color was lost or found at once: what has color in one of two frames, and not in
    both, has enough of it, and most of it is as bright in both.
    """
    colored = [steps.chroma(view) > GRAY for view in (before, now)]
    gained = (colored[0] ^ colored[1]).view(np.uint8)
    count = cv2.countNonZero(gained)
    if count < (1 - _COLORED) / 2 * gained.size:
        return True
    most = max(cv2.mean(steps.chroma(view), gained)[0] for view in (before, now))
    if most < _FAINT:
        return False
    apart = cv2.absdiff(*(cv2.cvtColor(steps.pixels(v), cv2.COLOR_RGB2GRAY) for v in (before, now)))
    return 2 * int(np.count_nonzero(apart[gained > 0] <= _SAME)) >= count
