"""TCVC's recipe: the published losses and discriminator rhythm, and its unrolled form.

Published (Thasarathan, Nazeri, Ebrahimi 2019): adversarial 1, L1 10, style 1000, content 1; the
previous frame is the true one half of the time, else black; Adam (0, 0.999); the discriminator
steps on iteration 1 and every 12th. That is ``look.frames = 2`` and everything else at its default.

With more frames the generator is unrolled on its own paintings: each frame is painted from the
painting before it, and the gradient runs back through all of them (backpropagation through time),
so that it learns to undo its own mistakes. ``degrade`` spoils the first, true, frame in the ways a
painting is spoiled: blurred by max-pooling, as re-TCVC does, and shifted in color.

Features may come from EfficientNet-Lite0 (see ``training.features``); style and content are then
weighted for its scale. The exported generator is an exponential moving average.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, model_validator
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from animecolor.frame import Plane
from animecolor.models.colorizer import Colorizer
from animecolor.models.device import channels_last
from animecolor.models.tcvc import host
from animecolor.models.tcvc.net import Discriminator, Generator
from animecolor.models.weights import load_into
from animecolor.training import losses
from animecolor.training.descent import Average, descend
from animecolor.training.features import Judge, judge
from animecolor.training.look import Look
from animecolor.training.recipe import Material
from animecolor.training.samples import Batch, Motion, Samples, Share
from animecolor.training.sources import CLIPS
from animecolor.training.watch import score, sheet, watch
from animecolor.training.world import World

BETAS = (0.0, 0.999)


class Config(BaseModel):
    """Everything that decides a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["tcvc"] = "tcvc"
    seed: int = 123
    width: int = Field(default=64, ge=4)
    blocks: int = Field(default=8, ge=1)
    generator_rate: float = 1e-4
    discriminator_rate: float = 1e-5
    discriminator_every: int = Field(default=12, ge=1)
    rivalry: losses.Rivalry = "bce"
    judge: Judge = "vgg19"
    judge_weights: Path | None = None
    adversarial: float = 1.0
    l1: float = 10.0
    style: float = 1000.0
    content: float = 1.0
    ssim: float = 0.0
    warped: float = 0.0
    """Weight of the change along the true motion; needs ``look.motion``."""
    blank: float = Field(default=0.5, ge=0, le=1)
    """Share of samples whose first previous frame is black, not the true one. Samples of a
    remapped palette never start blank: nothing in their drawing tells their colors."""
    degrade: float = Field(default=0.0, ge=0, le=1)
    """Share of true previous frames that are spoiled before they are seen."""
    own: int = Field(default=0, ge=0)
    """A blank start has painted its first drawing up to so many times over, as on a long hold."""
    clip: float = Field(default=1e6, gt=0)
    """Largest norm of a gradient."""
    average: float = Field(default=0.995, ge=0, lt=1)
    """Decay of the exported moving average."""
    compile: bool = False
    """Compile the networks: a third faster on a CPU after two minutes of compiling a crop size."""
    look: Look = Look()

    @model_validator(mode="after")
    def _motion_is_measured(self) -> Self:
        if self.warped and not (self.look.motion and self.look.frames > 2):
            raise ValueError("warped needs look.motion, and look.frames above 2")
        return self


@dataclass(frozen=True, slots=True)
class _Shot:
    """T frames of N samples one after another: (T*N, C, S, S), [0, 1]."""

    plane: Tensor
    truth: Tensor
    previous: Tensor
    painted: Tensor


class TcvcRecipe:
    """Generator, discriminator, their optimizers and the whole of a step (see the module)."""

    def __init__(self, config: Config, material: Material, world: World) -> None:
        torch.manual_seed(config.seed)
        self.config, self._world = config, world
        self._watched = watch(material.held_out)
        share = Share(world.rank, world.size)
        self.data = Samples(material.mix, config.look, config.seed, share)
        self.generator = channels_last(Generator(config.width, config.blocks)).to(world.device)
        self.discriminator = channels_last(Discriminator(config.width)).to(world.device)
        self._average = Average(self.generator, config.average)
        self._judge = channels_last(judge(config.judge, config.judge_weights)).to(world.device)
        self._paint: Callable[..., Tensor] = self.generator
        self._verdict: Callable[..., Tensor] = self.discriminator
        if config.compile:
            self._paint = torch.compile(self.generator, dynamic=False)
            self._verdict = torch.compile(self.discriminator, dynamic=False)
        self._painter = Adam(self.generator.parameters(), config.generator_rate, BETAS)
        self._rival = Adam(self.discriminator.parameters(), config.discriminator_rate, BETAS)
        self.nets: Mapping[str, nn.Module] = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self._average.net,
        }
        self.optimizers: Mapping[str, Optimizer] = {
            "generator": self._painter,
            "discriminator": self._rival,
        }

    def step(self, step: int, batch: Batch) -> dict[str, float]:
        """Update the generator, and the discriminator when it is its turn."""
        config, world = self.config, self._world
        with world.autocast():
            shot = self._unroll(step, batch)
            parts = self._parts(shot, batch)
        total = torch.stack([getattr(config, name) * loss for name, loss in parts.items()]).sum()
        norm = descend(total, self._painter, world, config.clip)
        self._average.follow(self.generator)
        if config.adversarial and (step == 1 or step % config.discriminator_every == 0):
            self._learn_to_tell(shot)
        return {name: loss.item() for name, loss in parts.items()} | {"norm": norm}

    def _unroll(self, step: int, batch: Batch) -> _Shot:
        """Paint every frame but the first, each from the painting before it."""
        plane, color = self._world.place(batch.plane), self._world.place(batch.color)
        before = [self._first_previous(step, batch, plane, color)]
        for drawing in plane[:, 1:].unbind(1):
            before.append(self._paint(_ready(drawing), _ready(before[-1])))
        return _Shot(
            _ready(_one_by_one(plane[:, 1:])),
            _ready(_one_by_one(color[:, 1:])),
            torch.cat(before[:-1]),
            torch.cat(before[1:]),
        )

    def _parts(self, shot: _Shot, batch: Batch) -> dict[str, Tensor]:
        """The losses that have a weight, by name."""
        config, painted = self.config, shot.painted.float()
        parts = {"l1": F.l1_loss(painted, shot.truth)}
        if config.adversarial:
            verdict = self._verdict(shot.plane, shot.previous, shot.painted)
            parts["adversarial"] = losses.deceive(verdict.float(), config.rivalry)
        if config.style or config.content:
            with torch.no_grad():
                wanted = self._judge(shot.truth)
            found, scaled = self._judge(shot.painted), self._judge.scaled
            parts["style"] = losses.style(found.style, wanted.style, scaled)
            parts["content"] = losses.content(found.content, wanted.content, scaled)
        if config.ssim:
            parts["ssim"] = losses.ssim(painted, shot.truth)
        if config.warped and batch.motion is not None:
            parts["warped"] = self._unsteadiness(painted, batch.motion)
        return parts

    def sheet(self) -> NDArray[Any]:
        """A column a watched sample: see ``training.watch``."""
        return sheet(self._watched, self._hosted)

    def validate(self) -> dict[str, float]:
        """Mean PSNR in dB of the watched samples: see ``training.watch``."""
        return score(self._watched, self._hosted)

    def begin_from(self, weights: Path) -> None:
        """Start from a generator of the same size; the discriminator starts anew."""
        load_into(self._average.net, weights)
        self.generator.load_state_dict(self._average.net.state_dict())

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged generator and its configuration."""
        size = {"width": self.config.width, "blocks": self.config.blocks}
        return dict(self._average.net.state_dict()), size

    def _first_previous(self, step: int, batch: Batch, plane: Tensor, color: Tensor) -> Tensor:
        """(N, 3, S, S): the true, a spoiled, a black or the own first frame, sample by sample."""
        config, world, count = self.config, self._world, len(plane)
        chance = np.random.default_rng((config.seed, step, 1))
        times = int(chance.integers(config.own + 1))
        # Drawn for the samples of all processes, so that as many of them see the same run.
        draws = chance.random((world.size * count, 3))[world.rank * count :][:count]
        draw = torch.from_numpy(draws)
        blank = torch.nonzero((draw[:, 0] < config.blank) & ~batch.remapped).flatten()
        amount = torch.where(draw[:, 1] < config.degrade, draw[:, 2], 0).float()
        previous = (
            _spoil(color[:, 0], world.place(amount)) if config.degrade else color[:, 0].clone()
        )
        if len(blank):
            own = torch.zeros_like(previous[blank])
            drawing = _ready(plane[blank, 0])
            with torch.no_grad():
                for _ in range(times):
                    own = self.generator(drawing, _ready(own)).float()
            previous[blank] = own
        return previous

    def _unsteadiness(self, painted: Tensor, motion: Motion) -> Tensor:
        """Change between neighboring paintings, along the true motion."""
        place, count = self._world.place, len(motion.seen)
        flow, seen = _one_by_one(place(motion.flow[:, 1:])), _one_by_one(place(motion.seen[:, 1:]))
        return losses.warped(painted[count:], painted[:-count], flow, seen)

    def _learn_to_tell(self, shot: _Shot) -> None:
        """One step of the discriminator."""
        previous = shot.previous.detach()
        with self._world.autocast():
            real = self._verdict(shot.plane, previous, shot.truth)
            fake = self._verdict(shot.plane, previous, shot.painted.detach())
        error = losses.discern(real.float(), fake.float(), self.config.rivalry)
        descend(error, self._rival, self._world, self.config.clip)

    def _hosted(self, reads: Plane) -> Colorizer:
        """The average as it will be used."""
        dtype = torch.bfloat16 if self._world.half else torch.float32
        return host(copy.deepcopy(self._average.net), reads, self._world.device, dtype)


SUPPLY = CLIPS
build = TcvcRecipe


def _spoil(picture: Tensor, amount: Tensor) -> Tensor:
    """Blur and tint (N, 3, S, S) as paintings drift; ``amount`` (N,) in [0, 1].

    The blur is re-TCVC's: max-pooled 8 times smaller and restored bilinearly.
    """
    coarse = F.max_pool2d(picture, 8)
    blurred = F.interpolate(coarse, picture.shape[-2:], mode="bilinear", align_corners=False)
    gray = picture.mean(1, keepdim=True)
    much = amount.view(-1, 1, 1, 1)
    return picture.lerp(blurred, much).lerp(gray, 0.5 * much * (1 - much))


def _one_by_one(frames: Tensor) -> Tensor:
    """(N, T, ...) -> (T*N, ...), frame by frame as they are painted."""
    return frames.transpose(0, 1).flatten(0, 1)


def _ready(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)
