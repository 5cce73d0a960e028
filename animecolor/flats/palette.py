"""Palettes: the exact colors that a shot may have."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Swatch:
    """One color of a palette."""

    rgb: tuple[int, int, int]
    """Display-referred sRGB, 8 bits."""
    name: str = ""
    """Such as ``girl.shirt.shadow``."""
    count: int = 0
    """Pixels it was found on; 0 where nobody counted."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Named colors in a fixed order: index i of a flats layer means swatch i."""

    swatches: tuple[Swatch, ...]
    name: str = ""

    @property
    def rgb(self) -> NDArray[np.uint8]:
        """(P, 3)."""
        return np.array([swatch.rgb for swatch in self.swatches], np.uint8).reshape(-1, 3)
