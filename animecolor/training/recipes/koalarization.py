"""Deep Koalarization's recipe: mean squared error of scaled chroma, nothing else.

Published (Baldassarre, Morín, Rodés-Guirao 2017): Adam at 1e-3, batches of 100, pictures of 224
pixels, the classifier's logits of whole pictures computed once beforehand, as here. ``blind`` is
ours: a share of samples whose embedding is zero, so that the network can paint where the classifier
is not installed. The exported network is an exponential moving average.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from animecolor.color import rgb_to_lab
from animecolor.frame import Plane
from animecolor.models.device import channels_last, fold_norms
from animecolor.models.koalarization import KoalaNet, Koalarization
from animecolor.models.koalarization.branch import Branch, Looker
from animecolor.models.koalarization.net import scale
from animecolor.models.weights import load_into
from animecolor.training.clips import Clip
from animecolor.training.descent import Average, descend
from animecolor.training.gallery import Guess, gallery, score, sheet
from animecolor.training.look import Look
from animecolor.training.pictures import STILLS
from animecolor.training.recipe import Material
from animecolor.training.samples import Batch, Samples, Share
from animecolor.training.strokes import luma_of
from animecolor.training.world import World

LEARNED_FROM = 16
"""Batches from which the baselines of a validation are learned."""


class Config(BaseModel):
    """Everything that decides a step."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Literal["koalarization"] = "koalarization"
    seed: int = 123
    net: KoalaNet = KoalaNet()
    branch_weights: Path | None = None
    """File of Inception-ResNet-v2's weights."""
    rate: float = 1e-3
    blind: float = Field(default=0.0, ge=0, le=1)
    """Share of samples that the classifier does not see."""
    clip: float = Field(default=1e6, gt=0)
    """Largest norm of a gradient."""
    average: float = Field(default=0.995, ge=0, lt=1)
    """Decay of the exported moving average."""
    look: Look = Look(crops=(224,), pixels=100 * 224 * 224, frames=1, gray=1.0, shrink=1.15)


class KoalarizationRecipe:
    """The network, its classifier's embeddings of all pictures, and the whole of a step."""

    def __init__(self, config: Config, material: Material, world: World) -> None:
        torch.manual_seed(config.seed)
        self.config, self._world = config, world
        share = Share(world.rank, world.size)
        self.data = Samples(material.mix, config.look, config.seed, share)
        self.net = channels_last(config.net.build()).to(world.device)
        self._average = Average(self.net, config.average)
        self._optimizer = Adam(self.net.parameters(), config.rate, fused=True)
        self.nets: Mapping[str, nn.Module] = {"net": self.net, "average": self._average.net}
        self.optimizers: Mapping[str, Optimizer] = {"net": self._optimizer}
        self._watched = gallery(material.held_out)
        clips = [clip for source in material.mix.sources for clip in source]
        clips += [clip for source in material.held_out.values() for clip in source]
        self._seen: Mapping[str, Tensor] = {}
        if clips:
            looker = Looker(config.net.branch, config.branch_weights)
            self._looker = fold_norms(channels_last(looker)).to(world.device)
            self._seen = embed(clips, self._looker, config.net.branch)
            batches = (self.data[step] for step in range(1, LEARNED_FROM + 1))
            self._guess = Guess.of(batch.color[:, 0] for batch in batches)

    def step(self, step: int, batch: Batch) -> dict[str, float]:
        """Update the network."""
        world = self._world
        plane, color = world.place(batch.plane[:, 0]), world.place(batch.color[:, 0])
        lightness, _ = scale(rgb_to_lab(plane.expand(-1, 3, -1, -1)))
        _, truth = scale(rgb_to_lab(color))
        seen = world.place(self._embeddings(step, batch.names))
        with world.autocast():
            chroma = self.net(lightness.contiguous(memory_format=torch.channels_last), seen)
        loss = F.mse_loss(chroma.float(), truth)
        norm = descend(loss, self._optimizer, world, self.config.clip)
        self._average.follow(self.net)
        return {"mse": loss.item(), "norm": norm}

    def sheet(self) -> NDArray[Any]:
        """A column a picture: see ``training.gallery``."""
        return sheet(self._watched, self._painter())

    def validate(self) -> dict[str, float]:
        """Chroma PSNR in dB beside its baselines: see ``training.gallery``."""
        return score(self._watched, self._painter(), self._guess)

    def begin_from(self, weights: Path) -> None:
        """Start from a network of the same size."""
        load_into(self._average.net, weights)
        self.net.load_state_dict(self._average.net.state_dict())

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """The averaged network and its configuration."""
        return dict(self._average.net.state_dict()), self.config.net.model_dump()

    def _embeddings(self, step: int, names: Sequence[str]) -> Tensor:
        """(N, logits): what the classifier sees of each sample's picture, or zeros."""
        chance = np.random.default_rng((self.config.seed, step, 2))
        # Drawn for the samples of all processes, so that as many of them see the same run.
        world, count = self._world, len(names)
        draws = chance.random(world.size * count)[world.rank * count :][:count]
        keep = torch.from_numpy(draws >= self.config.blind)
        return torch.stack([self._seen[name] for name in names]) * keep[:, None]

    def _painter(self) -> Any:
        """The average as it will be used."""
        dtype = torch.bfloat16 if self._world.half else torch.float32
        net = channels_last(copy.deepcopy(self._average.net).to(dtype))
        hosted = Koalarization(net, self._looker, Plane.GRAY, self._world.device, dtype)

        def paint(plane: Tensor, name: str) -> Tensor:
            with torch.inference_mode():
                return hosted.color(plane).cpu()

        return paint


def embed(clips: Iterable[Clip], looker: Looker, branch: Branch) -> dict[str, Tensor]:
    """What the classifier sees of the middle frame of each clip, by key; kept beside its cache."""
    seen = {}
    for clip in clips:
        path = clip.color_path.with_suffix(f".{branch}.pt")
        if not path.is_file():
            frames = clip.color()
            luma = luma_of(np.asarray(frames[len(frames) // 2])[None])
            with torch.inference_mode():
                found = looker(torch.from_numpy(luma)[:, None])[0]
            part = path.with_suffix(".part")
            torch.save(found.clone(), part)
            part.replace(path)
        seen[clip.key] = torch.load(path, weights_only=True)
    return seen


SUPPLY = STILLS
build = KoalarizationRecipe
