"""How near a painted picture is to the true one."""

from __future__ import annotations

import torch
from torch import Tensor

LARGEST_DB = 100.0
"""What identical pictures score: an error of nothing has no logarithm."""


def psnr(painted: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each picture, in dB; higher is better.

    Args:
        painted: (N, C, H, W) float in [0, 1], or uint8. Integers are cast before they are
            subtracted: uint8 arithmetic wraps and flatters (see the published case of 28.5 dB
            reported for a true 20.6).
        truth: the same shape and dtype.

    Returns:
        (N,) float32, at most 100.
    """
    if painted.shape != truth.shape or painted.dtype != truth.dtype:
        raise ValueError(
            f"cannot compare {tuple(painted.shape)} {painted.dtype} "
            f"with {tuple(truth.shape)} {truth.dtype}"
        )
    peak = 1.0 if painted.is_floating_point() else 255.0
    error = ((painted.double() - truth.double()) / peak).square().mean((1, 2, 3))
    decibels = -10 * torch.log10(error.clamp(min=10 ** (-LARGEST_DB / 10)))
    return decibels.float()
