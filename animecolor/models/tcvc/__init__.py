"""TCVC hosted: the faithful recursion on its own previous output, from black at every cut."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor, nn

from animecolor.frame import Frame, Plane, Shot
from animecolor.models.device import channels_last
from animecolor.models.sizing import crop_to, pad_to
from animecolor.models.tcvc.net import Generator

MULTIPLE = 4
"""The network halves its input twice."""
LEAST = 16
"""Reflection padding needs three pixels at a quarter of the size."""


class TcvcNet(BaseModel):
    """Size of the generator; 64 and 8 as published."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=64, ge=4, le=256)
    blocks: int = Field(default=8, ge=1, le=32)

    def build(self) -> Generator:
        """Make the network, with random weights."""
        return Generator(self.width, self.blocks)


@dataclass(frozen=True, slots=True)
class Tcvc:
    """The generator as a Colorizer; its memory is the colour frame it painted last.

    A shot with keyframes starts from the first of them instead of black.
    """

    net: nn.Module
    reads: Plane
    device: torch.device
    dtype: torch.dtype
    span: int = 1

    def begin(self, shot: Shot) -> Tensor | None:
        """(1, 3, h, w) previous colour in [0, 1], or None for black."""
        if not shot.keyframes:
            return None
        return shot.keyframes[0].color[None].to(self.device, self.dtype)

    def __call__(self, frames: Sequence[Frame], memory: Tensor | None) -> tuple[Tensor, Tensor]:
        """Paint one frame from its plane and the colours before it."""
        (frame,) = frames
        if frame.plane is None:
            raise ValueError(f"frame {frame.index} has no plane: draw lines or take luma first")
        plane = frame.plane[None].to(self.device, self.dtype)
        if memory is None:
            memory = plane.new_zeros((1, 3, *plane.shape[-2:]))
        painted = self.net(_ready(plane), _ready(memory))
        painted = crop_to(painted, (plane.shape[-2], plane.shape[-1]))
        return painted.float().cpu(), painted


def host(net: nn.Module, reads: Plane, device: torch.device, dtype: torch.dtype) -> Tcvc:
    """Put a generator on its device in its arithmetic and host it."""
    ready = net.eval().requires_grad_(False).to(device, dtype)
    return Tcvc(channels_last(ready), reads, device, dtype)


def _ready(picture: Tensor) -> Tensor:
    return pad_to(picture, MULTIPLE, LEAST).contiguous(memory_format=torch.channels_last)
