"""How near a painted picture is to the true one."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor

from animecolor.color import delta_e_2000, rgb_to_lab

LARGEST_DB = 100.0
"""What identical pictures score: an error of nothing has no logarithm."""

CHROMA_PEAK = 255.0
"""Span of a and of b when they are kept in 8 bits, -128 to 127."""

_WINDOW, _SIGMA = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


def psnr(painted: Tensor, truth: Tensor) -> Tensor:
    """Peak signal-to-noise ratio of each picture, in dB; higher is better.

    Args:
        painted: (N, C, H, W) float in [0, 1], or uint8. Integers are cast before they are
            subtracted: uint8 arithmetic wraps and flatters (see the published case of 28.5 dB
            reported for a true 20.6).
        truth: the same shape and dtype.

    Returns:
        (N,) float32, at most 100.

    Raises:
        ValueError: the two differ in shape or dtype.
    """
    return _each(painted, truth, lambda p, t: _decibels((p - t).square().mean()))


def chroma_psnr(painted: Tensor, truth: Tensor) -> Tensor:
    """PSNR over the a and b planes of CIE Lab, in dB; higher is better.

    For pictures painted on grey, whose lightness was given and would flatter an RGB score. The
    peak is ``CHROMA_PEAK``, as for 8-bit Lab; papers that divide by another span score otherwise.

    Args:
        painted: (N, 3, H, W) RGB, float in [0, 1] or uint8.
        truth: the same shape and dtype.

    Returns:
        (N,) float32, at most 100.

    Raises:
        ValueError: the two differ in shape or dtype.
    """

    def score(p: Tensor, t: Tensor) -> Tensor:
        change = (rgb_to_lab(p) - rgb_to_lab(t))[1:] / CHROMA_PEAK
        return _decibels(change.square().mean())

    return _each(painted, truth, score)


def ssim(painted: Tensor, truth: Tensor) -> Tensor:
    """Mean structural similarity of each picture, in [-1, 1]; higher is better.

    Wang et al., "Image quality assessment: from error visibility to structural similarity" (2004):
    11 x 11 gaussian window of sigma 1.5, K1 = 0.01, K2 = 0.03, population covariance, only where
    the window lies inside the picture; averaged over the channels.

    Args:
        painted: (N, C, H, W) float in [0, 1], or uint8.
        truth: the same shape and dtype.

    Returns:
        (N,) float32.

    Raises:
        ValueError: the two differ in shape or dtype, or a side is below 11 pixels.
    """
    if min(painted.shape[-2:]) < _WINDOW:
        raise ValueError(f"ssim needs at least {_WINDOW} pixels a side, not {_size(painted)}")
    return _each(painted, truth, _similarity)


def delta_e(painted: Tensor, truth: Tensor) -> Tensor:
    """Mean CIEDE2000 difference of each picture; lower is better, about 1 is just noticeable.

    Args:
        painted: (N, 3, H, W) RGB, float in [0, 1] or uint8.
        truth: the same shape and dtype.

    Returns:
        (N,) float32.

    Raises:
        ValueError: the two differ in shape or dtype.
    """
    return _each(painted, truth, lambda p, t: delta_e_2000(rgb_to_lab(p), rgb_to_lab(t)).mean())


def _each(painted: Tensor, truth: Tensor, score: Callable[[Tensor, Tensor], Tensor]) -> Tensor:
    """Score picture by picture in float64, so that memory does not grow with the clip."""
    if painted.shape != truth.shape or painted.dtype != truth.dtype:
        raise ValueError(
            f"cannot compare {tuple(painted.shape)} {painted.dtype} "
            f"with {tuple(truth.shape)} {truth.dtype}"
        )
    peak = 1.0 if painted.is_floating_point() else 255.0
    pairs = zip(painted, truth, strict=True)
    return torch.stack([score(p.double() / peak, t.double() / peak) for p, t in pairs]).float()


def _decibels(error: Tensor) -> Tensor:
    return -10 * torch.log10(error.clamp(min=10 ** (-LARGEST_DB / 10)))


def _similarity(painted: Tensor, truth: Tensor) -> Tensor:
    both = torch.stack((painted, truth, painted**2, truth**2, painted * truth))
    mean_p, mean_t, square_p, square_t, product = _blur(_blur(both, -1), -2)
    spread = square_p - mean_p**2 + square_t - mean_t**2
    shared = product - mean_p * mean_t
    above = (2 * mean_p * mean_t + _C1) * (2 * shared + _C2)
    below = (mean_p**2 + mean_t**2 + _C1) * (spread + _C2)
    mean: Tensor = (above / below).mean()
    return mean


def _blur(planes: Tensor, along: int) -> Tensor:
    """Weighted mean over the window along one axis, which gets ``_WINDOW - 1`` shorter."""
    middle = _WINDOW // 2
    weights = [math.exp(-((k - middle) ** 2) / (2 * _SIGMA**2)) for k in range(_WINDOW)]
    length = planes.shape[along] - _WINDOW + 1
    blurred = torch.zeros_like(planes.narrow(along, 0, length))
    for k, weight in enumerate(weights):
        blurred.add_(planes.narrow(along, k, length), alpha=weight / sum(weights))
    return blurred


def _size(pictures: Tensor) -> str:
    return f"{pictures.shape[-1]} x {pictures.shape[-2]}"
