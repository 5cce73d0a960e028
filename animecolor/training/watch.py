"""Held-out shots that a run paints again and again, for its sheets and its choice of weights."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.metrics.fidelity import psnr
from animecolor.training.clips import Clip
from animecolor.training.look import Look
from animecolor.training.samples import Mix, Samples

SIDE, FRAMES, HEIGHT = 256, 8, 192
"""Working size and length of a sample, and the height of its pictures on a sheet."""

Painter = Callable[[Tensor, Tensor], Tensor]
"""(1, 1, H, W) plane and (1, 3, H, W) previous colors -> (1, 3, H, W), on the CPU, in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """One held-out shot in one plane."""

    plane: Tensor
    """(T, 1, H, W) in [0, 1]."""
    truth: Tensor
    """(T, 3, H, W) in [0, 1]."""

    def roll(self, paint: Painter, first: Tensor) -> Tensor:
        """(T, 3, H, W): every frame from the painting before it, the first one from ``first``."""
        before, painted = first[None], []
        for drawing in self.plane:
            before = paint(drawing[None], before)
            painted.append(before[0])
        return torch.stack(painted)

    def score(self, paint: Painter) -> dict[str, float]:
        """PSNR in dB over all frames but the first, which some answers know.

        ``rollout`` is the mean of ``blank`` and ``own``, which start from black and from the true
        first colors; the others are answers that need no network, or no previous frame.
        """
        black = torch.zeros_like(self.truth[0])
        answers = {
            "blank": self.roll(paint, black),
            "own": self.roll(paint, self.truth[0]),
            "alone": torch.cat([paint(drawing[None], black[None]) for drawing in self.plane]),
            "plane": self.plane.expand_as(self.truth),
            "mean": self.truth.mean((0, 2, 3), keepdim=True).expand_as(self.truth),
            "hold": self.truth[:1].expand_as(self.truth),
        }
        scores = {name: float(psnr(a[1:], self.truth[1:]).mean()) for name, a in answers.items()}
        return {"rollout": (scores["blank"] + scores["own"]) / 2} | scores

    def sheet(self, paint: Painter) -> NDArray[np.uint8]:
        """(5 * HEIGHT, W, 3) uint8: plane, truth, blank at the start and end, own at the end."""
        blank = self.roll(paint, torch.zeros_like(self.truth[0]))
        own = self.roll(paint, self.truth[0])
        plane = self.plane[-1].expand(3, -1, -1)
        rows = (plane, self.truth[-1], blank[0], blank[-1], own[-1])
        return np.vstack([_small(row) for row in rows])


def watch(held_out: Mapping[str, Sequence[Clip]]) -> list[Watched]:
    """One line-art and one grey sample of every source that holds clips out."""
    samples = []
    for number, clips in enumerate(clips for clips in held_out.values() if clips):
        for gray in (0.0, 1.0):
            look = Look(
                crops=(SIDE,),
                pixels=SIDE**2,
                frames=FRAMES,
                gray=gray,
                strides=(1,),
                shrink=1.0,
                flip=0.0,
            )
            batch = Samples(Mix([clips], [1.0]), look, seed=7)[number]
            samples.append(Watched(batch.plane[0], batch.color[0]))
    return samples


def _small(picture: Tensor) -> NDArray[np.uint8]:
    array = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    width = round(array.shape[1] * HEIGHT / array.shape[0])
    return np.asarray(cv2.resize(array, (width, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
