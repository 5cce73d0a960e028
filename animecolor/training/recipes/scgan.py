"""The stacked conditional GAN's recipe: 0.65 adversarial + 0.20 MSE + 0.15 (1 - SSIM).

Published are these weights and 64 x 64 patches; optimizer and rhythm are DCGAN's: Adam 2e-4
(0.5, 0.999), a step of the discriminator for each of the generator. The terms have different units
(on [0, 1] a squared error is tiny), so each is logged as it is and as what it adds to the sum. The
exported generator is an exponential moving average.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from animecolor.models.device import channels_last
from animecolor.models.infrared import ready_infrared
from animecolor.models.scgan import ScganSize
from animecolor.models.scgan.net import MULTIPLE, Discriminator
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

    name: Literal["scgan"] = "scgan"
    seed: int = 1
    net: ScganSize = ScganSize()
    rival_width: int = Field(default=64, ge=2)
    """Channels of the discriminator's first layer."""
    rate: float = Field(default=2e-4, gt=0)
    rival_rate: float = Field(default=2e-4, gt=0)
    rivalry: losses.Rivalry = "bce"
    adversarial: float = Field(default=0.65, ge=0)
    mse: float = Field(default=0.20, ge=0)
    ssim: float = Field(default=0.15, ge=0)
    clip: float = Field(default=1e6, gt=0)
    """Largest norm of a gradient."""
    average: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the exported moving average."""
    look: Patches = Patches(sides=(64,), pixels=32 * 64**2, shrink=1.0)


class ScganRecipe:
    """Generator, discriminator, their optimizers and the whole of a step (see the module)."""

    def __init__(self, config: Config, material: Material, world: World) -> None:
        torch.manual_seed(config.seed)
        self.config, self._world = config, world
        self._exhibit = Exhibit(material.held_out, Constants.fit(material.training))
        share = Share(world.rank, world.size)
        self.data = PatchSamples(material.training, config.look, config.seed, share)
        self.generator = channels_last(config.net.build()).to(world.device)
        self.discriminator = channels_last(Discriminator(config.rival_width)).to(world.device)
        self._average = Average(self.generator, config.average)
        self._painter = Adam(self.generator.parameters(), config.rate, BETAS)
        self._rival = Adam(self.discriminator.parameters(), config.rival_rate, BETAS)
        self.nets: Mapping[str, nn.Module] = {
            "generator": self.generator,
            "discriminator": self.discriminator,
            "average": self._average.net,
        }
        self.optimizers: Mapping[str, Optimizer] = {"painter": self._painter, "rival": self._rival}

    def step(self, step: int, batch: Batch) -> dict[str, float]:
        """Update the generator, then the discriminator on the same patches."""
        config, world = self.config, self._world
        nir, truth = (_ready(world.place(part)) for part in (batch.nir, batch.rgb))
        with world.autocast():
            painted = self.generator(nir).float()
            parts = {"mse": F.mse_loss(painted, truth), "ssim": 2 * losses.ssim(painted, truth)}
            if config.adversarial:
                verdict = self.discriminator(nir, painted).float()
                parts["adversarial"] = losses.deceive(verdict, config.rivalry)
        added = {name: getattr(config, name) * part for name, part in parts.items()}
        total = torch.stack(list(added.values())).sum()
        norm = descend(total, self._painter, world, config.clip)
        self._average.follow(self.generator)
        logged = {name: part.item() for name, part in parts.items()}
        logged |= {f"{name}_added": part.item() for name, part in added.items()}
        if config.adversarial:
            logged["rival"] = self._learn_to_tell(nir, truth, painted.detach())
        return logged | {"norm": norm}

    def sheet(self) -> NDArray[Any]:
        """A column a held-out pair: see ``training.exhibit``."""
        return self._exhibit.sheet(self.painting())

    def validate(self) -> dict[str, float]:
        """PSNR, SSIM and AE of held-out pairs beside constant answers."""
        return self._exhibit.score(self.painting())

    def begin_from(self, weights: Path) -> None:
        """Start from a generator of the same size; the discriminator starts anew."""
        load_into(self._average.net, weights)
        self.generator.load_state_dict(self._average.net.state_dict())

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged generator and its configuration.

        Its batch norms are those of the last validation: a run that was killed goes on to the next
        before it is exported, or its ``best.safetensors`` is taken.
        """
        return dict(self._average.net.state_dict()), self.config.net.model_dump()

    def _learn_to_tell(self, nir: Tensor, truth: Tensor, painted: Tensor) -> float:
        """One step of the discriminator; its loss."""
        with self._world.autocast():
            real, fake = (self.discriminator(nir, color).float() for color in (truth, painted))
        error = losses.discern(real, fake, self.config.rivalry)
        descend(error, self._rival, self._world, self.config.clip)
        return error.item()

    def painting(self) -> Paint:
        """The average as it will be used, its batch norms measured anew."""
        batches = ((self._world.place(self.data[step].nir),) for step in SETTLING)
        settle(self._average.net, batches, self._world)
        dtype = torch.bfloat16 if self._world.half else torch.float32
        net = copy.deepcopy(self._average.net)
        return ready_infrared(net, MULTIPLE, self._world.device, dtype).color


SUPPLY = PAIRS
build = ScganRecipe


def _ready(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)
