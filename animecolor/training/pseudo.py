"""Near infrared guessed from color, where no camera saw it: for clips, demonstrations and tests."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MIX = (1.10, 0.15, -0.32)
"""Share of encoded red, green and blue: skies are dark, skin and earth bright."""
LEAVES = 1.93
"""How much brighter green is, by how far it is from grey: chlorophyll reflects near infrared."""
MOST = 0.3
"""Greener than this no leaf is; drawn ones are."""


def pseudo_nir(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """What a near-infrared camera might have seen.

    The coefficients are a least-squares fit to 442 registered pairs. It tells little: on 28 others
    its error is 0.177 RMS where one constant has 0.200, and luma 0.243. A model's score on it says
    how it is hosted, never how well it paints real infrared.

    Args:
        rgb: (..., H, W, 3).

    Returns:
        (..., H, W) in [0, 1].
    """
    color = rgb.astype(np.float32) / np.float32(255)
    red, green, blue = (color[..., channel] for channel in range(3))
    mean = (red + green + blue) / 3 + np.float32(1e-3)
    leaves = np.clip((2 * green - red - blue) / (3 * mean), 0, MOST)
    guess = MIX[0] * red + MIX[1] * green + MIX[2] * blue + LEAVES * leaves
    plane: NDArray[np.float32] = np.clip(guess, 0, 1).astype(np.float32)
    return plane
