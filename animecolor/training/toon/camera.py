"""The camera and the stage it looks at.

Scene units: the frame is 1 high at zoom 1, the origin is its middle at the start of the shot.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

import numpy as np
from numpy.typing import NDArray

from animecolor.training.toon.geometry import Matrix
from animecolor.training.toon.sheet import Brush, Pen


@dataclass(frozen=True, slots=True)
class View:
    """Where the camera is at a moment."""

    x: float
    y: float
    zoom: float

    def matrix(self, size: tuple[int, int], depth: float) -> Matrix:
        """Scene to pixels of an (H, W) picture, in a layer that follows ``depth`` of the travel."""
        zoom = 1 + (self.zoom - 1) * depth
        scale = zoom * size[0]
        return np.array(
            [
                [scale, 0.0, size[1] / 2 - self.x * depth * scale],
                [0.0, scale, size[0] / 2 - self.y * depth * scale],
            ]
        )


@dataclass(frozen=True, slots=True)
class Camera:
    """A move from one view to another, a steady drift, and a shake."""

    start: View
    end: View
    span_s: float = 4.0
    drift: float = 0.0
    """Scene units a second to the right."""
    shake: float = 0.0

    def at(self, t: float) -> View:
        """The view at ``t`` seconds."""
        u = min(1.0, max(0.0, t / self.span_s))
        u = u * u * (3 - 2 * u)
        a, b = self.start, self.end
        jolt = self.shake * sin(2 * pi * t * 5.5)
        return View(
            a.x + (b.x - a.x) * u + self.drift * t + jolt * 0.6,
            a.y + (b.y - a.y) * u + self.shake * sin(2 * pi * t * 7.1),
            a.zoom * (b.zoom / a.zoom) ** u,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """A sheet under a camera view."""

    sheet: NDArray[np.uint16]
    view: View
    pen: Pen
    light: tuple[float, float]

    def brush(self, depth: float = 1.0, factor: float = 1.0) -> Brush:
        """A brush in scene units for a layer of this depth; lines ``factor`` times as wide."""
        height, width = self.sheet.shape
        zoom = 1 + (self.view.zoom - 1) * depth
        # Lines swell less than the picture when the camera closes in, as a redrawn close-up's do.
        line = self.pen.width * height * zoom**0.35 * factor
        matrix = self.view.matrix((height, width), depth)
        return Brush(self.sheet, matrix, self.pen, max(line, 1.0), self.light)

    def span(self, depth: float = 1.0) -> tuple[float, float]:
        """Left and right edge of what is visible at this depth."""
        height, width = self.sheet.shape
        zoom = 1 + (self.view.zoom - 1) * depth
        half = width / height / 2 / zoom
        return self.view.x * depth - half, self.view.x * depth + half
