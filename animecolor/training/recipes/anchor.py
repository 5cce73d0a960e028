"""The recipe of `anchor`: unrolled on its own output, from every kind of keyframe set.

A step draws a window of frames and one of seven ways a shot can be known: from its first frame,
its last or both, from a frame long past with the one before or without, from a sheet that is no
frame of it, or from nothing. The frames between are painted one after another, each from its own
painting of the frame before. Besides the colors, what carries them is supervised directly: what is
gathered and what is moved shall have the true colors by itself.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer
from torch.utils.data import Dataset

from animecolor.color import luma
from animecolor.frame import Plane
from animecolor.models.anchor import AnchorNet, host, planes
from animecolor.models.anchor.motion import Motion, Moved, Trail, ends, follow, seen
from animecolor.models.anchor.net import CANDIDATES, Answer, Drawing
from animecolor.models.colorizer import Colorizer
from animecolor.models.device import channels_last
from animecolor.models.weights import load_into
from animecolor.training import losses
from animecolor.training.descent import Average, descend
from animecolor.training.features import Judge, Lite0, Vgg19, judge
from animecolor.training.look import Look
from animecolor.training.recipe import Material
from animecolor.training.samples import Batch, Samples, Share
from animecolor.training.sources import CLIPS
from animecolor.training.watch import score, sheet, watch
from animecolor.training.world import World

CARRIED = tuple(CANDIDATES.index(name) for name in ("gathered", "key gathered"))
MOVED = tuple(CANDIDATES.index(name) for name in ("moved", "key moved"))
NEARLY = 0.006
"""Errors that differ by this, 1.5 levels of 8 bits, make one candidate clearly the right one."""

WAYS = {
    "first": 0.46,
    "long": 0.08,
    "none": 0.12,
    "both": 0.14,
    "last": 0.06,
    "past": 0.06,
    "sheet": 0.08,
}


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
    choice: float = 0.05
    content: float = 0.02
    doubt: float = 0.02
    ways: dict[str, float] = WAYS
    """How often a shot is known which way (see ``ways``)."""
    norms: Literal["learn", "keep"] = "learn"
    """Whether batch norms follow the batches or keep the statistics they have: the end of a
    training keeps them, so that the network learns to do with what it is used with."""
    clip: float = Field(default=1.0, gt=0)
    average: float = Field(default=0.998, ge=0, lt=1)
    look: Look = Look(frames=6)


@dataclass(frozen=True, slots=True)
class Way:
    """Which frames of a window are keyframes, which one is known as previous, which painted."""

    keys: tuple[int, ...]
    before: int | None
    painted: range
    sheet: int | None = None
    """The frame that stands for a sheet: it is shown flipped, and cut at another place."""

    @property
    def is_known(self) -> bool:
        """Whether any color is given."""
        return bool(self.keys) or self.sheet is not None

    def ends(self, index: int) -> list[int]:
        """The keyframes around a frame: see ``motion.ends``."""
        return ends(index, self.keys)


def ways(count: int) -> dict[str, Way]:
    """How a window of ``count`` frames, at least 4, may be known."""
    last = count - 1
    return {
        "first": Way((0,), 0, range(1, count)),
        "none": Way((), None, range(last)),
        "both": Way((0, last), 0, range(1, last)),
        "last": Way((last,), None, range(last)),
        "long": Way((0,), 1, range(2, count)),
        "past": Way((0,), None, range(2, count)),
        "sheet": Way((), None, range(last), last),
    }


@dataclass(frozen=True, slots=True)
class Shown:
    """What the network reads of a batch; time comes first."""

    planes: Tensor
    """(T, N, 3, S, S)."""
    motion: dict[int, Motion]
    """By frame, for those that are painted."""
    way: Way


class Showings(Dataset[tuple[Batch, Shown]]):
    """Samples, and what the network reads of them."""

    def __init__(self, samples: Samples, config: Config) -> None:
        self._samples, self._config = samples, config

    def __getitem__(self, step: int) -> tuple[Batch, Shown]:
        batch = self._samples[step]
        count, frames = batch.plane.shape[:2]
        shown = planes(batch.plane.flatten(0, 1), batch.gray.repeat_interleave(frames))
        clips = torch.unflatten(shown, 0, (count, frames))
        way = self._way(step, frames)
        tracks = [_tracks(clip, way) for clip in clips]
        motion = {index: _stacked([track[index] for track in tracks]) for index in way.painted}
        return batch, Shown(clips.transpose(0, 1).contiguous(), motion, way)

    def _way(self, step: int, frames: int) -> Way:
        odds = self._config.ways
        chance = np.random.default_rng((self._config.seed, step, 1))
        shares = np.array(list(odds.values())) / sum(odds.values())
        return ways(frames)[list(odds)[int(chance.choice(len(odds), p=shares))]]


def _tracks(clip: Tensor, way: Way) -> dict[int, Motion]:
    """The motion of one clip, (T, 3, S, S), as inference would find it."""
    looks = [seen(shown) for shown in clip]
    before, found = way.before, {}
    trails: tuple[Trail, ...] = ()
    for index in way.painted:
        keys = [(key, looks[key]) for key in way.ends(index)]
        seen_before = None if before is None else looks[before]
        found[index], trails = follow(looks[index], seen_before, keys, trails)
        before = index
    return found


def _stacked(motions: Sequence[Motion]) -> Motion:
    return Motion(*(_one([getattr(m, side) for m in motions]) for side in ("step", "path")))


def _one(moved: Sequence[Moved]) -> Moved:
    flows = tuple(torch.cat(flows) for flows in zip(*(m.flows for m in moved), strict=True))
    shares = [m.share for m in moved if m.share is not None]
    misfits = [m.misfit for m in moved if m.misfit is not None]
    return Moved(
        flows, torch.cat(shares) if shares else None, torch.cat(misfits) if misfits else None
    )


class AnchorRecipe:
    """The network, its optimizer and the whole of its step (see the module)."""

    def __init__(self, config: Config, material: Material, world: World) -> None:
        torch.manual_seed(config.seed)
        self.config, self._world = config, world
        self._watched = watch(material.held_out)
        share = Share(world.rank, world.size)
        self.data = Showings(Samples(material.mix, config.look, config.seed, share), config)
        self.net = channels_last(config.net.build()).to(world.device)
        if config.norms == "keep":
            self.net.eval()
        self._average = Average(self.net, config.average)
        self._judge: Lite0 | Vgg19 | None = None
        if config.content:
            self._judge = channels_last(judge(config.judge, config.judge_weights)).to(world.device)
        self._adam = AdamW(self.net.parameters(), config.rate, weight_decay=config.decay)
        self.nets: Mapping[str, nn.Module] = {"net": self.net, "average": self._average.net}
        self.optimizers: Mapping[str, Optimizer] = {"net": self._adam}

    def step(self, step: int, batch: tuple[Batch, Shown]) -> dict[str, float]:
        """Update the network."""
        config, world = self.config, self._world
        samples, shown = batch
        color = world.place(samples.color).transpose(0, 1)
        with world.autocast():
            answers = self._roll(shown, color)
            truth = [color[index] for index in shown.way.painted]
            # What is known of nothing cannot be asked for the colors of a made-up palette.
            unfair = samples.remapped & (not shown.way.is_known)
            fair = (~unfair).float()
            parts = self._parts(answers, truth, world.place(fair).view(-1, 1, 1, 1), shown)
        total = torch.stack([getattr(config, name) * loss for name, loss in parts.items()]).sum()
        norm = descend(total, self._adam, world, config.clip)
        self._average.follow(self.net)
        return {name: loss.item() for name, loss in parts.items()} | {"norm": norm}

    def _roll(self, shown: Shown, color: Tensor) -> list[Answer]:
        """Paint the frames, each from the painting before; color is (T, N, 3, S, S)."""
        way, place = shown.way, self._world.place
        drawing = self.net.look(_ready(place(shown.planes).flatten(0, 1)))
        drawings = _frames(drawing, shown.planes.shape[1])
        true = {*way.keys} if way.before is None else {*way.keys, way.before}
        memories = {i: self.net.remember(drawings[i], color[i]) for i in sorted(true)}
        before = None if way.before is None else memories[way.before]
        sheets = []
        if way.sheet is not None:
            flipped = self.net.look(_ready(_elsewhere(place(shown.planes)[way.sheet])))
            sheets = [self.net.remember(flipped, _elsewhere(color[way.sheet]))]
        answers = []
        for index in way.painted:
            keys = [memories[key] for key in way.ends(index)]
            motion = shown.motion[index].to(self._world.device)
            answer = self.net(drawings[index], keys, before, motion, sheets)
            given = answer.color.detach(), answer.error.detach()
            before = self.net.remember(drawings[index], *given)
            answers.append(answer)
        return answers

    def _parts(
        self, answers: Sequence[Answer], truth: Sequence[Tensor], fair: Tensor, shown: Shown
    ) -> dict[str, Tensor]:
        """The losses, by name."""
        way = shown.way
        gray = self._world.place(shown.planes[0, :, 2:3])
        sums: dict[str, Tensor] = {}

        def add(name: str, loss: Tensor) -> None:
            sums[name] = sums.get(name, torch.zeros((), device=loss.device)) + (loss * fair).mean()

        for number, (answer, wanted) in enumerate(zip(answers, truth, strict=True)):
            error = (answer.color - wanted).abs()
            add("l1", error)
            add("doubt", error.detach().mean(1, keepdim=True) / answer.error + answer.error.log())
            previous = number > 0 or way.before is not None
            gathered = [0] * previous + [1] * way.is_known
            moved = [0] * previous + [1] * bool(way.keys)
            for side in gathered:
                add("gathered", (answer.candidates[:, CARRIED[side]] - wanted).abs())
            for side in moved:
                add("moved", (answer.candidates[:, MOVED[side]] - wanted).abs())
            add("painted", (answer.candidates[:, 0] - wanted).abs())
            add("choice", _missed(answer, wanted, gray))
        parts = {name: total / len(answers) for name, total in sums.items()}
        if self._judge is not None:
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

    def narrow(self, limit: Callable[[nn.Module], Sequence[nn.Parameter]]) -> None:
        """Train no more of the network than what ``limit`` makes of it and returns.

        Batch norms keep the statistics they have: those of a few frames would not do.
        """
        config = self.config
        weights = limit(self.net.eval())
        self._average = Average(self.net, config.average)
        self._adam = AdamW(weights, config.rate, weight_decay=config.decay)
        self.nets = {"net": self.net, "average": self._average.net}
        self.optimizers = {"net": self._adam}

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged network and its configuration."""
        return dict(self._average.net.state_dict()), self.config.net.model_dump()

    def _hosted(self, reads: Plane) -> Colorizer:
        """The average as it will be used."""
        dtype = torch.bfloat16 if self._world.half else torch.float32
        return host(copy.deepcopy(self._average.net), reads, self._world.device, dtype)


SUPPLY = CLIPS
build = AnchorRecipe


def _missed(answer: Answer, wanted: Tensor, gray: Tensor) -> Tensor:
    """(N, 1, S, S): cross entropy between the shares and those of the candidates that are right.

    The error of the blend alone teaches a share little once it is near 0 or 1. Of a grey drawing
    only chroma counts, as its luma is given.
    """
    with torch.no_grad():
        off = answer.candidates - wanted[:, None]
        off = off - gray[:, None] * luma(off)
        error = off.abs().mean(2).masked_fill(answer.shares == 0, torch.inf)
        right = F.softmax(-error / NEARLY, dim=1)
    return -(right * (answer.shares + 1e-6).log()).sum(1, keepdim=True)


def _frames(drawing: Drawing, count: int) -> list[Drawing]:
    """The features of T * N drawings -> T times those of N."""
    parts = [getattr(drawing, name).split(count) for name in Drawing.__dataclass_fields__]
    return [Drawing(*part) for part in zip(*parts, strict=True)]


def _elsewhere(pictures: Tensor) -> Tensor:
    """(N, C, S, S) flipped and moved round by a third, so that no place is where it was."""
    side = pictures.shape[-1]
    return pictures.flip(3).roll((side // 3, side // 3), dims=(2, 3))


def _ready(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)
