"""The recipe of `captioncolor`: rebalanced classification of chroma, told by captions.

Published (Manjunatha et al. 2018): hard nearest bins at a quarter of the size, cross entropy
weighted by the rarity of a bin (alpha 1, gamma 0.5), Adam at 1e-3, batches of 24, the trunk begun
from a colorizer of ImageNet, which its author calls critical: here ``start`` may name a trained
``fcnn``. The exported network is an exponential moving average.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
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
from animecolor.metrics.fidelity import chroma_psnr
from animecolor.models.captioncolor import Captioncolor, CaptionerNet, ready
from animecolor.models.captioncolor.bins import BINS, NEUTRAL, encode, rebalance
from animecolor.models.device import channels_last
from animecolor.models.weights import load_into, read_header
from animecolor.training.captioned import TOLD, Album, Captioned, CaptionedSamples, Sight
from animecolor.training.descent import Average, descend
from animecolor.training.samples import Share
from animecolor.training.swaps import judge, swaps
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
        if album.pages:
            self._prior = _count(self.data)
            self._weight = rebalance(self._prior, config.uniform, config.power)
            sight = config.sight.model_copy(update={"recolor": 0.0, "silent": 0.0})
            drawn = CaptionedSamples(album.held_pages, (), sight, 7)
            taken = CaptionedSamples((), album.held_photos, sight, 7)
            kinds = [taken, drawn] if album.held_photos else [drawn]
            self._exam = [kind[step] for kind in kinds for step in range(EXAM)]
            self._swaps = swaps(album.held_pages, config.sight.crop)

    def step(self, step: int, batch: Captioned) -> dict[str, float]:
        """Update the network."""
        world = self._world
        plane, color = world.place(batch.plane), world.place(batch.color)
        lightness = rgb_to_lab(plane.expand(-1, 3, -1, -1))[:, :1] / 50 - 1
        wanted = _wanted(color)
        with world.autocast():
            caption = self.net.read(world.place(batch.tokens))
            logits = self.net(lightness.contiguous(memory_format=torch.channels_last), caption)
        logits = logits.float()
        weight = world.place(self._weight)[wanted]
        loss = (F.cross_entropy(logits, wanted, reduction="none") * weight).mean()
        norm = descend(loss, self._optimizer, world, self.config.clip)
        self._average.follow(self.net)
        right = (logits.detach().argmax(1) == wanted).float().mean()
        return {"loss": loss.item(), "acc1": 100 * right.item(), "norm": norm}

    def sheet(self) -> NDArray[Any]:
        """Rows of held-out pictures: luma, painted as told, true; then swaps, both paintings."""
        painter = self._painter()
        rows = []
        for batch in (self._exam[0], self._exam[-1]):
            plane, color = batch.plane[:10], batch.color[:10]
            painted = painter(plane, batch.captions[:10])
            rows += [_row(plane.expand(-1, 3, -1, -1)), _row(painted), _row(color)]
        for number in range(2):
            told = [painter(swap.plane, swap.captions[number : number + 1])[0] for swap in
                    self._swaps[:10]]  # fmt: skip
            rows.append(_row(torch.stack(told)))
        width = min(row.shape[1] for row in rows)
        return np.vstack([row[:, :width] for row in rows])

    def validate(self) -> dict[str, float]:
        """Scores on held-out pictures.

        ``ab`` is the chroma PSNR in dB with the true captions, and the one to choose weights by;
        ``grey`` and ``mute`` that of no chroma and of no caption. acc@k is the share in percent of
        quarter-size pixels whose bin is among the k likeliest, pooled over pixels: ``grey@1`` and
        ``common@5`` answer the neutral bin and the five commonest, ``off@1`` counts only pixels off
        the neutral bin. ``followed``, ``moved`` and ``leaked``: see ``training.swaps``.
        """
        hosted = self._hosted()
        common = self._prior.topk(5).indices
        rows = []
        with torch.inference_mode():
            for batch in self._exam:
                wanted = _wanted(batch.color)
                lightness = rgb_to_lab(batch.plane.expand(-1, 3, -1, -1))[:, :1]
                top = hosted.logits(lightness, batch.captions).cpu().topk(5, 1).indices
                hit = top == wanted[:, None]
                off = wanted != NEUTRAL
                painted = hosted.color(batch.plane, batch.captions).cpu()
                mute = hosted.color(batch.plane, [""] * len(batch.captions)).cpu()
                grey = batch.plane.expand_as(batch.color)
                rows.append({
                    "ab": float(chroma_psnr(painted, batch.color).mean()),
                    "mute": float(chroma_psnr(mute, batch.color).mean()),
                    "grey": float(chroma_psnr(grey, batch.color).mean()),
                    "acc@1": 100 * float(hit[:, 0].float().mean()),
                    "acc@5": 100 * float(hit.any(1).float().mean()),
                    "grey@1": 100 * float((~off).float().mean()),
                    "common@5": 100 * float(torch.isin(wanted, common).float().mean()),
                    "off@1": 100 * float(hit[:, 0][off].float().mean()),
                })  # fmt: skip
        scores = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        verdict = judge(self._swaps, self._painter())
        return scores | {
            "followed": 100 * verdict.followed,
            "moved": 100 * verdict.moved,
            "leaked": 100 * verdict.leaked,
        }

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

    def _hosted(self) -> Captioncolor:
        """The average as it will be used."""
        dtype = torch.bfloat16 if self._world.half else torch.float32
        return ready(copy.deepcopy(self._average.net), Plane.GRAY, self._world.device, dtype)

    def _painter(self) -> Any:
        hosted = self._hosted()

        def paint(plane: Tensor, captions: Sequence[str]) -> Tensor:
            with torch.inference_mode():
                return hosted.color(plane, captions).cpu()

        return paint


def _wanted(color: Tensor) -> Tensor:
    """(N, 3, H, W) RGB -> (N, H / 4, W / 4) bins of the middle pixel of every fourth."""
    return encode(rgb_to_lab(color[..., 2::4, 2::4])[:, 1:])


def _count(data: CaptionedSamples) -> Tensor:
    """(625,) shares of the bins in the first batches."""
    counts = torch.zeros(BINS)
    for step in range(1, COUNTED + 1):
        counts += torch.bincount(_wanted(data[step].color).flatten(), minlength=BINS)
    return counts / counts.sum()


def _row(pictures: Tensor) -> NDArray[np.uint8]:
    array = (pictures.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    return np.hstack(list(array))


SUPPLY = TOLD
build = CaptioncolorRecipe
