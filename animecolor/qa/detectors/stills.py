"""Runs of frames that show one drawing: what is held is looked at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.color import LUMA_709
from animecolor.flow import Flow
from animecolor.qa.motion import recoded
from animecolor.qa.view import Picture, Step, View

_WEIGHTS = np.array([LUMA_709], np.float32)


@dataclass(slots=True, eq=False)
class Motions:
    """The way between two stills that follow each other; None where nothing moved."""

    back: Flow | None
    """(h, w, 2) from the later to the earlier."""
    forth: Flow | None
    """(h, w, 2) from the earlier to the later."""


@dataclass(eq=False)
class Still:
    """Consecutive frames of a shot that look the same."""

    view: View
    """The first of them."""
    last: int
    """Index of the last frame."""
    came: Motions | None
    """From the still before; None in the first of a shot."""
    own: dict[int, Flow] = field(default_factory=dict)
    """Motion of the result itself, from here to the still that begins at a frame; measured when
    lines do not tell enough."""
    ending: View | None = None
    """The last of them, where it is another: codecs drift, so what follows is told from it best."""

    @property
    def first(self) -> int:
        """Index of the first frame."""
        return self.view.index

    @cached_property
    def lab(self) -> NDArray[np.uint8]:
        """(h, w, 3) CIE Lab as OpenCV stores it in 8 bits: L * 2.55, a + 128, b + 128."""
        return np.asarray(cv2.cvtColor(self.view.rgb, cv2.COLOR_RGB2Lab), np.uint8)

    @cached_property
    def ending_lab(self) -> NDArray[np.uint8]:
        """(h, w, 3) as ``lab``, of the last frame."""
        if self.ending is None:
            return self.lab
        return np.asarray(cv2.cvtColor(self.ending.rgb, cv2.COLOR_RGB2Lab), np.uint8)

    @cached_property
    def luma(self) -> NDArray[np.uint8]:
        """(h, w) BT.709 luma."""
        return _luma(self.view.rgb)

    @cached_property
    def gray(self) -> NDArray[np.uint8] | None:
        """(h, w) BT.709 luma of the source; None without one."""
        return None if self.view.source is None else _luma(self.view.source)


def _luma(picture: Picture) -> NDArray[np.uint8]:
    return np.asarray(cv2.transform(picture, _WEIGHTS), np.uint8)


class Stills:
    """Gathers the frames of a shot into stills."""

    def __init__(self, lossy: bool) -> None:
        self._lossy = lossy
        self._open: Still | None = None

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._open = Still(view, view.index, None)

    def push(self, step: Step) -> Still | None:
        """The next frame. Returns the still that ended before it, if one did."""
        assert self._open is not None
        if step.still and self._holds(self._open.view.rgb, step.now.rgb):
            self._open.last, self._open.ending = step.now.index, step.now
            return None
        ended = self._open
        self._open = Still(step.now, step.now.index, Motions(step.back, step.forth))
        return ended

    def end(self) -> Still:
        """The shot has ended. Returns its last still."""
        assert self._open is not None
        return self._open

    def _holds(self, first: Picture, now: Picture) -> bool:
        if first is now:
            return True
        if self._lossy:
            return recoded(first, now)
        return int(cv2.absdiff(first, now).max()) <= 1
