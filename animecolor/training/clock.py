"""Where a run's time goes: steps, and waiting for data."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable
from typing import TypeVar

T = TypeVar("T")


class Clock:
    """Times one sitting of a run that may have had others."""

    def __init__(self, step: int, before_s: float) -> None:
        """Args:
        step: the last step of the sittings before.
        before_s: what they took.
        """
        self._first, self._before_s = step, before_s
        self._began = self._lapped = time.monotonic()
        self._step, self._waited_s, self._lap_waited_s = step, 0.0, 0.0

    @property
    def spent_s(self) -> float:
        """Seconds of this sitting."""
        return time.monotonic() - self._began

    @property
    def total_s(self) -> float:
        """Seconds of all sittings."""
        return self._before_s + self.spent_s

    def waiting(self, items: Iterable[T]) -> Generator[T]:
        """Pass ``items`` on, counting the time they let us wait."""
        stream = iter(items)
        while True:
            asked = time.monotonic()
            try:
                item = next(stream)
            except StopIteration:
                return
            finally:
                self._lap_waited_s += time.monotonic() - asked
            yield item

    def lap(self, step: int) -> dict[str, float]:
        """Seconds a step, and the share of them spent waiting, since the last lap."""
        now = time.monotonic()
        spent_s, steps = now - self._lapped, step - self._step
        times = {"step_s": spent_s / steps, "wait": self._lap_waited_s / spent_s}
        self._waited_s += self._lap_waited_s
        self._lapped, self._step, self._lap_waited_s = now, step, 0.0
        return times

    def left_s(self, step: int, last: int) -> float:
        """Seconds until the step ``last``, at this sitting's pace."""
        return (last - step) * self.spent_s / max(1, step - self._first)

    @property
    def wait(self) -> float:
        """Share of this sitting that was spent waiting."""
        return (self._waited_s + self._lap_waited_s) / max(self.spent_s, 1e-9)
