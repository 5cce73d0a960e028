"""Batches of training samples: neighboring frames of one shot, cropped and drawn the same way.

Every number comes from (run seed, step, number of the sample), so a resumed run, another number
of loading processes and another number of training processes all see the same samples.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.data import Dataset

from animecolor.metrics.flicker import track
from animecolor.stages.ink import ink_plane
from animecolor.training.clips import Clip, Pictures
from animecolor.training.look import Look
from animecolor.training.paints import jitter, remap
from animecolor.training.strokes import Planes, draw_strokes, luma_of


@dataclass(frozen=True, slots=True)
class Motion:
    """Where every pixel was in the frame before its own."""

    flow: Tensor
    """(N, T-1, S, S, 2) float32 pixels, relative to itself (see ``animecolor.flow``)."""
    seen: Tensor
    """(N, T-1, S, S) bool: whether it was in view there."""


@dataclass(frozen=True, slots=True)
class Batch:
    """N samples of T frames of S x S pixels; index 0 of T is the earliest frame."""

    plane: Tensor
    """(N, T, 1, S, S) float32 in [0, 1]."""
    color: Tensor
    """(N, T, 3, S, S) float32 RGB in [0, 1]."""
    remapped: Tensor
    """(N,) bool: whether the palette of the sample was exchanged."""
    gray: Tensor
    """(N,) bool: whether its plane is luma; else it is line art."""
    motion: Motion | None = None
    """Measured where the look asks for it."""
    names: tuple[str, ...] = ()
    """Which clip each sample is of (``Clip.key``)."""


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


@dataclass(frozen=True, slots=True)
class Share:
    """Which part of every batch a training process makes."""

    rank: int = 0
    of: int = 1


@dataclass(frozen=True, slots=True)
class _Window:
    """A square of the frame, the side it is brought to, and whether it is mirrored."""

    rows: slice
    columns: slice
    side: int
    flip: bool


@dataclass(frozen=True, slots=True)
class _Sample:
    planes: Planes
    """(T, S, S)."""
    colors: Pictures
    """(T, S, S, 3)."""
    remapped: bool
    gray: bool
    name: str


class Samples(Dataset[Batch]):
    """Batches by step: ``samples[step]`` is the same whenever and wherever it is asked for.

    Processes of a distributed run differ in ``share`` only and together see the samples that one
    process with all their pixels would.
    """

    def __init__(self, mix: Mix, look: Look, seed: int, share: Share | None = None) -> None:
        self._mix, self._look, self._seed = mix, look, seed
        self._share = share or Share()

    def __getitem__(self, step: int) -> Batch:
        look = self._look
        # NumPy pads seeds with zeros, so (seed, step) alone is also (seed, step, 0): samples
        # count from 1 to share no number with the crop.
        side = int(np.random.default_rng((self._seed, step)).choice(np.asarray(look.crops)))
        count = max(1, look.pixels // (side * side))
        first = self._share.rank * count + 1
        samples = [
            _sample(self._mix, side, look, np.random.default_rng((self._seed, step, number)))
            for number in range(first, first + count)
        ]
        colors = np.stack([sample.colors for sample in samples])
        pictures = torch.from_numpy(colors).permute(0, 1, 4, 2, 3).contiguous()
        return Batch(
            torch.from_numpy(np.stack([sample.planes for sample in samples]))[:, :, None],
            pictures.float() / 255,
            torch.tensor([sample.remapped for sample in samples]),
            torch.tensor([sample.gray for sample in samples]),
            _motion(colors) if look.motion else None,
            tuple(sample.name for sample in samples),
        )


def _motion(samples: NDArray[np.uint8]) -> Motion:
    tracks = [track(torch.from_numpy(colors).permute(0, 3, 1, 2) / 255) for colors in samples]
    flow = np.stack([one.flows for one in tracks])
    return Motion(torch.from_numpy(flow), torch.stack([one.seen for one in tracks]))


def _sample(mix: Mix, side: int, look: Look, chance: np.random.Generator) -> _Sample:
    clip = mix.pick(chance)
    frames, drawings = clip.color(), clip.ink()
    indices = _moments(len(frames), look, chance)
    window = _window(frames.shape[1:3], side, look, chance)
    colors = np.stack([_cut(frames[i], window) for i in indices])
    remapped = bool(chance.random() < look.remap)
    if remapped:
        colors = remap(colors, chance)
    if look.jitter:
        colors = jitter(colors, look.jitter, chance)
    if chance.random() < look.gray:
        return _Sample(luma_of(colors), colors, remapped, True, clip.key)
    inks = None
    if drawings is not None:
        inks = np.stack([_cut_ink(drawings[i], window) for i in indices])
    lines = draw_strokes(colors, inks, look.strokes, chance)
    return _Sample(lines, colors, remapped, False, clip.key)


def _moments(length: int, look: Look, chance: np.random.Generator) -> NDArray[np.int64]:
    """(T,) frame numbers of a sample; a clip too short for it repeats its last frame."""
    steps = np.full(look.frames - 1, chance.choice(np.asarray(look.strides)), dtype=np.int64)
    steps[chance.random(look.frames - 1) < look.hold] = 0
    if steps.sum() >= length:
        steps = np.minimum(steps, 1)
    if look.gap and chance.random() < look.gap:
        steps[0] += chance.integers(max(1, length - int(steps.sum())))
    offsets = np.concatenate(([0], np.cumsum(steps)))
    begin = int(chance.integers(max(1, length - int(offsets[-1]))))
    moments: NDArray[np.int64] = np.minimum(begin + offsets, length - 1)
    return moments


def _window(size: tuple[int, ...], side: int, look: Look, chance: np.random.Generator) -> _Window:
    """A random square of the frame, between ``side`` and ``shrink * side`` pixels where it fits."""
    largest = min(size)
    span = min(largest, max(side, int(side * chance.uniform(1.0, look.shrink))))
    top = int(chance.integers(size[0] - span + 1))
    left = int(chance.integers(size[1] - span + 1))
    flip = bool(chance.random() < look.flip)
    return _Window(slice(top, top + span), slice(left, left + span), side, flip)


def _cut(picture: Pictures, window: _Window) -> Pictures:
    cut: Pictures = np.ascontiguousarray(picture[window.rows, window.columns])
    if cut.shape[0] != window.side:
        how = cv2.INTER_AREA if cut.shape[0] > window.side else cv2.INTER_LINEAR
        cut = np.asarray(cv2.resize(cut, (window.side, window.side), interpolation=how), np.uint8)
    return cut[:, ::-1] if window.flip else cut


def _cut_ink(drawing: Pictures, window: _Window) -> NDArray[np.float32]:
    cut = np.ascontiguousarray(drawing[window.rows, window.columns])
    plane = ink_plane(cut, (window.side, window.side))
    return plane[:, ::-1] if window.flip else plane
