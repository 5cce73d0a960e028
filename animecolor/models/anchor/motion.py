"""How a drawing moved: from the frame before, and from the keyframe it takes colors from.

Optical flow is followed through a shot: the way to the keyframe is the way to the previous frame
and on from there, refined on the drawings themselves, so that it neither loses a large motion nor
adds up errors. Between two keyframes both are followed, and each pixel takes the one that its
drawing is found in.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.flow import Flow, chained, flow_between, pull

Seen = NDArray[np.uint8]
"""(H, W): a drawing as its motion is looked for."""

_WINDOW = 15
"""Side of the window that is compared, in pixels: a line and what is beside it."""
_BETTER = 4.0
"""Levels of 8 bits by which a keyframe must fit better than the nearest one to be even with it."""


@dataclass(frozen=True, slots=True)
class Motion:
    """(N, 2, H, W) float32 pixels, x then y, from a drawing's pixel to where it was; or unknown."""

    step: Tensor | None = None
    """In the frame before."""
    paths: tuple[Tensor, ...] = ()
    """In the nearest keyframe and, where it lies between two, in the one on the other side."""
    share: Tensor | None = None
    """(N, 1, H, W) float32 in [0, 1]: how much better than the nearest the other one fits."""

    def back(self) -> Motion:
        """To the frame before alone, as the only path."""
        return Motion(paths=() if self.step is None else (self.step,))

    def to(self, device: torch.device) -> Motion:
        """The same on another device."""
        step, share = (None if t is None else t.to(device) for t in (self.step, self.share))
        return Motion(step, tuple(path.to(device) for path in self.paths), share)


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """The way back to a keyframe."""

    key: int
    """Its frame."""
    path: Flow


@dataclass(frozen=True, slots=True, eq=False)
class Way:
    """How a drawing moved: to the frame before, and to the keyframes it takes colors from."""

    step: Flow | None
    trails: tuple[Trail, ...]
    """To the nearest keyframe and, where it lies between two, to the other."""
    share: NDArray[np.float32] | None
    """(H, W): see ``Motion``."""

    def motion(self) -> Motion:
        """The same as tensors of one drawing."""
        return Motion(
            None if self.step is None else tensor(self.step),
            tuple(tensor(trail.path) for trail in self.trails),
            None if self.share is None else torch.from_numpy(self.share)[None, None],
        )


def seen(shown: Tensor) -> Seen:
    """A drawing as its motion is looked for.

    Lines are blended half and half with their distance field: a line has no slope to follow but
    at its edge. On 18 held-out shots the colors of frame 0 so carried score 25.9 dB; on the lines
    alone 24.8.

    Args:
        shown: (3, H, W) float32, from ``planes``.
    """
    plane, nearness, gray = shown
    picture = torch.where(gray > 0, plane, (plane + 1 - nearness) / 2)
    return np.asarray((picture * 255).round().byte().numpy())


def ends(index: int, keys: Collection[int]) -> list[int]:
    """The keyframes that a frame lies between, the nearest first; one where it does not."""
    near = sorted(keys, key=lambda key: abs(key - index))
    other = [key for key in near if (key > index) != (near[0] > index)]
    return [*near[:1], *other[:1]]


def follow(
    now: Seen,
    before: Seen | None,
    keys: Sequence[tuple[int, Seen]],
    trails: Sequence[Trail] = (),
) -> Way:
    """Find the motion of a drawing.

    Args:
        now: the drawing.
        before: the one before it.
        keys: frame and drawing of the keyframes that colors come from, at most two, the nearest
            first.
        trails: the ways from the drawing before to its keyframes.
    """
    step = None if before is None else flow_between(now, before)
    known = {trail.key: trail.path for trail in trails}
    found = []
    for index, target in keys:
        rough = None
        if step is not None and index in known:
            rough = chained(step, known[index])
        found.append(Trail(index, flow_between(now, target, rough)))
    if len(found) < 2:
        return Way(step, tuple(found), None)
    near, other = (
        _mismatch(now, target, trail.path) for (_, target), trail in zip(keys, found, strict=True)
    )
    return Way(step, tuple(found), _fitting(near, other))


def tensor(flow: Flow) -> Tensor:
    """(1, 2, H, W) float32."""
    return torch.from_numpy(flow).permute(2, 0, 1)[None]


def _mismatch(now: Seen, target: Seen, path: Flow) -> NDArray[np.float32]:
    """(H, W) levels of 8 bits by which the surroundings of a pixel differ from where it was."""
    off = cv2.absdiff(now, pull(target, path)).astype(np.float32)
    return np.asarray(cv2.blur(off, (_WINDOW, _WINDOW)), np.float32)


def _fitting(near: NDArray[np.float32], other: NDArray[np.float32]) -> NDArray[np.float32]:
    """(H, W) in [0, 1]: 1 where the other fits better than the nearest, 0 where it does not."""
    return np.asarray(np.clip((near - other) / _BETTER, 0, 1), np.float32)
