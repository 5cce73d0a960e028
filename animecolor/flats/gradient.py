"""Gradients: keep a softly painted region smooth where the network is not."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.regions import Labels

_LEAST = 64
"""Pixels a region must have for its gradient to be known."""
_TURNS = 5
_GRAIN = 3 / 255
"""Deviation, one sigma of a channel, that is never an outlier."""
_NEAR, _FAR = 3.0, 6.0
"""Sigmas up to which a color is kept as it is, and from which on it is replaced."""


def steady(
    color: NDArray[np.float32], labels: Labels, soft: NDArray[np.bool_]
) -> NDArray[np.float32]:
    """Replace colors that stray from the gradient of their region.

    Behind what has just moved away a network leaves stains. A second-degree surface is fitted to
    each region by iteratively reweighted least squares (Geman and McClure's weights; the scale is
    the median deviation), so that stains have no say in it; colors many scales off take its value.
    A painted texture deviates everywhere, which widens the scale, and is kept.

    Args:
        color: (H, W, 3) RGB in [0, 1].
        labels: (H, W), at the same size; 0 is none.
        soft: (R + 1,) the regions that have gradients.

    Returns:
        (H, W, 3) float32; a new array.
    """
    steadied = color.copy()
    for region in np.flatnonzero(soft):
        at = labels == region
        if region and np.count_nonzero(at) >= _LEAST:
            steadied[at] = _steadied(color[at].astype(np.float64), np.argwhere(at))
    return steadied


def _steadied(colors: NDArray[np.float64], places: NDArray[np.intp]) -> NDArray[np.float64]:
    """(N, 3) colors at (N, 2) places."""
    y, x = (2 * (places - places.min(0)) / np.maximum(np.ptp(places, 0), 1) - 1).T
    terms = np.stack((np.ones_like(x), x, y, x * x, x * y, y * y), axis=1)
    weight = np.ones(len(x))
    for _ in range(_TURNS):
        weighted = terms * weight[:, None]
        # A strip has no slope across: the least of all solutions will do.
        slopes = np.linalg.lstsq(weighted.T @ terms, weighted.T @ colors, rcond=1e-9)[0]
        fitted = terms @ slopes
        off = np.sqrt(np.square(colors - fitted).mean(axis=1))
        scale = max(1.48 * float(np.median(off)), _GRAIN)
        weight = 1 / np.square(1 + np.square(off / scale))
    stray = np.clip((off / scale - _NEAR) / (_FAR - _NEAR), 0, 1)[:, None]
    kept: NDArray[np.float64] = np.clip(colors + stray * (fitted - colors), 0, 1)
    return kept
