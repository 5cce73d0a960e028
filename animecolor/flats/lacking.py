"""What a painted picture has that a palette has not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.census import flat_colors, pack
from animecolor.flats.palette import LOSSY_MERGE, Palette, Swatch, snap


@dataclass(frozen=True, slots=True)
class Lack:
    """A flat color that is none of a palette's."""

    found: Swatch
    """The color and its pixels."""
    box: tuple[int, int, int, int]
    """Top, left, bottom, right of the pixels that have it; the last two are excluded."""
    nearest: Swatch | None
    """What it was perhaps meant to be; None where the palette is empty."""
    distance: float
    """CIEDE2000 to it."""


def lacking(
    picture: NDArray[np.uint8], palette: Palette, within: float | None = None
) -> tuple[Lack, ...]:
    """The flat colors of a picture that a palette lacks, most frequent first.

    Args:
        picture: as ``flats.census.flat_colors`` reads it.
        palette: the colors that are allowed.
        within: CIEDE2000 up to which a color counts as the palette's. None: an exact picture must
            have the very color, a compressed one may differ by 3.
    """
    found = flat_colors(picture)
    if within is None:
        within = 0 if found.exact else LOSSY_MERGE
    index, distance = snap(palette, found.rgb)
    packed = pack(picture)
    if picture.shape[2] == 4:
        packed[picture[..., 3] < 255] = -1
    values = pack(found.rgb)
    return tuple(
        Lack(
            Swatch((int(r), int(g), int(b)), count=int(found.count[at])),
            _box(packed == values[at]),
            palette.swatches[index[at]] if index[at] >= 0 else None,
            float(distance[at]),
        )
        for at, (r, g, b) in enumerate(found.rgb)
        if distance[at] > within
    )


def _box(inside: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero(inside.any(axis)) for axis in (1, 0))
    return int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
