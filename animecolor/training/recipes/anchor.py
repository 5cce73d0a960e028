"""The recipe of `anchor`: unrolled on its own output, from every kind of keyframe set.

A step draws a window of frames and one of five ways a shot can be known: from its first frame, from
its last, from both, from a frame long past, or from nothing. The frames between are painted one
after another, each from its own painting of the frame before. Besides the colors, the matches are
supervised directly: what is gathered and what is moved shall have the true colors by itself.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.utils.data import Dataset

from animecolor.frame import Plane
from animecolor.models.anchor import AnchorNet, host, planes
from animecolor.models.anchor.net import CANDIDATES, Answer, Drawing
from animecolor.models.colorizer import Colorizer
from animecolor.models.device import channels_last
from animecolor.models.weights import load_into
from animecolor.training import losses
from animecolor.training.descent import Average, descend
from animecolor.training.features import Judge, judge
from animecolor.training.look import Look
from animecolor.training.recipe import Material
from animecolor.training.samples import Batch, Samples, Share
from animecolor.training.watch import score, sheet, watch
from animecolor.training.world import World

CARRIED = tuple(CANDIDATES.index(name) for name in ("gathered", "key gathered"))
MOVED = tuple(CANDIDATES.index(name) for name in ("moved", "key moved"))


WAYS = {"first": 0.5, "none": 0.2, "both": 0.12, "last": 0.08, "past": 0.1}


class Config(BaseModel):
    """Everything that decides a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["anchor"] = "anchor"
    seed: int = 123
    net: AnchorNet = AnchorNet()
    rate: float = 1e-3
    decay: float = 1e-2
    judge: Judge = "lite0"
    judge_weights: Path | None = None
    l1: float = 1.0
    gathered: float = 0.5
    moved: float = 0.25
    painted: float = 0.2
    content: float = 0.02
    doubt: float = 0.02
    ways: dict[str, float] = WAYS
    """How often a shot is known which way (see ``ways``)."""
    clip: float = Field(default=1.0, gt=0)
    average: float = Field(default=0.998, ge=0, lt=1)
    look: Look = Look(frames=6)


@dataclass(frozen=True, slots=True)
class Way:
    """Which frames of a window are keyframes, which one is known as previous, which painted."""

    keys: tuple[int, ...]
    before: int | None
    painted: range


def ways(count: int) -> dict[str, Way]:
    """How a window of ``count`` frames, at least 4, may be known."""
    last = count - 1
    return {
        "first": Way((0,), 0, range(1, count)),
        "none": Way((), None, range(last)),
        "both": Way((0, last), 0, range(1, last)),
        "last": Way((last,), None, range(last)),
        "past": Way((0,), None, range(2, count)),
    }


class Shown(Dataset[tuple[Batch, Tensor]]):
    """Samples, and what the network reads of them: (N, T, 3, S, S)."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def __getitem__(self, step: int) -> tuple[Batch, Tensor]:
        batch = self._samples[step]
        count, frames = batch.plane.shape[:2]
        shown = planes(batch.plane.flatten(0, 1), batch.gray.repeat_interleave(frames))
        return batch, torch.unflatten(shown, 0, (count, frames))


class AnchorRecipe:
    """The network, its optimizer and the whole of its step (see the module)."""

    def __init__(self, config: Config, material: Material, world: World) -> None:
        torch.manual_seed(config.seed)
        self.config, self._world = config, world
        self._watched = watch(material.held_out)
        share = Share(world.rank, world.size)
        self.data = Shown(Samples(material.mix, config.look, config.seed, share))
        self.net = channels_last(config.net.build()).to(world.device)
        self._average = Average(self.net, config.average)
        self._judge = channels_last(judge(config.judge, config.judge_weights)).to(world.device)
        self._adam = AdamW(self.net.parameters(), config.rate, weight_decay=config.decay)
        self.nets: Mapping[str, nn.Module] = {"net": self.net, "average": self._average.net}
        self.optimizers: Mapping[str, Optimizer] = {"net": self._adam}

    def step(self, step: int, batch: tuple[Batch, Tensor]) -> dict[str, float]:
        """Update the network."""
        config, world = self.config, self._world
        samples, shown = batch
        chance = np.random.default_rng((config.seed, step, 1))
        names = list(config.ways)
        odds = np.array([config.ways[name] for name in names])
        way = ways(shown.shape[1])[names[int(chance.choice(len(names), p=odds / odds.sum()))]]
        color = world.place(samples.color).transpose(0, 1)
        with world.autocast():
            answers = self._roll(world.place(shown).transpose(0, 1), color, way)
            truth = [color[index] for index in way.painted]
            # What is known of nothing cannot be asked for the colors of a made-up palette.
            fair = torch.ones(len(samples.remapped)) if way.keys else (~samples.remapped).float()
            parts = self._parts(answers, truth, world.place(fair).view(-1, 1, 1, 1), way)
        total = torch.stack([getattr(config, name) * loss for name, loss in parts.items()]).sum()
        norm = descend(total, self._adam, world, config.clip)
        self._average.follow(self.net)
        return {name: loss.item() for name, loss in parts.items()} | {"norm": norm}

    def _roll(self, shown: Tensor, color: Tensor, way: Way) -> list[Answer]:
        """Paint the frames of a way, each from the painting before. (T, N, C, S, S) both."""
        drawing = self.net.look(_ready(shown.flatten(0, 1)))
        drawings = _frames(drawing, shown.shape[1])
        memories = {i: self.net.remember(drawings[i], color[i]) for i in {*way.keys}}
        before = None if way.before is None else memories[way.before]
        answers = []
        for index in way.painted:
            nearest = sorted(way.keys, key=lambda key: abs(key - index))
            answer = self.net(drawings[index], [memories[key] for key in nearest], before)
            before = self.net.remember(drawings[index], answer.color.detach())
            answers.append(answer)
        return answers

    def _parts(
        self, answers: Sequence[Answer], truth: Sequence[Tensor], fair: Tensor, way: Way
    ) -> dict[str, Tensor]:
        """The losses, by name."""
        sums: dict[str, Tensor] = {}

        def add(name: str, loss: Tensor) -> None:
            sums[name] = sums.get(name, torch.zeros((), device=loss.device)) + (loss * fair).mean()

        for number, (answer, wanted) in enumerate(zip(answers, truth, strict=True)):
            error = (answer.color - wanted).abs()
            add("l1", error)
            add("doubt", error.detach().mean(1, keepdim=True) / answer.error + answer.error.log())
            sides = [1] * bool(way.keys) + [0] * (number > 0 or way.before is not None)
            for side in sides:
                add("gathered", (answer.candidates[:, CARRIED[side]] - wanted).abs())
                add("moved", (answer.candidates[:, MOVED[side]] - wanted).abs())
            add("painted", (answer.candidates[:, 0] - wanted).abs())
        parts = {name: total / len(answers) for name, total in sums.items()}
        if self.config.content:
            with torch.no_grad():
                seen = self._judge(truth[-1])
            found = self._judge(answers[-1].color * fair + truth[-1] * (1 - fair))
            parts["content"] = losses.content(found.content, seen.content, self._judge.scaled)
        return {"gathered": parts["l1"] * 0, "moved": parts["l1"] * 0} | parts

    def sheet(self) -> NDArray[Any]:
        """A column a watched sample: see ``training.watch``."""
        return sheet(self._watched, self._hosted)

    def validate(self) -> dict[str, float]:
        """Mean PSNR in dB of the watched samples: see ``training.watch``."""
        return score(self._watched, self._hosted)

    def begin_from(self, weights: Path) -> None:
        """Start from a network of the same size."""
        load_into(self._average.net, weights)
        self.net.load_state_dict(self._average.net.state_dict())

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged network and its configuration."""
        return dict(self._average.net.state_dict()), self.config.net.model_dump()

    def _hosted(self, reads: Plane) -> Colorizer:
        """The average as it will be used."""
        dtype = torch.bfloat16 if self._world.half else torch.float32
        return host(copy.deepcopy(self._average.net), reads, self._world.device, dtype)


build = AnchorRecipe


def _frames(drawing: Drawing, count: int) -> list[Drawing]:
    """The features of T * N drawings -> T times those of N."""
    parts = [getattr(drawing, name).split(count) for name in Drawing.__dataclass_fields__]
    return [Drawing(*part) for part in zip(*parts, strict=True)]


def _ready(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)
