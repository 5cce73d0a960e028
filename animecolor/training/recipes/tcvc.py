"""TCVC's recipe: the published losses and discriminator rhythm, on neighbouring frames.

Published (Thasarathan et al. 2019): adversarial 1, L1 10, style 1000, content 1; the previous
frame is the true one half of the time, else black; Adam (0, 0.999); the discriminator steps on
iteration 1 and every 12th. Differences, all in the configuration: features come from
EfficientNet-Lite0 (``training.features``), so style is weighted for its scale; a share of the
previous frames is the network's own painting of them (scheduled roll-out), because one that never
saw its own output drifts; the exported generator is an exponential moving average.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from animecolor.models.device import channels_last
from animecolor.models.tcvc.net import Discriminator, Generator
from animecolor.training import losses
from animecolor.training.features import Lite0
from animecolor.training.pairs import Look, Mix, Pairs, draw_pairs


class TcvcConfig(BaseModel):
    """Everything that decides a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    seed: int = 123
    width: int = Field(default=64, ge=4)
    blocks: int = Field(default=8, ge=1)
    generator_rate: float = 1e-4
    discriminator_rate: float = 1e-5
    discriminator_every: int = Field(default=12, ge=1)
    adversarial: float = 1.0
    l1: float = 10.0
    style: float = 1000.0
    content: float = 1.0
    true_previous: float = Field(default=0.5, ge=0, le=1)
    """Share of samples whose previous frame is the true one."""
    own_previous: float = Field(default=0.0, ge=0, le=1)
    """Share whose previous frame is the network's own painting; the rest see black."""
    depth: int = Field(default=1, ge=1, le=16)
    """That painting has been fed back up to so many times, as in a roll-out of a held drawing."""
    average: float = Field(default=0.995, ge=0, lt=1)
    """Decay of the exported moving average."""
    compile: bool = False
    """Compile the networks: a third faster on a CPU after two minutes of compiling a crop size."""
    look: Look = Look()


class TcvcRecipe:
    """Generator, discriminator, their optimizers and the whole of a step (see the module)."""

    def __init__(self, config: TcvcConfig, mix: Mix, watched: Sequence[Pairs]) -> None:
        """Args:
        config: the recipe.
        mix: clips to train on.
        watched: validation samples, each painted on every sheet and in every score.
        """
        torch.manual_seed(config.seed)
        self.config, self._mix, self._watched = config, mix, list(watched)
        self.generator = channels_last(Generator(config.width, config.blocks))
        self.discriminator = channels_last(Discriminator(config.width))
        self.average = copy.deepcopy(self.generator).requires_grad_(False)
        self._paint: Callable[..., Tensor] = self.generator
        self._verdict: Callable[..., Tensor] = self.discriminator
        if config.compile:
            self._paint = torch.compile(self.generator, dynamic=False)
            self._verdict = torch.compile(self.discriminator, dynamic=False)
        self._features = channels_last(Lite0())
        betas = (0.0, 0.999)
        self._generator_adam = Adam(self.generator.parameters(), config.generator_rate, betas)
        self._discriminator_adam = Adam(
            self.discriminator.parameters(), config.discriminator_rate, betas
        )
        self.nets: dict[str, nn.Module] = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self.average,
        }
        self.optimizers: dict[str, Optimizer] = {
            "generator": self._generator_adam,
            "discriminator": self._discriminator_adam,
        }

    def batch(self, step: int) -> Pairs:
        """Make the batch of a step."""
        return draw_pairs(self._mix, self.config.look, (self.config.seed, step))

    def step(self, step: int, batch: Pairs) -> dict[str, float]:
        """Update the generator, and the discriminator when it is its turn."""
        config = self.config
        plane, color = _layout(batch.plane[:, 1]), _layout(batch.color[:, 1])
        with torch.autocast("cpu", torch.bfloat16):
            previous = _layout(self._previous(step, batch))
            painted = self._paint(plane, previous)
            verdict = self._verdict(plane, previous, painted)
            with torch.no_grad():
                wanted = [level.float() for level in self._features(color)]
            found = [level.float() for level in self._features(painted)]
        parts = {
            "adversarial": losses.adversarial(verdict.float(), real=True),
            "l1": F.l1_loss(painted.float(), color),
            "style": losses.style(found, wanted),
            "content": losses.content(found, wanted),
        }
        total = sum((getattr(config, name) * loss for name, loss in parts.items()), torch.zeros(()))
        self._generator_adam.zero_grad(set_to_none=True)
        torch.autograd.backward([total])
        self._generator_adam.step()
        self._follow()
        numbers = {name: loss.item() for name, loss in parts.items()}
        if step == 1 or step % config.discriminator_every == 0:
            self._judge(plane, previous, color, painted.detach())
        return numbers

    def sheet(self) -> NDArray[Any]:
        """Rows: plane, painted from black, carried from that, truth; a column a sample."""
        columns = []
        for pairs in self._watched:
            blank, carried = self._roll(pairs)
            planes = pairs.plane[:, 1].expand(-1, 3, -1, -1)
            rows = torch.cat((planes, blank, carried, pairs.color[:, 1]), 2)
            columns += [row.permute(1, 2, 0).clamp(0, 1).numpy() * 255 for row in rows]
        height = max(column.shape[0] for column in columns)
        scaled = [
            cv2.resize(column, (column.shape[1] * height // column.shape[0], height))
            for column in columns
        ]
        return np.hstack(scaled).astype(np.uint8)

    def validate(self) -> dict[str, float]:
        """PSNR in dB of both frames of the watched samples, beside two trivial answers."""
        found: dict[str, list[float]] = {"blank": [], "carried": [], "plane": [], "mean": []}
        for pairs in self._watched:
            blank, carried = self._roll(pairs)
            truth = pairs.color[:, 1]
            mean = pairs.color.mean((0, 1, 3, 4)).view(1, 3, 1, 1)
            answers = {"blank": blank, "carried": carried, "plane": pairs.plane[:, 1], "mean": mean}
            for name, answer in answers.items():
                error = ((answer - truth) ** 2).mean((1, 2, 3)).clamp(min=1e-10)
                found[name] += (-10 * torch.log10(error)).tolist()
        return {f"psnr_{name}": float(np.mean(scores)) for name, scores in found.items()}

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged generator and its configuration."""
        return dict(self.average.state_dict()), {
            "width": self.config.width,
            "blocks": self.config.blocks,
        }

    def _previous(self, step: int, batch: Pairs) -> Tensor:
        """(N, 3, S, S): the true, the own or a black previous frame, sample by sample."""
        chance = np.random.default_rng((self.config.seed, step, 1))
        draw = torch.from_numpy(chance.random(len(batch.plane)))
        true_share, own_share = self.config.true_previous, self.config.own_previous
        kept = draw < true_share + own_share
        previous = batch.color[:, 0] * kept.view(-1, 1, 1, 1)
        own = torch.nonzero((draw >= true_share) & kept).flatten()
        if len(own):
            with torch.no_grad():
                plane, painted = _layout(batch.plane[own, 0]), torch.zeros_like(previous[own])
                for _ in range(int(chance.integers(1, self.config.depth + 1))):
                    painted = self.generator(plane, _layout(painted)).float()
                previous[own] = painted
        return previous

    def _follow(self) -> None:
        """Move the average towards the generator."""
        with torch.no_grad():
            pairs = zip(self.average.parameters(), self.generator.parameters(), strict=True)
            for average, weight in pairs:
                average.lerp_(weight, 1 - self.config.average)

    def _judge(self, plane: Tensor, previous: Tensor, color: Tensor, painted: Tensor) -> None:
        """One discriminator step: the mean of its errors on the truth and on the painting."""
        with torch.autocast("cpu", torch.bfloat16):
            real = self.discriminator(plane, previous, color)
            fake = self.discriminator(plane, previous, painted)
        error = losses.adversarial(real.float(), real=True)
        error = (error + losses.adversarial(fake.float(), real=False)) / 2
        self._discriminator_adam.zero_grad(set_to_none=True)
        torch.autograd.backward([error])
        self._discriminator_adam.step()

    def _roll(self, pairs: Pairs) -> tuple[Tensor, Tensor]:
        """Paint the later frame from black, and from the own painting of the earlier one."""
        net = self.average
        with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
            black = torch.zeros_like(pairs.color[:, 0])
            first = net(_layout(pairs.plane[:, 0]), black)
            blank = net(_layout(pairs.plane[:, 1]), black).float()
            carried = net(_layout(pairs.plane[:, 1]), first.float()).float()
        return blank, carried


def _layout(tensor: Tensor) -> Tensor:
    return tensor.contiguous(memory_format=torch.channels_last)
