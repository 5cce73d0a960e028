"""Gap closing: regions are where a ball can roll, and small balls do not leave where they are.

Trapped balls (Zhang et al., "Vectorizing Cartoon Animations", TVCG 2009), reworked to be quick:

1. Let E(r) be the paper on which the middle of a ball of radius r may lie: paper eroded r times.
   A gap of 2r pixels stops that ball. The balls are octagons, and the picture's edge is a wall.
2. The largest ball closes the largest gap: every connected part of E(R) is a region's heart.
3. For r = R - 1 down to 0 the regions grow into E(r), geodesically: all by two pixels a radius,
   so that they meet in the narrowest place. What is left then and touches a region (a corner, a
   strand of hair) joins the one that it touches most.
4. A part of E(r) that touches no region is a pocket. It becomes a region of its own when a ball of
   radius r + 1 fits into it, that is, when it stays shut for two radii; until then it waits, as
   the uneven width of a strand is no gap. At r = 0 everything left is a region.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.uint8]
"""(H, W): 255 where it holds, else 0."""
Marks = NDArray[np.uint16]
"""(H, W): numbered parts, 0 = none; half the memory of ``Labels``, and twice as quick to grow."""

CROSS = np.asarray(cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3)), np.uint8)
SQUARE = np.ones((3, 3), np.uint8)
_MOST = 65_535
"""Parts that ``Marks`` can number."""


def eroded(paper: Mask, radius: int) -> list[Mask]:
    """Where the middle of a ball may lie, for every radius from 0 to ``radius`` pixels."""
    levels = [paper]
    for step in range(radius):
        pen = SQUARE if step % 2 else CROSS
        inner = cv2.erode(levels[-1], pen, borderType=cv2.BORDER_CONSTANT, borderValue=0.0)
        levels.append(np.asarray(inner, np.uint8))
    return levels


def trapped(paper: Mask, gap: int) -> Marks | None:
    """Number the parts of the paper, with gaps closed.

    Args:
        paper: (H, W) uint8, 255 = paper, 0 = line.
        gap: largest gap to close, in pixels; 1 or more.

    Returns:
        (H, W) uint16: the part of each paper pixel, from 1, 0 on lines; parts that meet do so
        where a gap was closed. None where there are too many parts to number: that is noise.
    """
    radius = (gap + 1) // 2
    room = eroded(paper, radius)
    count, hearts = cv2.connectedComponents(room[radius], connectivity=8)
    if count > _MOST:
        return None
    marks = np.asarray(hearts, np.uint16)
    for r in range(radius - 1, -1, -1):
        _grow(marks, room[r], 2)
        found = _settle_rest(marks, room, r, count)
        if found is None:
            return None
        count = found
    return marks


def _grow(marks: Marks, room: Mask, steps: int) -> None:
    """Let all parts grow by so many pixels, in place; where two meet, the higher number wins."""
    for _ in range(steps):
        grown = cv2.dilate(marks, CROSS)
        free = cv2.bitwise_and(cv2.compare(marks, 0, cv2.CMP_EQ), room)
        cv2.copyTo(grown, free, marks)


def _settle_rest(marks: Marks, room: list[Mask], r: int, count: int) -> int | None:
    """Steps 3 and 4 for what is left of ``room[r]``, in place; the new count, None if too many."""
    rest = cv2.bitwise_and(cv2.compare(marks, 0, cv2.CMP_EQ), room[r])
    # Lines may be 8-connected, one pixel wide, so the paper beside them is 4-connected; balls
    # that are larger cannot meet across a line.
    pieces, labels = cv2.connectedComponents(rest, connectivity=8 if r else 4)
    if pieces == 1:
        return count
    at = np.flatnonzero(rest)
    piece = labels.ravel()[at].astype(np.int64)
    owner = _owners(piece, cv2.dilate(marks, CROSS).ravel()[at], pieces)
    born = owner == 0
    if r:
        fits = np.zeros(pieces, bool)
        fits[piece[room[r + 1].ravel()[at] > 0]] = True
        born &= fits
    born[0] = False
    owner[born] = count + np.arange(int(born.sum()))
    count += int(born.sum())
    if count > _MOST:
        return None
    marks.ravel()[at] = owner[piece]
    return count


def _owners(piece: NDArray[np.int64], touched: Marks, pieces: int) -> NDArray[np.int64]:
    """(pieces,) the part that each piece touches with most of its pixels, 0 where none."""
    beside = touched > 0
    pairs, often = np.unique((piece[beside] << 16) | touched[beside], return_counts=True)
    order = np.argsort(often, kind="stable")
    owner = np.zeros(pieces, np.int64)
    owner[pairs[order] >> 16] = pairs[order] & 0xFFFF
    return owner
