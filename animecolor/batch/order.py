"""Which shot goes next: what matters most first, then the longest.

Longest first keeps the end short: the last shots to be handed out are the small ones, so no worker
is left with a long one while the others have nothing to do (Graham's LPT rule, "Bounds on
Multiprocessing Timing Anomalies", 1969: at most 4/3 of the best time). Within a priority all
episodes are one queue: taken one after the other every episode would have an end of its own
(``scripts/simulate_farm.py`` compares).
"""

from __future__ import annotations

from typing import Protocol


class Weighed(Protocol):
    """A shot as the order sees it."""

    @property
    def priority(self) -> int: ...

    @property
    def cost(self) -> float:
        """Seconds it is expected to take, or anything in proportion."""


def rank(shot: Weighed) -> tuple[float, float]:
    """A key to sort by."""
    return -shot.priority, -shot.cost
