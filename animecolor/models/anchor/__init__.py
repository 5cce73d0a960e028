"""`anchor` hosted: colors come from the shot's keyframes and from the frame before.

Works with no keyframe, one or many. Keyframes are encoded once a shot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from animecolor.frame import Frame, Plane, Shot
from animecolor.models.anchor.net import Anchor, Painted
from animecolor.models.device import channels_last
from animecolor.models.sizing import crop_to, pad_to

MULTIPLE = 8
"""Sides are multiples of a token's."""
LEAST = 16
FADE = 8.0
"""Pixels from a line at which nearness has fallen to 1/e."""


class AnchorNet(BaseModel):
    """Size of the network."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width: int = Field(default=16, ge=4, le=64)
    blocks: int = Field(default=3, ge=1, le=16)
    value: int = Field(default=32, ge=1, le=256)

    def build(self) -> Anchor:
        """Make the network, with random weights."""
        return Anchor(self.width, self.blocks, self.value)


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a shot."""

    keys: tuple[tuple[int, Painted], ...] = ()
    """Frame index and memory of every keyframe."""
    before: Painted | None = None


@dataclass(frozen=True, slots=True)
class Anchored:
    """The network as a Colorizer."""

    net: Anchor
    reads: Plane
    device: torch.device
    dtype: torch.dtype
    span: int = 1

    def begin(self, shot: Shot) -> Known:
        """Encode the shot's keyframes; one just before the first frame is also its previous."""
        keys = []
        for key in shot.keyframes:
            drawing = self.net.look(self._ready(key.plane))
            color = pad_to(key.color[None].to(self.device, self.dtype), MULTIPLE, LEAST)
            keys.append((key.index, self.net.remember(drawing, color)))
        before = next((memory for index, memory in keys if index == shot.first - 1), None)
        return Known(tuple(keys), before)

    def __call__(self, frames: Sequence[Frame], memory: Known) -> tuple[Tensor, Known]:
        """Color one frame from its plane and what is remembered."""
        (frame,) = frames
        if frame.plane is None:
            raise ValueError(f"frame {frame.index} has no plane: draw lines or take luma first")
        size = (frame.plane.shape[-2], frame.plane.shape[-1])
        for index, painted in memory.keys:
            if index == frame.index:  # what a person painted is not ours to paint again
                return _result(painted.color, size), Known(memory.keys, painted)
        nearest = sorted(memory.keys, key=lambda key: abs(key[0] - frame.index))
        drawing = self.net.look(self._ready(frame.plane))
        answer = self.net(drawing, [painted for _, painted in nearest], memory.before)
        painted = self.net.remember(drawing, answer.color)
        return _result(answer.color, size), Known(memory.keys, painted)

    def _ready(self, plane: Tensor) -> Tensor:
        padded = pad_to(plane[None], MULTIPLE, LEAST)
        shown = planes(padded, torch.tensor([self.reads is Plane.GRAY]))
        return shown.to(self.device, self.dtype, memory_format=torch.channels_last)


def _result(color: Tensor, size: tuple[int, int]) -> Tensor:
    return crop_to(color, size).float().cpu()


def planes(plane: Tensor, gray: Tensor) -> Tensor:
    """What the network reads of a drawing.

    Args:
        plane: (N, 1, H, W) float32 in [0, 1]: line art, black on white, or luma.
        gray: (N,) bool: whether it is luma.

    Returns:
        (N, 3, H, W) float32: the plane; nearness to its lines, exp(-distance / 8 px), as a line of
        one pixel is lost where features are small (Shi et al. 2020 feed a distance field); and 1
        where the plane is luma, which has no lines to be near to.
    """
    shown = torch.zeros((len(plane), 3, *plane.shape[-2:]))
    shown[:, :1] = plane
    for index, drawing in enumerate(plane[:, 0]):
        if gray[index]:
            shown[index, 2] = 1
        else:
            paper = (drawing.cpu().numpy() > 0.5).astype(np.uint8)
            if not paper.all():
                distance = cv2.distanceTransform(paper, cv2.DIST_L2, 3)
                shown[index, 1] = torch.from_numpy(np.exp(-distance / FADE))
    return shown


def host(net: Anchor, reads: Plane, device: torch.device, dtype: torch.dtype) -> Anchored:
    """Put a network on its device in its arithmetic and host it."""
    ready = net.eval().requires_grad_(False).to(device, dtype)
    return Anchored(channels_last(ready), reads, device, dtype)
