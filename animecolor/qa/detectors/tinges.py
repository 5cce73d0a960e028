"""Where chroma changes from one frame to the next though the grey source shows the same thing.

The frame before is brought along the motion of the source. What is new in the picture is new in the
source too, so that only what the source has in both frames is looked at, and what lies within a
pixel of its place is forgiven. Chroma is coded coarsely: a quarter of the pixels tell it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow
from animecolor.metrics.signal import TO_YUV
from animecolor.qa.detectors.matter import Window
from animecolor.qa.detectors.outliers import Hull
from animecolor.qa.motion import grid
from animecolor.qa.view import Step, View

Plane = NDArray[np.uint8]
Signed = NDArray[np.float32]
Mask = NDArray[np.bool_]

SCALE = 2
"""Pixels of the view to one that is looked at."""
_FAINT, _FAINT_LOSSY = 2.0, 3.0
"""Levels of chroma, of Cb and Cr together, that an area changes by at least."""
_TIMES = 3.5
"""... and so many times what nine tenths of the picture stay below."""
_SHOWN, _SHOWN_LOSSY = 3, 6
"""Levels beyond those around its place before by which the source shows something new."""
_FITS = 0.9
"""Share of an area and its rim where the source shows nothing new."""
_LEAST = 9
"""Pixels looked at that an area has."""
_MOST = 0.3
"""Share of the picture that changes at most; beyond, the whole picture does."""
_MANY = 24
"""Areas of one frame beyond which the picture changes."""
_FILLED = 0.25
"""Share of the rectangle around an area that it fills."""
_SQUARE = np.ones((3, 3), np.uint8)
_RIM = np.ones((5, 5), np.uint8)
_AROUND = np.ones((11, 11), np.uint8)
_CHROMA = np.hstack([TO_YUV[1:], np.full((2, 1), 128, np.float32)])


@dataclass(frozen=True, slots=True, eq=False)
class Tinge:
    """A connected area that takes another chroma; in pixels of the view."""

    window: Window
    at: tuple[NDArray[np.intp], NDArray[np.intp]]
    """Rows and columns of some of its pixels."""
    area: int
    by: tuple[float, float]
    """Change of Cb and Cr, in levels."""
    strength: float
    """How many times the least change it is."""
    calm: float
    """How many times the change around it it is."""


def find_tinges(step: Step, lossy: bool) -> list[Tinge]:
    """Areas that take another chroma in a step; none where that is most of the picture.

    Args:
        step: of views with a source.
        lossy: whether still pictures are restless by themselves.
    """
    if step.before.rgb is step.now.rgb:
        return []
    chroma, given = _planes(step.now)
    old_chroma, old_given = (_brought(plane, step.back) for plane in _planes(step.before))
    new = Hull.around(old_given, None, 1).beyond(given)
    fits = new <= (_SHOWN_LOSSY if lossy else _SHOWN)
    if step.seen is not None:
        fits &= step.seen[: SCALE * fits.shape[0] : SCALE, : SCALE * fits.shape[1] : SCALE]
    hull = Hull.around(old_chroma, None, 1)
    up, down = cv2.subtract(chroma, hull.high), cv2.subtract(hull.low, chroma)
    change = cv2.blur(cv2.subtract(up, down, dtype=cv2.CV_32F), (3, 3))
    size = np.asarray(np.abs(change).sum(2), np.float32)
    usual = float(np.quantile(size[::2, ::2], 0.9))
    least = max(_FAINT_LOSSY if lossy else _FAINT, _TIMES * usual)
    marked = ((size > least) & fits).view(np.uint8)
    if np.count_nonzero(marked) > _MOST * marked.size:
        return []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    enough = np.flatnonzero(stats[:, 4] >= _LEAST)[1:]
    if count == 1 or len(enough) > _MANY:
        return []
    wholly = np.asarray(cv2.subtract(chroma, old_chroma, dtype=cv2.CV_32F), np.float32)
    pieces = np.asarray(labels, np.int32)
    size /= np.float32(least)
    parts = (_tinge(pieces, stats[number], (number, wholly, size), fits) for number in enough)
    return [part for part in parts if part is not None]


def _tinge(
    labels: NDArray[np.int32],
    stats: NDArray[np.int32],
    part: tuple[int, Signed, Signed],
    fits: Mask,
) -> Tinge | None:
    number, change, size = part
    left, top, width, height, area = (int(value) for value in stats)
    rows = slice(max(0, top - 5), top + height + 5)
    columns = slice(max(0, left - 5), left + width + 5)
    inside = labels[rows, columns] == number
    rim = cv2.dilate(inside.view(np.uint8), _RIM) > 0
    if area < _FILLED * width * height or float(fits[rows, columns][rim].mean()) < _FITS:
        return None
    if not cv2.erode(inside.view(np.uint8), _SQUARE, borderValue=0).any():
        return None
    y, x = np.nonzero(inside)
    blue, red = change[rows, columns][inside].mean(0).tolist()
    at = (y + rows.start) * SCALE, (x + columns.start) * SCALE
    window = top * SCALE, left * SCALE, (top + height) * SCALE, (left + width) * SCALE
    strength = float(size[rows, columns][inside].mean())
    outside = (cv2.dilate(inside.view(np.uint8), _AROUND) > 0) & ~rim
    calm = strength / max(float(size[rows, columns][outside].mean()), 0.05)
    return Tinge(window, at, area * SCALE * SCALE, (blue, red), strength, calm)


@lru_cache(maxsize=2)
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
