"""Palettes: the exact colors that a shot may have."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from animecolor.errors import UsageError, printable
from animecolor.flats.census import FlatColors, flat_colors, pack
from animecolor.flats.difference import delta_e, nearest, to_lab

MOST = 255
"""Swatches that a palette may have: an index is one byte, and the last one means no swatch."""
NAMED_WITHIN = 2.0
"""CIEDE2000 up to which a color found is taken for one that a file names."""

LOSSY_MERGE = 3.0
"""CIEDE2000 within which colors of compressed pictures are taken for one."""
_LEAST = 2e-5
"""Share of all pixels that a color of compressed pictures needs: in a clip smears add up."""
_LONGEST_NAME = 200


class TooManyColors(UsageError):
    """Pictures have more flat colors than an index can tell."""


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


def read_colors(pictures: Iterable[NDArray[np.uint8]], merge: float | None = None) -> Palette:
    """The palette of painted pictures: their flat colors, counted, most frequent first.

    Args:
        pictures: (H, W, 3) uint8 sRGB, or (H, W, 4) with straight alpha, where only opaque pixels
            count; read one at a time. See ``flats.census`` for what a flat color is.
        merge: as ``Counter.merge``.

    Raises:
        TooManyColors: there are more than 255.
    """
    counter = Counter(merge)
    for picture in pictures:
        counter.add(flat_colors(picture))
    return counter.palette()


class Counter:
    """Adds up the flat colors of pictures."""

    def __init__(self, merge: float | None = None) -> None:
        """Start with no picture.

        Args:
            merge: CIEDE2000 up to which a color is taken for a more frequent one. None: colors of
                exact pictures are kept apart, those of compressed ones merge within 3.
        """
        self.merge = merge
        self.pixels = self.soft = 0
        self._exact: dict[int, int] = {}
        self._lossy: dict[int, int] = {}

    def add(self, found: FlatColors) -> None:
        """Count one picture's colors."""
        self.pixels += found.pixels
        self.soft += found.soft
        counts = self._exact if found.exact else self._lossy
        for value, count in zip(pack(found.rgb).tolist(), found.count.tolist(), strict=True):
            counts[value] = counts.get(value, 0) + count

    def palette(self) -> Palette:
        """Everything so far, most frequent first; of equally frequent ones the darkest first.

        Raises:
            TooManyColors: there are more than 255.
        """
        kept = _by_count(self._exact)
        if self.merge:
            kept = _merged([], kept, self.merge)
        exact, lossy = len(kept), _by_count(self._lossy)
        kept = _merged(kept, lossy, LOSSY_MERGE if self.merge is None else self.merge)
        kept[exact:] = [s for s in kept[exact:] if s.count >= _LEAST * self.pixels]
        if len(kept) > MOST:
            raise TooManyColors(
                f"the pictures hold {len(kept)} flat colors and a palette has at most {MOST}; "
                "merge near ones by a larger ΔE, or take fewer pictures"
            )
        kept.sort(key=lambda swatch: (-swatch.count, swatch.rgb))
        return Palette(tuple(kept))


def _by_count(counts: dict[int, int]) -> list[Swatch]:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [Swatch((value >> 16, value >> 8 & 255, value & 255), "", n) for value, n in ordered]


def _merged(kept: list[Swatch], found: list[Swatch], within: float) -> list[Swatch]:
    """Add colors to those kept, the most frequent first, each with the count of those near it."""
    known = kept + found
    lab = to_lab(Palette(tuple(known)).rgb)
    left = np.arange(len(known)) >= len(kept)
    merged: list[Swatch] = []
    for at, swatch in enumerate(known):
        if at < len(kept) or left[at]:
            left[at] = False
            near = left & (delta_e(np.tile(lab[at], (len(known), 1)), lab) <= within)
            left &= ~near
            more = sum(known[other].count for other in np.flatnonzero(near).tolist())
            merged.append(replace(swatch, count=swatch.count + more))
    return merged
