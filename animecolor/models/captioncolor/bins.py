"""The codec of chroma: 625 bins of a and b (Zhang et al. 2016, Manjunatha et al. 2018)."""

from __future__ import annotations

import torch
from torch import Tensor

STEP, EDGE = 10, 120
"""Size of a bin, and the middle of the outermost one, in units of a and b."""
SIDE = 2 * EDGE // STEP + 1
BINS = SIDE * SIDE
"""625, of which about 260 occur."""
NEUTRAL = BINS // 2
"""The bin of a = b = 0."""
ANNEALED = 0.38
"""Temperature of the annealed mean (Zhang et al. 2016); 1 is the plain expectation."""


def encode(chroma: Tensor) -> Tensor:
    """(N, 2, H, W) a and b -> (N, H, W) int64, the nearest bin of each."""
    place = (chroma / STEP).round().clamp(-(SIDE // 2), SIDE // 2).long() + SIDE // 2
    return place[:, 0] * SIDE + place[:, 1]


def middles() -> Tensor:
    """(625, 2) float32: a and b in the middle of each bin."""
    axis = torch.arange(-EDGE, EDGE + 1, STEP, dtype=torch.float32)
    return torch.cartesian_prod(axis, axis)


def decode(logits: Tensor, temperature: float = ANNEALED) -> Tensor:
    """The annealed mean of a distribution over bins.

    Args:
        logits: (N, 625, H, W) float32.
        temperature: 1 is the expectation, as published with captions; towards 0 the likeliest bin.

    Returns:
        (N, 2, H, W) a and b.
    """
    shares = torch.softmax(logits / temperature, 1)
    return torch.einsum("nqhw,qc->nchw", shares, middles().to(shares))


def rebalance(prior: Tensor, uniform: float = 0.5, power: float = 1.0) -> Tensor:
    """What a pixel of each bin counts: ((1 - uniform) prior + uniform / occurring) ** -power.

    Args:
        prior: (625,) shares of the bins in the training pictures, of sum 1.
        uniform: how much of the uniform distribution over bins that occur is mixed in.
        power: 0 makes all pixels equal.

    Returns:
        (625,), of mean 1 under the prior; bins that never occur weigh as the rarest.
    """
    occurring = (prior > 0).sum().clamp(min=1)
    mixed = (1 - uniform) * prior + uniform / occurring
    weights = mixed**-power
    return weights / (weights * prior).sum()
