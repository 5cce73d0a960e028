"""Other palettes for the same drawing, so that a network reads colors from the frame it is given.

A cartoon's hero wears one color in every clip; a network that learns it by heart paints it whatever
its previous frame shows. Here hues trade places and lightness follows, identically on all frames of
a sample: flat areas stay flat, black ink stays black and white stays white.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.color import LUMA_709
from animecolor.training.clips import Pictures

_LEVELS = 256
"""Of hue (a full turn), saturation and value in OpenCV's full-range 8-bit HSV."""


def remap(colors: Pictures, chance: np.random.Generator) -> Pictures:
    """Exchange the palette of a sample.

    Hue is turned, half of the time mirrored (so every exchange of R, G and B is among the maps)
    and bent by waves, so that neighboring hues part; saturation and lightness change with hue.

    Args:
        colors: (T, H, W, 3) uint8 RGB.
        chance: draws the palette.

    Returns:
        (T, H, W, 3) uint8 RGB, each pixel a function of its color only.
    """
    turns = np.arange(_LEVELS) / _LEVELS
    mirror = 1.0 if chance.random() < 0.5 else -1.0
    hue = mirror * turns + chance.random() + 0.12 * _waves(turns, chance)
    saturation = np.exp(chance.uniform(-0.4, 0.2) + 0.3 * _waves(turns, chance))
    lightness = 0.6 * _waves(turns, chance) - 0.1
    vivid = np.arange(_LEVELS) / (_LEVELS - 1)
    # Colorless pixels (paper, ink, grey) keep their value: the change grows with saturation.
    gain = np.exp(lightness[:, None] * np.minimum(1, 2 * vivid))
    full = np.minimum(saturation[:, None] * vivid, 1)
    hsv = cv2.cvtColor(colors.reshape(-1, colors.shape[2], 3), cv2.COLOR_RGB2HSV_FULL)
    h, s, v = cv2.split(hsv)
    place = h.astype(np.uint16) * np.uint16(_LEVELS) + s
    unit = v.astype(np.float32) / np.float32(_LEVELS - 1)
    times = gain.astype(np.float32).ravel()[place]
    # White is a fixed point of brightening, so that shading is not clipped away.
    shaded = times * unit / (1 + np.maximum(times - 1, 0) * unit)
    changed = (
        cv2.LUT(h, np.rint(hue * _LEVELS).astype(np.int64).astype(np.uint8)),
        np.rint(full * (_LEVELS - 1)).astype(np.uint8).ravel()[place],
        (shaded * (_LEVELS - 1) + np.float32(0.5)).astype(np.uint8),
    )
    painted = cv2.cvtColor(cv2.merge(changed), cv2.COLOR_HSV2RGB_FULL)
    return np.asarray(painted, np.uint8).reshape(colors.shape)


def jitter(colors: Pictures, strength: float, chance: np.random.Generator) -> Pictures:
    """Change brightness, contrast and saturation of a sample, as another print of it would.

    Args:
        colors: (T, H, W, 3) uint8 RGB.
        strength: largest relative change of each, in [0, 1].
        chance: draws the changes.

    Returns:
        (T, H, W, 3) uint8 RGB.
    """
    brightness, contrast, saturation = 1 + strength * chance.uniform(-1, 1, 3)
    luma = np.tile(np.asarray(LUMA_709), (3, 1))
    mixed = saturation * np.eye(3) + (1 - saturation) * luma
    offset = np.full((3, 1), 127.5 * (1 - contrast))
    matrix = brightness * np.hstack((contrast * mixed, offset))
    flat = colors.reshape(-1, colors.shape[2], 3)
    return np.asarray(cv2.transform(flat, matrix), np.uint8).reshape(colors.shape)


def _waves(turns: NDArray[np.float64], chance: np.random.Generator) -> NDArray[np.float64]:
    """A smooth periodic function of hue within about [-1, 1]."""
    heights = chance.normal(0, 0.45, 3)
    phases = chance.random(3)
    waves = [
        height * np.sin(2 * np.pi * (order * turns + phase))
        for order, height, phase in zip((1, 2, 3), heights, phases, strict=True)
    ]
    return np.asarray(np.sum(waves, axis=0), np.float64)
