"""Drive a recipe: batches made ahead, logs, sheets, checkpoints, resume."""

from __future__ import annotations

import csv
import logging
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import Path

import cv2
from pydantic import BaseModel, ConfigDict, Field

from animecolor.stages.prefetch import prefetch
from animecolor.training import checkpoint
from animecolor.training.recipe import Batch, Recipe

log = logging.getLogger("animecolor")


class Schedule(BaseModel):
    """How long a run lasts and how often it writes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    steps: int = Field(ge=1)
    log_every: int = Field(default=20, ge=1)
    save_every: int = Field(default=100, ge=1)
    sheet_every: int = Field(default=200, ge=1)
    validate_every: int = Field(default=1000, ge=1)


def train(recipe: Recipe, schedule: Schedule, folder: Path) -> int:
    """Train from the run's last checkpoint to the end of the schedule.

    Args:
        recipe: what is trained; the loop never asks which model it is.
        schedule: lengths and intervals, in steps.
        folder: where logs, sheets and checkpoints go; made when missing.

    Returns:
        The last step done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    start = checkpoint.restore(folder, recipe)
    began, wait_s, sums = time.monotonic(), 0.0, Means()
    with closing(prefetch(_batches(recipe, start, schedule.steps))) as batches:
        for step in range(start + 1, schedule.steps + 1):
            asked = time.monotonic()
            batch = next(batches)
            wait_s += time.monotonic() - asked
            sums.add(recipe.step(step, batch))
            if step % schedule.log_every == 0:
                spent_s = time.monotonic() - began
                timing = {"step_s": spent_s / schedule.log_every, "wait": wait_s / spent_s}
                _log(folder / "losses.csv", step, sums.take() | timing)
                began, wait_s = time.monotonic(), 0.0
            if step % schedule.sheet_every == 0:
                cv2.imwrite(str(folder / f"sheet-{step:06d}.png"), recipe.sheet()[..., ::-1])
            if step % schedule.validate_every == 0 or step == schedule.steps:
                _log(folder / "validation.csv", step, recipe.validate())
            if step % schedule.save_every == 0 or step == schedule.steps:
                checkpoint.save(folder, step, recipe)
    return max(start, schedule.steps)


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


def _batches(recipe: Recipe, start: int, steps: int) -> Iterator[Batch]:
    for step in range(start + 1, steps + 1):
        yield recipe.batch(step)


def _log(path: Path, step: int, values: Mapping[str, float]) -> None:
    row = {"step": float(step), **values}
    fresh = not path.is_file()
    with path.open("a", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(row))
        if fresh:
            writer.writeheader()
        writer.writerow({name: f"{value:.6g}" for name, value in row.items()})
    log.info("%s", "  ".join(f"{name} {value:.4g}" for name, value in row.items()))
