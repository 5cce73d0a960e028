"""Line art: enlarge the network's colours so that they do not cross the native lines.

A normalised convolution (Knutsson and Westin 1993): each working-size color counts as much as its
cell is free of ink, so a native pixel beside a line takes the colors of its own side. It goes up
an octave at a time, with the ink looked at anew on the way: a cell that straddles a line at one
size has halves on either side of it at the next.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from animecolor.frame import Frame, from_array, to_array
from animecolor.stages.sizing import eight_bits, shrink

Plane = NDArray[np.float32]

_DRAWN = 0.002
"""Weight of a color on the artist's line: only where there is no other. The line covers it."""
_FOUND = 0.2
"""Weight of a color on a Canny line, which nothing covers: the dark outline between two edges may
be all line at working size and must not vanish."""


def smooth(frame: Frame, *, lines: bool = True) -> Tensor:
    """(3, H, W) picture, dtype and layout of ``image``.

    Args:
        frame: with ``color`` and ``line``.
        lines: draw the artist's lines over it, where there are any.
    """
    if frame.color is None or frame.line is None:
        raise ValueError(f"frame {frame.index} has no colors or no lines yet")
    planes = [np.ascontiguousarray(plane) for plane in frame.color.float().cpu().numpy()]
    line = eight_bits(to_array(frame.line)[..., 0])
    floor = _DRAWN if frame.inked else _FOUND
    if frame.inked:
        planes = _beside(planes, _free(line, planes[0].shape))
    while 3 * planes[0].shape[0] < line.shape[0]:
        height, width = planes[0].shape
        *planes, weight = _enlarge(planes, line, floor, (2 * height, 2 * width))
        planes = [plane / weight for plane in planes]
    *planes, weight = _enlarge(planes, line, floor, line.shape)
    white = np.iinfo(to_array(frame.image).dtype).max
    if not (frame.inked and lines):
        return from_array(_rounded(planes, white / weight, white))
    paper = np.bitwise_not(line)
    scale = np.asarray(cv2.divide(paper, weight, scale=white / 255, dtype=cv2.CV_32F), np.float32)
    return from_array(_draw_over(_rounded(planes, scale, white), paper, to_array(frame.image)))


def _beside(planes: list[Plane], free: Plane) -> list[Plane]:
    """Give cells that touch a line the colors of their neighbours that do not.

    A network paints the line it sees, and its dark rim would show beside the artist's thinner one.
    A window of 3 cells cannot reach over a line, which is a cell wide.
    """
    touching = cv2.erode(free, np.ones((3, 3), np.uint8))
    weight = 0.02 * free + 0.98 * touching + np.float32(_DRAWN)
    total = cv2.blur(weight, (3, 3))
    nearby = [cv2.blur(plane * weight, (3, 3)) / total for plane in planes]
    return [
        touching * own + (1 - touching) * near for own, near in zip(planes, nearby, strict=True)
    ]


def _free(line: NDArray[np.uint8], size: tuple[int, ...]) -> Plane:
    """(h, w) float32: 1 where no line crosses the cell, 0 where one does.

    A line one native pixel wide covers 1/n of a cell n pixels wide, and still parts it.
    """
    reduction = line.shape[0] / size[0]
    covered = shrink(line, (size[0], size[1])).astype(np.float32)
    free = 1 - covered * np.float32(reduction / 255)
    return np.asarray(np.maximum(free, 0), np.float32)


def _enlarge(
    planes: list[Plane], line: NDArray[np.uint8], floor: float, size: tuple[int, ...]
) -> list[Plane]:
    """Weighted planes and the weight itself, enlarged to ``size``."""
    weight = np.maximum(_free(line, planes[0].shape), np.float32(floor))
    weighted = [plane * weight for plane in planes]
    full = size[1], size[0]
    return [np.asarray(cv2.resize(plane, full), np.float32) for plane in [*weighted, weight]]


def _draw_over(
    painted: NDArray[Any], paper: NDArray[np.uint8], image: NDArray[Any]
) -> NDArray[Any]:
    """Colours already darkened by the ink -> (H, W, 3) with coloured trace lines in their color.

    What the drawing has above its own darkest channel is the light of a coloured line.
    """
    level = paper if image.dtype == np.uint8 else paper.astype(np.uint16) * np.uint16(257)
    return cv2.add(painted, cv2.subtract(image, cv2.merge([level] * 3)))


def _rounded(planes: list[Plane], scale: NDArray[Any], white: int) -> NDArray[Any]:
    """(H, W, 3) uint8 or uint16: planes times scale, rounded and clipped."""
    depth = cv2.CV_8U if white == 255 else cv2.CV_16U
    return cv2.merge([cv2.multiply(plane, scale, dtype=depth) for plane in planes])
