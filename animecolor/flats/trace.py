"""Lines of a drawing by the color they are drawn in: black ones, and colored trace lines."""

from __future__ import annotations

from enum import IntEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Kinds = NDArray[np.uint8]
"""(H, W): ``LineKind`` of each pixel."""

INK_BELOW = 240
"""Level of a gray drawing (``stages.ink.ink_gray``: 255 is paper) below which a pixel is line. A
trace line may cover a sixteenth of a pixel; grain and compression have been cut off before."""
_SURE = 96
"""Darkness from which a pixel's own hue is to be trusted; a fainter one asks around."""
_COLORED = 0.4
"""Least saturation of what a colored line takes from the paper: full for red, green, blue, 0 for
black and gray, 0.2 for an outline in a dark version of the paint beside it."""
_SECTOR = (75.0, 165.0, 300.0)
"""Hues, in degrees, where red (and orange) ends, green ends, and blue (and cyan) ends."""


class LineKind(IntEnum):
    """What a pixel of a drawing is."""

    PAPER = 0
    BLACK = 1
    RED = 2
    GREEN = 3
    BLUE = 4


def classify(picture: NDArray[np.uint8], gray: NDArray[np.uint8]) -> Kinds:
    """Sort the lines of a drawing by hue and saturation.

    A soft rim is line mixed with paper: what it takes from the paper points the same way as what
    its line takes, only less far. So hue and saturation (as in HSV, of paper minus pixel, which
    for white paper is the complement) do not see how much of the pixel is covered. The faintest
    rims, whose hue is lost in rounding, go by the mean of their 3x3 neighbourhood.

    Args:
        picture: (H, W, 3) uint8 RGB drawing.
        gray: (H, W) uint8, 255 = paper, 0 = full ink of any color (``stages.ink.ink_gray``).

    Returns:
        (H, W) uint8 ``LineKind``: PAPER exactly where ``gray`` is ``INK_BELOW`` or more. Orange
        lines are RED, cyan ones BLUE, those without a clear hue BLACK.
    """
    kinds = (np.ascontiguousarray(gray) < INK_BELOW).view(np.uint8)  # 1 is LineKind.BLACK
    at = np.flatnonzero(kinds.view(np.bool_))
    if len(at) == 0:
        return kinds
    paper = _paper(picture, gray)
    taken = _taken(picture, at, paper)
    faint = np.flatnonzero(taken.max(axis=0) < _SURE)
    around = cv2.blur(picture, (3, 3), borderType=cv2.BORDER_REPLICATE)
    taken[:, faint] = _taken(around, at[faint], paper)
    kinds.ravel()[at] = _kind(taken)
    return kinds


def _taken(
    picture: NDArray[Any], at: NDArray[np.intp], paper: NDArray[np.float32]
) -> NDArray[np.float32]:
    """(3, N) light that some pixels take from the paper."""
    pixels = np.take(picture.reshape(-1, 3), at, axis=0)
    return np.asarray(paper[:, None] - pixels.T, np.float32, order="C")


def _paper(picture: NDArray[np.uint8], gray: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(3,) level of the paper: the median of what is surely paper, on a coarse grid."""
    step = max(1, min(gray.shape) // 90)
    clean = picture[::step, ::step][gray[::step, ::step] == 255]
    if len(clean) == 0:
        return np.full(3, 255, np.float32)
    return np.asarray(np.median(clean, axis=0), np.float32)


def _kind(taken: NDArray[np.float32]) -> NDArray[np.uint8]:
    """(3, N) light taken from the paper -> (N,) kind of line."""
    most, least = taken.max(axis=0), np.maximum(taken.min(axis=0), 0)
    colored = np.flatnonzero(most - least > np.float32(_COLORED) * np.maximum(most, 1))
    kinds = np.full(len(most), LineKind.BLACK, np.uint8)
    # What stays of the paper's light has the hue that people see.
    red, green, blue = most[colored] - taken[:, colored]
    hue = np.degrees(np.arctan2(np.sqrt(3.0) * (green - blue), 2 * red - green - blue)) % 360
    kinds[colored] = np.array(
        [LineKind.RED, LineKind.GREEN, LineKind.BLUE, LineKind.RED], np.uint8
    )[np.searchsorted(_SECTOR, hue, side="right")]
    return kinds
