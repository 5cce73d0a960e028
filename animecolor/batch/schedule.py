"""Which shot goes next, and when all would be done: what matters most first, then the longest.

Longest first keeps the end short: the last shots to be handed out are the small ones, so no worker
is left with a long one while the others have nothing to do (the LPT rule: Graham, "Bounds on
Multiprocessing Timing Anomalies", SIAM J. Appl. Math. 17, 1969; at most 4/3 - 1/(3 workers) of the
best time). Within a priority all episodes are one queue: taken one after the other, every episode
would have an end of its own.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol


class Weighed(Protocol):
    """A shot as the order sees it."""

    @property
    def priority(self) -> int: ...

    @property
    def cost(self) -> float:
        """Seconds it is expected to take, or anything in proportion."""


@dataclass(frozen=True, slots=True)
class Load:
    """A shot that is expected to take ``cost`` seconds."""

    priority: int
    cost: float


def rank(shot: Weighed) -> tuple[float, float]:
    """What to sort shots by."""
    return -shot.priority, -shot.cost


def finish_times(loads: Iterable[Load], workers: int) -> list[float]:
    """When each worker has nothing left, in seconds, shots going out in order of rank."""
    return hand_out(sorted(loads, key=rank), workers)


def hand_out(loads: Iterable[Load], workers: int) -> list[float]:
    """As ``finish_times``, in the order given: each shot goes to the worker that is free first."""
    free = [0.0] * workers
    for load in loads:
        heapq.heapreplace(free, free[0] + load.cost)
    return sorted(free)
