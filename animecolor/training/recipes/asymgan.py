"""The asymmetric CycleGAN's recipe: infrared and color that need not belong together.

Towards color: GAN(AB) + lambda1 GAN(BA) + lambda2 (cycle L1, both ways round). The lambdas, the
optimizer and the rhythm were not found published; ours are CycleGAN's: 1 and 10, least squares,
Adam 2e-4 (0.5, 0.999). The exported generator is an exponential moving average of the one towards
color.

A negative satisfies the cycle as well as a positive does, and small sets let it through: a run
without more ended in night for day. CycleGAN's identity term (its section 5.2) forbids that where
both sides have the same channels; here what is held is the luma of what is painted.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from animecolor.color import luma
from animecolor.models.asymgan import AsymganSize
from animecolor.models.asymgan.net import (
    MULTIPLE,
    PlainDiscriminator,
    PyramidDiscriminator,
    UNet,
)
from animecolor.models.device import channels_last
from animecolor.models.infrared import ready_infrared
from animecolor.models.weights import load_into
from animecolor.training import losses
from animecolor.training.descent import SETTLING, Average, descend, settle
from animecolor.training.exhibit import Constants, Exhibit, Paint
from animecolor.training.pairs import PAIRS, Material
from animecolor.training.patches import Batch, Patches, PatchSamples
from animecolor.training.samples import Share
from animecolor.training.world import World

BETAS = (0.5, 0.999)


class Config(BaseModel):
    """Everything that decides a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["asymgan"] = "asymgan"
    seed: int = 1
    net: AsymganSize = AsymganSize()
    back_width: int = Field(default=16, ge=2)
    """Channels of the first level of the generator from color to infrared."""
    rival_width: int = Field(default=32, ge=2)
    """Channels of the first layer of both discriminators."""
    rate: float = Field(default=2e-4, gt=0)
    rival_rate: float = Field(default=2e-4, gt=0)
    rivalry: losses.Rivalry = "lsgan"
    back: float = Field(default=1.0, ge=0)
    """Weight of the infrared's adversarial loss: lambda1."""
    cycle: float = Field(default=10.0, ge=0)
    """Weight of the cycle's: lambda2."""
    identity: float = Field(default=0.0, ge=0)
    """Weight of the L1 between infrared and the luma of its color, both ways; 0 is as published."""
    clip: float = Field(default=1e6, gt=0)
    """Largest norm of a gradient."""
    average: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the exported moving average."""
    look: Patches = Patches(sides=(128,), pixels=128**2, paired=False)


class AsymganRecipe:
    """Two generators, two discriminators, their optimizers and the whole of a step."""

    def __init__(self, config: Config, material: Material, world: World) -> None:
        torch.manual_seed(config.seed)
        self.config, self._world = config, world
        self._exhibit = Exhibit(material.held_out, Constants.fit(material.training))
        share = Share(world.rank, world.size)
        self.data = PatchSamples(material.training, config.look, config.seed, share)
        self.colors = channels_last(config.net.build()).to(world.device)
        self.back = channels_last(UNet(3, 1, config.back_width)).to(world.device)
        self.color_rival = channels_last(PyramidDiscriminator(config.rival_width)).to(world.device)
        self.nir_rival = channels_last(PlainDiscriminator(config.rival_width)).to(world.device)
        self._average = Average(self.colors, config.average)
        painters = chain(self.colors.parameters(), self.back.parameters())
        rivals = chain(self.color_rival.parameters(), self.nir_rival.parameters())
        self._painter = Adam(painters, config.rate, BETAS)
        self._rival = Adam(rivals, config.rival_rate, BETAS)
        self.nets: Mapping[str, nn.Module] = {
            "colors": self.colors,
            "back": self.back,
            "color_rival": self.color_rival,
            "nir_rival": self.nir_rival,
            "average": self._average.net,
        }
        self.optimizers: Mapping[str, Optimizer] = {"painter": self._painter, "rival": self._rival}

    def step(self, step: int, batch: Batch) -> dict[str, float]:
        """Update both generators, then both discriminators."""
        config, world = self.config, self._world
        nir, rgb = (_ready(world.place(part)) for part in (batch.nir, batch.rgb))
        with world.autocast():
            color, plane = self.colors(nir).float(), self.back(rgb).float()
            cycles = (
                F.l1_loss(self.back(_ready(color)).float(), nir),
                F.l1_loss(self.colors(_ready(plane)).float(), rgb),
            )
            parts = {
                "color": self._deceive(self.color_rival(color)),
                "back": self._deceive(self.nir_rival(plane)),
                "cycle": torch.stack(cycles).sum(),
                "identity": F.l1_loss(luma(color), nir) + F.l1_loss(plane, luma(rgb)),
            }
        weights = {
            "color": 1.0,
            "back": config.back,
            "cycle": config.cycle,
            "identity": config.identity,
        }
        total = torch.stack([weights[name] * part for name, part in parts.items()]).sum()
        norm = descend(total, self._painter, world, config.clip)
        self._average.follow(self.colors)
        with world.autocast():
            told = {
                "color_rival": self._discern(self.color_rival, rgb, color.detach()),
                "back_rival": self._discern(self.nir_rival, nir, plane.detach()),
            }
        descend(torch.stack(list(told.values())).sum(), self._rival, world, config.clip)
        return {name: part.item() for name, part in (parts | told).items()} | {"norm": norm}

    def sheet(self) -> NDArray[Any]:
        """A column a held-out pair: see ``training.exhibit``."""
        return self._exhibit.sheet(self.painting())

    def validate(self) -> dict[str, float]:
        """PSNR, SSIM and AE of held-out pairs beside constant answers."""
        return self._exhibit.score(self.painting())

    def begin_from(self, weights: Path) -> None:
        """Start from a generator towards color of the same size; the rest starts anew."""
        load_into(self._average.net, weights)
        self.colors.load_state_dict(self._average.net.state_dict())

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged generator towards color and its configuration.

        Its batch norms are those of the last validation: a run that was killed goes on to the next
        before it is exported, or its ``best.safetensors`` is taken.
        """
        return dict(self._average.net.state_dict()), self.config.net.model_dump()

    def _deceive(self, verdicts: list[Tensor]) -> Tensor:
        """Mean over scales of what a generator wants."""
        rivalry = self.config.rivalry
        return torch.stack([losses.deceive(fake.float(), rivalry) for fake in verdicts]).mean()

    def _discern(self, rival: nn.Module, real: Tensor, fake: Tensor) -> Tensor:
        """Mean over scales of what a discriminator wants."""
        rivalry = self.config.rivalry
        pairs = zip(rival(real), rival(fake), strict=True)
        errors = [losses.discern(r.float(), f.float(), rivalry) for r, f in pairs]
        return torch.stack(errors).mean()

    def painting(self) -> Paint:
        """The average as it will be used, its batch norms measured anew."""
        batches = ((self._world.place(self.data[step].nir),) for step in SETTLING)
        settle(self._average.net, batches, self._world)
        dtype = torch.bfloat16 if self._world.half else torch.float32
        net = copy.deepcopy(self._average.net)
        return ready_infrared(net, MULTIPLE, self._world.device, dtype).color


SUPPLY = PAIRS
build = AsymganRecipe


def _ready(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)
