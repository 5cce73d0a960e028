"""Losses as pure functions of batches, each a scalar tensor, lower is better."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor

Rivalry = Literal["bce", "hinge", "lsgan"]
"""How a discriminator is trained: cross entropy (TCVC), hinge (Lim & Ye 2017), least squares
(Mao et al. 2017)."""


def content(painted: Sequence[Tensor], truth: Sequence[Tensor], scaled: bool) -> Tensor:
    """Sum over levels of the mean L1 between features (Johnson et al. 2016).

    Args:
        painted: (N, C, H, W) a level.
        truth: the same.
        scaled: divide each level by the truth's mean magnitude, sample by sample, which makes
            levels and networks comparable. The published TCVC does not.
    """
    return _sum([F.l1_loss(p, t) for p, t in _levels(painted, truth, scaled)])


def style(painted: Sequence[Tensor], truth: Sequence[Tensor], scaled: bool) -> Tensor:
    """Sum over levels of the mean L1 between Gram matrices over C*H*W (Sajjadi et al. 2017).

    Arguments as ``content``.
    """
    return _sum([F.l1_loss(_gram(p), _gram(t)) for p, t in _levels(painted, truth, scaled)])


def deceive(fake: Tensor, rivalry: Rivalry) -> Tensor:
    """What the generator wants: logits of its paintings taken for real."""
    if rivalry == "hinge":
        return -fake.mean()
    if rivalry == "lsgan":
        return ((fake - 1) ** 2).mean()
    return F.binary_cross_entropy_with_logits(fake, torch.ones_like(fake))


def discern(real: Tensor, fake: Tensor, rivalry: Rivalry) -> Tensor:
    """What the discriminator wants: the mean of its errors on the truth and on the paintings."""
    if rivalry == "hinge":
        return (F.relu(1 - real).mean() + F.relu(1 + fake).mean()) / 2
    if rivalry == "lsgan":
        return (((real - 1) ** 2).mean() + (fake**2).mean()) / 2
    entropy: Callable[..., Tensor] = F.binary_cross_entropy_with_logits
    return (entropy(real, torch.ones_like(real)) + entropy(fake, torch.zeros_like(fake))) / 2


def ssim(painted: Tensor, truth: Tensor) -> Tensor:
    """Half of one minus the structural similarity (Wang et al. 2004), window 11.

    Args:
        painted: (N, 3, H, W) float32 in [0, 1].
        truth: the same.
    """
    from kornia.losses import ssim_loss

    loss: Tensor = ssim_loss(painted, truth, 11)
    return loss


def find_edges(picture: Tensor) -> Tensor:
    """The picture that Pillow's FIND_EDGES makes, which S-Net's EdgeNet shall give.

    Eight times the pixel less its neighbors, clamped. Pillow copies the border from the picture;
    here the border's neighbors repeat it, so that a bright border is no edge.

    Args:
        picture: (N, C, H, W) in [0, 1].

    Returns:
        The same shape, in [0, 1].
    """
    framed = F.pad(picture, (1, 1, 1, 1), mode="replicate")
    edges: Tensor = 9 * (picture - F.avg_pool2d(framed, 3, 1))
    return edges.clamp(0, 1)


def warped(painted: Tensor, before: Tensor, flow: Tensor, seen: Tensor) -> Tensor:
    """L1 between a painting and the one before it, moved along the true motion (Lai et al. 2018).

    Args:
        painted: (N, 3, H, W) in [0, 1].
        before: (N, 3, H, W): the painting of the frame before.
        flow: (N, H, W, 2) pixels: where each pixel was in the frame before, relative to itself.
        seen: (N, H, W) bool: pixels that were visible in the frame before.

    Returns:
        The mean over the pixels that were; 0 where none was.
    """
    height, width = painted.shape[-2:]
    rows, columns = torch.meshgrid(
        torch.arange(height, device=flow.device),
        torch.arange(width, device=flow.device),
        indexing="ij",
    )
    x = (flow[..., 0] + columns) * 2 / max(1, width - 1) - 1
    y = (flow[..., 1] + rows) * 2 / max(1, height - 1) - 1
    grid = torch.stack((x, y), -1).to(before.dtype)
    carried = F.grid_sample(before, grid, padding_mode="border", align_corners=True)
    mask = seen[:, None].to(painted.dtype).expand_as(painted)
    return ((painted - carried).abs() * mask).sum() / mask.sum().clamp(min=1)


def _levels(
    painted: Sequence[Tensor], truth: Sequence[Tensor], scaled: bool
) -> list[tuple[Tensor, Tensor]]:
    pairs = list(zip(painted, truth, strict=True))
    if not scaled:
        return pairs
    scales = [t.abs().mean((1, 2, 3), keepdim=True) + 1e-3 for t in truth]
    return [(p / s, t / s) for (p, t), s in zip(pairs, scales, strict=True)]


def _gram(features: Tensor) -> Tensor:
    flat = features.flatten(2)
    return flat @ flat.transpose(1, 2) / (flat.shape[1] * flat.shape[2])


def _sum(terms: list[Tensor]) -> Tensor:
    return torch.stack(terms).sum()
