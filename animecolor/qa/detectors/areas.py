"""Region jitter: how far the mean colors of areas move from one frame to the next."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.motion import grid, small
from animecolor.qa.view import Picture, Step, View

_EDGE = 10
"""Levels between neighbouring pixels from which on there is an edge of an area."""
_LEAST = 60
"""Pixels of an area at the size at which flow is measured; smaller ones are all edge."""
_IN_SIGHT = 0.7
"""Share of an area that must be found again where its outline leads."""

Labels = NDArray[np.int32]


class Areas:
    """Follows every area for one step: its pixels are brought along the motion, edges left out."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        self._notes = notes

    def begin(self, view: View) -> None:
        """The first frame of a shot has no step."""

    def push(self, step: Step) -> None:
        """Tell ``region_jitter`` and ``region_worst``, CIEDE2000; NaN where no area was found."""
        if step.before.rgb is step.now.rgb:
            moved = np.zeros(1)
            weights = np.ones(1)
        else:
            moved, weights = changes(step)
        if len(moved):
            jitter = float((moved * weights).sum() / weights.sum())
            self._notes.number(step.now.index, "region_jitter", jitter)
            self._notes.number(step.now.index, "region_worst", float(moved.max()))

    def end(self) -> None:
        """Nothing is carried over a cut."""

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""


def changes(step: Step) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Change of the mean color of each area of the frame before.

    An area is a connected part without edges in both frames, where the motion leads to it; one
    of which less than 70 % is found again is left out.

    Returns:
        (R,) CIEDE2000 and (R,) pixels.
    """
    before, now = small(step.before.rgb), small(step.now.rgb)
    flat = _flat(before)
    count, labels = cv2.connectedComponents(flat, connectivity=4)
    if step.back is not None:
        size = now.shape[1::-1]
        scale = np.float32(size[0] / step.back.shape[1])
        points = grid(now.shape[:2]) + cv2.resize(step.back, size) * scale
        x, y = cv2.split(points)
        moved = cv2.remap(
            labels.astype(np.float32), x, y, cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT
        )
        there = np.asarray(moved, np.float32).astype(np.int32)
    else:
        there = np.asarray(labels, np.int32)
    there = np.where(_flat(now) > 0, there, 0)
    old, area = _means(before, np.asarray(labels, np.int32), count)
    new, found = _means(now, there, count)
    known = (area >= _LEAST) & (found >= _IN_SIGHT * area)
    known[0] = False
    return delta_e(old[known], new[known]), area[known]


def _flat(picture: Picture) -> NDArray[np.uint8]:
    """(h, w) uint8, 1 where no edge is near."""
    square = np.ones((3, 3), np.uint8)
    spread = cv2.subtract(cv2.dilate(picture, square), cv2.erode(picture, square))
    red, green, blue = cv2.split(spread)
    return np.asarray(cv2.max(cv2.max(red, green), blue) <= _EDGE, np.uint8)


def _means(
    picture: Picture, labels: Labels, count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """(count, 3) mean CIE Lab and (count,) pixels of each label."""
    lab = cv2.cvtColor(picture, cv2.COLOR_RGB2Lab)
    flat = labels.ravel()
    area = np.bincount(flat, minlength=count).astype(np.float64)
    sums = [np.bincount(flat, plane.ravel(), count) for plane in cv2.split(lab)]
    mean = np.stack(sums, axis=1) / np.maximum(area, 1)[:, None]
    return (mean - (0, 128, 128)) / (2.55, 1, 1), area
