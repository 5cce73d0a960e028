"""S-Net's recipe: ColorNet by squared error, and EdgeNet's squared error beside it.

As published: MSE(painting, truth) + MSE(EdgeNet(painting - truth), edges of the truth's first
channel), equal weights, Adam 1e-4, batch 4. ``edge = 0`` leaves EdgeNet out; ``net.refine`` is a
survey's reading, in which a network behind ColorNet makes its painting clearer and both are
compared with the truth. The exported network is an exponential moving average.
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
from animecolor.models.snet import SNetSize
from animecolor.models.snet.net import MULTIPLE, EdgeNet
from animecolor.models.weights import load_into
from animecolor.training import losses
from animecolor.training.descent import SETTLING, Average, descend, settle
from animecolor.training.exhibit import Constants, Exhibit, Paint
from animecolor.training.pairs import PAIRS, Material
from animecolor.training.patches import Batch, Patches, PatchSamples
from animecolor.training.samples import Share
from animecolor.training.world import World


class Config(BaseModel):
    """Everything that decides a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["snet"] = "snet"
    seed: int = 1
    net: SNetSize = SNetSize()
    rate: float = Field(default=1e-4, gt=0)
    mse: float = 1.0
    edge: float = Field(default=1.0, ge=0)
    """Weight of EdgeNet's loss; at 0 there is no EdgeNet."""
    edge_width: int = Field(default=64, ge=1)
    clip: float = Field(default=1e6, gt=0)
    """Largest norm of a gradient."""
    average: float = Field(default=0.99, ge=0, lt=1)
    """Decay of the exported moving average."""
    look: Patches = Patches(sides=(224,), pixels=4 * 224**2, shrink=1.0)


class SNetRecipe:
    """ColorNet, EdgeNet, their optimizer and the whole of a step (see the module)."""

    def __init__(self, config: Config, material: Material, world: World) -> None:
        torch.manual_seed(config.seed)
        self.config, self._world = config, world
        self._exhibit = Exhibit(material.held_out, Constants.fit(material.training))
        share = Share(world.rank, world.size)
        self.data = PatchSamples(material.training, config.look, config.seed, share)
        self.net = channels_last(config.net.build()).to(world.device)
        self.edges = channels_last(EdgeNet(config.edge_width)).to(world.device)
        self._average = Average(self.net, config.average)
        weights = [*self.net.parameters(), *(self.edges.parameters() if config.edge else ())]
        self._painter = Adam(weights, config.rate)
        self.nets: Mapping[str, nn.Module] = {
            "net": self.net,
            "edges": self.edges,
            "average": self._average.net,
        }
        self.optimizers: Mapping[str, Optimizer] = {"painter": self._painter}

    def step(self, step: int, batch: Batch) -> dict[str, float]:
        """Update ColorNet, and EdgeNet with it."""
        config, world = self.config, self._world
        nir, truth = (_ready(world.place(part)) for part in (batch.nir, batch.rgb))
        with world.autocast():
            first = self.net.color(nir)
            painted = first if self.net.refiner is None else self.net.refiner(first)
            parts = {"mse": F.mse_loss(painted.float(), truth)}
            if self.net.refiner is not None:
                parts["unrefined"] = F.mse_loss(first.float(), truth)
            if config.edge:
                found = self.edges(painted - truth)
                parts["edge"] = F.mse_loss(found.float(), losses.find_edges(truth[:, :1]))
        weights = {"mse": config.mse, "unrefined": config.mse, "edge": config.edge}
        total = torch.stack([weights[name] * part for name, part in parts.items()]).sum()
        norm = descend(total, self._painter, world, config.clip)
        self._average.follow(self.net)
        return {name: part.item() for name, part in parts.items()} | {"norm": norm}

    def sheet(self) -> NDArray[Any]:
        """A column a held-out pair: see ``training.exhibit``."""
        return self._exhibit.sheet(self.painting())

    def validate(self) -> dict[str, float]:
        """PSNR, SSIM and AE of held-out pairs beside constant answers."""
        return self._exhibit.score(self.painting())

    def begin_from(self, weights: Path) -> None:
        """Start from a network of the same size; EdgeNet starts anew."""
        load_into(self._average.net, weights)
        self.net.load_state_dict(self._average.net.state_dict())

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged network and its configuration.

        Its batch norms are those of the last validation: a run that was killed goes on to the next
        before it is exported, or its ``best.safetensors`` is taken.
        """
        return dict(self._average.net.state_dict()), self.config.net.model_dump()

    def painting(self) -> Paint:
        """The average as it will be used, its batch norms measured anew."""
        batches = ((self._world.place(self.data[step].nir),) for step in SETTLING)
        settle(self._average.net, batches, self._world)
        dtype = torch.bfloat16 if self._world.half else torch.float32
        net = copy.deepcopy(self._average.net)
        return ready_infrared(net, MULTIPLE, self._world.device, dtype).color


SUPPLY = PAIRS
build = SNetRecipe


def _ready(pictures: Tensor) -> Tensor:
    return pictures.contiguous(memory_format=torch.channels_last)
