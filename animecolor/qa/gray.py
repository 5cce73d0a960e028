"""Frames without color."""

from __future__ import annotations

import cv2
import numpy as np

from animecolor.metrics.signal import chroma_of, gray_share
from animecolor.qa import steps
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Picture, Step, View

COLORLESS = 0.995
"""Share of near-grey pixels from which on a frame has no color."""
_DARK, _BRIGHT = 24, 232
"""Levels beyond which a pixel is taken for black or white, which have no color by right."""
_TONES = 0.05
"""Share of the pixels between these that a frame needs to be judged."""
_COLORED = 0.97
"""Share of near-grey pixels below which source or reference surely have color."""


class Gray:
    """GRAY; the value is the share of the shot's judged frames that a run of grey ones makes up.

    Black, white and titles are not judged. Where a reference, or a source in color, is grey too,
    nothing is missing.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._kind = setting.source_kind
        self._runs: list[tuple[int, int]] = []
        """First and last frame of runs of grey ones, black ones between them included."""
        self._open = False
        self._gray = self._judged = self._shot = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._runs, self._open, self._judged, self._gray = [], False, 0, 0
        self._shot = view.shot
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._look(step.now)

    def end(self) -> None:
        """The shot has ended."""
        for first, last in self._runs:
            value = min(100.0, 100 * (last - first + 1) / max(self._judged, 1))
            self._notes.sight(Sighting(Check.GRAY, self._shot, first, last, value, worst=last))

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _look(self, view: View) -> None:
        colorless = self._colorless(view)
        if colorless is None:
            return
        self._judged += 1
        if not colorless:
            self._open = False
        elif self._open:
            self._runs[-1] = self._runs[-1][0], view.index
        else:
            self._runs.append((view.index, view.index))
            self._open = True

    def _colorless(self, view: View) -> bool | None:
        """Whether a frame is grey and should not be; None where it cannot be told."""
        if gray_share(steps.chroma(view)) < COLORLESS:
            return False
        others = [view.reference, view.source if self._kind == "color" else None]
        for other in others:
            if other is not None:
                return gray_share(chroma_of(other[::4, ::4].copy())) < _COLORED
        return None if _is_blank(steps.pixels(view)) else True


def _is_blank(picture: Picture) -> bool:
    """Whether a picture is black, white, or both."""
    level = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    tones = np.count_nonzero((level > _DARK) & (level < _BRIGHT))
    return bool(tones < _TONES * level.size)
