"""The motion between two views, measured small, on what does not flicker: the source."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow
from animecolor.qa.detectors.remember import remembered
from animecolor.qa.view import Picture, Step, View
from animecolor.stages.sizing import shrink

Plane = NDArray[np.float32]

ROWS = 270
"""Rows at which flow is measured: a quarter of the cost at 540, and most of its use."""
_LEAST = 16
"""Pixels a side that the flow needs."""
_SAME = 6
"""Levels by which a pixel of a still picture may change: what lossy coding does by itself."""
_SAME_SHARE = 2e-5
"""Share of pixels that may change by more."""


class Motion:
    """Measures steps; remembers the last small luma, so that each picture is shrunk once."""

    def __init__(self) -> None:
        self._last: tuple[int, NDArray[np.uint8]] | None = None

    def step(self, before: View, now: View) -> Step:
        """The step between two consecutive views of one shot.

        Flow is OpenCV's DIS, preset fast (Kroeger et al. 2016), from ``now`` to ``before`` at
        ``ROWS`` rows at most, enlarged. A pixel counts as unseen where the flow forth does not
        lead back (Sundaram et al. 2010, see ``animecolor.flow.occluded``, without its rule for
        motion boundaries, which the enlarging blurs anyway), or where it leaves the picture.
        """
        first, second = _subject(before), _subject(now)
        if first is second or same(first, second):
            return Step(before, now, True, None, None, None)
        old, new = self._luma(before, first), self._luma(now, second)
        if min(new.shape) < _LEAST:
            return Step(before, now, False, None, None, None)
        back, forth = _flow(new, old), _flow(old, new)
        seen = 1 - _lost(back, forth)
        size = now.rgb.shape[1::-1]
        view = cv2.resize(seen, size, interpolation=cv2.INTER_NEAREST)
        return Step(
            before, now, False, _enlarged(back, size), _enlarged(forth, size), view.view(np.bool_)
        )

    def _luma(self, view: View, subject: Picture) -> NDArray[np.uint8]:
        if self._last is not None and self._last[0] == view.index:
            return self._last[1]
        luma = cv2.cvtColor(small(subject), cv2.COLOR_RGB2GRAY)
        self._last = view.index, np.asarray(luma, np.uint8)
        return self._last[1]


def small(picture: NDArray[np.uint8], most: int = ROWS) -> NDArray[np.uint8]:
    """(h, w) or (h, w, 3) at the size at which flow is measured, ``most`` rows."""
    rows = min(most, picture.shape[0])
    columns = max(1, round(picture.shape[1] * rows / picture.shape[0]))
    return np.asarray(shrink(picture, (rows, columns)), np.uint8)


def same(first: Picture, second: Picture) -> bool:
    """Whether two pictures show the same, lossy coding aside.

    Args:
        first: (h, w, 3) uint8.
        second: (h, w, 3) uint8.

    Returns:
        True where 3 x 3 means differ by at most 6 levels but for one pixel in 50 000.
    """
    change = cv2.blur(cv2.absdiff(first, second), (3, 3))
    loud = int(np.count_nonzero(change > _SAME))
    return loud <= _SAME_SHARE * change.size


def pulled(
    picture: NDArray[np.uint8], flow: Flow | None, how: int = cv2.INTER_LINEAR
) -> NDArray[np.uint8]:
    """Bring ``before``'s picture, (h, w) or (h, w, 3) uint8, to ``now`` along ``Step.back``."""
    if flow is None:
        return picture
    moved = cv2.remap(picture, *landing(flow), how, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


@remembered(4)
def landing(flow: Flow) -> tuple[Plane, Plane]:
    """(h, w) x and (h, w) y of the points that every pixel is led to."""
    x, y = cv2.split(cv2.add(grid(flow.shape[:2]), flow))
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


@lru_cache(maxsize=4)
def grid(size: tuple[int, ...]) -> Flow:
    """(h, w, 2) x and y of every pixel."""
    rows, columns = np.indices(size, dtype=np.float32)
    return np.stack((columns, rows), axis=-1)


def _subject(view: View) -> Picture:
    return view.rgb if view.source is None else view.source


def fast_flow(first: Picture, second: Picture, size: tuple[int, ...]) -> Flow:
    """(h, w, 2) from one small (h', w') luma to another, in pixels of a picture of ``size``."""
    return _enlarged(_flow(first, second), (size[1], size[0]))


def _flow(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Flow:
    # OpenCV writes into what it starts from, so every call starts from rest anew.
    rest = np.zeros((*first.shape, 2), np.float32)
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    return np.asarray(dis.calc(first, second, rest), np.float32)


def _enlarged(flow: Flow, size: tuple[int, int]) -> Flow:
    """The flow at (columns, rows) of a larger picture."""
    longer = flow * np.array((size[0] / flow.shape[1], size[1] / flow.shape[0]), np.float32)
    return np.asarray(cv2.resize(longer, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _lost(back: Flow, forth: Flow) -> NDArray[np.uint8]:
    """(h, w) uint8, 1 where the way back and forth does not close, or leaves the picture."""
    x, y = cv2.split(cv2.add(grid(back.shape[:2]), back))
    met = cv2.remap(forth, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    there = np.asarray(met, np.float32)
    gap = _squared(back + there)
    moved = _squared(back) + _squared(there)
    lost = gap > 0.01 * moved + 0.5
    outside = (x < 0) | (y < 0) | (x > back.shape[1] - 1) | (y > back.shape[0] - 1)
    return np.asarray(lost | outside, np.uint8)


def _squared(flow: Flow) -> Plane:
    """(h, w) squared lengths."""
    x, y = cv2.split(flow)
    return np.asarray(cv2.add(cv2.multiply(x, x), cv2.multiply(y, y)), np.float32)
