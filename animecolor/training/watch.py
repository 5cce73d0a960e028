"""Held-out shots that a run paints again and again, for its sheets and its choice of weights."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.frame import Frame, Keyframe, Plane, Shot, from_array
from animecolor.metrics.fidelity import psnr
from animecolor.models.colorizer import Colorizer
from animecolor.training.clips import Clip
from animecolor.training.look import Look
from animecolor.training.samples import Mix, Samples

SIDE, FRAMES, HEIGHT = 256, 8, 192
"""Working size and length of a sample, and the height of its pictures on a sheet."""

Hosted = Callable[[Plane], Colorizer]
"""The network in training, as it will be used."""


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """One held-out shot in one plane."""

    reads: Plane
    plane: Tensor
    """(T, 1, H, W) in [0, 1]."""
    truth: Tensor
    """(T, 3, H, W) in [0, 1]."""

    def roll(self, colorizer: Colorizer, known: bool) -> Tensor:
        """(T, 3, H, W): the shot painted; frame 0 is its keyframe, and given, where it is known."""
        if not known:
            return torch.stack(list(self._paint(colorizer, range(len(self.plane)), ())))
        key = Keyframe(0, self.plane[0], self.truth[0])
        return torch.stack(
            [self.truth[0], *self._paint(colorizer, range(1, len(self.plane)), (key,))]
        )

    def score(self, colorizer: Colorizer) -> dict[str, float]:
        """PSNR in dB over all frames but the first, which some answers know.

        ``rollout`` is the mean of ``blank`` and ``own``, which know nothing and the true first
        frame; ``alone`` paints every frame as a shot of its own; the others need no network.
        """
        frames = range(len(self.plane))
        answers = {
            "blank": self.roll(colorizer, known=False),
            "own": self.roll(colorizer, known=True),
            "alone": torch.stack(
                [color for i in frames for color in self._paint(colorizer, range(i, i + 1), ())]
            ),
            "plane": self.plane.expand_as(self.truth),
            "mean": self.truth.mean((0, 2, 3), keepdim=True).expand_as(self.truth),
            "hold": self.truth[:1].expand_as(self.truth),
        }
        scores = {name: float(psnr(a[1:], self.truth[1:]).mean()) for name, a in answers.items()}
        return {"rollout": (scores["blank"] + scores["own"]) / 2} | scores

    def sheet(self, colorizer: Colorizer) -> NDArray[np.uint8]:
        """(5 * HEIGHT, W, 3) uint8: plane, truth, blank at the start and end, known at the end."""
        blank, known = (self.roll(colorizer, known) for known in (False, True))
        plane = self.plane[-1].expand(3, -1, -1)
        rows = (plane, self.truth[-1], blank[0], blank[-1], known[-1])
        return np.vstack([_small(row) for row in rows])

    def _paint(
        self, colorizer: Colorizer, frames: range, keys: tuple[Keyframe, ...]
    ) -> Iterator[Tensor]:
        """The colors of some frames, painted as one shot."""
        image = from_array(np.zeros((*self.plane.shape[-2:], 3), np.uint8))
        with torch.inference_mode():
            memory = colorizer.begin(Shot(first=frames[0], keyframes=keys))
            for i in frames:
                frame = Frame(image, i, Fraction(1, 12), i, plane=self.plane[i])
                painted, memory = colorizer([frame], memory)
                yield painted[0].float()


def sheet(samples: Sequence[Watched], hosted: Hosted) -> NDArray[np.uint8]:
    """A column a sample (see ``Watched.sheet``)."""
    return np.hstack([sample.sheet(hosted(sample.reads)) for sample in samples])


def score(samples: Sequence[Watched], hosted: Hosted) -> dict[str, float]:
    """Mean over samples of ``Watched.score``."""
    scores = [sample.score(hosted(sample.reads)) for sample in samples]
    return {name: float(np.mean([row[name] for row in scores])) for name in scores[0]}


def watch(held_out: Mapping[str, Sequence[Clip]]) -> list[Watched]:
    """One line-art and one grey sample of every source that holds clips out."""
    samples = []
    for number, clips in enumerate(clips for clips in held_out.values() if clips):
        for reads, gray in ((Plane.LINE, 0.0), (Plane.GRAY, 1.0)):
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
            samples.append(Watched(reads, batch.plane[0], batch.color[0]))
    return samples


def _small(picture: Tensor) -> NDArray[np.uint8]:
    array = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    width = round(array.shape[1] * HEIGHT / array.shape[0])
    return np.asarray(cv2.resize(array, (width, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
