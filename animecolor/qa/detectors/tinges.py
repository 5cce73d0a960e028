"""Where chroma changes from one frame to the next though the grey source shows the same thing.

The frame before is brought along the motion of the source. What is new in the picture is new in the
source too, so that only what the source has in both frames is looked at, and what lies within a
pixel of its place is forgiven. Chroma is coded coarsely: a quarter of the pixels tell it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow
from animecolor.metrics.signal import TO_YUV
from animecolor.qa.detectors.matter import Window
from animecolor.qa.detectors.outliers import Hull
from animecolor.qa.detectors.remember import remembered
from animecolor.qa.motion import grid
from animecolor.qa.view import Step, View

Plane = NDArray[np.uint8]
Signed = NDArray[np.float32]
Mask = NDArray[np.bool_]
Places = tuple[NDArray[np.intp], NDArray[np.intp]]
"""(N,) rows and (N,) columns."""

SCALE = 2
"""Pixels of the view to one that is looked at."""
_FAINT, _FAINT_LOSSY = 2.0, 3.0
"""Levels of chroma, of Cb and Cr together, that an area changes by at least."""
_TIMES = 3.5
"""... and so many times what nine tenths of the picture stay below."""
_SHOWN, _SHOWN_LOSSY = 3, 6
"""Levels beyond those around its place before by which the source shows something new."""
_FITS = 0.8
"""Share of an area and its rim where the source shows nothing new."""
_LEAST = 9
"""Pixels looked at that an area has."""
_MOST = 0.3
"""Share of the picture that changes at most; beyond, the whole picture does."""
_MANY = 24
"""Areas of one step that are looked at, the largest change first."""
_TAIL = 1.43
"""Of normal noise: its ninth decile by its third quartile, absolute values."""
_FILLED = 0.25
"""Share of the rectangle around an area that it fills."""
_SQUARE = np.ones((3, 3), np.uint8)
_REACH = 4
"""Pixels looked at within which a motion may be misjudged."""
_RIM = np.ones((5, 5), np.uint8)
_AROUND = np.ones((11, 11), np.uint8)
_CHROMA = np.hstack([TO_YUV[1:], np.full((2, 1), 128, np.float32)])


Tone = NDArray[np.float64]
"""(2,) Cb and Cr."""


@dataclass(frozen=True, slots=True, eq=False)
class Tinge:
    """A connected area that takes another chroma; in pixels of the view."""

    window: Window
    at: Places
    """Rows and columns of pixels of its core."""
    area: int
    was: Tone
    """Mean Cb and Cr before."""
    by: Tone
    """Change of them, in levels."""
    strength: float
    """How many times the least change it is."""
    calm: float
    """How many times the change around it it is."""
    deep: float
    """Levels by which its chroma leaves all that lay near its place before."""

    @property
    def evidence(self) -> float:
        """That it is no motion: large, strong, and calm around, in a color that is new there."""
        return self.strength * self.calm * self.deep * math.sqrt(self.area)


def find_tinges(step: Step, lossy: bool) -> list[Tinge]:
    """Areas that take another chroma in a step; none where that is most of the picture.

    Args:
        step: of views with a source.
        lossy: whether still pictures are restless by themselves.
    """
    if step.before.rgb is step.now.rgb:
        return []
    fits = fitting(step, lossy)
    chroma = _planes(step.now)[0]
    old_chroma = _brought(_planes(step.before)[0], step.back)
    hull = Hull.around(old_chroma, None, 1)
    up, down = cv2.subtract(chroma, hull.high), cv2.subtract(hull.low, chroma)
    change = cv2.blur(cv2.subtract(up, down, dtype=cv2.CV_32F), (3, 3))
    size = np.asarray(np.abs(change).sum(2), np.float32)
    usual = _TAIL * float(np.quantile(size[::2, ::2], 0.75))
    least = max(_FAINT_LOSSY if lossy else _FAINT, _TIMES * usual)
    marked = ((size > least) & fits).view(np.uint8)
    if np.count_nonzero(marked) > _MOST * marked.size:
        return []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(marked, _SQUARE))
    size /= np.float32(least)
    scene = _Scene(np.where(marked > 0, labels, 0), (old_chroma, chroma), size, fits)
    found = [scene.tinge(number, stats[number]) for number in range(1, count)]
    parts = [part for part in found if part is not None]
    return sorted(parts, key=lambda part: -part.strength * part.area)[:_MANY]


@dataclass(frozen=True, slots=True, eq=False)
class _Scene:
    """A step, and where chroma changes in it; in pixels looked at."""

    labels: NDArray[np.int32]
    chroma: tuple[Plane, Plane]
    """Before and now."""
    size: Signed
    fits: Mask

    def beyond_all(self, y: NDArray[np.intp], x: NDArray[np.intp]) -> Signed:
        """(N,) levels of chroma, of both together, beyond what was near some pixels before."""
        reach = slice(max(0, y.min() - _REACH), y.max() + _REACH + 1)
        across = slice(max(0, x.min() - _REACH), x.max() + _REACH + 1)
        hull = Hull.around(self.chroma[0][reach, across], None, _REACH)
        at = y - reach.start, x - across.start
        high, low = hull.high[at].astype(np.int16), hull.low[at].astype(np.int16)
        now = self.chroma[1][y, x].astype(np.int16)
        return np.asarray(np.maximum(np.maximum(now - high, low - now), 0).sum(1), np.float32)

    def tinge(self, number: int, stats: NDArray[np.int32]) -> Tinge | None:
        """One area; None where it is none, or its motion is not understood."""
        left, top, width, height = (int(value) for value in stats[:4])
        rows = slice(max(0, top - 5), top + height + 5)
        columns = slice(max(0, left - 5), left + width + 5)
        inside = self.labels[rows, columns] == number
        area = int(np.count_nonzero(inside))
        if area < _LEAST or area < _FILLED * (width - 2) * (height - 2):
            return None
        mask = inside.view(np.uint8)
        rim = cv2.dilate(mask, _RIM) > 0
        core = cv2.erode(mask, _SQUARE, borderValue=0) > 0
        if not core.any() or float(self.fits[rows, columns][rim].mean()) < _FITS:
            return None
        y, x = np.nonzero(core)
        y, x = y + rows.start, x + columns.start
        was, now = (plane[y, x].mean(0, dtype=np.float64) for plane in self.chroma)
        size = self.size[rows, columns]
        strength = float(size[core].mean())
        deep = float(self.beyond_all(y, x).mean())
        outside = (cv2.dilate(mask, _AROUND) > 0) & ~rim
        calm = strength / max(float(size[outside].mean()), 0.05)
        above, begin, below, end = top + 1, left + 1, top + height - 1, left + width - 1
        window = SCALE * above, SCALE * begin, SCALE * below, SCALE * end
        at = y * SCALE, x * SCALE
        return Tinge(window, at, area * SCALE**2, was, now - was, strength, calm, deep)


def tone(view: View, at: Places) -> Tone:
    """Mean Cb and Cr of a picture at rows and columns of the view."""
    chroma = _planes(view)[0]
    mean = chroma[at[0] // SCALE, at[1] // SCALE].mean(0, dtype=np.float64)
    return np.asarray(mean, np.float64)


@remembered(2)
def fitting(step: Step, lossy: bool) -> Mask:
    """(h', w') where the source shows nothing new in a step, and its motion leads back."""
    given, old = _planes(step.now)[1], _brought(_planes(step.before)[1], step.back)
    new = Hull.around(old, None, 1).beyond(given)
    fits = new <= (_SHOWN_LOSSY if lossy else _SHOWN)
    if step.seen is not None:
        fits &= step.seen[: SCALE * fits.shape[0] : SCALE, : SCALE * fits.shape[1] : SCALE]
    return np.asarray(fits, np.bool_)


@lru_cache(maxsize=3)
def _planes(view: View) -> tuple[Plane, Plane]:
    """(h', w', 2) Cb and Cr of the picture around 128, and (h', w') luma of its source."""
    assert view.source is not None
    size = view.rgb.shape[1] // SCALE, view.rgb.shape[0] // SCALE
    own, given = (
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
        for picture in (view.rgb, view.source)
    )
    chroma, luma = cv2.transform(own, _CHROMA), cv2.transform(given, TO_YUV[:1])
    return np.asarray(chroma, np.uint8), np.asarray(luma, np.uint8)


def _brought(plane: Plane, back: Flow | None) -> Plane:
    if back is None:
        return plane
    height, width = plane.shape[:2]
    flow = back[: height * SCALE : SCALE, : width * SCALE : SCALE] / np.float32(SCALE)
    x, y = cv2.split(grid((height, width)) + flow)
    moved = cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)
