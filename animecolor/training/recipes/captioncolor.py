"""The recipe of `captioncolor`: rebalanced classification of chroma, told by captions.

Published (Manjunatha et al. 2018): hard nearest bins at a quarter of the size, cross entropy
weighted by the rarity of a bin (alpha 1, gamma 0.5), Adam at 1e-3, batches of 24, the trunk begun
from a colorizer of ImageNet, which its author calls critical: here ``start`` may name a trained
``fcnn``. The exported network is an exponential moving average.
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

from animecolor.color import rgb_to_lab
from animecolor.frame import Plane
from animecolor.models.captioncolor import Captioncolor, CaptionerNet, Ears, ears_of, ready
from animecolor.models.captioncolor.bins import rebalance
from animecolor.models.captioncolor.words import numbers
from animecolor.models.device import channels_last
from animecolor.models.weights import load_into, read_header
from animecolor.training.captioned import TOLD, Album, Captioned, CaptionedSamples, Sight
from animecolor.training.descent import SETTLING, Average, descend, settle
from animecolor.training.hearing import count_bins, hearing, wanted_bins
from animecolor.training.samples import Share
from animecolor.training.world import World

COUNTED = 40
"""Batches in which the bins are counted."""
EXAM = 3
"""Batches of held-out pictures of either kind that a validation scores."""


class Config(BaseModel):
    """Everything that decides a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["captioncolor"] = "captioncolor"
    seed: int = 123
    net: CaptionerNet = CaptionerNet()
    rate: float = 1e-3
    power: float = Field(default=1.0, ge=0)
    """How strongly rare bins are favored: alpha; 0 counts all pixels alike."""
    uniform: float = Field(default=0.5, gt=0, le=1)
    """How much of the uniform distribution softens that: gamma."""
    clip: float = Field(default=1e6, gt=0)
    """Largest norm of a gradient."""
    average: float = Field(default=0.995, ge=0, lt=1)
    """Decay of the exported moving average."""
    sight: Sight = Sight(crop=224)


class CaptioncolorRecipe:
    """The network and the whole of a step."""

    def __init__(self, config: Config, album: Album, world: World) -> None:
        torch.manual_seed(config.seed)
        self.config, self._world = config, world
        share = Share(world.rank, world.size)
        self.data = CaptionedSamples(album.pages, album.photos, config.sight, config.seed, share)
        self.net = channels_last(config.net.build()).to(world.device)
        self._average = Average(self.net, config.average)
        self._optimizer = Adam(self.net.parameters(), config.rate, fused=True)
        self.nets: Mapping[str, nn.Module] = {"net": self.net, "average": self._average.net}
        self.optimizers: Mapping[str, Optimizer] = {"net": self._optimizer}
        self._ears: Ears = numbers if not album.pages else ears_of(self.net)
        if album.pages:
            prior = count_bins(self.data, COUNTED)
            self._weight = rebalance(prior, config.uniform, config.power)
            self._exam = hearing(album, config.sight.crop, EXAM, prior)

    def step(self, step: int, batch: Captioned) -> dict[str, float]:
        """Update the network."""
        world = self._world
        wanted = wanted_bins(world.place(batch.color))
        lightness, said = self._reads(batch)
        with world.autocast():
            logits = self.net(lightness, self.net.read(said))
        logits = logits.float()
        weight = world.place(self._weight)[wanted]
        loss = (F.cross_entropy(logits, wanted, reduction="none") * weight).mean()
        norm = descend(loss, self._optimizer, world, self.config.clip)
        self._average.follow(self.net)
        right = (logits.detach().argmax(1) == wanted).float().mean()
        return {"loss": loss.item(), "acc1": 100 * right.item(), "norm": norm}

    def sheet(self) -> NDArray[Any]:
        """Held-out pictures and swaps, painted: see ``training.hearing``."""
        return self._exam.sheet(self._hosted())

    def validate(self) -> dict[str, float]:
        """Scores on held-out pictures beside their baselines: see ``training.hearing``."""
        return self._exam.score(self._hosted())

    def begin_from(self, weights: Path) -> None:
        """Start from a checkpoint of any variant of the same width: what it shares is taken."""
        other = CaptionerNet(**read_header(weights).config).build()
        load_into(other, weights)
        own = self.net.state_dict()
        shared = {
            name: weight
            for name, weight in other.state_dict().items()
            if name in own and own[name].shape == weight.shape
        }
        self.net.load_state_dict(shared, strict=False)
        self._average.net.load_state_dict(self.net.state_dict())

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged network and its configuration."""
        return dict(self._average.net.state_dict()), self.config.net.model_dump()

    def _reads(self, batch: Captioned) -> tuple[Tensor, Tensor]:
        """(N, 1, S, S) lightness in [-1, 1] and what the network hears with it."""
        plane = self._world.place(batch.plane)
        lightness = rgb_to_lab(plane.expand(-1, 3, -1, -1))[:, :1] / 50 - 1
        with torch.no_grad():
            said = batch.tokens if self._ears is numbers else self._ears(batch.captions)
        return lightness.contiguous(memory_format=torch.channels_last), self._world.place(said)

    def _hosted(self) -> Captioncolor:
        """The average as it will be used, its batch norms measured anew."""
        average = self._average.net
        batches = [self._reads(self.data[step]) for step in SETTLING]
        settle(average, ((plane, average.read(said)) for plane, said in batches), self._world)
        dtype = torch.bfloat16 if self._world.half else torch.float32
        return ready(copy.deepcopy(self._average.net), Plane.GRAY, self._world.device, dtype)


SUPPLY = TOLD
build = CaptioncolorRecipe
