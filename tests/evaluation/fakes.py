"""Colorizers whose scores are known in advance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from animecolor.frame import Frame, Plane, Shot

Memory = Tensor | None


@dataclass
class Copier:
    """Paints its memory: the shot's first keyframe, or black."""

    reads: Plane = Plane.LINE
    span: int = 1
    shots: list[Shot] = field(default_factory=list)

    def begin(self, shot: Shot) -> Memory:
        self.shots.append(shot)
        return shot.keyframes[0].color if shot.keyframes else None

    def __call__(self, frames: Sequence[Frame], memory: Memory) -> tuple[Tensor, Memory]:
        assert len(frames) <= self.span
        shape = (3, *(frames[0].plane if frames[0].plane is not None else torch.empty(0)).shape[1:])
        color = torch.zeros(shape) if memory is None else memory
        return color.expand(len(frames), *shape), color


@dataclass
class Oracle(Copier):
    """Paints the truth, whatever it is given."""

    truth: Tensor = field(default_factory=lambda: torch.empty(0))

    def __call__(self, frames: Sequence[Frame], memory: Memory) -> tuple[Tensor, Memory]:
        return torch.stack([self.truth[frame.index] for frame in frames]), None


@dataclass
class Fader(Copier):
    """Paints what it remembers, a step nearer to black: it gets worse by a known amount."""

    keeps: float = 0.9

    def __call__(self, frames: Sequence[Frame], memory: Memory) -> tuple[Tensor, Memory]:
        color, _ = super().__call__(frames, memory)
        return color * self.keeps, color[-1] * self.keeps


@dataclass
class Doubter(Copier):
    """Paints the nearest keyframe and expects an error of a hundredth for every frame from it.

    Its memory is the shot, and the frame painted last with its plane's size.
    """

    def begin(self, shot: Shot) -> Any:
        self.shots.append(shot)
        return shot, None

    def __call__(self, frames: Sequence[Frame], memory: Any) -> tuple[Tensor, Any]:
        ((shot, _), (frame,)) = memory, frames
        assert frame.plane is not None
        size = frame.plane.shape[1:]
        if not shot.keyframes:
            return torch.zeros(1, 3, *size), (shot, torch.ones(1, *size))
        key = min(shot.keyframes, key=lambda key: abs(key.index - frame.index))
        away = abs(key.index - frame.index)
        return key.color[None], (shot, torch.full((1, *size), away / 100))

    def error(self, memory: Any) -> Tensor:
        _, error = memory
        assert error is not None
        return torch.as_tensor(error)
