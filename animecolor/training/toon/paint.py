"""Paints of a shot: what a label means, and what color it has.

Every paint has three tones (normal, shadow, light) and two inks: the line around it, and the trace
line between its tones, which a painter fills in with the shadow's own color. While a frame is
drawn a pixel holds one number that says all of that; ``region``, ``line`` and ``trace`` make it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

RGB = tuple[int, int, int]

INK = 20000
"""Numbers from here on are ink."""
TONES = ("", ".shadow", ".light")


def region(paint: int, tone: int = 0) -> int:
    """Label of a paint's normal (0), shadow (1) or light (2) tone."""
    return 1 + 3 * paint + tone


def line(paint: int) -> int:
    """Ink of the outline around a paint."""
    return INK + 2 * paint


def trace(paint: int) -> int:
    """Ink of the boundary between two tones of a paint."""
    return INK + 2 * paint + 1


@dataclass(frozen=True, slots=True)
class Swatch:
    """What one label of ``ToonFrame.regions`` stands for."""

    name: str
    """Such as ``girl.shirt.shadow``."""
    rgb: RGB
    """Exact color; the middle of the range where ``gradient``."""
    gradient: bool = False
    """True where the region is painted softly instead of flat."""


@dataclass(frozen=True, slots=True)
class Fade:
    """A soft fill: from ``top`` at height ``above`` to ``bottom`` at ``below`` (scene units)."""

    top: RGB
    bottom: RGB
    above: float
    below: float
    depth: float = 1.0
    """Share of the camera's travel that the region follows."""
    grain: float = 0.0
    """Strength of the brush texture, in color levels."""


@dataclass(frozen=True, slots=True)
class Paint:
    """One paint: its tones, its line's color, and its soft fill if it has one."""

    name: str
    tones: tuple[RGB, RGB, RGB]
    line: RGB
    fade: Fade | None = None


@dataclass(slots=True)
class PaintBox:
    """Collects paints while a shot is planned; numbers them in order."""

    line_mix: float
    """0 draws black lines, 1 lines in a dark version of each paint."""
    shadow_hue: RGB
    paints: list[Paint] = field(default_factory=list)

    def mix(self, name: str, rgb: RGB, fade: Fade | None = None) -> int:
        """Add a paint, derive its shadow, light and line colors, and return its number."""
        tones = (rgb, shade(rgb, self.shadow_hue), tint(rgb))
        inked = blend((26, 22, 28), scale(rgb, 0.38), self.line_mix)
        self.paints.append(Paint(name, tones, inked, fade))
        return len(self.paints) - 1


def blend(a: RGB, b: RGB, t: float) -> RGB:
    """``a`` at t = 0, ``b`` at t = 1."""
    r, g, b_ = (round(p + (q - p) * t) for p, q in zip(a, b, strict=True))
    return r, g, b_


def scale(rgb: RGB, factor: float) -> RGB:
    """Each channel times ``factor``, clipped to 0..255."""
    r, g, b = (min(255, max(0, round(c * factor))) for c in rgb)
    return r, g, b


def shade(rgb: RGB, hue: RGB) -> RGB:
    """The shadow of a color: darker, and leaning towards ``hue``."""
    return blend(scale(rgb, 0.74), hue, 0.12)


def tint(rgb: RGB) -> RGB:
    """The highlight of a color: towards warm white."""
    return blend(rgb, (255, 252, 240), 0.45)


def swatches(paints: tuple[Paint, ...]) -> dict[int, Swatch]:
    """Label -> what it stands for, for every tone of every paint."""
    return {
        region(number, tone): Swatch(paint.name + suffix, paint.tones[tone], paint.fade is not None)
        for number, paint in enumerate(paints)
        for tone, suffix in enumerate(TONES)
    }


def lookup(paints: tuple[Paint, ...]) -> NDArray[np.uint8]:
    """(65536, 4) uint8 table: a pixel's number -> R, G, B and 255 where it is ink.

    Soft fills look up as black: their pixels are added afterwards, weighted by coverage.
    """
    table = np.zeros((65536, 4), np.uint8)
    for number, paint in enumerate(paints):
        soft = paint.fade is not None
        for tone in range(3):
            table[region(number, tone), :3] = (0, 0, 0) if soft else paint.tones[tone]
        table[line(number)] = (*paint.line, 255)
        table[trace(number)] = (*paint.tones[1], 255)
    return table
