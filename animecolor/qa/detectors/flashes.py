"""Flashes that may harm people with photosensitive epilepsy."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from animecolor.metrics.signal import luma_of
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.spell import Mark, Spell
from animecolor.qa.sighting import Check
from animecolor.qa.view import Picture, Step, View
from animecolor.stages.sizing import shrink
from animecolor.video.photosensitivity import Flashes

FLOOR = 0.25
"""Badness from which on flashes are told."""
_SIZE = (64, 96)
_GRID = (8, 8)
_SWING = 20
"""Levels, 8 % of white, by which a cell must swing back to count as an opposing change."""
_OPPOSING = 6
"""Opposing changes within a second: three flashes, after ITU-R BT.1702 and WCAG 2.3.1."""
_AREA = 0.25
"""Share of the picture that must flash, after the same."""


class Photosensitive:
    """PHOTOSENSITIVE and the column ``flash``.

    FFmpeg's figure rises with cuts and pans too, so it is told only where a quarter of the picture
    swings to and fro three times within a second.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._flashes = Flashes(_SIZE, setting.rate)
        self._swings = _Swings(max(2, round(setting.rate)))
        self._spell = Spell(Check.PHOTOSENSITIVE, notes, gap=2)

    def begin(self, view: View) -> None:
        """The first frame of a shot; flashes may span the cut before it."""
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
        small = np.asarray(shrink(view.rgb, _SIZE), np.uint8)
        badness = self._flashes.push(small)
        self._notes.number(view.index, "flash", badness)
        flashes = self._swings.push(small) >= _AREA and badness >= FLOOR
        self._spell.push(view.shot, view.index, Mark(badness) if flashes else None)


class _Swings:
    """Counts how often the cells of a grid went to and fro within a second."""

    def __init__(self, frames: int) -> None:
        self._turns: deque[NDArray[np.bool_]] = deque(maxlen=frames)
        self._extreme = np.zeros(_GRID)
        """Level furthest in the direction that each cell goes."""
        self._way = np.zeros(_GRID)

    def push(self, picture: Picture) -> float:
        """Share of the picture that flashes."""
        level = np.asarray(shrink(luma_of(picture), _GRID), np.float64)
        if not self._turns:
            self._extreme = level
        back = (level - self._extreme) * np.where(self._way == 0, 1, -self._way)
        first = (self._way == 0) & (np.abs(back) >= _SWING)
        turned = first | ((self._way != 0) & (back >= _SWING))
        further = (level - self._extreme) * self._way > 0
        way = np.where(first, np.sign(level - self._extreme), -self._way)
        self._way = np.where(turned, way, self._way)
        self._extreme = np.where(turned | further, level, self._extreme)
        self._turns.append(turned)
        return float((np.sum(self._turns, axis=0) >= _OPPOSING).mean())
