"""Fidelity of one 8-bit picture, fast enough for every frame of a film.

The definitions, and up to rounding the numbers, are those of ``metrics.fidelity``. Pictures are
(h, w, 3) uint8 sRGB of one size.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from animecolor.color import delta_e_2000, rgb_to_lab
from animecolor.metrics.fidelity import LARGEST_DB
from animecolor.metrics.motion import sampled

SMALLEST = 11
"""Pixels a side that SSIM's window needs."""
_SIGMA = 1.5
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

Picture = NDArray[np.uint8]
Plane = NDArray[np.float32]


def psnr(painted: Picture, truth: Picture) -> float:
    """Peak signal-to-noise ratio in dB, at most 100; higher is better."""
    error = float(cv2.norm(painted, truth, cv2.NORM_L2SQR)) / painted.size / 255**2
    return min(LARGEST_DB, -10 * math.log10(max(error, 10 ** (-LARGEST_DB / 10))))


def ssim(painted: Picture, truth: Picture) -> float:
    """Mean structural similarity, averaged over the channels; higher is better.

    Wang et al. (2004), 11 x 11 gaussian window of sigma 1.5, where it lies inside the picture.

    Raises:
        ValueError: a side is below 11 pixels.
    """
    if min(painted.shape[:2]) < SMALLEST:
        raise ValueError(f"ssim needs at least {SMALLEST} pixels a side")
    p, t = painted.astype(np.float32), truth.astype(np.float32)
    mean_p, mean_t = _mean(p), _mean(t)
    both = mean_p * mean_t
    squares = mean_p * mean_p + mean_t * mean_t
    spread = _mean(p * p + t * t) - squares
    shared = _mean(p * t) - both
    above = (2 * both + np.float32(_C1)) * (2 * shared + np.float32(_C2))
    below = (squares + np.float32(_C1)) * (spread + np.float32(_C2))
    return float((above / below).mean(dtype=np.float64))


def delta_e(painted: Picture, truth: Picture, stride: int = 1) -> NDArray[np.float32]:
    """CIEDE2000 at every ``stride``-th pixel each way, (h', w') float32; lower is better.

    A mean over a large picture does not need all pixels: 4 leaves 32 000 of 540 rows.
    """
    one, other = (
        rgb_to_lab(torch.from_numpy(sampled(picture, stride)).permute(2, 0, 1) / 255)
        for picture in (painted, truth)
    )
    return np.asarray(delta_e_2000(one, other)[0].numpy(), np.float32)


def _mean(plane: Plane) -> Plane:
    """Weighted mean over the window, only where it lies inside: 10 pixels less each way."""
    weights = cv2.getGaussianKernel(SMALLEST, _SIGMA, cv2.CV_32F)
    inset = SMALLEST // 2
    mean = cv2.sepFilter2D(plane, cv2.CV_32F, weights, weights)
    return np.asarray(mean[inset:-inset, inset:-inset], np.float32)
