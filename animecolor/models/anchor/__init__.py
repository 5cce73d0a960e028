"""`anchor` hosted: colors come from the shot's keyframes and from the frame before.

Works with no keyframe, one or many. Keyframes are encoded once a shot.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import torch
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from animecolor.frame import Frame, Plane, Shot
from animecolor.models.anchor.match import MOST_VALUES
from animecolor.models.anchor.motion import Seen, Trail, ends, follow, seen
from animecolor.models.anchor.net import Anchor, Answer, Drawing, Painted
from animecolor.models.device import channels_last, fold_norms
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
    value: int = Field(default=32, ge=1, le=MOST_VALUES)

    def build(self) -> Anchor:
        """Make the network, with random weights."""
        return Anchor(self.width, self.blocks, self.value)


@dataclass(frozen=True, slots=True)
class Remembered:
    """A painted drawing."""

    index: int
    """Its frame."""
    painted: Painted
    seen: Seen


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered of a shot."""

    keys: tuple[Remembered, ...] = ()
    sheets: tuple[Painted, ...] = ()
    before: Remembered | None = None
    error: Tensor | None = None
    """(1, h, w) float32 of the frame before: see ``Doubting``."""
    trails: tuple[Trail, ...] = ()
    """From the frame before to the keyframes around it."""


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
        keys = [
            Remembered(key.index, *self._remember(key.plane, key.color)) for key in shot.keyframes
        ]
        sheets = [self._remember(sheet.plane, sheet.color)[0] for sheet in shot.references]
        before = next((key for key in keys if key.index == shot.first - 1), None)
        return Known(tuple(keys), tuple(sheets), before)

    def __call__(self, frames: Sequence[Frame], memory: Known) -> tuple[Tensor, Known]:
        """Color one frame from its plane and what is remembered."""
        (frame,) = frames
        if frame.plane is None:
            raise ValueError(f"frame {frame.index} has no plane: draw lines or take luma first")
        size = (frame.plane.shape[-2], frame.plane.shape[-1])
        for key in memory.keys:
            if key.index == frame.index:  # what a person painted is not ours to paint again
                known = replace(memory, before=key, error=torch.zeros(1, *size), trails=())
                return _result(key.painted.color, size), known
        keys = {key.index: key for key in memory.keys}
        between = ends(frame.index, keys)
        drawing, look = self._look(frame.plane)
        before = memory.before
        motion, trails = follow(
            look,
            before.seen if before else None,
            [(index, keys[index].seen) for index in between],
            memory.trails,
        )
        answer = self.net(
            drawing,
            [keys[index].painted for index in [*between, *sorted(keys.keys() - between)]],
            before.painted if before else None,
            motion.to(self.device),
            memory.sheets,
        )
        color = self._color(answer)
        now = Remembered(frame.index, self.net.remember(drawing, color, answer.error), look)
        error = _result(answer.error, size)[0]
        known = replace(memory, before=now, error=error, trails=trails)
        return _result(color, size), known

    def error(self, memory: Known) -> Tensor:
        """The absolute error expected of the frame painted last: (1, h, w) float32."""
        if memory.error is None:
            raise ValueError("nothing was painted yet")
        return memory.error

    def _color(self, answer: Answer) -> Tensor:
        """What it paints: over infrared, which is no luma, what is carried has luma of its own."""
        if self.reads is not Plane.NIR:
            return answer.color
        return (answer.candidates * answer.shares[:, :, None]).sum(1)

    def _remember(self, plane: Tensor, color: Tensor) -> tuple[Painted, Seen]:
        drawing, look = self._look(plane)
        padded = pad_to(color[None].to(self.device, self.dtype), MULTIPLE, LEAST)
        return self.net.remember(drawing, padded), look

    def _look(self, plane: Tensor) -> tuple[Drawing, Seen]:
        padded = pad_to(plane[None], MULTIPLE, LEAST)
        shown = planes(padded, torch.tensor([self.reads is not Plane.LINE]))
        ready = shown.to(self.device, self.dtype, memory_format=torch.channels_last)
        return self.net.look(ready), seen(shown[0])


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
    ready = fold_norms(net.eval().requires_grad_(False)).to(device, dtype)
    return Anchored(channels_last(ready), reads, device, dtype)
