"""The sheet a cel is drawn on, and the brush that draws on it.

A sheet is a supersampled map of numbers (see ``paint``): fills and ink lines are painted back to
front without antialiasing, so color, ink and regions later come from one and the same picture.
An outline is stroked first and filled after, which leaves ink outside the union only: limbs that
belong together join without a seam.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.training.toon import paint as paints
from animecolor.training.toon.geometry import Matrix, Points, apply, compose, normals

_SHIFT = 4
_FAR = 30000.0

Target = NDArray[np.uint16] | NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Pen:
    """How lines look."""

    width: float
    """Of the outline, in frame heights."""
    taper: float = 0.5
    """How thin open strokes end: 0 keeps the width, 1 ends in a point."""
    weight: float = 0.3
    """How much heavier the underside of a form is drawn, 0 to 1."""
    trace: float = 0.55
    """Width of the lines between tones, as a share of ``width``."""
    shade: float = 1.0
    """How deep shadows reach; 0 paints without shadows."""


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """An area to fill and the open strokes to ink; without strokes its whole outline is inked."""

    area: Points
    strokes: tuple[Points, ...] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Patch:
    """Where a fill landed: later tones and details are clipped to it."""

    box: tuple[int, int, int, int]
    """left, top, right, bottom in sheet pixels."""
    mask: NDArray[np.uint8]
    """(bottom - top, right - left), 1 inside."""
    areas: tuple[Points, ...]
    """Outlines in sheet pixels."""


EMPTY = Patch((0, 0, 0, 0), np.zeros((0, 0), np.uint8), ())

Areas = Sequence[Points | Shape]


@dataclass(frozen=True, slots=True, eq=False)
class Brush:
    """Draws on a sheet through a map from local units to sheet pixels."""

    sheet: NDArray[np.uint16]
    """(H, W) numbers, drawn in place."""
    matrix: Matrix
    pen: Pen
    width: float
    """Of the outline, in sheet pixels."""
    light: tuple[float, float] = (-0.5, -0.86)
    """Unit vector towards the light, on screen."""

    def at(self, matrix: Matrix) -> Brush:
        """The same brush inside a placed part."""
        return replace(self, matrix=compose(self.matrix, matrix))

    def thin(self, factor: float) -> Brush:
        """The same brush with lines ``factor`` times as wide."""
        return replace(self, width=max(self.width * factor, 1.0))

    @property
    def unit(self) -> float:
        """Sheet pixels in one local unit."""
        return float(abs(np.linalg.det(self.matrix[:, :2])) ** 0.5)

    def fill(self, areas: Areas, paint: int, tone: int = 0, inked: bool = True) -> Patch:
        """Ink and fill the union of some areas, and say where it landed."""
        shapes = [a if isinstance(a, Shape) else Shape(a) for a in areas]
        outlines = tuple(apply(self.matrix, s.area) for s in shapes)
        box = self._box(outlines)
        if box[2] <= box[0] or box[3] <= box[1]:
            return EMPTY
        if inked:
            ink = paints.line(paint)
            for shape, outline in zip(shapes, outlines, strict=True):
                if shape.strokes is None:
                    _stroke(self.sheet, outline, ink, self._widths(outline, True, 2.0), True)
                else:
                    for stroke in shape.strokes:
                        self._open(self.sheet, apply(self.matrix, stroke), ink, 2.0)
        mask = np.zeros((box[3] - box[1], box[2] - box[0]), np.uint8)
        number = paints.region(paint, tone)
        for outline in outlines:
            _area(self.sheet, outline, number)
            _area(mask, outline - box[:2], 1)
        return Patch(box, mask, outlines)

    def rim(self, area: Points, patch: Patch, paint: int) -> None:
        """Ink an outline except where it runs over a patch, as a shoulder joins a body."""
        view = self._view(patch)
        under = view.copy()
        outline = apply(self.matrix, area)
        widths = self._widths(outline, True, 2.0)
        _stroke(self.sheet, outline, paints.line(paint), widths, True)
        inner = patch.mask == 1
        view[inner] = under[inner]

    def inside(self, patch: Patch, areas: Areas, paint: int, inked: bool = True) -> None:
        """Fill areas of another paint, clipped to a patch; what is ink there stays ink."""
        if not patch.areas:
            return
        stencil = self._stencil(patch, areas, inked)
        view = self._view(patch)
        open_ = (patch.mask == 1) & (view < paints.INK)
        view[open_ & (stencil == 1)] = paints.region(paint)
        view[open_ & (stencil == 2)] = paints.line(paint)

    def shadow(self, patch: Patch, depth: float) -> None:
        """Shade the side of a patch that is turned from the light, ``depth`` local units deep."""
        if not patch.areas or self.pen.shade == 0:
            return
        shift = np.array(self.light) * depth * self.unit * self.pen.shade
        stencil = np.zeros_like(patch.mask)
        width = self.width * self.pen.trace
        for area in patch.areas:
            moved = area + shift - patch.box[:2]
            _stroke(stencil, moved, 2, _even(moved, width), True)
        for area in patch.areas:
            _area(stencil, area + shift - patch.box[:2], 1)
        self._tone(patch, stencil == 0, stencil == 2, 1)

    def tone(self, patch: Patch, areas: Areas, tone: int) -> None:
        """Turn the normal tone inside some areas of a patch to shadow (1) or light (2)."""
        if not patch.areas:
            return
        stencil = self._stencil(patch, areas, True, self.pen.trace)
        self._tone(patch, stencil == 1, stencil == 2, tone)

    def cast(self, area: Points) -> None:
        """Throw a shadow over whatever has been drawn so far."""
        outline = apply(self.matrix, area)
        box = self._box((outline,))
        if box[2] <= box[0] or box[3] <= box[1]:
            return
        mask = np.ones((box[3] - box[1], box[2] - box[0]), np.uint8)
        self.tone(Patch(box, mask, (outline,)), [area], 1)

    def line(self, stroke: Points, paint: int, factor: float = 1.0) -> None:
        """Ink an open stroke with tapering ends."""
        self._open(self.sheet, apply(self.matrix, stroke), paints.line(paint), factor)

    def mark(self, patch: Patch, stroke: Points, paint: int, factor: float = 1.0) -> None:
        """Ink an open stroke, clipped to a patch."""
        if not patch.areas:
            return
        stencil = np.zeros_like(patch.mask)
        self._open(stencil, apply(self.matrix, stroke) - patch.box[:2], 1, factor)
        view = self._view(patch)
        view[(stencil == 1) & (patch.mask == 1)] = paints.line(paint)

    def _open(self, target: Target, pts: Points, ink: int, factor: float) -> None:
        _stroke(target, pts, ink, self._widths(pts, False, factor), False)

    def _view(self, patch: Patch) -> NDArray[np.uint16]:
        left, top, right, bottom = patch.box
        return self.sheet[top:bottom, left:right]

    def _tone(
        self, patch: Patch, filled: NDArray[np.bool_], edge: NDArray[np.bool_], tone: int
    ) -> None:
        view = self._view(patch)
        plain = (patch.mask == 1) & (view < paints.INK) & (view % 3 == 1)
        view[plain & filled] += np.uint16(tone)
        edge = plain & edge
        view[edge] = paints.INK + 2 * ((view[edge] - 1) // 3) + 1

    def _stencil(
        self, patch: Patch, areas: Areas, inked: bool, factor: float = 1.0
    ) -> NDArray[np.uint8]:
        stencil = np.zeros_like(patch.mask)
        outlines = [
            apply(self.matrix, a.area if isinstance(a, Shape) else a) - patch.box[:2] for a in areas
        ]
        if inked:
            for outline in outlines:
                widths = self._widths(outline, True, 2 * factor)
                _stroke(stencil, outline, 2, widths, True)
        for outline in outlines:
            _area(stencil, outline, 1)
        return stencil

    def _box(self, outlines: Sequence[Points]) -> tuple[int, int, int, int]:
        margin = 2
        low = np.min([o.min(axis=0) for o in outlines], axis=0) - margin
        high = np.max([o.max(axis=0) for o in outlines], axis=0) + margin
        height, width = self.sheet.shape
        left, top = max(0, int(low[0])), max(0, int(low[1]))
        return left, top, min(width, int(high[0]) + 1), min(height, int(high[1]) + 1)

    def _widths(self, pts: Points, closed: bool, factor: float) -> NDArray[np.int64]:
        """Width of each piece of a stroke in sheet pixels."""
        base = self.width * factor
        width = np.full(len(pts), base)
        if self.pen.weight > 0 and closed:
            width *= 1 + self.pen.weight * normals(pts, closed)[:, 1] * _turn(pts)
        if not closed and self.pen.taper > 0:
            along = np.linspace(0, 1, len(pts))
            width *= 1 - self.pen.taper * (2 * along - 1) ** 4
        whole: NDArray[np.int64] = np.maximum(np.rint(width), 1).astype(np.int64)
        return whole


def _turn(pts: Points) -> float:
    """+1 for an outline that runs clockwise on screen, -1 otherwise."""
    x, y = pts[:, 0], pts[:, 1]
    area = x[:-1] @ y[1:] - y[:-1] @ x[1:] + x[-1] * y[0] - y[-1] * x[0]
    return 1.0 if area > 0 else -1.0


def _even(pts: Points, width: float) -> NDArray[np.int64]:
    return np.full(len(pts), max(1, round(width)), np.int64)


def _fixed(pts: Points) -> NDArray[np.int32]:
    near = np.clip(pts - 0.5, -_FAR, _FAR)
    return np.rint(near * (1 << _SHIFT)).astype(np.int32)


def _area(target: Target, outline: Points, number: int) -> None:
    cv2.fillPoly(target, [_fixed(outline)], number, cv2.LINE_8, _SHIFT)


def _stroke(
    target: Target,
    pts: Points,
    number: int,
    widths: NDArray[np.int64],
    closed: bool,
) -> None:
    """Draw a stroke piece by piece, one call for each run of equal width."""
    fixed = _fixed(pts)
    if widths.min() == widths.max():
        cv2.polylines(target, [fixed], closed, number, int(widths[0]), cv2.LINE_8, _SHIFT)
        return
    if closed:
        fixed, widths = np.vstack([fixed, fixed[:1]]), np.append(widths, widths[0])
    breaks = [0, *(np.flatnonzero(np.diff(widths)) + 1).tolist(), len(widths) - 1]
    for first, last in zip(breaks[:-1], breaks[1:], strict=True):
        if last > first:
            run = [fixed[first : last + 1]]
            cv2.polylines(target, run, False, number, int(widths[first]), cv2.LINE_8, _SHIFT)
