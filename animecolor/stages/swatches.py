"""Give every region of a drawing a swatch, and a shot its swatches as their colors come."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.palette import MOST, Palette, Swatch, snap
from animecolor.flats.track import Settled

SAME = 3.0
"""CIEDE2000 up to which a color voted for is one that the shot has already."""


def keep_to(palette: Palette, settled: Settled) -> Settled:
    """Give regions that were rejected the nearest swatch all the same: nothing is off a palette.

    Args:
        palette: not empty.
        settled: of a drawing; ``index`` is -1 where rejected.

    Returns:
        The same with an index for every region that is not soft.
    """
    lost = _lost(settled)
    index = settled.index.copy()
    index[lost], _ = snap(palette, settled.rgb[lost])
    return _with_index(settled, index, palette)


def make_known(
    palette: Palette, settled: Settled, wanted: NDArray[np.uint8], same: float
) -> tuple[Settled, Palette]:
    """Give regions without a swatch one that is near, or a new one, the largest region first.

    Beyond what a palette may have a color is the nearest there is.

    Args:
        palette: what the shot has so far; may be empty.
        settled: of a drawing; ``index`` is -1 where it has none.
        wanted: (R + 1, 3) sRGB: the color that a region without a swatch should have.
        same: CIEDE2000 up to which a color is one that is known; 0 is equality.

    Returns:
        The same with an index for every region that is not soft, and the palette with what is new.
    """
    index = settled.index.copy()
    rows = np.flatnonzero(_lost(settled))
    rows = rows[np.argsort(-settled.regions.area[rows], kind="stable")]
    index[rows], _ = snap(palette, wanted[rows], same)
    swatches = list(palette.swatches)
    rows = rows[index[rows] < 0]
    while len(rows) and len(swatches) < MOST:
        red, green, blue = wanted[rows[0]].tolist()
        swatches.append(Swatch((red, green, blue)))
        near, _ = snap(Palette((swatches[-1],)), wanted[rows], same)
        index[rows[near == 0]] = len(swatches) - 1
        rows = rows[near < 0]
    palette = replace(palette, swatches=tuple(swatches))
    index[rows], _ = snap(palette, wanted[rows])
    return _with_index(settled, index, palette), palette


def _lost(settled: Settled) -> NDArray[np.bool_]:
    lost = np.asarray((settled.index < 0) & ~settled.soft)
    lost[:1] = False
    return lost


def _with_index(settled: Settled, index: NDArray[np.int32], palette: Palette) -> Settled:
    rgb = settled.rgb.copy()
    has = index >= 0
    has[:1] = False
    rgb[has] = palette.rgb[index[has]]
    return replace(settled, rgb=rgb, index=index)
