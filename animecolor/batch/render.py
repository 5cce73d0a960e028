"""The driver: hands shots to an engine until nothing is left, and writes down what became of them.

A shot that fails is quarantined with its log and the rest goes on. Whatever ends the driver, the
next one finds in the ledger and in the names of files what is done, and does the rest.
"""

from __future__ import annotations

import heapq
import logging
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from animecolor.batch.engine import Engine, Fault, Outcome
from animecolor.batch.ledger import Ledger, State, signature_of
from animecolor.batch.plan import Job, Plan
from animecolor.batch.schedule import rank, turn_of
from animecolor.batch.task import write_task
from animecolor.errors import AnimecolorError

log = logging.getLogger("animecolor")

_TRIES = {Fault.LOST: 3, Fault.BUG: 2, Fault.MEMORY: 2, Fault.FAILED: 1}
"""How often a task may end so, in one run of the driver, before it is quarantined."""
_BEAT_S = 0.5


@dataclass(frozen=True, slots=True)
class Item:
    """A task on its way."""

    plan: Plan
    file: Path
    job: Job | None
    """None: the episode is joined."""
    cost: float
    turn: int

    @property
    def priority(self) -> int:
        """The episode's."""
        return self.plan.episode.priority

    @property
    def name(self) -> str:
        """``ep01/0003``, or ``ep01`` where it is joined."""
        return self.job.task.name if self.job else self.plan.episode.name


@dataclass(slots=True)
class Summary:
    """What a driver did."""

    rendered: int = 0
    frames: int = 0
    joined: int = 0
    lost: int = 0
    """Workers that died."""
    quarantined: list[str] = field(default_factory=list)
    overheads: list[float] = field(default_factory=list)
    """Seconds a shot took beyond those its worker spent on it; not the first of each worker."""

    @property
    def overhead_s(self) -> float | None:
        """Median seconds that the engine adds to a shot."""
        return median(self.overheads) if self.overheads else None


class Driver:
    """One run of a job."""

    def __init__(
        self,
        plans: Sequence[Plan],
        ledger: Ledger,
        engine: Engine,
        hear: Callable[[], None] = lambda: None,
    ) -> None:
        """Take over what is planned.

        Args:
            plans: the episodes.
            ledger: which has taken them over.
            engine: who does the work.
            hear: called twice a second, to show how things stand.
        """
        self._ledger, self._engine, self._hear = ledger, engine, hear
        self._summary = Summary()
        self._faults: Counter[tuple[Path, Fault]] = Counter()
        self._flying: dict[Path, tuple[Item, float]] = {}
        self._known: set[str] = set()
        self._left: dict[str, int] = {}
        self._queue: list[tuple[tuple[float, ...], int, Item]] = []
        self._count = 0
        wanted = sorted(plans, key=lambda plan: -plan.episode.priority)
        self._turns = {
            plan.episode.name: turn_of(number, len(wanted), engine.free)
            for number, plan in enumerate(wanted)
        }
        for plan in wanted:
            self._enqueue(plan)

    def run(self) -> Summary:
        """Work until nothing is left that could be done.

        Raises:
            AnimecolorError: the disk is full, or the engine cannot work at all. What is done stays
                done.
        """
        try:
            while self._queue or self._flying:
                while self._queue and self._engine.free:
                    self._submit(heapq.heappop(self._queue)[2])
                for ended in self._engine.wait_any(_BEAT_S):
                    self._settle(ended)
                self._hear()
        finally:
            for item, _ in self._flying.values():
                self._wait(item, None)
        return self._summary

    def _enqueue(self, plan: Plan) -> None:
        name = plan.episode.name
        states = {row.key: row.state for row in self._ledger.shots(name)}
        waiting = [job for job in plan.jobs if states[job.key] is State.WAITING]
        self._left[name] = sum(states[job.key] is not State.DONE for job in plan.jobs)
        for job in waiting:
            write_task(plan.file_of(job), job.task)
            self._push(Item(plan, plan.file_of(job), job, job.frames, self._turns[name]))
        self._join_if_done(plan)

    def _join_if_done(self, plan: Plan) -> None:
        if self._left[plan.episode.name]:
            return
        row = next(row for row in self._ledger.episodes() if row.name == plan.episode.name)
        if row.state is State.WAITING:
            write_task(plan.join_file, plan.joining())
            # Before any shot: somebody is waiting for it, and its last encode is one thread's work.
            turn = self._turns[plan.episode.name]
            self._push(Item(plan, plan.join_file, None, float("inf"), turn))

    def _push(self, item: Item) -> None:
        self._count += 1
        heapq.heappush(self._queue, (rank(item), self._count, item))

    def _submit(self, item: Item) -> None:
        worker = self._engine.submit(item.file)
        if item.job:
            self._ledger.begin(item.job.key, worker)
        else:
            self._ledger.settle_episode(item.plan.episode.name, State.RUNNING)
        self._flying[item.file] = item, time.monotonic()

    def _settle(self, ended: Outcome) -> None:
        item, begun = self._flying.pop(ended.task)
        if ended.worker in self._known and item.job and ended.told:
            self._summary.overheads.append(time.monotonic() - begun - ended.seconds)
        if ended.fault is not Fault.LOST:
            self._known.add(ended.worker)
        if ended.told is not None:
            self._done(item, ended, ended.told)
            return
        assert ended.fault is not None
        self._summary.lost += ended.fault is Fault.LOST
        if ended.fault is Fault.FULL:
            self._wait(item, ended.error)
            raise AnimecolorError(f"{ended.error}; make room and render again: what is done stays")
        self._faults[item.file, ended.fault] += 1
        if self._faults[item.file, ended.fault] < _TRIES[ended.fault]:
            log.warning("%s: %s; it is tried again", item.name, ended.error)
            self._wait(item, ended.error)
            self._push(item)
        else:
            self._quarantine(item, ended.error)

    def _done(self, item: Item, ended: Outcome, told: dict[str, Any]) -> None:
        name = item.plan.episode.name
        if item.job is not None:
            self._ledger.settle(item.job.key, State.DONE, ended.seconds, None)
            self._summary.rendered += 1
            self._summary.frames += item.job.frames
            self._left[name] -= 1
            self._join_if_done(item.plan)
            return
        self._ledger.settle_episode(
            name,
            State.DONE,
            written=signature_of(item.plan.episode.output),
            seconds=ended.seconds,
            verdict=told.get("verdict"),
            passed=told.get("passed"),
            report=told.get("report"),
            error=None,
        )
        self._summary.joined += 1
        log.info("%s is done", item.plan.episode.output)

    def _quarantine(self, item: Item, error: str) -> None:
        log.error("%s is quarantined: %s; see %s", item.name, error, item.file.with_suffix(".log"))
        self._summary.quarantined.append(item.name)
        if item.job:
            self._ledger.settle(item.job.key, State.QUARANTINED, None, error)
        else:
            name = item.plan.episode.name
            self._ledger.settle_episode(name, State.QUARANTINED, error=error)

    def _wait(self, item: Item, error: str | None) -> None:
        if item.job:
            self._ledger.settle(item.job.key, State.WAITING, None, error)
        else:
            self._ledger.settle_episode(item.plan.episode.name, State.WAITING, error=error)
