"""The motion between two views, measured small, on what does not flicker: the source."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

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
_MOVES = 0.02
"""Share of pixels beyond which something moves, whatever the codec."""
_CODED = ((5, 3.5), (3, 6.0))
"""Side of a square, and levels by which the mean of its change may leave 0 where a drawing is coded
again: of 313 pairs of toon frames at CRF 18 nine in ten stay below 3.2 and 3.9, and of 39 planted
faults none; what codecs add has next to no mean."""
_BUSY = 64
"""Range of levels in a neighborhood at which coding is twice as loud as on flat paint."""
_AROUND = np.ones((9, 9), np.uint8)
_SHIFT = 0.25
"""Levels by which the mean of the picture may change: 1 % of light are at least 1."""


class Motion:
    """Measures steps; remembers the last small luma, so that each picture is shrunk once."""

    def __init__(self, lossy: bool) -> None:
        self._lossy = lossy
        self._last: tuple[int, NDArray[np.uint8]] | None = None

    def step(self, before: View, now: View) -> Step:
        """The step between two consecutive views of one shot.

        Flow is OpenCV's DIS, preset fast (Kroeger et al. 2016), from ``now`` to ``before`` at
        ``ROWS`` rows at most, enlarged. A pixel counts as unseen where the flow forth does not
        lead back (Sundaram et al. 2010, see ``animecolor.flow.occluded``, without its rule for
        motion boundaries, which the enlarging blurs anyway), or where it leaves the picture.
        """
        first, second = _subject(before), _subject(now)
        if first is second or same(first, second, self._lossy):
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


def same(first: Picture, second: Picture, lossy: bool) -> bool:
    """Whether nothing moves between two pictures; a spot may come or go.

    Args:
        first: (h, w, 3) uint8.
        second: (h, w, 3) uint8.
        lossy: either was coded with loss.

    Returns:
        True where 3 x 3 means differ by at most 6 levels but for one pixel in 50 000, or where
        ``recoded`` says so.
    """
    loud = int(np.count_nonzero(cv2.blur(cv2.absdiff(first, second), (3, 3)) > _SAME))
    if loud <= _SAME_SHARE * first.size:
        return True
    return lossy and loud <= _MOVES * first.size and recoded(first, second)


def recoded(first: Picture, second: Picture) -> bool:
    """Whether two pictures show one drawing, coded twice: their change is the codec's alone.

    Rounding transformed blocks adds waves without a mean, the louder the more is drawn nearby; a
    spot, a moved line and a change of light have means. So the mean change of small squares is
    held against the range of levels around them.

    Args:
        first: (h, w, 3) uint8.
        second: (h, w, 3) uint8.
    """
    change = cv2.subtract(first, second, dtype=cv2.CV_16S)
    if np.abs(cv2.mean(change)).max() > _SHIFT:
        return False
    means = [
        (np.asarray(cv2.boxFilter(change, -1, (side, side)), np.int16), most)
        for side, most in _CODED
    ]
    if not any(_leaves(mean, most) for mean, most in means):
        return True
    busy = cv2.min(_range(first), _range(second)) / np.float32(_BUSY) + 1
    return all(bool((_most(mean) <= most * busy).all()) for mean, most in means)


def _leaves(change: NDArray[np.int16], most: float) -> bool:
    return max(int(change.max()), -int(change.min())) > most


def _most(change: NDArray[np.int16]) -> NDArray[np.int16]:
    """(h, w) largest of the three channels' sizes."""
    red, green, blue = cv2.split(np.abs(change))
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.int16)


def _range(picture: Picture) -> NDArray[np.uint8]:
    """(h, w) between the least and the largest level around every pixel, in the worst channel."""
    wide = cv2.morphologyEx(picture, cv2.MORPH_GRADIENT, _AROUND)
    red, green, blue = cv2.split(wide)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)


def pulled(
    picture: NDArray[np.uint8], flow: Flow | None, how: int = cv2.INTER_LINEAR
) -> NDArray[np.uint8]:
    """Bring ``before``'s picture, (h, w) or (h, w, 3) uint8, to ``now`` along ``Step.back``."""
    if flow is None:
        return picture
    return np.asarray(_taken(picture, landing(flow), how), np.uint8)


def _taken(picture: NDArray[Any], points: Flow, how: int) -> NDArray[Any]:
    """A picture at some points, (h, w, 2), and the edge beyond it."""
    # The stubs do not know that one map may hold both coordinates.
    moved = cv2.remap(picture, points, None, how, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    return np.asarray(moved)


@remembered(4)
def landing(flow: Flow) -> Flow:
    """(h, w, 2) x and y of the points that every pixel is led to."""
    return np.asarray(cv2.add(grid(flow.shape[:2]), flow), np.float32)


@lru_cache(maxsize=4)
def grid(size: tuple[int, ...]) -> Flow:
    """(h, w, 2) x and y of every pixel."""
    rows, columns = np.indices(size, dtype=np.float32)
    return np.stack((columns, rows), axis=-1)


def _subject(view: View) -> Picture:
    return view.rgb if view.source is None else view.source


def _flow(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> Flow:
    # OpenCV writes into what it starts from, so every call starts from rest anew.
    rest = np.zeros((*first.shape, 2), np.float32)
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST)
    return np.asarray(dis.calc(first, second, rest), np.float32)


def _enlarged(flow: Flow, size: tuple[int, int]) -> Flow:
    """The flow at (columns, rows) of a larger picture."""
    scale = np.diag((size[0] / flow.shape[1], size[1] / flow.shape[0]))
    longer = cv2.transform(flow, scale.astype(np.float32))
    return np.asarray(cv2.resize(longer, size, interpolation=cv2.INTER_LINEAR), np.float32)


def _lost(back: Flow, forth: Flow) -> NDArray[np.uint8]:
    """(h, w) uint8, 1 where the way back and forth does not close, or leaves the picture."""
    points = landing(back)
    x, y = points[..., 0], points[..., 1]
    there = np.asarray(_taken(forth, points, cv2.INTER_LINEAR), np.float32)
    gap = _squared(back + there)
    moved = _squared(back) + _squared(there)
    lost = gap > 0.01 * moved + 0.5
    outside = (x < 0) | (y < 0) | (x > back.shape[1] - 1) | (y > back.shape[0] - 1)
    return np.asarray(lost | outside, np.uint8)


def _squared(flow: Flow) -> Plane:
    """(h, w) squared lengths."""
    x, y = cv2.split(flow)
    return np.asarray(cv2.add(cv2.multiply(x, x), cv2.multiply(y, y)), np.float32)
