"""The asymmetric CycleGAN hosted: near infrared in, color out, each frame on its own."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from animecolor.frame import Plane
from animecolor.models.asymgan.net import MULTIPLE, UNet
from animecolor.models.colorizer import PerFrame
from animecolor.models.infrared import host_infrared


class AsymganSize(BaseModel):
    """Size of the generator towards color; widths were never published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=32, ge=2, le=256)
    blocks: int = Field(default=9, ge=0, le=32)

    def build(self) -> UNet:
        """Make the generator towards color, with random weights."""
        return UNet(1, 3, self.width, self.blocks)


def host(net: nn.Module, reads: Plane, device: torch.device, dtype: torch.dtype) -> PerFrame:
    """Put a generator on its device in its arithmetic and host it frame by frame."""
    return host_infrared(net, MULTIPLE, device, dtype)
