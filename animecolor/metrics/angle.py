"""How far a painting's colors point away from the true ones."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

DARK = 16 / 255
"""A pixel whose greatest true channel is below this has no color to speak of."""


def angular_error(painted: Tensor, truth: Tensor, dark: float = DARK) -> Tensor:
    """AE: mean angle between true and painted RGB of each picture, in degrees; lower is better.

    As the near-infrared literature has it, arccos(<p, t> / (|p| |t|)) pixel by pixel, which does
    not see brightness. There a black pixel scores 90 degrees whatever it is painted; here pixels
    whose truth is dark do not count, the same ones for every predictor. A pixel painted black
    where the truth is not still scores 90.

    Args:
        painted: (N, 3, H, W) RGB, float in [0, 1] or uint8.
        truth: the same shape and dtype.
        dark: pixels whose greatest true channel is below this, in [0, 1], do not count.

    Returns:
        (N,) float32 in [0, 90]; 0 for a picture that is dark all over.

    Raises:
        ValueError: the two differ in shape or dtype.
    """
    if painted.shape != truth.shape or painted.dtype != truth.dtype:
        raise ValueError(
            f"cannot compare {tuple(painted.shape)} {painted.dtype} "
            f"with {tuple(truth.shape)} {truth.dtype}"
        )
    peak = 1.0 if painted.is_floating_point() else 255.0
    p, t = painted.double() / peak, truth.double() / peak
    cosine = F.cosine_similarity(p, t, dim=1, eps=1e-12).clamp(-1, 1)
    angle = torch.rad2deg(torch.arccos(cosine))
    counts = t.amax(1) >= dark
    total = (angle * counts).sum((1, 2))
    return (total / counts.sum((1, 2)).clamp(min=1)).float()
