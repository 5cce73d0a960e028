"""Find cuts in a stream, two frames late.

PySceneDetect's adaptive detector (change of hue, saturation and luma against its neighbourhood)
proposes; three rules of ours dispose:

- *Line art.* White paper with thin ink hardly changes at a cut, as the detector counts, so there
  the layout of the blurred ink is compared instead.
- *Same layout.* A picture whose layout is found again, shifted or not, is the same shot: lightning,
  a light switched on, a pan on threes.
- *Flash.* Where the frames before and after one or two odd frames agree, nothing was cut.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from scenedetect import AdaptiveDetector, FrameTimecode

from animecolor.frame import Frame
from animecolor.stages.sizing import shrink, small_view

LOOK_AHEAD = 2
"""Frames after the one judged that must have been seen."""

_VIEW = (270, 480)
"""Largest view the detector is given: beyond it costs time and finds nothing more."""
_MAP = (54, 96)
_SLACK = (2, 3)
"""How far a layout may have shifted and be found again, in cells of the map: 3 % of the picture.
More would find any drawing in any other."""
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


@dataclass(frozen=True, slots=True)
class _Look:
    """One frame as the rules see it."""

    tones: NDArray[np.float32]
    """(54, 96, 3) in [0, 255]."""
    ink: NDArray[np.float32]
    """(54, 96) blurred darkness in [0, 255]."""
    paper: bool
    """Mostly near-white and uncoloured."""
    change: float
    """1 minus the best correlation of this layout with the one before, in [0, 2]."""


class CutFinder:
    """Is told frames one by one; says of each, two frames later, whether it opens a shot."""

    def __init__(self) -> None:
        self._detector = AdaptiveDetector(min_scene_len=1, window_width=LOOK_AHEAD)
        self._clock = 0
        self._looks: deque[_Look] = deque(maxlen=2 * LOOK_AHEAD + 2)
        self._last: NDArray[np.uint8] | None = None
        self._since_cut = _SOON

    def push(self, frame: Frame) -> bool:
        """Take the next frame. Returns the verdict on the frame two before it."""
        view = small_view(frame, _VIEW)
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
        # The detector reports in the frame counter it is given; the rate means nothing to it.
        proposed = self._detector.process_frame(
            FrameTimecode(self._clock, fps=24.0), np.ascontiguousarray(view[..., ::-1])
        )
        self._clock += 1
        self._last = view
        self._looks.append(_look(view, self._looks[-1] if self._looks else None))
        opens = len(self._looks) == self._looks.maxlen and self._judge(bool(proposed))
        self._since_cut = 1 if opens else self._since_cut + 1
        return opens

    def _judge(self, proposed: bool) -> bool:
        looks = tuple(self._looks)
        before, here = looks[LOOK_AHEAD], looks[LOOK_AHEAD + 1]
        if proposed:
            cut = here.change > _SAME
        else:
            around = sorted(look.change for look in (looks[1], before, *looks[LOOK_AHEAD + 2 :]))
            # Without the largest, which may be the other end of a shot of one frame.
            usual = sum(around[:-1]) / len(around[:-1])
            drawn = before.paper and here.paper
            cut = drawn and here.change > max(_OTHER, _STANDS_OUT * usual)
        if cut and self._since_cut < _SOON:
            cut = here.change > _SURELY_OTHER
        return cut and not _flash(looks)


def _flash(looks: tuple[_Look, ...]) -> bool:
    """Whether the change in the middle begins or ends one or two odd frames."""
    long_before, earlier, before, here, later, long_after = (look.tones for look in looks)
    least = _RETURNS * _distance(before, here)
    pairs = (before, later), (before, long_after), (earlier, here), (long_before, here)
    return any(_distance(*pair) < least for pair in pairs)


def _distance(first: NDArray[np.float32], second: NDArray[np.float32]) -> float:
    return float(np.abs(first - second).mean())


def _look(view: NDArray[np.uint8], before: _Look | None) -> _Look:
    tones = shrink(view, _MAP).astype(np.float32)
    middle = np.median(tones.reshape(-1, 3), axis=0)
    near = np.abs(tones - middle).max(axis=2) < 40
    paper = bool(middle.min() > 150 and np.ptp(middle) < 50 and near.mean() > 0.6)
    dark = middle.mean() - tones.mean(axis=2)
    ink = np.asarray(cv2.GaussianBlur(dark, (0, 0), 0.8), np.float32)
    return _Look(tones, ink, paper, 0.0 if before is None else _change(before.ink, ink))


def _change(before: NDArray[np.float32], here: NDArray[np.float32]) -> float:
    """1 minus the correlation of two layouts where they fit best; 1 when only one is blank."""
    blank = before.std() < 0.5, here.std() < 0.5
    if any(blank):
        return 0.0 if all(blank) else 1.0
    down, across = _SLACK
    middle = here[down:-down, across:-across]
    if middle.std() < 0.5:
        return 1 - float(np.corrcoef(before.ravel(), here.ravel())[0, 1])
    return 1 - float(cv2.matchTemplate(before, middle, cv2.TM_CCOEFF_NORMED).max())
