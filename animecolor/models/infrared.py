"""Hosts a network that paints near-infrared pictures, each on its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from animecolor.frame import Frame, Plane, Shot
from animecolor.models.colorizer import PerFrame
from animecolor.models.device import channels_last, fold_norms
from animecolor.models.sizing import crop_to, pad_to


@dataclass(frozen=True, slots=True)
class Infrared:
    """(N, 1, H, W) in [0, 1] -> (N, 3, H, W) RGB, as a ``Still``."""

    net: nn.Module
    multiple: int
    """What the sides of its input must be multiples of."""
    device: torch.device
    dtype: torch.dtype
    reads: Plane = Plane.NIR

    def paint(self, frames: Sequence[Frame], shot: Shot) -> Tensor:
        """Return (N, 3, h, w) float32 RGB in [0, 1], frame n depending on frame n only."""
        planes = []
        for frame in frames:
            if frame.plane is None:
                raise ValueError(f"frame {frame.index} has no plane: take its infrared first")
            planes.append(frame.plane)
        return self.color(torch.stack(planes))

    def color(self, nir: Tensor) -> Tensor:
        """(N, 1, H, W) infrared in [0, 1], of any size -> (N, 3, H, W) float32 RGB in [0, 1]."""
        # Reflection padding needs two pixels at the smallest size a network works at.
        ready = pad_to(nir.to(self.device, self.dtype), self.multiple, 2 * self.multiple)
        painted = self.net(ready.contiguous(memory_format=torch.channels_last))
        color = crop_to(painted, (nir.shape[-2], nir.shape[-1]))
        return color.float().clamp(0, 1).cpu()


def ready_infrared(
    net: nn.Module, multiple: int, device: torch.device, dtype: torch.dtype
) -> Infrared:
    """Put a network on its device in its arithmetic, its batch norms folded."""
    ready = fold_norms(net.eval().requires_grad_(False)).to(device, dtype)
    return Infrared(channels_last(ready), multiple, device, dtype)


def host_infrared(
    net: nn.Module, multiple: int, device: torch.device, dtype: torch.dtype
) -> PerFrame:
    """The same, behind the protocol."""
    return PerFrame(ready_infrared(net, multiple, device, dtype))
