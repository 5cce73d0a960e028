"""What a season takes on 1 to 256 workers, by simulation, and which order of shots is best.

    python scripts/simulate_farm.py --ledger season.job/ledger.sqlite > season.md

Times are those of a job that was rendered: seconds = a + b * frames is fitted to its shots, each
simulated shot strays from that as a measured one did, and joins take what the job's took for each
frame. Lengths are drawn: twelve episodes of 25 minutes, lognormal as the lengths of shots are
(or, with ``--lengths ledger``, as the job's were). Every policy gets the same season. A worker that
is free takes the first shot in line; an episode is joined, on one worker, when its shots are done.
"""

from __future__ import annotations

import argparse
import heapq
import math
import statistics
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from animecolor.batch.ledger import Ledger, State
from animecolor.batch.schedule import Load, rank, turn_of

FPS = 24
SHORTEST, LONGEST = 6, 60 * FPS
"""Frames of a drawn shot."""
WORKERS = tuple(2**power for power in range(9))
HOUR_S = 3600.0


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job's ledger says of time."""

    overhead_s: float
    """Of a shot, whatever its length."""
    frame_s: float
    """Of a frame that is rendered."""
    join_s: float
    """Of a frame that is joined."""
    strays: tuple[float, ...]
    """What each shot took, by what the fit says; their mean is 1."""
    lengths: tuple[int, ...]
    """Frames of each shot."""

    def lines(self) -> Iterator[str]:
        """How well the fit holds."""
        fitted = [self.overhead_s + self.frame_s * frames for frames in self.lengths]
        off = [said * (stray - 1) for said, stray in zip(fitted, self.strays, strict=True)]
        whole = sum(said * stray for said, stray in zip(fitted, self.strays, strict=True))
        rms = math.sqrt(statistics.fmean(each**2 for each in off))
        rest = 1 - sum(each**2 for each in off) / _spread(fitted, self.strays)
        yield (
            f"{len(self.lengths)} shots, {sum(self.lengths)} frames, {whole:.0f} s: "
            f"{self.overhead_s:.2f} s + {self.frame_s:.3f} s a frame, residual {rms:.2f} s (rms), "
            f"R² {rest:.3f}; joins {self.join_s:.4f} s a frame"
        )


def _spread(fitted: Sequence[float], strays: Sequence[float]) -> float:
    took = [said * stray for said, stray in zip(fitted, strays, strict=True)]
    mean = statistics.fmean(took)
    return sum((each - mean) ** 2 for each in took) or 1.0


def measure(folder: Path) -> Measured:
    """Read a job's times."""
    ledger = Ledger(folder, reading=True)
    shots = [row for row in ledger.shots() if row.state is State.DONE and row.seconds]
    joins = [row for row in ledger.episodes() if row.state is State.DONE and row.seconds]
    ledger.close()
    if len(shots) < 3 or not joins:
        raise SystemExit(f"{folder}: too few shots and joins are timed")
    frames = np.array([row.frames for row in shots], float)
    took = np.array([row.seconds for row in shots], float)
    frame_s, overhead_s = np.polyfit(frames, took, 1)
    overhead_s = max(0.0, float(overhead_s))
    strays = took / (overhead_s + frame_s * frames)
    return Measured(
        overhead_s=overhead_s,
        frame_s=float(frame_s),
        join_s=sum(row.seconds or 0.0 for row in joins) / sum(row.frames for row in joins),
        strays=tuple(float(each) for each in strays),
        lengths=tuple(row.frames for row in shots),
    )


@dataclass(frozen=True, slots=True)
class Task:
    """A shot, or the join of an episode."""

    episode: int
    number: int
    """Of the shot in its episode; -1 for the join."""
    cost: float
    """Seconds it is expected to take: what policies see. Joins come before shots: infinite."""
    seconds: float
    """What it takes."""
    priority: int = 0


@dataclass(frozen=True, slots=True)
class Season:
    """Episodes of shots, and the join of each."""

    shots: tuple[tuple[Task, ...], ...]
    joins: tuple[Task, ...]

    @property
    def work_s(self) -> float:
        """What one worker would take."""
        return sum(task.seconds for shots in (*self.shots, self.joins) for task in shots)

    @property
    def chain_s(self) -> float:
        """The longest shot that is waited for and the join after it: nothing ends sooner."""
        pairs = zip(self.shots, self.joins, strict=True)
        return max(max(shot.seconds for shot in shots) + join.seconds for shots, join in pairs)

    def bound_s(self, workers: int) -> float:
        """No order is faster."""
        return max(self.work_s / workers, self.chain_s)

    def promise_s(self, workers: int) -> float:
        """No order is slower that leaves no worker idle while something waits (Graham, 1969)."""
        return self.work_s / workers + (1 - 1 / workers) * self.chain_s


def draw_season(measured: Measured, asked: argparse.Namespace) -> Season:
    """A season of shots as long as real ones are, each taking what a measured one would."""
    random = np.random.default_rng(asked.seed)
    spread = statistics.fmean(measured.strays)
    shots, joins = [], []
    for episode in range(asked.episodes):
        lengths = list(_lengths(measured, asked, random))
        strays = random.choice(measured.strays, len(lengths)) / spread
        said = [measured.overhead_s + measured.frame_s * frames for frames in lengths]
        took = [each * float(stray) for each, stray in zip(said, strays, strict=True)]
        numbered = enumerate(zip(said, took, strict=True))
        shots.append(tuple(Task(episode, number, *times) for number, times in numbered))
        joins.append(Task(episode, -1, math.inf, measured.join_s * sum(lengths)))
    return Season(tuple(shots), tuple(joins))


def _lengths(
    measured: Measured, asked: argparse.Namespace, random: np.random.Generator
) -> Iterator[int]:
    """Frames of the shots of an episode, which add up to its length."""
    left = round(asked.minutes * 60 * FPS)
    while left > 0:
        if asked.lengths == "ledger":
            frames = int(random.choice(measured.lengths))
        else:
            frames = round(random.lognormal(math.log(asked.median), asked.sigma))
        frames = min(max(SHORTEST, min(frames, LONGEST)), left)
        yield frames
        left -= frames


Policy = Callable[[Task], tuple[float, ...]]


IN_USE = "by episode, the last together (in use)"


def in_use(episodes: int, workers: int) -> Policy:
    """The order of ``animecolor.batch.schedule``."""
    return lambda task: rank(
        Load(task.priority, task.cost, turn_of(task.episode, episodes, workers))
    )


def policies(episodes: int, workers: int) -> dict[str, Policy]:
    """What tasks may be sorted by."""
    return {
        "the story's order": lambda task: (task.episode, task.number),
        "shortest first": lambda task: (-1.0 if task.number < 0 else task.cost,),
        "longest first, joins last": lambda task: (0.0 if task.number < 0 else -task.cost,),
        "longest first": lambda task: (-task.cost,),
        "by episode, longest first": lambda task: (task.episode, -task.cost),
        IN_USE: in_use(episodes, workers),
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a season. Times in seconds from the first worker's start."""

    end: float
    idle: float
    """When a worker first found nothing to do."""
    episodes: tuple[float, ...]
    """When each was joined, the first first."""


def simulate(season: Season, workers: int, policy: Policy, start_s: float) -> Outcome:
    """Hand out a season's tasks as the driver does.

    Args:
        season: what there is to do.
        workers: how many.
        policy: what tasks are sorted by.
        start_s: what a worker takes before its first task.
    """
    every = (task for shots in season.shots for task in shots)
    line = [(policy(task), task.episode, task.number, task) for task in every]
    heapq.heapify(line)
    left = [len(shots) for shots in season.shots]
    running: list[tuple[float, int, int, Task]] = []
    free, now, idle = workers, start_s, math.inf
    ends: list[float] = []
    while line or running:
        while line and free:
            task = heapq.heappop(line)[-1]
            heapq.heappush(running, (now + task.seconds, task.episode, task.number, task))
            free -= 1
        idle = min(idle, now) if free else idle
        now, *_, task = heapq.heappop(running)
        free += 1
        if task.number < 0:
            ends.append(now)
            continue
        left[task.episode] -= 1
        if not left[task.episode]:
            join = season.joins[task.episode]
            heapq.heappush(line, (policy(join), join.episode, join.number, join))
    return Outcome(now, min(idle, now), tuple(ends))


def table_in_use(season: Season, start_s: float) -> Iterator[str]:
    """The order in use, in Markdown."""
    yield "| workers | hours | efficiency | tail | no less than | ratio | no more than |"
    yield "|---:|---:|---:|---:|---:|---:|---:|"
    for workers in WORKERS:
        done = simulate(season, workers, in_use(len(season.joins), workers), start_s)
        bound = season.bound_s(workers)
        yield (
            f"| {workers} | {done.end / HOUR_S:.2f} "
            f"| {100 * season.work_s / workers / done.end:.1f} % "
            f"| {(done.end - done.idle) / 60:.1f} min | {bound / HOUR_S:.2f} "
            f"| {done.end / bound:.3f} | {(start_s + season.promise_s(workers)) / HOUR_S:.2f} |"
        )


def table_of_policies(season: Season, start_s: float) -> Iterator[str]:
    """Every order: until all is done; until an episode is (mean), and the first; in Markdown."""
    names = list(policies(1, 1))
    yield f"| workers | {' | '.join(names)} |"
    yield f"|---:|{'---:|' * len(names)}"
    for workers in WORKERS:
        cells = []
        for policy in policies(len(season.joins), workers).values():
            done = simulate(season, workers, policy, start_s)
            hours = (done.end, statistics.fmean(done.episodes), done.episodes[0])
            cells.append(" / ".join(f"{each / HOUR_S:.2f}" for each in hours))
        yield f"| {workers} | {' | '.join(cells)} |"


def main() -> None:
    """Print what was measured, what was drawn, and two tables."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--ledger", type=Path, required=True, help="of a job that was rendered")
    parser.add_argument("--episodes", type=int, default=12)
    parser.add_argument("--minutes", type=float, default=25.0, help="of an episode, at 24 fps")
    parser.add_argument("--lengths", choices=("lognormal", "ledger"), default="lognormal")
    parser.add_argument("--median", type=float, default=72.0, help="frames of a shot")
    parser.add_argument("--sigma", type=float, default=0.85, help="of the logarithm of its length")
    parser.add_argument("--start", type=float, default=5.0, help="seconds until a worker can begin")
    parser.add_argument("--plan", type=float, default=0.007, help="seconds to read a frame before")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    measured = measure(asked.ledger.parent)
    print(*measured.lines(), sep="\n")
    season = draw_season(measured, asked)
    frames = asked.episodes * asked.minutes * 60 * FPS
    counts = [len(shots) for shots in season.shots]
    print(
        f"{len(counts)} episodes of {min(counts)} to {max(counts)} shots, "
        f"{season.work_s / HOUR_S:.1f} h of work, "
        f"{sum(join.seconds for join in season.joins) / HOUR_S:.1f} h of it joins; "
        f"the longest shot and its join take {season.chain_s / HOUR_S:.2f} h; reading the clips "
        f"before, one after the other, {frames * asked.plan / HOUR_S:.2f} h\n"
    )
    print(*table_in_use(season, asked.start), sep="\n", end="\n\n")
    print(*table_of_policies(season, asked.start), sep="\n")


if __name__ == "__main__":
    main()
