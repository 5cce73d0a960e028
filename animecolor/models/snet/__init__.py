"""S-Net hosted: near infrared in, color out, each frame on its own."""

from __future__ import annotations

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import nn

from animecolor.frame import Plane
from animecolor.models.colorizer import PerFrame
from animecolor.models.infrared import host_infrared
from animecolor.models.snet.net import MULTIPLE, SNet


class SNetSize(BaseModel):
    """Size of the network; width 64 without the refiner as published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=64, ge=2, le=256)
    refine: bool = False

    def build(self) -> SNet:
        """Make the network, with random weights."""
        return SNet(self.width, self.refine)


def host(net: nn.Module, reads: Plane, device: torch.device, dtype: torch.dtype) -> PerFrame:
    """Put a network on its device in its arithmetic and host it frame by frame."""
    return host_infrared(net, MULTIPLE, device, dtype)
