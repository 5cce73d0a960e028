"""Two neighbouring frames of one shot, cropped and drawn the same way: what a step of TCVC eats."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

from animecolor.color import LUMA_709
from animecolor.config import Lines
from animecolor.stages.canny import canny_plane
from animecolor.stages.ink import ink_plane
from animecolor.training.clips import Clip, Pictures

_LUMA = np.asarray([LUMA_709], dtype=np.float32)


class Look(BaseModel):
    """How a sample is cropped and what its plane is."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crops: tuple[int, ...] = (128,)
    """Sides of the square crops in pixels; one is drawn a batch."""
    pixels: int = Field(default=8 * 128 * 128, ge=1)
    """Pixels a batch; the batch size follows from the crop."""
    gray: float = Field(default=0.4, ge=0, le=1)
    """Share of samples whose plane is luma; the others are line art."""
    ink: float = Field(default=0.6, ge=0, le=1)
    """Share of line-art samples drawn from the exact ink, where the clip has it."""
    shrink: float = Field(default=2.0, ge=1)
    """Largest reduction of a frame before it is cropped."""


@dataclass(frozen=True, slots=True)
class Pairs:
    """A batch: planes and true colours of two neighbouring frames, N samples."""

    plane: Tensor
    """(N, 2, 1, S, S) float32 in [0, 1]; index 0 is the earlier frame."""
    color: Tensor
    """(N, 2, 3, S, S) float32 RGB in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Mix:
    """Weighted sources of clips."""

    sources: Sequence[Sequence[Clip]]
    weights: Sequence[float]

    def pick(self, chance: np.random.Generator) -> Clip:
        """Draw a source by weight, then one of its clips."""
        shares = np.asarray(self.weights, dtype=np.float64)
        source = self.sources[int(chance.choice(len(shares), p=shares / shares.sum()))]
        return source[int(chance.integers(len(source)))]


def draw_pairs(mix: Mix, look: Look, seed: tuple[int, int]) -> Pairs:
    """Make the batch of a step. The same seed always gives the same batch.

    Args:
        mix: the clips.
        look: crops and planes.
        seed: (run seed, step).
    """
    chance = np.random.default_rng(seed)
    side = int(chance.choice(np.asarray(look.crops)))
    samples = [
        _sample(mix.pick(chance), side, look, chance)
        for _ in range(max(1, look.pixels // (side * side)))
    ]
    planes = torch.from_numpy(np.stack([plane for plane, _ in samples]))
    colors = torch.from_numpy(np.stack([color for _, color in samples]))
    return Pairs(planes[:, :, None], colors.permute(0, 1, 4, 2, 3))


def random_lines(chance: np.random.Generator) -> Lines:
    """Canny with a random blur and random thresholds, around the defaults inference uses."""
    scale = float(np.exp(chance.uniform(np.log(0.5), np.log(1.5))))
    return Lines(sigma=float(chance.uniform(0.8, 1.8)), low=0.1 * scale, high=0.2 * scale)


def _sample(
    clip: Clip, side: int, look: Look, chance: np.random.Generator
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(2, S, S) planes and (2, S, S, 3) colours of one sample."""
    frames, drawings = clip.color(), clip.ink()
    later = int(chance.integers(1, len(frames)))
    stride = 2 if later > 1 and chance.random() < 0.25 else 1
    window = _window(frames.shape[1:3], side, look.shrink, chance)
    flip = chance.random() < 0.5
    indices = (later - stride, later)
    colors = [_cut(frames[i], window, side, flip) for i in indices]
    if chance.random() < look.gray:
        planes = [_luma(color) for color in colors]
    elif drawings is not None and chance.random() < look.ink:
        planes = [_ink(drawings[i], window, side, flip) for i in indices]
    else:
        lines = random_lines(chance)
        planes = [canny_plane(_luma(color), lines) for color in colors]
    unit = np.stack(colors).astype(np.float32) / np.float32(255)
    return np.stack(planes), unit


def _window(
    size: tuple[int, ...], side: int, shrink: float, chance: np.random.Generator
) -> tuple[slice, slice]:
    """A random square of the frame, between ``side`` and ``shrink * side`` pixels where it fits."""
    largest = min(size)
    wanted = int(side * chance.uniform(1.0, shrink))
    span = min(largest, max(min(side, largest), wanted))
    top = int(chance.integers(size[0] - span + 1))
    left = int(chance.integers(size[1] - span + 1))
    return slice(top, top + span), slice(left, left + span)


def _cut(picture: Pictures, window: tuple[slice, slice], side: int, flip: bool) -> Pictures:
    cut: Pictures = np.ascontiguousarray(picture[window])
    if cut.shape[0] != side:
        how = cv2.INTER_AREA if cut.shape[0] > side else cv2.INTER_LINEAR
        cut = cv2.resize(cut, (side, side), interpolation=how).astype(np.uint8)
    return np.ascontiguousarray(cut[:, ::-1]) if flip else cut


def _luma(color: Pictures) -> NDArray[np.float32]:
    luma = cv2.transform(color.astype(np.float32) / 255, _LUMA)
    return np.clip(luma, 0, 1).astype(np.float32, copy=False)


def _ink(
    drawing: Pictures, window: tuple[slice, slice], side: int, flip: bool
) -> NDArray[np.float32]:
    cut = np.ascontiguousarray(drawing[window])
    plane = ink_plane(cut, (side, side))
    return np.ascontiguousarray(plane[:, ::-1]) if flip else plane
