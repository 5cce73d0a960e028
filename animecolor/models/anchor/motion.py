"""How a drawing moved: from the frame before, and from the keyframe it takes colors from.

Optical flow is followed through a shot: the way to the keyframe is the way to the previous frame
and on from there, refined on the drawings themselves, so that it neither loses a large motion nor
adds up errors.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.flow import Flow, chained, flow_between

Seen = NDArray[np.uint8]
"""(H, W): a drawing as its motion is looked for."""


@dataclass(frozen=True, slots=True)
class Motion:
    """(N, 2, H, W) float32 pixels, x then y, from a drawing's pixel to where it was; or unknown."""

    step: Tensor | None = None
    """In the frame before."""
    path: Tensor | None = None
    """In the nearest keyframe."""


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """The way back to a keyframe."""

    key: int
    """Its frame."""
    path: Flow


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


def follow(
    now: Seen, before: Seen | None, key: tuple[int, Seen] | None, trail: Trail | None
) -> tuple[Flow | None, Trail | None]:
    """Find the motion of a drawing.

    Args:
        now: the drawing.
        before: the one before it.
        key: frame and drawing of the keyframe that colors come from.
        trail: the way from the drawing before to its keyframe.

    Returns:
        The way to the drawing before, and that to the keyframe; None for what is not there.
    """
    step = None if before is None else flow_between(now, before)
    if key is None:
        return step, None
    index, target = key
    rough = None
    if step is not None and trail is not None and trail.key == index:
        rough = chained(step, trail.path)
    return step, Trail(index, flow_between(now, target, rough))


def tensor(flow: Flow) -> Tensor:
    """(1, 2, H, W) float32."""
    return torch.from_numpy(flow).permute(2, 0, 1)[None]
