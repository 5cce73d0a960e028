"""Deep Koalarization hosted: every frame on its own, chroma from lightness."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from animecolor.color import lab_to_rgb, rgb_to_lab, with_luma
from animecolor.errors import MissingPiece
from animecolor.frame import Frame, Plane, Shot
from animecolor.models.colorizer import PerFrame
from animecolor.models.device import channels_last
from animecolor.models.koalarization.branch import DIETS, Branch, Looker
from animecolor.models.koalarization.net import Koala, scale, unscale
from animecolor.models.sizing import crop_to, pad_to

MULTIPLE = 8
"""The encoder halves its input three times."""

log = logging.getLogger("animecolor")


class KoalaNet(BaseModel):
    """Size of the network, and which classifier looks at the whole picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=64, ge=4, le=256)
    branch: Branch = "lite0"

    def build(self) -> Koala:
        """Make the network, with random weights."""
        return Koala(self.width, DIETS[self.branch].logits)


@dataclass(frozen=True, slots=True)
class Koalarization:
    """The network and its classifier as a still colorizer."""

    net: Koala
    looker: Looker | None
    """None where the classifier is not installed: the network was trained to do without."""
    reads: Plane
    device: torch.device
    dtype: torch.dtype

    def paint(self, frames: Sequence[Frame], shot: Shot) -> Tensor:
        """Paint frames from their luma, which they keep."""
        planes = torch.stack([_plane_of(frame) for frame in frames])
        return self.color(planes).cpu()

    def color(self, planes: Tensor) -> Tensor:
        """(N, 1, H, W) float32 luma in [0, 1], any size -> (N, 3, H, W) float32 RGB in [0, 1]."""
        planes = planes.to(self.device)
        if self.looker is None:
            seen = planes.new_zeros((len(planes), self.net.embedding))
        else:
            seen = self.looker(planes)
        lightness, _ = scale(rgb_to_lab(planes.expand(-1, 3, -1, -1)))
        padded = pad_to(lightness, MULTIPLE).to(self.dtype, memory_format=torch.channels_last)
        chroma = self.net(padded, seen.to(self.dtype)).float()
        size = (planes.shape[-2], planes.shape[-1])
        return with_luma(lab_to_rgb(unscale(lightness, crop_to(chroma, size))), planes)


def host(net: Koala, reads: Plane, device: torch.device, dtype: torch.dtype) -> PerFrame:
    """Put a network on its device in its arithmetic and host it frame by frame.

    Where its classifier is not installed it paints without one, and says so.
    """
    looker = None
    try:
        looker = Looker(_branch_of(net)).to(device)
    except MissingPiece as missing:
        log.warning("koalarization paints without its classifier: %s", missing)
    ready = channels_last(net.eval().requires_grad_(False).to(device, dtype))
    return PerFrame(Koalarization(ready, looker, reads, device, dtype))


def _branch_of(net: Koala) -> Branch:
    """Inception-ResNet-v2 gives as many logits: what ships, and is hosted, has Lite0's."""
    return "lite0" if net.embedding else "none"


def _plane_of(frame: Frame) -> Tensor:
    if frame.plane is None:
        raise ValueError(f"frame {frame.index} has no plane: take luma first")
    return frame.plane
