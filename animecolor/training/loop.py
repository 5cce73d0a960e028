"""Drive a recipe: batches made ahead, logs, sheets, checkpoints, resume."""

from __future__ import annotations

import logging
import os
import signal
import sys
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import timedelta
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch.utils.data import DataLoader

from animecolor.training import checkpoint
from animecolor.training.checkpoint import Progress
from animecolor.training.clock import Clock
from animecolor.training.logs import Logs
from animecolor.training.recipe import Batch, Recipe
from animecolor.training.world import World

log = logging.getLogger("animecolor")


class Schedule(BaseModel):
    """How long a run lasts and how often it writes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(ge=1)
    minutes: float | None = Field(default=None, gt=0)
    """Stop after so long in this sitting, with a checkpoint, if the steps are not done."""
    cooldown: int = Field(default=0, ge=0)
    """Steps at the end over which the rates fall to a tenth, evenly in their logarithm."""
    log_every: int = Field(default=20, ge=1)
    save_every: int = Field(default=100, ge=1)
    sheet_every: int = Field(default=200, ge=1)
    validate_every: int = Field(default=1000, ge=1)
    workers: int | None = Field(default=None, ge=0)
    """Processes that make batches; by default one for every two cores, at most 14."""

    @model_validator(mode="after")
    def _whole_rows(self) -> Self:
        if self.save_every % self.log_every:
            raise ValueError(
                "save_every must be a multiple of log_every, so that a resumed run "
                "logs the same rows"
            )
        return self

    def rate(self, step: int) -> float:
        """Factor of the learning rates at a step."""
        left = self.steps - step
        if left >= self.cooldown:
            return 1.0
        return float(0.1 ** (1 - left / self.cooldown))


@dataclass(frozen=True, slots=True)
class Report:
    """What a sitting did."""

    progress: Progress
    steps: int
    step_s: float
    """Seconds a step, waiting included."""
    wait: float
    """Share of the time that the networks waited for data."""

    def __str__(self) -> str:
        return (
            f"step {self.progress.step}: {self.steps} steps in this sitting, "
            f"{self.step_s:.3f} s a step, {self.wait:.1%} of it waiting for data; "
            f"{self.progress.seconds / 3600:.2f} h in all"
        )


Keep = Callable[[Progress], None]


def train(recipe: Recipe, schedule: Schedule, folder: Path, world: World, keep: Keep) -> Report:
    """Train from the run's last checkpoint to the end of the schedule.

    Args:
        recipe: what is trained; the loop never asks which model it is.
        schedule: lengths and intervals, in steps.
        folder: where logs, sheets and checkpoints go; made when missing.
        world: this process and its peers; only the first one writes.
        keep: called in the leading process when a validation scores higher than any before.
    """
    folder.mkdir(parents=True, exist_ok=True)
    progress = checkpoint.restore(folder, recipe)
    first = progress.step
    clock, means = Clock(first, progress.seconds), Means()
    rates = [(g, g["lr"]) for opt in recipe.optimizers.values() for g in opt.param_groups]
    steps = range(first + 1, schedule.steps + 1)
    with (
        closing(Logs(folder, first, world.leads)) as logs,
        closing(clock.waiting(_batches(recipe, steps, schedule, world))) as batches,
    ):
        for step, batch in zip(steps, batches, strict=True):
            for group, rate in rates:
                group["lr"] = rate * schedule.rate(step)
            means.add(recipe.step(step, batch))
            late = schedule.minutes and world.any(clock.spent_s > 60 * schedule.minutes)
            last = bool(late) or step == schedule.steps
            progress = replace(progress, step=step, seconds=clock.total_s)
            if step % schedule.log_every == 0:
                numbers = world.average(means.take())
                logs.numbers("losses", step, numbers | clock.lap(step))
                _say(step, schedule, numbers, clock)
            if step % schedule.sheet_every == 0 and world.leads:
                logs.picture(step, recipe.sheet())
            if (step % schedule.validate_every == 0 or last) and world.leads:
                progress = _validate(recipe, progress, logs, keep)
            if (step % schedule.save_every == 0 or last) and world.leads:
                checkpoint.save(folder, progress, recipe)
            if last:
                break
    done = progress.step - first
    return Report(progress, done, clock.spent_s / max(1, done), clock.wait)


class Means:
    """Running means of named numbers."""

    def __init__(self) -> None:
        self._sums: dict[str, float] = {}
        self._count = 0

    def add(self, values: Mapping[str, float]) -> None:
        """Count one more set of values."""
        self._count += 1
        for name, value in values.items():
            self._sums[name] = self._sums.get(name, 0.0) + value

    def take(self) -> dict[str, float]:
        """Return the means since the last call and start again."""
        means = {name: value / self._count for name, value in self._sums.items()}
        self._sums, self._count = {}, 0
        return means


def _batches(recipe: Recipe, steps: range, schedule: Schedule, world: World) -> DataLoader[Batch]:
    """The batches of ``steps`` in order, made ahead by worker processes."""
    workers = schedule.workers
    if workers is None:
        workers = min(14, max(1, (os.cpu_count() or 1) // (2 * world.size)))
    return DataLoader(
        recipe.data,
        batch_size=None,
        sampler=steps,
        num_workers=workers,
        prefetch_factor=4 if workers else None,
        worker_init_fn=_be_quiet,
        pin_memory=world.device.type == "cuda",
    )


def _be_quiet(worker: int) -> None:
    """Let the parent alone answer Ctrl-C and SIGTERM; a worker's errors reach it as they are."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    sys.excepthook = lambda *_: None  # of the thread that lends out memory, when both are stopped


def _validate(recipe: Recipe, progress: Progress, logs: Logs, keep: Keep) -> Progress:
    scores = recipe.validate()
    logs.numbers("validation", progress.step, scores)
    log.info("%s", "  ".join(f"{name} {value:.2f}" for name, value in scores.items()))
    score = next(iter(scores.values()))
    if score > progress.best:
        progress = replace(progress, best=score)
        keep(progress)
    return progress


def _say(step: int, schedule: Schedule, numbers: Mapping[str, float], clock: Clock) -> None:
    left_s = clock.left_s(step, schedule.steps)
    if schedule.minutes:
        left_s = min(left_s, max(0.0, 60 * schedule.minutes - clock.spent_s))
    left = timedelta(seconds=round(left_s))
    losses = "  ".join(f"{name} {value:.4g}" for name, value in numbers.items())
    log.info("step %d of %d, %s left  %s", step, schedule.steps, left, losses)
