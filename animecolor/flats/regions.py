"""The regions of a native-size drawing: what its lines enclose."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.errors import UsageError
from animecolor.flats.gaps import CROSS, SQUARE, Labels, Mask, trapped
from animecolor.flats.trace import INK_BELOW, Kinds, LineKind

__all__ = ["Closing", "Labels", "Regions", "find_regions"]

_GAP = 8
"""Gap closed by default in pixels, at 256 to 1080 rows. It also cuts some passages that are meant
to be narrow, which does no harm: cartoons with closed lines are painted as well with it as without,
and of those with gaps of 2 to 8 pixels 83 % of the regions can be painted right at 256 instead of
54 %, and 90 % instead of 30 % at 1080."""
_ROWS_A_GAP = 32
"""Rows of a smaller picture to a pixel of gap."""
_WIDEST = 64
"""Largest gap that may be asked for; the cost grows with it."""


@dataclass(frozen=True, slots=True, eq=False)
class Regions:
    """A drawing cut along its lines, R regions numbered 1 to R; row 0 of a table is the lines."""

    labels: Labels
    """(H, W), 0 = line."""
    kinds: Kinds
    """(H, W): ``LineKind`` of each pixel; PAPER where no line is."""
    area: NDArray[np.int64]
    """(R + 1,) pixels."""
    box: NDArray[np.int32]
    """(R + 1, 4): top, left, bottom, right; the last two are excluded."""
    closed: NDArray[np.int32]
    """(K,) the regions that exist only because a gap was closed, ascending."""

    @property
    def count(self) -> int:
        """R."""
        return len(self.area) - 1


@dataclass(frozen=True, slots=True)
class Closing:
    """What counts as a region of its own."""

    gap: int = 0
    """Largest gap that is closed, in pixels; 0 closes none."""
    least: int = 8
    """Area in pixels from which a sliver, or a chain of slivers, is a region."""

    def __post_init__(self) -> None:
        """Refuse what makes no sense."""
        if not 0 <= self.gap <= _WIDEST:
            raise UsageError(f"a gap to close has 0 to {_WIDEST} pixels, not {self.gap}")
        if self.least < 1:
            raise UsageError(f"the least area of a region is 1 pixel or more, not {self.least}")

    @classmethod
    def for_height(cls, height: int) -> Closing:
        """The default for a picture of so many rows."""
        # In larger pictures gaps widen as artists' lines do, with the square root.
        large = _GAP * math.sqrt(max(1.0, height / 1080))
        return cls(min(_WIDEST, round(min(height / _ROWS_A_GAP, large))))


def find_regions(
    gray: NDArray[np.uint8], kinds: Kinds | None = None, closing: Closing | None = None
) -> Regions:
    """Cut a drawing along its lines.

    A pixel is line where any ink is seen (``INK_BELOW``): a thin line must not leak where it is
    faint, and ``fill`` gives its soft rims back to the regions beside. Regions are the 4-connected
    parts of the paper, cut in two where a gap is closed (see ``gaps``); numbers fall with area.

    A sliver is a part that is thin (none of its pixels has all 4 neighbours on paper) and smaller
    than ``closing.least``: what rasterising leaves of an acute corner, or of the strip between two
    lines, which it pinches into a chain of slivers. Slivers no more than two pixels apart are
    joined, and are a region where they reach ``closing.least`` together. Others are none: they
    stay paper with label 0, for ``fill`` to merge into the nearest region, unless there is nothing
    else in the drawing. Small parts that are not thin, highlights and buttons, are regions.

    Args:
        gray: (H, W) uint8, 255 = paper, 0 = full ink of any color.
        kinds: (H, W) uint8 of ``trace.classify``; None takes all lines for black. Lines of every
            kind bound regions.
        closing: which gaps are closed, and what is too small; None is ``Closing.for_height``.

    Returns:
        The regions. A blank drawing is one region, one that is all ink has none.
    """
    lines = (np.ascontiguousarray(gray) < INK_BELOW).view(np.uint8)  # 1 is LineKind.BLACK
    if kinds is not None:
        lines = np.maximum(lines, kinds)
    paper = (lines == LineKind.PAPER).view(np.uint8)
    closing = closing or Closing.for_height(gray.shape[0])
    marks = trapped(paper, closing.gap) if closing.gap else None
    parts: NDArray[np.uint16] | Labels
    if marks is None:
        parts = np.empty(gray.shape, np.int32)
        count, _ = cv2.connectedComponents(paper, parts, connectivity=4)
    else:
        parts, count = marks, int(marks.max()) + 1
    pieces = _Runs.of(parts)
    sizes = np.bincount(pieces.part, pieces.length, count).astype(np.int64)
    owner = _join_slivers(pieces, sizes, paper, closing)
    runs = replace(pieces, part=owner[pieces.part])
    area, box = runs.measure(count)
    order = np.argsort(-area[1:], kind="stable") + 1
    order = order[area[order] > 0]
    number = np.zeros(count, np.int32)
    number[order] = np.arange(1, len(order) + 1)
    keep = np.concatenate([[0], order])
    area, box = area[keep], box[keep]
    area[0] = gray.size - area[1:].sum()
    closed = np.unique(number[runs.touching(owner, parts)])
    return Regions(np.take(number[owner], parts), lines, area, box, closed)


@dataclass(frozen=True, slots=True, eq=False)
class _Runs:
    """Pieces of rows with one number: hundreds of times fewer than pixels."""

    start: NDArray[np.int64]
    """(N,) position of the first pixel in the flat picture."""
    length: NDArray[np.int64]
    part: NDArray[np.int64]
    width: int

    @classmethod
    def of(cls, parts: NDArray[np.uint16] | Labels) -> _Runs:
        height, width = parts.shape
        fresh = np.ones(parts.shape, bool)
        np.not_equal(parts[:, 1:], parts[:, :-1], out=fresh[:, 1:])
        start = np.flatnonzero(fresh)
        length = np.diff(start, append=height * width)
        return cls(start, length, parts.ravel()[start].astype(np.int64), width)

    def measure(self, count: int) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
        """Area (count,) and box (count, 4) of every part; the box of part 0 is empty."""
        area = np.bincount(self.part, self.length, count).astype(np.int64)
        row, column = np.divmod(self.start, self.width)
        box = np.zeros((count, 4), np.int32)
        # Runs go down the picture: the last one written to a row of the table is what stays.
        box[self.part[::-1], 0] = row[::-1]
        box[self.part, 2] = row + 1
        left, right = np.full(count, self.width), np.zeros(count, np.int64)
        np.minimum.at(left, self.part, column)
        np.maximum.at(right, self.part, column + self.length)
        box[:, 1], box[:, 3] = left, right
        box[0] = 0
        return area, box

    def touching(
        self, owner: NDArray[np.int64], parts: NDArray[np.uint16] | Labels
    ) -> NDArray[np.int64]:
        """Owners that are a 4-neighbour of another: only a closed gap lies between them."""
        flat, below, above = parts.ravel(), self.start + self.width, self.start - self.width
        low, high = below < flat.size, above >= 0
        row = self.start // self.width
        beside = np.flatnonzero(row[1:] == row[:-1])
        # Where two rows meet differently than a pixel before, a run starts in one of them.
        one = np.concatenate([self.part[low], self.part[high], self.part[beside]])
        other = np.concatenate([flat[below[low]], flat[above[high]]])
        other = np.concatenate([owner[other], self.part[beside + 1]])
        meet = (one != other) & (one > 0) & (other > 0)
        return np.unique(np.concatenate([one[meet], other[meet]]))


def _join_slivers(
    runs: _Runs, area: NDArray[np.int64], paper: Mask, closing: Closing
) -> NDArray[np.int64]:
    """(parts,) the part that stands for each: itself, another sliver of its strip, or 0: none."""
    small = area < closing.least
    mine = small[runs.part] & (runs.part > 0)
    length, part = runs.length[mine], np.repeat(runs.part[mine], runs.length[mine])
    ends = np.cumsum(length)
    at = np.repeat(runs.start[mine] - ends + length, length) + np.arange(len(part))
    inner = cv2.erode(paper, CROSS, borderType=cv2.BORDER_CONSTANT, borderValue=0.0)
    small[part[inner.ravel()[at] > 0]] = False
    at, part = at[small[part]], part[small[part]]
    owner = np.arange(len(area))
    if len(at) == 0:
        return owner
    slivers = np.zeros_like(paper)
    slivers.ravel()[at] = 1
    count, strips = cv2.connectedComponents(cv2.dilate(slivers, SQUARE), connectivity=8)
    strip = strips.ravel()[at]
    first = np.zeros(count, np.int64)
    first[strip] = part
    long = np.bincount(strip, minlength=count) >= closing.least
    if not long.any() and small[1:][area[1:] > 0].all():
        return owner
    owner[part] = np.where(long, first, 0)[strip]
    return owner
