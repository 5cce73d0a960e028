"""Four frames of a clip side by side, small enough to be carried inside a page."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from animecolor.frame import to_array
from animecolor.stages.sizing import shrink

TILES = 4
HOTTEST = 0.2
"""Absolute error, a mean of R, G and B, at which the scale of heat ends."""
_TALLEST, _WIDEST, _GAP = 144, 192, 4
_QUALITY = 78


@dataclass(frozen=True, slots=True)
class Strip:
    """One row of pictures."""

    name: str
    webp: bytes
    size: tuple[int, int]
    """(height, width) in pixels."""


def shown_frames(count: int) -> list[int]:
    """Frame 0, one and two thirds, the last."""
    return [int(i) for i in np.linspace(0, count - 1, TILES).round()]


def heat(error: Tensor) -> Tensor:
    """Show a clip's error as colors: none is black, ``HOTTEST`` and more is pale yellow.

    Args:
        error: (T, 1, h, w) float, absolute.

    Returns:
        (T, 3, h, w) float32 RGB in [0, 1].
    """
    levels = (error / HOTTEST * 255).round().clamp(0, 255).byte()[:, 0].numpy()
    shown = np.stack([cv2.applyColorMap(level, cv2.COLORMAP_INFERNO) for level in levels])
    return torch.from_numpy(shown).flip(3).permute(0, 3, 1, 2).float() / 255


def strip(name: str, clip: Tensor) -> Strip:
    """Lay frames of a clip side by side, transparent between them.

    Args:
        name: what is painted.
        clip: (T, 1 or 3, h, w) float in [0, 1].
    """
    tiles = [_tile(clip[index]) for index in shown_frames(len(clip))]
    gap = np.zeros((tiles[0].shape[0], _GAP, 4), np.uint8)
    row = [part for tile in tiles for part in (tile, gap)][:-1]
    sheet = np.concatenate(row, axis=1)
    _, packed = cv2.imencode(".webp", sheet, [cv2.IMWRITE_WEBP_QUALITY, _QUALITY])
    return Strip(name, packed.tobytes(), (sheet.shape[0], sheet.shape[1]))


def _tile(picture: Tensor) -> np.ndarray:
    """(h, w, 4) uint8 BGRA, opaque."""
    rgb = to_array((picture.expand(3, -1, -1) * 255).round().byte())
    height, width = rgb.shape[:2]
    scale = min(1.0, _TALLEST / height, _WIDEST / width)
    small = shrink(np.ascontiguousarray(rgb), (round(height * scale), round(width * scale)))
    return cv2.cvtColor(small, cv2.COLOR_RGB2BGRA)
