"""What changes along the motion of a clip, step by step: for clips too long to be held.

The measures are those of ``metrics.flicker``; here they stream. Pictures are (h, w, 3) uint8 sRGB,
a step has the flow from the picture now back to the one before it, None where nothing moved.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow

Picture = NDArray[np.uint8]


def sampled(picture: NDArray[Any], stride: int) -> NDArray[Any]:
    """Every ``stride``-th pixel each way, (h', w') or (h', w', C), contiguous."""
    height, width = picture.shape[:2]
    if height % stride or width % stride:
        return np.ascontiguousarray(picture[::stride, ::stride])
    # The same pixels, five times as fast.
    size = width // stride, height // stride
    return cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST)


def landing(back: Flow, stride: int = 1) -> Flow:
    """Where every ``stride``-th pixel comes from, (h', w', 2) x and y in the picture before."""
    flow = sampled(back, stride)
    return np.asarray(_grid(flow.shape[0], flow.shape[1], stride) + flow, np.float32)


def pulled(before: Picture, points: Flow, sharp: bool = False) -> Picture:
    """(h, w, 3) picture at some points, (h', w', 2), and the edge beyond it.

    Bilinear; where ``sharp``, the nearest pixels, which takes nothing of their contrast.
    """
    how = cv2.INTER_NEAREST if sharp else cv2.INTER_LINEAR
    # The stubs do not know that one map may hold both coordinates.
    moved = cv2.remap(before, points, None, how, borderMode=cv2.BORDER_REPLICATE)  # type: ignore[call-overload]
    return np.asarray(moved, np.uint8)


@lru_cache(maxsize=2)
def _grid(height: int, width: int, stride: int) -> Flow:
    rows, columns = np.indices((height, width), dtype=np.float32) * np.float32(stride)
    return np.stack((columns, rows), axis=-1)


def warp_error(brought: Picture, now: Picture, seen: NDArray[np.bool_] | None) -> float:
    """``metrics.flicker.warp_error`` of one step; lower is steadier.

    Args:
        brought: the picture before, ``pulled`` to where its pixels are now.
        now: (h, w, 3) uint8 of the same size.
        seen: (h, w) pixels that were in view before; None where all were.

    Returns:
        Mean squared change on the scale of [0, 1]; 0 where no pixel was in view.
    """
    pixels = now.shape[0] * now.shape[1] if seen is None else int(np.count_nonzero(seen))
    if pixels == 0:
        return 0.0
    mask = None if seen is None else np.ascontiguousarray(seen).view(np.uint8)
    return float(cv2.norm(brought, now, cv2.NORM_L2SQR, mask)) / (3 * pixels * 255**2)


def flow_distance(painted: Flow, truth: Flow) -> float:
    """tOF of one step: mean distance between two fields of motion, in pixels; lower is better.

    Chu et al., "Learning temporal coherence via self-supervision for GAN-based video generation"
    (TecoGAN, 2020): the end points' mean Euclidean distance. Weak on flat areas, where there is
    nothing to follow.

    Args:
        painted: (h, w, 2) motion of the result.
        truth: the same of the reference.
    """
    return float(np.sqrt(np.square(painted - truth).sum(-1)).mean())
