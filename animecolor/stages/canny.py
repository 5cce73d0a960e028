"""Canny edges (Canny 1986), the same lines from OpenCV on a CPU and from Kornia on a GPU.

Thresholds are Kornia's: unnormalised Sobel magnitude of luma in [0, 1]. OpenCV is given gradients
of 12-bit luma as integers, because rounding the blurred picture to 8 bits moves one edge in five
at small sizes, and a network trained with one backend must see the same lines from the other.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.config import Lines

_STEPS = 4080
"""White on the integer scale given to OpenCV: 255 x 16, the largest that cannot overflow the 32
bits its edge thinning computes in."""


def canny_plane(luma: NDArray[Any], lines: Lines) -> NDArray[np.float32]:
    """Line art of a picture, as a network reads it. Training and inference both call this.

    Args:
        luma: (h, w) uint8 in [0, 255] or float32 in [0, 1], already at working size.
        lines: sigma and thresholds.

    Returns:
        (h, w) float32: 1 is paper, 0 is ink.
    """
    return np.float32(1) - opencv_edges(luma, lines)


def opencv_edges(luma: NDArray[Any], lines: Lines) -> NDArray[np.float32]:
    """(h, w) float32 in {0, 1}, 1 on an edge. ``luma`` as in ``canny_plane``."""
    white = 255.0 if luma.dtype == np.uint8 else 1.0
    blurred = _blur(luma.astype(np.float32) * np.float32(_STEPS / white), lines.sigma)
    across, down = (
        cv2.Sobel(blurred, cv2.CV_32F, *order, borderType=cv2.BORDER_REPLICATE)
        for order in ((1, 0), (0, 1))
    )
    edges = cv2.Canny(
        np.rint(across).astype(np.int16),
        np.rint(down).astype(np.int16),
        _STEPS * lines.low,
        _STEPS * lines.high,
        L2gradient=True,
    )
    return edges.astype(np.float32) / np.float32(255)


def quick_edges(luma: NDArray[np.uint8], lines: Lines) -> NDArray[np.uint8]:
    """(H, W) uint8, 255 on an edge, from (H, W) uint8 luma: half the cost, for native size.

    Only the finish looks at these edges, no network, so 8-bit rounding does no harm.
    """
    blurred = _blur(luma, lines.sigma)
    edges = cv2.Canny(blurred, 255 * lines.low, 255 * lines.high, L2gradient=True)
    return np.asarray(edges, np.uint8)


def kornia_edges(luma: Tensor, lines: Lines) -> Tensor:
    """(h, w) float32 in {0, 1}, 1 on an edge, from (h, w) float32 luma in [0, 1], on its device.

    Kornia's own hysteresis repeats a convolution until nothing changes, which takes seconds on
    drawings with long weak lines; ``hysteresis`` gives the same edges from connected components.
    """
    from kornia.filters import canny

    side = _kernel(lines.sigma)
    _, edges = canny(
        luma[None, None],
        low_threshold=lines.low,
        high_threshold=lines.high,
        kernel_size=(side, side),
        sigma=(lines.sigma, lines.sigma),
        hysteresis=False,
    )
    graded = edges[0, 0].cpu().numpy()
    kept = hysteresis(graded > 0, graded == 1)
    return torch.from_numpy(kept).to(luma.device, torch.float32)


def hysteresis(candidate: NDArray[np.bool_], strong: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Keep the 8-connected candidates that reach a strong pixel. All (h, w) bool."""
    count, labels = cv2.connectedComponents(candidate.astype(np.uint8), connectivity=8)
    kept = np.zeros(count, dtype=np.bool_)
    kept[labels[strong & candidate]] = True
    return np.asarray(kept[labels], np.bool_)


def _blur(picture: NDArray[Any], sigma: float) -> NDArray[Any]:
    side = _kernel(sigma)
    return cv2.GaussianBlur(picture, (side, side), sigma)


def _kernel(sigma: float) -> int:
    return 2 * round(3 * sigma) + 1
