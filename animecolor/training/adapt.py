"""Fine-tune `anchor` on a show, and refuse what does not help on frames it did not see."""

from __future__ import annotations

import copy
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch.nn.utils import parametrize

from animecolor import __version__
from animecolor.errors import AnimecolorError
from animecolor.models.adapter import Changes, Fit, merge
from animecolor.models.anchor import AnchorNet, host
from animecolor.models.colorizer import Colorizer
from animecolor.models.weights import read_header, sha256
from animecolor.training.checkpoint import Progress
from animecolor.training.lesson import Lesson
from animecolor.training.loop import Schedule, train
from animecolor.training.lowrank import RANK, changes_of, limit
from animecolor.training.recipe import Material
from animecolor.training.recipes.anchor import AnchorRecipe, Config, Shown
from animecolor.training.samples import Batch
from animecolor.training.world import World

RATE, AVERAGE = 1e-3, 0.95
EXAMINED_EVERY = 50
"""Steps; the changes that score highest are kept."""
LEAST_GAIN = 0.05
"""Decibels; less may be chance, as the exam also chose among the steps."""


@dataclass(frozen=True, slots=True)
class Effort:
    """How long to try."""

    minutes: float = 15.0
    steps: int = 3000
    seed: int = 123


@dataclass(frozen=True, slots=True)
class Scores:
    """PSNR in dB on frames that were never trained on, of the network as it was and adapted."""

    what: str
    frames: int
    base: float
    adapted: float
    """From painted frames; the changes were chosen by this one."""
    base_blank: float
    adapted_blank: float
    """From nothing."""

    def __str__(self) -> str:
        return (
            f"on {self.what} ({self.frames} frame{'s' * (self.frames != 1)}): "
            f"from painted frames {self.base:.2f} -> {self.adapted:.2f} dB, "
            f"from nothing {self.base_blank:.2f} -> {self.adapted_blank:.2f} dB"
        )


@dataclass(frozen=True, slots=True)
class Adapted:
    """What came of it."""

    fit: Fit
    changes: Changes
    record: Mapping[str, Any]
    scores: Scores | None
    """None where nothing was held out."""


class Pupil(AnchorRecipe):
    """The recipe of `anchor` on changes of low rank. What it examines is what would be written."""

    def __init__(self, lesson: Lesson, weights: Path, effort: Effort, world: World) -> None:
        net = AnchorNet(**read_header(weights).config)
        # Without a content loss: its judge is an extra, and colors are what a show is known by.
        config = Config(
            seed=effort.seed, net=net, rate=RATE, average=AVERAGE, content=0, look=lesson.look
        )
        super().__init__(config, Material(lesson.mix, {}), world)
        self.begin_from(weights)
        self._lesson, self._base = lesson, copy.deepcopy(self.net)
        self.narrow(limit)
        self.best: Changes | None = None
        self._exams = 0

    def step(self, step: int, batch: tuple[Batch, Shown]) -> dict[str, float]:
        """Update the changes; each changed weight is computed once."""
        with parametrize.cached():
            return super().step(step, batch)

    def validate(self) -> dict[str, float]:
        """PSNR in dB of the exam; without one the latest changes count as the best."""
        self._exams += 1
        exam = self._lesson.exam
        if exam is None:
            return {"exams": float(self._exams)}
        return {"held_out": exam.score(self.hosted(self.changes), known=True)}

    @property
    def changes(self) -> Changes:
        """As they would be written now."""
        return changes_of(self.nets["average"])

    def hosted(self, changes: Changes) -> Colorizer:
        """The network as ``load_model`` would host it with these changes."""
        net = copy.deepcopy(self._base)
        merge(net, changes)
        dtype = torch.bfloat16 if self._world.half else torch.float32
        return host(net, self._lesson.reads, self._world.device, dtype)

    def keep(self, progress: Progress) -> None:
        """Remember the present changes as the best."""
        self.best = self.changes


def adapt(lesson: Lesson, weights: Path, effort: Effort, world: World) -> Adapted:
    """Train changes of a network's weights until time or steps are up.

    Args:
        lesson: the show.
        weights: of the network that is adapted; a checkpoint of `anchor`.
        effort: limits, and the seed.
        world: where and in which arithmetic.

    Raises:
        AnimecolorError: the changes do not help on the frames that were held out.
    """
    pupil = Pupil(lesson, weights, effort, world)
    schedule = Schedule(
        steps=effort.steps,
        minutes=effort.minutes,
        save_every=10 * effort.steps * EXAMINED_EVERY,
        log_every=EXAMINED_EVERY,
        sheet_every=10 * effort.steps,
        validate_every=EXAMINED_EVERY,
    )
    with tempfile.TemporaryDirectory(prefix="animecolor-adapt-") as folder:
        report = train(pupil, schedule, Path(folder), world, pupil.keep)
    changes = pupil.best
    if changes is None:
        raise AnimecolorError("the changes scored nothing on the held-out frames: lower the rate")
    scores = _scores(pupil, lesson, changes)
    if scores and scores.adapted < scores.base + LEAST_GAIN:
        raise AnimecolorError(f"it does not help, so nothing is written; {scores}")
    record = {
        "recipe": f"changes of rank {RANK}, rate {RATE:g}, average {AVERAGE:g}",
        "seed": effort.seed,
        "steps": report.progress.step,
        "seconds": round(report.progress.seconds),
        "seen": [asdict(seen) for seen in lesson.seen],
        "held_out": asdict(scores) if scores else None,
        "torch": torch.__version__,
        "animecolor": __version__,
    }
    return Adapted(Fit("anchor", sha256(weights), lesson.reads), changes, record, scores)


def _scores(pupil: Pupil, lesson: Lesson, changes: Changes) -> Scores | None:
    exam = lesson.exam
    if exam is None:
        return None
    found = {
        f"{name}{condition}": exam.score(pupil.hosted(what), known)
        for name, what in (("base", {}), ("adapted", changes))
        for condition, known in (("", True), ("_blank", False))
    }
    return Scores(str(exam), exam.frames, **found)
