"""Palettes: the exact colors that a shot may have."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animecolor.errors import printable
from animecolor.flats.difference import nearest, to_lab

MOST = 255
"""Swatches that a palette may have: an index is one byte, and the last one means no swatch."""
NAMED_WITHIN = 2.0
"""CIEDE2000 up to which a color found is taken for one that a file names."""

_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class Swatch:
    """One color of a palette."""

    rgb: tuple[int, int, int]
    """Display-referred sRGB, 8 bits."""
    name: str = ""
    """Such as ``girl.shirt.shadow``."""
    count: int = 0
    """Pixels it was found on; 0 where nobody counted."""

    @property
    def hex(self) -> str:
        """Such as ``#a0b0c0``."""
        return "#{:02x}{:02x}{:02x}".format(*self.rgb)


@dataclass(frozen=True, slots=True)
class Palette:
    """Named colors in a fixed order: index i of a flats layer means swatch i."""

    swatches: tuple[Swatch, ...]
    name: str = ""

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """(P, 3)."""
        return np.array([swatch.rgb for swatch in self.swatches], np.uint8).reshape(-1, 3)


def tidy(name: str) -> str:
    """A name as files keep it: one line that can be shown, of at most 200 characters."""
    return " ".join(printable(name).split())[:_LONGEST_NAME].rstrip()


def snap(
    palette: Palette, rgb: NDArray[Any], reject: float = np.inf
) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """The swatch nearest to each color by CIEDE2000; the first of equals.

    Args:
        palette: may be empty: everything is rejected then.
        rgb: (N, 3) sRGB, integers in [0, 255] or floats in [0, 1].
        reject: differences above this are rejected.

    Returns:
        (N,) int32 index of the swatch, -1 where rejected, and (N,) float32 difference to the
        nearest, rejected or not; infinite for an empty palette.
    """
    if not palette.swatches or not len(rgb):
        return np.full(len(rgb), -1, np.int32), np.full(len(rgb), np.inf, np.float32)
    index, distance = nearest(to_lab(rgb), to_lab(palette.rgb))
    return np.where(distance > reject, np.int32(-1), index), distance


def named(palette: Palette, names: Palette, within: float = NAMED_WITHIN) -> Palette:
    """Give each swatch the name of the nearest named swatch of ``names``, if one is near enough.

    The colors stay those of ``palette``. A name goes to one swatch, the nearest to it; a swatch
    that is nearest to no name keeps its own.
    """
    sources = Palette(tuple(swatch for swatch in names.swatches if swatch.name))
    index, distance = snap(sources, palette.rgb, within)
    swatches = list(palette.swatches)
    left = set(range(len(sources.swatches)))
    for which in np.argsort(distance, kind="stable").tolist():
        source = int(index[which])
        if source in left:
            left.remove(source)
            swatches[which] = replace(swatches[which], name=sources.swatches[source].name)
    return replace(palette, swatches=tuple(swatches))
