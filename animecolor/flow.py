"""Where each pixel of a picture lies in its neighbour, and where that cannot be known."""

from __future__ import annotations

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from numpy.typing import NDArray
from torch import Tensor

Flow = NDArray[np.float32]
"""(H, W, 2) pixels, x then y: the point (x, y) of the first picture is at (x, y) + flow(x, y) in
the second."""


def flow_between(
    first_luma: NDArray[np.uint8], second_luma: NDArray[np.uint8], start: Flow | None = None
) -> Flow:
    """Dense motion from the first picture to the second.

    OpenCV's DIS, preset medium (Kroeger et al., "Fast Optical Flow using Dense Inverse Search",
    2016). Flat areas have no texture to follow: expect a floor of error on perfect cels.

    Args:
        first_luma: (H, W) uint8.
        second_luma: (H, W) uint8.
        start: what to refine, (H, W, 2); rest where it is None.

    Returns:
        The flow, float32.

    Raises:
        ValueError: the sizes differ, or a side is below 16 pixels, DIS's coarsest patch grid.
    """
    if first_luma.shape != second_luma.shape:
        raise ValueError(f"no flow between sizes {first_luma.shape} and {second_luma.shape}")
    if min(first_luma.shape) < 16:
        raise ValueError(f"flow needs at least 16 pixels a side, not {first_luma.shape}")
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    # OpenCV writes its answer into what it starts from.
    flow = np.zeros((*first_luma.shape, 2), np.float32) if start is None else start.copy()
    return np.asarray(dis.calc(first_luma, second_luma, flow), np.float32)


def chained(first: Flow, second: Flow) -> Flow:
    """The way from a picture to its neighbour, (H, W, 2), and on from there, (H, W, 2)."""
    x, y = cv2.split(_points(first))
    onward = cv2.remap(second, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(first + onward, np.float32)


def pull(picture: NDArray[np.uint8], flow: Flow) -> NDArray[np.uint8]:
    """Bring the second picture, (H, W) uint8, to the first, as ``warp`` does."""
    x, y = cv2.split(_points(flow))
    pulled = cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(pulled, np.uint8)


def warp(picture: Tensor, flow: Flow) -> Tensor:
    """Bring the second picture to the first: the result at x is ``picture`` at x + flow(x).

    Args:
        picture: (C, H, W) floating.
        flow: (H, W, 2), from the first picture to ``picture``.

    Returns:
        (C, H, W), bilinear; points beyond the edge take the edge.
    """
    height, width = picture.shape[-2:]
    points = torch.from_numpy(_points(flow)).to(picture)
    # grid_sample wants -1 and 1 at the centers of the outermost pixels.
    spans = points.new_tensor((max(width - 1, 1), max(height - 1, 1)))
    grid = 2 * points / spans - 1
    warped = F.grid_sample(picture[None], grid[None], padding_mode="border", align_corners=True)
    return warped[0]


def occluded(forward: Flow, backward: Flow) -> NDArray[np.bool_]:
    """Points of the first picture whose place in the second is hidden, outside or uncertain.

    Sundaram, Brox and Keutzer, "Dense point trajectories by GPU-accelerated large displacement
    optical flow" (2010), with their constants. With f the flow forward and b the flow backward
    where f leads, a point counts as occluded where |f + b|^2 > 0.01 (|f|^2 + |b|^2) + 0.5, or as
    a motion boundary where |grad f_x|^2 + |grad f_y|^2 > 0.01 |f|^2 + 0.002. A point that leaves
    the picture is occluded too.

    Args:
        forward: (H, W, 2), from the first picture to the second.
        backward: (H, W, 2), from the second to the first.

    Returns:
        (H, W) bool.
    """
    back = warp(torch.from_numpy(backward).permute(2, 0, 1), forward).permute(1, 2, 0).numpy()
    moved = _squared(forward)
    lost = _squared(forward + back) > 0.01 * (moved + _squared(back)) + 0.5
    slopes = np.concatenate(np.gradient(forward, axis=(0, 1)), axis=-1)
    boundary = _squared(slopes) > 0.01 * moved + 0.002
    points = _points(forward)
    last = np.array(forward.shape[1::-1]) - 1
    outside = ((points < 0) | (points > last)).any(-1)
    found: NDArray[np.bool_] = lost | boundary | outside
    return found


def _points(flow: Flow) -> NDArray[np.float32]:
    """(H, W, 2) x, y that each point moves to."""
    rows, columns = np.indices(flow.shape[:2], dtype=np.float32)
    return np.stack((columns, rows), axis=-1) + flow


def _squared(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    length: NDArray[np.float32] = np.square(vectors).sum(-1)
    return length
