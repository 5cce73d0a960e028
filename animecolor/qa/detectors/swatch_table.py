"""What every color means to a palette: looked up, and worked out when first met."""

from __future__ import annotations

from enum import IntEnum

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e, to_lab
from animecolor.flats.palette import LOSSY_MERGE, Palette, Swatch, snap

PLACEHOLDERS = ((255, 0, 255),)
"""Colors that stand for none yet, by custom, unless the palette has them."""
_TEMPORARY_NAMES = ("temp", "kari", "仮")
_INK = 4.0
"""CIEDE2000 from black within which a color is ink, which few palettes list."""
_TEMPORARY_WITHIN = 6.0
"""CIEDE2000 within which a compressed color is a placeholder's: nothing else is near them."""
_COARSE = 0xFCFCFC
"""Bits by which compressed colors are told apart: cells of 4 levels."""
_CELL = 1.0
"""CIEDE2000 that a cell of 4 levels is wide; allowed beside what compression needs."""


class Kind(IntEnum):
    """What a color is."""

    UNKNOWN = 0
    ALLOWED = 1
    OFF = 2
    TEMPORARY = 3


class SwatchTable:
    """Sorts colors into allowed ones, ones off the palette, and placeholders.

    Of exact clips a color must be the palette's own; of compressed ones it may differ by CIEDE2000
    3 as in ``flats``, and colors are looked up in cells of 4 levels.
    """

    def __init__(
        self, palette: Palette | None, lossy: bool, temporary: tuple[tuple[int, int, int], ...] = ()
    ) -> None:
        """Read the palette; without one only placeholders are told.

        Args:
            palette: whose swatches are allowed, but for those named as placeholders.
            lossy: whether the clip was compressed with losses.
            temporary: more placeholders.
        """
        self.lossy = lossy
        self._mask = np.uint32(_COARSE if lossy else 0xFFFFFF)
        self._half = 2 if lossy else 0
        swatches = () if palette is None else palette.swatches
        named = tuple(s.rgb for s in swatches if s.name.lower().startswith(_TEMPORARY_NAMES))
        self.allowed = Palette(tuple(s for s in swatches if s.rgb not in named))
        known = {swatch.rgb for swatch in self.allowed.swatches}
        chosen = dict.fromkeys((*named, *temporary, *PLACEHOLDERS))
        self.temporary = Palette(tuple(Swatch(rgb) for rgb in chosen if rgb not in known))
        self._within = LOSSY_MERGE + _CELL if lossy else 0.0
        self._temporary_within = _TEMPORARY_WITHIN + _CELL if lossy else 0.0
        self._kinds = np.zeros(1 << 24, np.uint8)

    def keys(self, picture: NDArray[np.uint8]) -> NDArray[np.uint32]:
        """(h, w, 3) uint8 sRGB -> (h, w) the cell of each color, 0xBBGGRR."""
        padded = cv2.cvtColor(picture, cv2.COLOR_RGB2RGBA)
        return padded.view(np.dtype("<u4"))[..., 0] & self._mask

    def kinds(self, keys: NDArray[np.uint32]) -> NDArray[np.uint8]:
        """(...) ``Kind`` of cells; those never met before are worked out."""
        found = self._kinds[keys]
        new = found == Kind.UNKNOWN
        if new.any():
            self._learn(np.unique(keys[new]))
            found = self._kinds[keys]
        return np.asarray(found, np.uint8)

    def nearest(self, rgb: tuple[int, int, int]) -> tuple[Swatch | None, float]:
        """The allowed swatch nearest to a color, and CIEDE2000 to it."""
        index, distance = snap(self.allowed, np.array([rgb], np.uint8))
        swatch = self.allowed.swatches[index[0]] if index[0] >= 0 else None
        return swatch, float(distance[0])

    def _color(self, key: int) -> tuple[int, int, int]:
        """The color in the middle of a cell."""
        red, green, blue = ((key >> shift & 255) + self._half for shift in (0, 8, 16))
        return red, green, blue

    def _learn(self, keys: NDArray[np.uint32]) -> None:
        rgb = np.array([self._color(key) for key in keys.tolist()], np.uint8)
        kinds = np.full(len(keys), Kind.ALLOWED, np.uint8)
        if self.allowed.swatches:
            _, apart = snap(self.allowed, rgb)
            ink = delta_e(to_lab(rgb), np.zeros((len(rgb), 3))) <= _INK
            kinds[(apart > self._within) & ~ink] = Kind.OFF
        else:
            apart = np.full(len(keys), np.inf, np.float32)
        _, placeholder = snap(self.temporary, rgb)
        near = (placeholder <= self._temporary_within) & (placeholder < apart)
        kinds[near] = Kind.TEMPORARY
        self._kinds[keys] = kinds
