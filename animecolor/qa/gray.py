"""Frames without color."""

from __future__ import annotations

from itertools import groupby

import cv2
import numpy as np

from animecolor.metrics.signal import chroma_of, gray_share
from animecolor.qa import steps
from animecolor.qa.detect import Lengths, Notes, Setting
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


class Gray:
    """GRAY; the value is the share of the shot's judged frames that a run of grey ones makes up.

    Black, white and titles are not judged. Where a reference, or a source in color, is grey too,
    nothing is missing.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._kind = setting.source_kind
        self._states: list[tuple[int, bool | None]] = []
        """Of the frames that can be judged: index, and whether it is grey; None is neither."""
        self._shot = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._shot, self._states = view.shot, []
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._look(step.now)

    def end(self) -> None:
        """The shot has ended."""
        runs = [list(run) for _, run in groupby(self._states, key=lambda state: state[1])]
        colored = any(run[0][1] is False for run in runs)
        for number, run in enumerate(runs):
            beside = runs[max(0, number - 1) : number] + runs[number + 1 : number + 2]
            # Where little color fades in, its first frames are no fault.
            if run[0][1] and (not colored or any(other[0][1] is False for other in beside)):
                value = 100 * len(run) / len(self._states)
                first, last = run[0][0], run[-1][0]
                self._notes.sight(Sighting(Check.GRAY, self._shot, first, last, value, worst=last))

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _look(self, view: View) -> None:
        share = gray_share(steps.chroma(view))
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
