"""What is known of a planted fault, and whether something seen is that fault."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animecolor.qa.sighting import Box, Check, Sighting

SLACK = 4
"""Native pixels that a box may be off: analysis at half size, and a ring around a spot."""
ROOM = 4
"""How many times as large as the fault a box may be and still tell where it is."""


@dataclass(frozen=True, slots=True)
class Truth:
    """One planted fault."""

    fault: str
    strength: str
    right: frozenset[Check]
    """Checks that are a right answer."""
    first: int
    last: int
    box: Box | None = None
    """Native pixels; None for a fault of whole frames."""
    area: int = 0
    """Native pixels in its first frame."""
    needs: str = ""
    """What it cannot be known without: ``source``, ``lines``, ``palette``; empty: nothing."""

    def brief(self) -> bool:
        """It lasts a moment, so a sighting must begin when it does."""
        return self.last - self.first < 12

    def is_found_by(self, sighting: Sighting) -> bool:
        """A right check, at the right time (a frame more or less), at the right place."""
        if sighting.check not in self.right or not self.meets(sighting):
            return False
        if self.box is None:
            # A sighting of a whole shot says nothing of a moment in it.
            return not self.brief() or sighting.last - sighting.first <= 12
        if sighting.box is None:
            return False
        return abs(sighting.first - self.first) <= 1 or (
            sighting.worst is not None and self.first - 1 <= sighting.worst <= self.last + 1
        )

    def is_located_by(self, sighting: Sighting) -> bool:
        """Found, beginning at the right frame, with a box that says where."""
        if not self.is_found_by(sighting) or abs(sighting.first - self.first) > 1:
            return False
        if self.box is None or sighting.box is None:
            return self.box is None
        return size(sighting.box) <= ROOM * size(grown(self.box, SLACK))

    def meets(self, sighting: Sighting) -> bool:
        """Whatever its check says, it is about this fault: same time, same place."""
        if sighting.first > self.last + 1 or sighting.last < self.first - 1:
            return False
        if self.box is None or sighting.box is None:
            return self.box is None
        return overlap(grown(self.box, SLACK), sighting.box)


def box_of(mask: NDArray[np.bool_]) -> Box:
    """The smallest box around what is true in a (H, W) mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return Box(int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1)


def around(boxes: Iterable[Box]) -> Box:
    """The smallest box around several."""
    every = list(boxes)
    return Box(
        min(box.top for box in every),
        min(box.left for box in every),
        max(box.bottom for box in every),
        max(box.right for box in every),
    )


def grown(box: Box, by: int) -> Box:
    """A box larger by some pixels on each side."""
    return Box(box.top - by, box.left - by, box.bottom + by, box.right + by)


def size(box: Box) -> int:
    """Pixels in a box."""
    return max(0, box.bottom - box.top) * max(0, box.right - box.left)


def overlap(one: Box, other: Box) -> bool:
    """Whether two boxes share a pixel."""
    tall = min(one.bottom, other.bottom) > max(one.top, other.top)
    return tall and min(one.right, other.right) > max(one.left, other.left)
