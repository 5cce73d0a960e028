"""What colors a clip has, wherever they are: their amount, and how steady it stays.

A clip is (T, 3, H, W) RGB float in [0, 1].
"""

from __future__ import annotations

import math
from collections import deque

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

GAPS = (1, 2, 4)
"""Frames apart at which color distributions are compared, as published."""

_BINS = 256


def cdc(clip: Tensor) -> float:
    """Color distribution consistency: how far histograms drift apart; lower is steadier.

    Liu et al., "Temporally Consistent Video Colorization" (2021): the Jensen-Shannon divergence
    (natural logarithm, 256 bins a channel) between frames 1, 2 and 4 apart, averaged over frames,
    channels and gaps. Gaps that the clip is too short for are left out.

    It saturates on flat cels: a shift by one level moves a whole spike to another bin and costs
    nearly the largest value, ln 2, so a slow fade scores worse than a strong local flicker. And
    frozen or grey clips score best. Report it beside fidelity, for comparison with papers only.

    Args:
        clip: (T, 3, H, W) float RGB in [0, 1], frames of one shot.

    Returns:
        0 to ln 2; NaN for a single frame.
    """
    levels = (clip * (_BINS - 1)).round().clamp(0, _BINS - 1).long()
    shares = torch.stack(
        [
            torch.stack([torch.bincount(plane.flatten(), minlength=_BINS) for plane in frame])
            for frame in levels
        ]
    ).double() / (clip.shape[-2] * clip.shape[-1])
    drifts = [_divergence(shares[gap:], shares[:-gap]) for gap in GAPS if gap < len(clip)]
    return sum(drifts) / len(drifts) if drifts else math.nan


class Drift:
    """``cdc`` of a shot that is shown a frame at a time: it holds histograms, no pictures."""

    def __init__(self) -> None:
        """Start with no frame."""
        self._past: deque[Tensor] = deque(maxlen=max(GAPS))
        self._sums = dict.fromkeys(GAPS, 0.0)
        self._counts = dict.fromkeys(GAPS, 0)

    def push(self, picture: NDArray[np.uint8]) -> None:
        """Count the next frame, (h, w, 3) uint8 sRGB."""
        counts = [cv2.calcHist([picture], [c], None, [_BINS], [0, _BINS]) for c in range(3)]
        table = torch.from_numpy(np.asarray(counts, np.float64).reshape(3, _BINS))
        shares = table / (picture.shape[0] * picture.shape[1])
        for gap in GAPS:
            if gap <= len(self._past):
                self._sums[gap] += _divergence(shares, self._past[-gap])
                self._counts[gap] += 1
        self._past.append(shares)

    @property
    def value(self) -> float:
        """``cdc`` of all frames so far; NaN for a single one."""
        means = [self._sums[gap] / count for gap, count in self._counts.items() if count]
        return sum(means) / len(means) if means else math.nan


def colorfulness(clip: Tensor) -> Tensor:
    """How colorful each frame is: 0 is grey, 33 moderate, 109 extreme.

    Hasler and Suesstrunk, "Measuring colourfulness in natural images" (2003), metric M3: the
    spread of two opponent axes plus 0.3 of their mean offset, on 0 to 255.

    Args:
        clip: (T, 3, H, W) float RGB in [0, 1].

    Returns:
        (T,) float32.
    """
    red, green, blue = (clip.double() * 255).flatten(2).unbind(1)
    axes = torch.stack((red - green, (red + green) / 2 - blue))
    spread = axes.var(-1, correction=0).sum(0).sqrt()
    offset = axes.mean(-1).square().sum(0).sqrt()
    return (spread + 0.3 * offset).float()


def _divergence(one: Tensor, other: Tensor) -> float:
    """Jensen-Shannon divergence over the last axis, in nats, averaged over the others."""
    middle = (one + other) / 2
    return ((_surprise(one, middle) + _surprise(other, middle)) / 2).mean().item()


def _surprise(shares: Tensor, against: Tensor) -> Tensor:
    return (torch.xlogy(shares, shares) - torch.xlogy(shares, against)).sum(-1)
