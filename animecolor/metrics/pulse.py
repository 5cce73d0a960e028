"""Flicker of a whole picture: by how much its level leaves the line between its neighbors.

The picture is laid out in blocks. Of each step, every block tells how much lighter, darker or of
another tint its pixels got (``block_shifts``); the mean of the middle blocks is the picture's own
shift, however much moves in the others. A pulse is a shift that is taken back within a few frames
(``pulses``): fades, dissolves and lights that stay on are none.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.metrics.signal import TO_YUV

BLOCKS = (6, 8)
"""Rows and columns of blocks."""
LONGEST = 3
"""Frames after which a shift that was not taken back is none to flicker: drawings last so long."""
AROUND = LONGEST + 3
"""Shifts that ``pulses`` looks at: the longest pulse's, and one before and after it."""
FEWEST = 6
"""Blocks that must tell something."""

_DARK, _BRIGHT = 12, 250
"""Levels beyond which clipping hides a shift; but what left white tells."""
_DIM = 48
"""A darker block's shift is scaled up no further, or rounding would be."""
_FILLED = 0.08
"""Share of a block that must be in view and not clipped."""
_OUTER = 0.2
"""Share of the blocks at either end that does not count."""
_WEIGHTS = np.array([1, 1.7, 1.7], np.float32)
"""Of luma and chroma: half a unit of the latter is all of it, but compression moves it more."""
_LEAST_CAP, _MOST_CAP = 6, 90
"""Levels from which on a change counts as motion that the flow missed, not as a shift."""

Shifts = NDArray[np.float32]
"""(rows, columns, 3) change of Y, Cb and Cr in levels; NaN where a block has nothing to tell."""


def block_shifts(
    brought: NDArray[np.uint8], now: NDArray[np.uint8], seen: NDArray[np.bool_] | None
) -> Shifts:
    """How much each block of a picture got lighter, darker or of another tint.

    Args:
        brought: (h, w, 3) uint8 sRGB, the picture before, brought to the one now.
        now: (h, w, 3) uint8 sRGB.
        seen: (h, w) pixels that were in view before; None where all were.

    Returns:
        Mean change over the pixels that were in view, are not clipped, and did not change so much
        more than others that they must have moved.
    """
    jump = _widest(np.asarray(cv2.absdiff(brought, now), np.uint8))
    level = cv2.cvtColor(now, cv2.COLOR_RGB2GRAY)
    use = (level >= _DARK) & ((level <= _BRIGHT) | (jump > 0))
    if seen is not None:
        use &= seen
    counts = np.bincount(jump[use], minlength=256)
    most = int(np.searchsorted(np.cumsum(counts), 0.75 * counts.sum()))
    use &= jump <= min(max(3 * most, _LEAST_CAP), _MOST_CAP)
    weight = use.astype(np.float32)
    moved = cv2.subtract(now, brought, dtype=cv2.CV_32F) * weight[..., None]
    size = BLOCKS[::-1]
    share = cv2.resize(weight, size, interpolation=cv2.INTER_AREA)
    total = cv2.resize(moved, size, interpolation=cv2.INTER_AREA)
    told = share >= _FILLED
    rgb = np.where(told[..., None], total / np.maximum(share, _FILLED)[..., None], np.nan)
    return np.asarray(rgb @ TO_YUV.T, np.float32)


def at_white(shifts: Shifts, luma: NDArray[np.float32]) -> Shifts:
    """Shifts as white would show them.

    A gain moves bright areas more than dark ones: 1 % of a level of 100 is one level. So a block's
    shift counts as many times as white is brighter than the block, and chroma more, which has half
    the room.

    Args:
        shifts: of ``block_shifts``.
        luma: (rows, columns) mean luma of the blocks, on 0 to 255.
    """
    bright = 255 / np.clip(luma, _DIM, 255)
    return np.asarray(shifts * bright[..., None] * _WEIGHTS, np.float32)


def overall(shifts: Shifts, luma: NDArray[np.float32]) -> NDArray[np.float32]:
    """Shift of the whole picture: the mean of the middle three fifths of its blocks.

    A block has the weight that a gain's least squares give it, the square of its luma. What moves,
    or is repainted, lies in the fifths at either end.

    Args:
        shifts: of ``at_white``, or what ``pulses`` makes of them.
        luma: (rows, columns) mean luma of the blocks: dark ones know little of a gain.

    Returns:
        (3,) levels of Y, Cb and Cr; 0 where too few blocks tell.
    """
    told = np.isfinite(shifts[..., 0])
    if np.count_nonzero(told) < FEWEST:
        return np.zeros(3, np.float32)
    table, weight = shifts[told], (luma[told] + 1) ** 2
    order = np.argsort(table, axis=0)
    share = weight[order] / weight.sum()
    end = np.cumsum(share, axis=0)
    # Of a block across a limit only the part within it counts.
    kept = (np.minimum(end, 1 - _OUTER) - np.maximum(end - share, _OUTER)).clip(min=0)
    ordered = np.take_along_axis(table, order, axis=0)
    return np.asarray((ordered * kept).sum(0) / kept.sum(0), np.float32)


def pulses(shifts: Sequence[NDArray[np.float32]], length: int) -> NDArray[np.float32]:
    """How far a few frames leave the line between the frames around them.

    The shift into the frames must be taken back by the one out of them, or it was a step; between
    the two the level must stay. An even fade underneath is taken off first, and where a fade only
    turns around (down to black and up again) its slopes are.

    Args:
        shifts: ``length`` + 3 arrays of one shape: from the step before the one into the frames to
            the step after the one out of them; 0 where the shot has none.
        length: of the pulse in frames, at least 1.

    Returns:
        An array of that shape, in the unit of the shifts; positive where the frames are higher.
    """
    table = np.nan_to_num(np.stack(shifts))
    first, last = table[0], table[-1]
    table = table - np.where(first * last > 0, np.sign(first) * _least(first, last), 0)
    first, into, out, last = table[0], table[1], table[-2], table[-1]
    slope = np.maximum(first * np.sign(into), last * np.sign(out)).clip(min=0)
    height = np.where(into * out < 0, _least(into, out), 0) - slope
    level = np.cumsum(table[1:-1], axis=0)[:-1]
    steady = np.abs(level - into).max(axis=0) <= height / 2
    return np.asarray(np.where(steady & (height > 0), np.sign(into) * height, 0), np.float32)


def _least(one: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(np.minimum(np.abs(one), np.abs(other)), np.float32)


def _widest(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    red, green, blue = cv2.split(picture)
    return np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
