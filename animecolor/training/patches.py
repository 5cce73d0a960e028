"""Batches of near-infrared and color patches: paired, deliberately misregistered, or unpaired.

Every number comes from (run seed, step, number of the sample), as in ``training.samples``.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.utils.data import Dataset

from animecolor.stages.sizing import unit
from animecolor.training.pairs import Pair
from animecolor.training.samples import Share


class Patches(BaseModel):
    """Everything that decides a patch but the pairs and the seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sides: tuple[Annotated[int, Field(ge=16)], ...] = Field(default=(128,), min_length=1)
    """Of the square patches, in pixels; one is drawn a batch."""
    pixels: int = Field(default=8 * 128 * 128, ge=1)
    """Of all patches of a batch, per process: how many there are follows from the side."""
    paired: bool = True
    """Whether infrared and color are of one scene; else each is drawn by itself."""
    shift: float = Field(default=0.0, ge=0, le=64)
    """Deliberate misregistration in pixels of the picture: the color of each pair is moved this
    far against its infrared, every pair in a direction of its own that stays the same."""
    shrink: float = Field(default=1.5, ge=1)
    """Largest reduction of a picture before it is cropped, as far as it is large enough."""
    flip: Annotated[float, Field(ge=0, le=1)] = 0.5
    """Share of samples mirrored left to right."""
    exposure: float = Field(default=0.0, ge=0, lt=1)
    """Largest change of the infrared's gamma, as a share: cameras differ."""


@dataclass(frozen=True, slots=True)
class Batch:
    """N patches of S x S pixels."""

    nir: Tensor
    """(N, 1, S, S) float32 in [0, 1]."""
    rgb: Tensor
    """(N, 3, S, S) float32 in [0, 1]; of other scenes than ``nir`` where they are unpaired."""


@dataclass(frozen=True, slots=True)
class _Cut:
    """Where a square lies in a picture, and whether it is mirrored."""

    top: int
    left: int
    span: int
    flip: bool

    def take(self, picture: NDArray[Any], side: int) -> NDArray[np.float32]:
        """(H, W[, C]) integers -> (side, side[, C]) float32 in [0, 1]."""
        rows = slice(self.top, self.top + self.span)
        cut = np.array(picture[rows, self.left : self.left + self.span])
        small = unit(cut)
        if self.span != side:
            how = cv2.INTER_AREA if self.span > side else cv2.INTER_LINEAR
            small = np.asarray(cv2.resize(small, (side, side), interpolation=how), np.float32)
        return small[:, ::-1] if self.flip else small


class PatchSamples(Dataset[Batch]):
    """Batches by step: ``samples[step]`` is the same whenever and wherever it is asked for."""

    def __init__(
        self, pairs: Sequence[Pair], look: Patches, seed: int, share: Share | None = None
    ) -> None:
        self._pairs, self._look, self._seed = pairs, look, seed
        self._share = share or Share()

    def __getitem__(self, step: int) -> Batch:
        look = self._look
        # (seed, step) alone is also (seed, step, 0), as NumPy pads seeds: patches count from 1.
        side = int(np.random.default_rng((self._seed, step)).choice(np.asarray(look.sides)))
        count = max(1, look.pixels // side**2)
        first = self._share.rank * count + 1
        patches = [
            self._patch(side, np.random.default_rng((self._seed, step, number)))
            for number in range(first, first + count)
        ]
        nir = np.stack([nir for nir, _ in patches])[:, None]
        rgb = np.stack([rgb for _, rgb in patches]).transpose(0, 3, 1, 2)
        return Batch(torch.from_numpy(nir), torch.from_numpy(np.ascontiguousarray(rgb)))

    def _patch(
        self, side: int, chance: np.random.Generator
    ) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        look = self._look
        number = int(chance.integers(len(self._pairs)))
        nir = self._pairs[number].nir()
        down, right = misregistration(look.shift, self._seed, number)
        cut = _cut(nir.shape, (down, right), _span(side, look, chance), chance)
        plane = cut.take(nir, side)
        if look.exposure:
            plane = plane ** np.float32(math.exp(chance.uniform(-1, 1) * look.exposure))
        if look.paired:
            rgb = self._pairs[number].rgb()
            other = _Cut(cut.top + down, cut.left + right, cut.span, cut.flip)
        else:
            rgb = self._pairs[int(chance.integers(len(self._pairs)))].rgb()
            other = _cut(rgb.shape, (0, 0), _span(side, look, chance), chance)
        return plane, other.take(rgb, side)


def misregistration(pixels: float, seed: int, number: int) -> tuple[int, int]:
    """(down, right) in pixels by which the color of pair ``number`` is misplaced."""
    angle = np.random.default_rng((seed, 0, number)).uniform(0, 2 * math.pi)
    return round(pixels * math.sin(angle)), round(pixels * math.cos(angle))


@dataclass(frozen=True, slots=True)
class _Span:
    """How large a square is wanted, and whether it is mirrored."""

    pixels: int
    flip: bool


def _span(side: int, look: Patches, chance: np.random.Generator) -> _Span:
    pixels = max(side, int(side * chance.uniform(1.0, look.shrink)))
    return _Span(pixels, bool(chance.random() < look.flip))


def _cut(
    size: tuple[int, ...], moved: tuple[int, int], want: _Span, chance: np.random.Generator
) -> _Cut:
    """A random square that lies in the picture, and still does when it is moved."""
    room = [length - abs(by) for length, by in zip(size, moved, strict=False)]
    span = min(*room, want.pixels)
    top, left = (
        max(0, -by) + int(chance.integers(length - span + 1))
        for length, by in zip(room, moved, strict=True)
    )
    return _Cut(top, left, span, want.flip)
