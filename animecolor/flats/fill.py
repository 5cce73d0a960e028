"""Filling under the lines, so that no pixel is left without a region."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import ArrayLike

from animecolor.flats.gaps import CROSS, MOST, SQUARE, Growth, Marks, Mask
from animecolor.flats.regions import Labels, Regions
from animecolor.flats.trace import LineKind

_STEPS = 12
"""Pixels that lines are filled from each side; what lies deeper is a black area, and rarer."""


def fill(regions: Regions, lightness: ArrayLike) -> Labels:
    """Give every pixel a region: those of lines, and slivers that are no region.

    A black line belongs to the nearest region on either side. A colored trace line is not there
    in the finished picture: all of it takes the darker of the regions beside it, as painters do
    who paint shadows first (OpenToonz, "fill color trace lines with the darker side").

    Args:
        regions: the drawing.
        lightness: (R + 1,) CIE L* of each region's color; row 0 is not read.

    Returns:
        (H, W) int32 in [1, R]; all 1 where the drawing has no region.
    """
    if regions.count == 0:
        return np.ones_like(regions.labels)
    trace = (regions.kinds > LineKind.BLACK).view(np.uint8)
    if not cv2.hasNonZero(trace):
        marks = _marks(regions.labels, regions.count)
        _fill_nearest(marks)
        return np.asarray(marks, np.int32)
    # Numbered by darkness, the darker of two neighbours is the greater: a dilation finds it.
    order = np.argsort(-np.asarray(lightness, np.float64)[1:], kind="stable")
    by_darkness = np.concatenate([[0], order + 1]).astype(np.int32)
    rank = np.argsort(by_darkness).astype(np.int32)
    marks = _marks(np.take(rank, regions.labels), regions.count)
    _fill_trace(marks, trace)
    _fill_nearest(marks)
    return np.take(by_darkness, marks.astype(np.int32, copy=False))


def _marks(labels: Labels, count: int) -> Marks:
    if count <= MOST:
        return labels.astype(np.uint16)
    return labels.astype(np.float32)


def _fill_trace(marks: Marks, trace: Mask) -> None:
    """Fill trace lines with the darker side, in place.

    First from both sides to the middle; then the darker side goes on across the lighter half, and
    no farther, since along the line there may be other neighbours.
    """
    left, top, width, height = cv2.boundingRect(trace)
    inside = slice(max(0, top - 1), top + height + 1), slice(max(0, left - 1), left + width + 1)
    view, mask = marks[inside], np.ascontiguousarray(trace[inside])
    half, core = 0, mask
    while half < _STEPS and cv2.hasNonZero(core):
        core = np.asarray(cv2.erode(core, SQUARE if half % 2 else CROSS), np.uint8)
        half += 1
    growth = Growth(view.copy())
    for step in range(half):
        growth.step(mask, SQUARE if step % 2 else CROSS)
    # One more, since slanted sides meet up to a pixel off the middle.
    for step in range(half + 1):
        cv2.copyTo(growth.around(SQUARE if step % 2 else CROSS), mask, growth.marks)
    view[:] = growth.marks


def _fill_nearest(marks: Marks) -> None:
    """Give unmarked pixels the nearest mark, in place; of two as near, the greater."""
    growth, everywhere = Growth(marks), np.ones(marks.shape, np.uint8)
    for step in range(_STEPS):
        if not growth.step(everywhere, SQUARE if step % 2 else CROSS):
            return
    rest = growth.rest(everywhere)
    if not cv2.hasNonZero(rest):
        return
    left, top, width, height = cv2.boundingRect(rest)
    # The nearest mark lies on the rim of what is left, so one pixel around it is enough.
    inside = slice(max(0, top - 1), top + height + 1), slice(max(0, left - 1), left + width + 1)
    view, deep = marks[inside], np.ascontiguousarray(rest[inside])
    _, nearest = cv2.distanceTransformWithLabels(
        deep, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    mark_of = np.zeros(int(nearest.max()) + 1, marks.dtype)
    mark_of[nearest[deep == 0]] = view[deep == 0]
    view[:] = mark_of[nearest]
