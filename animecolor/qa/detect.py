"""How measures and detectors are plugged in: a watcher is shown every step and leaves notes.

A watcher is made once for a clip and told, for every shot in turn, ``begin`` (its first frame),
``push`` (each further frame with the motion from the one before) and ``end``; after the last shot
``finish``. It keeps what it needs of the past, which must be bounded: a few views, or a row of
numbers a frame. Whatever it finds out it leaves in ``Notes``, for any frame and as late as it
likes. Nothing is carried over a cut unless the check is about the whole clip.

``region_jitter`` and ``region_worst`` come from ``areas``, which tracks areas for the color checks;
all other columns come from ``traces`` and its neighbours.
"""

from __future__ import annotations

import heapq
import itertools
import math
from array import array
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from animecolor.qa.request import Request
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Step, View

MOST_SIGHTINGS = 100
"""Of one check in one shot the worst so many are kept: memory does not grow with a bad clip."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What is known before the first frame is looked at."""

    request: Request
    rate: Fraction
    """Frames a second."""
    height: int
    """Native rows of the clip."""
    width: int
    lossy: bool
    """True where the codec or its chroma subsampling changes colors."""
    source_kind: str | None
    """What the source is: line, gray or color; None without one."""


@dataclass(frozen=True, slots=True)
class Lengths:
    """Frames that were there to be read, each clip to its own end; None where there is no clip."""

    clip: int
    source: int | None = None
    reference: int | None = None

    @property
    def common(self) -> int:
        """Frames that were measured."""
        return min(n for n in (self.clip, self.source, self.reference) if n is not None)


@dataclass(slots=True, eq=False)
class Notes:
    """Where watchers leave what they find."""

    picture: Callable[[Sighting], None] = lambda _: None
    """Asks for pictures of what may be sighted later, while its frames are in memory; ``sight``
    does so by itself."""
    _numbers: dict[str, array[float]] = field(default_factory=lambda: defaultdict(_floats))
    _shots: dict[str, dict[int, float]] = field(default_factory=lambda: defaultdict(dict))
    _worst: dict[tuple[Check, int], list[tuple[float, int, Sighting]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _order: itertools.count[int] = field(default_factory=itertools.count)
    missing: list[str] = field(default_factory=list)
    """Why a measure is not there, a sentence each."""

    def number(self, index: int, key: str, value: float) -> None:
        """A frame's number in the column ``key``; the last one told stays."""
        column = self._numbers[key]
        if index >= len(column):
            column.extend([math.nan] * (index + 1 - len(column)))
        column[index] = value

    def of_shot(self, shot: int, key: str, value: float) -> None:
        """A number that only a whole shot has."""
        self._shots[key][shot] = value

    def sight(self, sighting: Sighting) -> None:
        """Something seen; of one check in one shot the worst ``MOST_SIGHTINGS`` are kept."""
        heap = self._worst[sighting.check, sighting.shot]
        entry = sighting.value, next(self._order), sighting
        if len(heap) < MOST_SIGHTINGS:
            heapq.heappush(heap, entry)
        elif heapq.heappushpop(heap, entry) is entry:
            return
        self.picture(sighting)

    def columns(self, frames: int) -> dict[str, NDArray[np.float32]]:
        """Key of a column -> (frames,), NaN where nobody told a number."""
        table = {}
        for key, column in self._numbers.items():
            table[key] = np.full(frames, np.nan, np.float32)
            table[key][: min(frames, len(column))] = np.asarray(column, np.float32)[:frames]
        return table

    def of_shots(self, shots: int) -> dict[str, tuple[float, ...]]:
        """Key -> a number for each shot, NaN where nobody told one."""
        return {
            key: tuple(told.get(shot, math.nan) for shot in range(shots))
            for key, told in self._shots.items()
        }

    def sightings(self) -> tuple[Sighting, ...]:
        """All that were kept, in order of first frame, the worst of a frame first."""
        kept = (sighting for heap in self._worst.values() for _, _, sighting in heap)
        return tuple(sorted(kept, key=lambda s: (s.first, -s.value, s.check, s.last)))


def _floats() -> array[float]:
    return array("f")


class Watcher(Protocol):
    """One measure or detector; ``Watch`` makes it, with what it may know and where it notes."""

    def begin(self, view: View) -> None:
        """The first frame of a shot."""

    def push(self, step: Step) -> None:
        """The next frame of the shot."""

    def end(self) -> None:
        """The shot has ended."""

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""


Watch = Callable[[Setting, Notes], Watcher | None]
"""Makes a watcher; None where there is nothing to watch, for want of a palette for instance."""
