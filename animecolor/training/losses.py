"""Losses as pure functions of batches, each a scalar tensor."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor


def content(painted: list[Tensor], truth: list[Tensor]) -> Tensor:
    """Mean L1 between features, each level divided by the truth's mean magnitude.

    The division makes levels (and backbones) comparable; the published loss weighs raw VGG19
    features, whose levels happen to have like magnitudes, by 1 each.
    """
    return _sum([F.l1_loss(p, t) / _scale(t) for p, t in zip(painted, truth, strict=True)])


def style(painted: list[Tensor], truth: list[Tensor]) -> Tensor:
    """Mean L1 between Gram matrices over C*H*W (Sajjadi et al. 2017), scaled as ``content``."""
    return _sum(
        [
            F.l1_loss(_gram(p / _scale(t)), _gram(t / _scale(t)))
            for p, t in zip(painted, truth, strict=True)
        ]
    )


def adversarial(logits: Tensor, real: bool) -> Tensor:
    """Binary cross entropy of patch logits against all real or all fake, as published."""
    target = torch.ones_like(logits) if real else torch.zeros_like(logits)
    return F.binary_cross_entropy_with_logits(logits, target)


def _gram(features: Tensor) -> Tensor:
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def _scale(features: Tensor) -> Tensor:
    return features.abs().mean() + 1e-3


def _sum(terms: list[Tensor]) -> Tensor:
    return torch.stack(terms).sum()
