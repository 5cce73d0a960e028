"""Join sightings of one area, so that a fault on 500 frames is one thing to look at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from animecolor.qa.sighting import Box, Sighting

_OVERLAP = 0.5
"""Share of the smaller box that two sightings of one area have in common."""


@dataclass(slots=True)
class Group:
    """Sightings of one area, in order of first frame."""

    members: list[int]
    """Positions in what was joined."""
    last: int
    box: Box | None
    """Of its newest member."""


def join(sightings: Sequence[Sighting], gap: int) -> list[list[int]]:
    """Sort sightings of one check in one shot into areas.

    Args:
        sightings: in order of first frame.
        gap: most frames between two sightings of one area.

    Returns:
        Groups of positions, in order of their first member.
    """
    groups: list[Group] = []
    waiting: list[Group] = []
    for position, sighting in enumerate(sightings):
        waiting = [group for group in waiting if sighting.first - group.last <= gap + 1]
        match = next((group for group in waiting if _same(group.box, sighting.box)), None)
        if match is None:
            match = Group([], sighting.last, sighting.box)
            groups.append(match)
            waiting.append(match)
        match.members.append(position)
        match.last = max(match.last, sighting.last)
        match.box = sighting.box
    return [group.members for group in groups]


def _same(one: Box | None, other: Box | None) -> bool:
    if one is None or other is None:
        return one is other
    height = min(one.bottom, other.bottom) - max(one.top, other.top)
    width = min(one.right, other.right) - max(one.left, other.left)
    if height <= 0 or width <= 0:
        return False
    return height * width >= _OVERLAP * min(_area(one), _area(other))


def _area(box: Box) -> int:
    return (box.bottom - box.top) * (box.right - box.left)
