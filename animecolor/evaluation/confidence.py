"""Does a colorizer know where it is wrong: the error it expects, ranked beside the true one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from animecolor.evaluation.conditions import Painting
from animecolor.evaluation.showing import Showing
from animecolor.frame import Plane
from animecolor.metrics.rank import spearman

LEAST = 50
"""Pixels of a region: smaller ones are gaps between strokes."""
BLOCK = 16
"""Side in pixels of a region of a grey picture, which has no lines to be bounded by."""
_EVERY = 4
"""Pixels are compared at every fourth row and column: neighbors say the same."""


@dataclass(frozen=True, slots=True)
class Confidence:
    """Rank correlation of expected and true absolute error, pooled over frames 1 and later."""

    regions: float
    """Of their means over regions; NaN where there are too few."""
    pixels: float


def confidence(showing: Showing, painting: Painting) -> Confidence | None:
    """Judge what a colorizer expected of a clip; None where it cannot tell."""
    if painting.error is None:
        return None
    wrong = true_error(showing, painting.color)
    rows, pixels = [], []
    for plane, said, real in zip(showing.planes[1:], painting.error[1:], wrong[1:], strict=True):
        both = said[0].numpy(), real[0].numpy()
        where = regions(plane, showing.reads)
        rows += list(zip(*(_means(side, where) for side in both), strict=True))
        pixels.append([side[::_EVERY, ::_EVERY].flatten() for side in both])
    by_region = np.array(rows, np.float64).reshape(-1, 2)
    by_pixel = np.concatenate(pixels, axis=1)
    return Confidence(spearman(*by_region.T), spearman(*by_pixel))


def true_error(showing: Showing, color: Tensor) -> Tensor:
    """(T, 1, h, w) absolute error of (T, 3, h, w) colors, a mean over R, G and B."""
    return (color - showing.truth).abs().mean(1, keepdim=True)


def regions(plane: Tensor, reads: Plane) -> NDArray[np.int32]:
    """(h, w) int32: 1, 2, ... where a region lies, 0 elsewhere.

    Of line art: what its lines part from each other, four neighbors to a pixel, of ``LEAST``
    pixels or more. Of grey: blocks of ``BLOCK`` pixels a side, cut off at the edges.

    Args:
        plane: (1, h, w) float in [0, 1].
        reads: what it is.
    """
    height, width = plane.shape[-2:]
    if reads is Plane.GRAY:
        across = -(-width // BLOCK)
        rows, columns = np.indices((height, width), np.int32) // BLOCK
        return np.asarray(rows * across + columns + 1, np.int32)
    paper = (plane[0].numpy() > 0.5).astype(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(paper, connectivity=4)
    large = stats[:, cv2.CC_STAT_AREA] >= LEAST
    large[0] = False  # the lines themselves
    return np.asarray(np.cumsum(large)[labels] * large[labels], np.int32)


def _means(values: NDArray[np.float32], where: NDArray[np.int32]) -> Iterator[float]:
    """Mean over each region, in order."""
    sizes = np.bincount(where.ravel())[1:]
    sums = np.bincount(where.ravel(), values.ravel())[1:]
    yield from (sums / sizes).tolist()
