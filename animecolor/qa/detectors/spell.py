"""A fault that lasts: consecutive frames of one check become one sighting."""

from __future__ import annotations

from dataclasses import dataclass, field

from animecolor.qa.detect import Notes
from animecolor.qa.sighting import Box, Check, Sighting

_PICTURED = 24
"""Frames back that pictures can still be taken of, with some to spare."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What is wrong in one frame; area and box are in native pixels."""

    value: float
    area: int = 0
    box: Box | None = None
    found: str = ""
    expected: str = ""


@dataclass(slots=True, eq=False)
class Spell:
    """Joins the marks of consecutive frames of one shot."""

    check: Check
    notes: Notes
    gap: int = 0
    """Frames without a mark that do not end it."""
    shortest: int = 1
    """Frames it must last to be told."""
    spill: float = 0.0
    """Share of the worst value below which the first and the last frame only took it from their
    neighbors, and are left out."""
    _marks: list[tuple[int, Mark]] = field(default_factory=list)
    """First, worst and the last few, as (index, mark)."""
    _worst: Mark | None = None
    _count: int = 0
    _shot: int = 0

    def push(self, shot: int, index: int, mark: Mark | None) -> None:
        """The next frame, told in order: what is wrong in it, or nothing."""
        if self._marks and index - self._marks[-1][0] > self.gap + (mark is not None):
            self.end()
        if mark is None:
            return
        self._shot = shot
        self._count += 1
        if self._worst is None or mark.value > self._worst.value:
            self._worst = mark
        self._marks.append((index, mark))
        if len(self._marks) > _PICTURED:
            del self._marks[1]

    def end(self) -> None:
        """The shot has ended, or nothing is wrong any more: tell what there was."""
        ends = self._ends()
        if self._worst is not None and ends is not None:
            first, last = ends
            # The frame to look at is one that there are still pictures of.
            recent = [
                mark for mark in self._marks if first <= mark[0] and last - mark[0] < _PICTURED
            ]
            index, shown = max(recent, key=lambda mark: mark[1].value)
            worst = self._worst
            self.notes.sight(
                Sighting(
                    self.check,
                    self._shot,
                    first,
                    last,
                    worst.value,
                    shown.area,
                    shown.box,
                    index,
                    shown.found,
                    shown.expected,
                )
            )
        self._marks, self._worst, self._count = [], None, 0

    def _ends(self) -> tuple[int, int] | None:
        """First and last frame; None where it was too short."""
        if self._worst is None:
            return None
        (first, opening), (last, closing) = self._marks[0], self._marks[-1]
        spilt = (mark.value < self.spill * self._worst.value for mark in (opening, closing))
        at_first, at_last = (by and last > first for by in spilt)
        lasted = self._count - at_first - at_last
        return (first + at_first, last - at_last) if lasted >= self.shortest else None
