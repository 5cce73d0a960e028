"""Find cuts in a stream, two frames late.

The adaptive detector of PySceneDetect (change of hue, saturation and luma against its
neighbourhood, with its default thresholds) proposes; three rules of ours dispose:

- *Line art.* White paper with thin ink hardly changes at a cut, as the detector counts, so there
  the layout of the blurred ink is compared instead.
- *Same layout.* A picture whose layout is found again, shifted or not, is the same shot: lightning,
  a light switched on, a pan on threes.
- *Flash.* Where the frames before and after one or two odd frames agree, nothing was cut.
"""

from __future__ import annotations

import math
from collections import deque
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.frame import Frame
from animecolor.stages.sizing import shrink, small_view

LOOK_AHEAD = 2
"""Frames after the one judged that must have been seen."""

_VIEW = (270, 480)
"""Largest view that is compared: beyond it costs time and finds nothing more."""
_LEAST_CHANGE = 15.0
"""Mean change of hue, saturation and luma, in levels, below which nothing is proposed."""
_ABOVE_USUAL = 3.0
"""A cut changes the picture so many times more than the two steps before and after it do."""
_NO_CHANGE = 0.00001
_MAP = (54, 96)
_SLACK = (2, 3)
"""How far a layout may have shifted and be found again, in cells of the map: 3 % of the picture.
More would find any drawing in any other."""
_BLANK = 0.5
"""Deviation of a layout's darkness, in levels, below which there is nothing to compare."""
_SAME = 0.1
"""Change of layout below which it is surely the same."""
_OTHER = 0.35
"""Change above which line art is another drawing: figures that move their limbs as far as they
reach change by 0.3 at most, 19 of 20 cuts between rooms drawn alike by more than 0.45."""
_SURELY_OTHER = 0.5
_STANDS_OUT = 2.5
"""A line-art cut changes the layout this many times more than the frames around it do."""
_RETURNS = 0.4
"""After a flash the picture is back: it differs from before by less than this share."""
_SOON = 6
"""Shots shorter than this many frames must differ in layout beyond doubt."""


class _Look:
    """One frame as the rules see it.

    What no rule asks for is not worked out: within a painted shot that is all but ``paper``.
    """

    def __init__(self, view: NDArray[np.uint8]) -> None:
        self._view = view
        self.shift: float | None = None
        """Change of layout since the look before, once it was asked for."""

    @cached_property
    def tones(self) -> NDArray[np.uint8]:
        """(54, 96, 3) levels of R, G and B."""
        return np.asarray(shrink(self._view, _MAP), np.uint8)

    @cached_property
    def _middle(self) -> NDArray[np.float32]:
        """(3,) medians of R, G and B, in levels."""
        return np.array([_median(self.tones, plane) for plane in range(3)], np.float32)

    @cached_property
    def paper(self) -> bool:
        """Mostly near-white and uncolored."""
        middle = self._middle
        if middle.min() <= 150 or np.ptp(middle) >= 50:
            return False
        # The whole levels less than 40 from the median.
        low, high = np.floor(middle - 40) + 1, np.ceil(middle + 40) - 1
        near = cv2.inRange(self.tones, tuple(low.tolist()), tuple(high.tolist()))
        return cv2.countNonZero(near) / near.size > 0.6

    @cached_property
    def ink(self) -> NDArray[np.float32]:
        """(54, 96) blurred darkness in [0, 255]."""
        # Planes by themselves: NumPy is slow over a last axis of three.
        planes = [np.asarray(plane, np.float32) for plane in cv2.split(self.tones)]
        dark = self._middle.mean() - (planes[0] + planes[1] + planes[2]) / np.float32(3)
        return np.asarray(cv2.GaussianBlur(dark, (0, 0), 0.8), np.float32)

    @cached_property
    def blank(self) -> bool:
        """Its ink is as good as even."""
        return bool(self.ink.std() < _BLANK)


class CutFinder:
    """Is told frames one by one; says of each, two frames later, whether it opens a shot."""

    def __init__(self) -> None:
        self._hues: NDArray[np.uint8] | None = None
        self._scores: deque[float] = deque(maxlen=2 * LOOK_AHEAD + 1)
        self._looks: deque[_Look] = deque(maxlen=2 * LOOK_AHEAD + 2)
        self._last: NDArray[np.uint8] | None = None
        self._since_cut = _SOON

    def push(self, frame: Frame) -> bool:
        """Take the next frame. Returns the verdict on the frame two before it."""
        view = small_view(frame, _view_size(frame.size))
        if self._last is None:
            # As if the first frame had been held: the detector needs two before it can judge.
            for _ in range(LOOK_AHEAD + 1):
                self._step(view)
        return self._step(view)

    def push_last(self) -> bool:
        """Take the last frame once more. Returns the verdict on the frame two before."""
        assert self._last is not None
        return self._step(self._last)

    def _step(self, view: NDArray[np.uint8]) -> bool:
        self._scores.append(self._score(view))
        self._last = view
        self._looks.append(_Look(view))
        opens = len(self._looks) == self._looks.maxlen and self._judge(_proposed(self._scores))
        self._since_cut = 1 if opens else self._since_cut + 1
        return opens

    def _score(self, view: NDArray[np.uint8]) -> float:
        """Mean change of hue, saturation and luma since the view before, in levels."""
        hues = np.asarray(cv2.cvtColor(view, cv2.COLOR_RGB2HSV), np.uint8)
        before, self._hues = self._hues, hues
        if before is None:
            return 0.0
        area = float(view.shape[0] * view.shape[1])
        return sum(plane / area for plane in cv2.sumElems(cv2.absdiff(hues, before))[:3]) / 3.0

    def _judge(self, proposed: bool) -> bool:
        before, here = self._looks[LOOK_AHEAD], self._looks[LOOK_AHEAD + 1]
        if proposed:
            cut = self._change(LOOK_AHEAD + 1) > _SAME
        else:
            cut = before.paper and here.paper and self._is_other_drawing()
        if cut and self._since_cut < _SOON:
            cut = self._change(LOOK_AHEAD + 1) > _SURELY_OTHER
        return cut and not _flash(tuple(self._looks))

    def _is_other_drawing(self) -> bool:
        """Whether the layout in the middle changes more than usual, by far."""
        here = self._change(LOOK_AHEAD + 1)
        if here <= _OTHER:
            return False
        around = sorted(self._change(n) for n in (1, LOOK_AHEAD, LOOK_AHEAD + 2, LOOK_AHEAD + 3))
        # Without the largest, which may be the other end of a shot of one frame.
        usual = sum(around[:-1]) / len(around[:-1])
        return here > _STANDS_OUT * usual

    def _change(self, number: int) -> float:
        """1 minus the best correlation of a layout with the one before, in [0, 2]."""
        look = self._looks[number]
        if look.shift is None:
            look.shift = _change(self._looks[number - 1], look)
        return look.shift


def _view_size(size: tuple[int, int]) -> tuple[int, int]:
    """(height, width) of the view of a picture of ``size``.

    A whole fraction of it where there is one, not below half of the largest view: averaging over
    whole pixels takes a third of the time, and on 6,000 frames of 360 and 720 rows no verdict was
    another.
    """
    ratio = max(size[0] / _VIEW[0], size[1] / _VIEW[1])
    if ratio > 1:
        for parts in range(math.ceil(ratio), int(2 * ratio) + 1):
            if size[0] % parts == 0 and size[1] % parts == 0:
                return size[0] // parts, size[1] // parts
    return _VIEW


def _proposed(scores: deque[float]) -> bool:
    """Whether the change in the middle stands out from those around it."""
    if len(scores) < 2 * LOOK_AHEAD + 1:
        return False
    here = scores[LOOK_AHEAD]
    usual = sum(s for i, s in enumerate(scores) if i != LOOK_AHEAD) / (2.0 * LOOK_AHEAD)
    stands_out = usual < _NO_CHANGE or here / usual >= _ABOVE_USUAL
    return here >= _LEAST_CHANGE and stands_out


def _flash(looks: tuple[_Look, ...]) -> bool:
    """Whether the change in the middle begins or ends one or two odd frames."""
    tones = (look.tones.astype(np.float32) for look in looks)
    long_before, earlier, before, here, later, long_after = tones
    least = _RETURNS * _distance(before, here)
    pairs = (before, later), (before, long_after), (earlier, here), (long_before, here)
    return any(_distance(*pair) < least for pair in pairs)


def _distance(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float(np.abs(first - second).mean())


def _median(picture: NDArray[np.uint8], plane: int) -> float:
    """Of one plane of (H, W, C), in levels; NumPy takes four times as long."""
    count = cv2.calcHist([picture], [plane], None, [256], [0, 256]).cumsum()
    middle = picture.shape[0] * picture.shape[1] / 2
    # Of an even number the two in the middle, of an odd one it twice.
    return float(np.searchsorted(count, [math.ceil(middle), math.floor(middle) + 1]).mean())


def _change(before: _Look, here: _Look) -> float:
    """1 minus the correlation of two layouts where they fit best; 1 when only one is blank."""
    if before.blank or here.blank:
        return 0.0 if before.blank and here.blank else 1.0
    down, across = _SLACK
    middle = here.ink[down:-down, across:-across]
    if middle.std() < _BLANK:
        return 1 - float(np.corrcoef(before.ink.ravel(), here.ink.ravel())[0, 1])
    return 1 - float(cv2.matchTemplate(before.ink, middle, cv2.TM_CCOEFF_NORMED).max())
