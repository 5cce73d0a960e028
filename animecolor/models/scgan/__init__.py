"""The stacked conditional GAN hosted: near infrared in, color out, each frame on its own.

It paints without noise, so that a held frame does not flicker.
"""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from animecolor.frame import Plane
from animecolor.models.colorizer import PerFrame
from animecolor.models.infrared import host_infrared
from animecolor.models.scgan.net import MULTIPLE, Generator


class ScganSize(BaseModel):
    """Size of the generator; 64 as in DCGAN."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=64, ge=2, le=256)

    def build(self) -> Generator:
        """Make the generator, with random weights."""
        return Generator(self.width)


def host(net: nn.Module, reads: Plane, device: torch.device, dtype: torch.dtype) -> PerFrame:
    """Put a generator on its device in its arithmetic and host it frame by frame."""
    return host_infrared(net, MULTIPLE, device, dtype)
