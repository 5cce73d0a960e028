"""A painted drawing cut into segments: connected paint of one color, with no ink across it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.qa.detectors.stills import Still
from animecolor.stages.ink import ink_gray, paper_of

LEAST = 3
"""Pixels of a segment that is looked at."""
MOST = 1200
"""Segments of a drawing that are looked at, the largest; more are texture."""
_CLEAR = {False: 250, True: 225}
"""Level of a lossless or lossy line drawing from which on a pixel is free of ink."""
_STEP = {False: 5, True: 6}
"""Levels by which neighbors of one segment differ at most."""
_INK = 160
"""Level below which a pixel surely is ink."""
_SQUARE = np.ones((3, 3), np.uint8)
_WIDE = np.ones((5, 5), np.uint8)
_UNITS = np.array([1 / 2.55, 1, 1], np.float32)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Segments:
    """Segments by number, in no order."""

    labels: NDArray[np.int32]
    """(h, w); 0 where there is none that is looked at."""
    areas: NDArray[np.int64]
    """(N,) pixels; 0 where it is not looked at."""
    centers: NDArray[np.float32]
    """(N, 2) x and y."""
    colors: NDArray[np.float32]
    """(N, 3) mean CIE Lab, a and b with 128 on top."""


@dataclass(eq=False)
class Drawing:
    """One drawing of a shot with what it was painted from."""

    still: Still
    lossy: bool

    @property
    def first(self) -> int:
        """Index of its first frame."""
        return self.still.first

    @cached_property
    def line(self) -> NDArray[np.uint8]:
        """(h, w) level of the line drawing, 255 = paper."""
        source = self.still.view.source
        assert source is not None
        return ink_gray(source, paper_of(source))

    @cached_property
    def clear(self) -> Mask:
        """(h, w) where no ink softens the paint."""
        if not self.lossy:
            return np.asarray(self.line >= _CLEAR[False], np.bool_)
        # Compression smears ink into the paint beside it.
        return np.asarray(cv2.erode(self.line, _SQUARE) >= _CLEAR[True], np.bool_)

    @cached_property
    def ink(self) -> NDArray[np.uint8]:
        """(h, w) uint8, 1 on ink."""
        return np.asarray(self.line < _INK, np.uint8)

    @cached_property
    def near_ink(self) -> NDArray[np.uint8]:
        """(h, w) uint8, 1 within 2 pixels of ink."""
        return np.asarray(cv2.dilate(1 - self.clear.view(np.uint8), _WIDE), np.uint8)

    @cached_property
    def lab(self) -> NDArray[np.float32]:
        """(h, w, 3) CIE Lab, a and b with 128 on top."""
        return np.asarray(self.still.lab * _UNITS, np.float32)

    @cached_property
    def segments(self) -> Segments:
        """The paint, in segments."""
        return _segments(self.still.view.rgb, self.clear, self.lab, _STEP[self.lossy])


def _segments(rgb: NDArray[np.uint8], clear: Mask, lab: NDArray[np.float32], step: int) -> Segments:
    """Connected components over the bonds between neighbors, which lie between the pixels."""
    height, width = clear.shape
    bonds = np.zeros((2 * height - 1, 2 * width - 1), np.uint8)
    bonds[::2, ::2] = clear
    bonds[::2, 1::2] = _alike(rgb[:, 1:], rgb[:, :-1], step) & clear[:, 1:] & clear[:, :-1]
    bonds[1::2, ::2] = _alike(rgb[1:], rgb[:-1], step) & clear[1:] & clear[:-1]
    count, parts, _, centers = cv2.connectedComponentsWithStats(bonds, connectivity=4)
    labels = np.ascontiguousarray(parts[::2, ::2])
    flat = labels.ravel()
    areas = np.bincount(flat, minlength=count)
    kept = areas >= LEAST
    kept[0] = False
    if np.count_nonzero(kept) > MOST:
        kept[np.argsort(-areas)[MOST + 1 :]] = False
    table = np.where(kept, np.arange(count), 0).astype(np.int32)
    labels, areas = table[labels], np.where(kept, areas, 0)
    colors = (
        np.stack([np.bincount(flat, lab[..., c].ravel(), count) for c in range(3)], axis=1)
        / np.maximum(np.bincount(flat, minlength=count), 1)[:, None]
    )
    return Segments(labels, areas, (centers / 2).astype(np.float32), colors.astype(np.float32))


def _alike(one: NDArray[np.uint8], other: NDArray[np.uint8], step: int) -> Mask:
    red, green, blue = cv2.split(cv2.absdiff(one, other))
    return np.asarray(cv2.max(cv2.max(red, green), blue) <= step, np.bool_)
