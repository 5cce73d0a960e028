"""Curves of a drawing: smooth outlines, limbs, and the affine maps that place them.

Points are ``(N, 2)`` float64 arrays of x to the right and y down; angles are radians; a matrix is
``(2, 3)`` and maps local points to those of its parent.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from math import cos, pi, sin

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Matrix = NDArray[np.float64]
Point = tuple[float, float]

_STEPS = 7


def points(*pairs: Point) -> Points:
    """Pairs of (x, y) as an (N, 2) array."""
    return np.array(pairs, dtype=np.float64)


def place(x: float = 0.0, y: float = 0.0, scale: float = 1.0, angle: float = 0.0) -> Matrix:
    """The map that scales, then turns (clockwise on screen), then moves to (x, y)."""
    c, s = scale * cos(angle), scale * sin(angle)
    return np.array([[c, -s, x], [s, c, y]])


def stretch(sx: float, sy: float, x: float = 0.0, y: float = 0.0) -> Matrix:
    """The map that scales each axis by its own factor, then moves to (x, y)."""
    return np.array([[sx, 0.0, x], [0.0, sy, y]])


def compose(outer: Matrix, inner: Matrix) -> Matrix:
    """The map that applies ``inner`` first."""
    linear = outer[:, :2] @ inner[:, :2]
    return np.column_stack([linear, outer[:, :2] @ inner[:, 2] + outer[:, 2]])


def apply(matrix: Matrix, pts: Points) -> Points:
    """(N, 2) points through a map."""
    moved: Points = pts @ matrix[:, :2].T + matrix[:, 2]
    return moved


@lru_cache(maxsize=512)
def _spline(count: int, closed: bool) -> NDArray[np.float64]:
    """Weights (samples, count) of a Catmull-Rom curve through ``count`` points."""
    pieces = count if closed else count - 1
    rows = []
    for piece in range(pieces):
        for step in range(_STEPS):
            rows.append(_weights(count, closed, piece, step / _STEPS))
    if not closed:
        rows.append(_weights(count, closed, pieces - 1, 1.0))
    return np.array(rows)


def _weights(count: int, closed: bool, piece: int, u: float) -> NDArray[np.float64]:
    cubic = (
        (-u + 2 * u * u - u**3) / 2,
        (2 - 5 * u * u + 3 * u**3) / 2,
        (u + 4 * u * u - 3 * u**3) / 2,
        (u**3 - u * u) / 2,
    )
    row = np.zeros(count)
    for offset, weight in zip((-1, 0, 1, 2), cubic, strict=True):
        index = piece + offset
        row[index % count if closed else min(max(index, 0), count - 1)] += weight
    return row


def smooth(controls: Points | Sequence[Point], closed: bool = True) -> Points:
    """Catmull-Rom curve through the control points."""
    controls = np.asarray(controls, dtype=np.float64)
    curve: Points = _spline(len(controls), closed) @ controls
    return curve


@lru_cache(maxsize=64)
def _circle(count: int) -> Points:
    turns = np.linspace(0, 2 * pi, count, endpoint=False)
    return np.stack([np.cos(turns), np.sin(turns)], axis=1)


def ellipse(x: float, y: float, rx: float, ry: float, angle: float = 0.0) -> Points:
    """Closed ellipse of 28 points."""
    turned = _circle(28) * (rx, ry)
    return apply(place(x, y, 1.0, angle), turned)


def arc(center: Point, radii: Point, first: float, last: float, count: int = 14) -> Points:
    """Open piece of an ellipse from angle ``first`` to ``last``; 0 is right, pi/2 is down."""
    turns = np.linspace(first, last, count)
    return np.stack(
        [center[0] + radii[0] * np.cos(turns), center[1] + radii[1] * np.sin(turns)], axis=1
    )


def scallops(pts: Points, bumps: int, depth: float) -> Points:
    """A closed outline made wavy: ``bumps`` round lobes that stand out by ``depth``."""
    closed = np.vstack([pts, pts[:1]])
    steps = np.hypot(*np.diff(closed, axis=0).T)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    where = np.linspace(0, along[-1], bumps * 8, endpoint=False)
    even = np.stack([np.interp(where, along, closed[:, axis]) for axis in (0, 1)], axis=1)
    out = normals(even, closed=True)
    lift = np.abs(np.sin(np.arange(bumps * 8) / 8 * pi))
    wavy: Points = even + out * (depth * lift)[:, None]
    return wavy


def normals(pts: Points, closed: bool) -> Points:
    """Unit normals (N, 2) that point out of a clockwise outline (on screen)."""
    if closed:
        ring = np.concatenate([pts[-1:], pts, pts[:1]])
        along = ring[2:] - ring[:-2]
    else:
        along = np.gradient(pts, axis=0)
    length = np.maximum(np.hypot(along[:, 0], along[:, 1]), 1e-9)
    return np.stack([along[:, 1] / length, -along[:, 0] / length], axis=1)


def bone(start: Point, angle: float, length: float) -> Point:
    """End of a bone that hangs down at angle 0 and swings towards +x."""
    return start[0] + sin(angle) * length, start[1] + cos(angle) * length


def knee(hip: Point, foot: Point, upper: float, lower: float, bend: float) -> tuple[Point, Point]:
    """Joint and end of a two-bone limb that reaches for ``foot``; ``bend`` is +1 or -1."""
    dx, dy = foot[0] - hip[0], foot[1] - hip[1]
    reach = max((dx * dx + dy * dy) ** 0.5, 1e-6)
    limit = (upper + lower) * 0.999
    if reach > limit:
        dx, dy, reach = dx * limit / reach, dy * limit / reach, limit
    reach = max(reach, abs(upper - lower) + 1e-6)
    side = (upper * upper - lower * lower + reach * reach) / (2 * reach)
    height = max(upper * upper - side * side, 0.0) ** 0.5
    ux, uy = dx / reach, dy / reach
    joint = hip[0] + ux * side + uy * height * bend, hip[1] + uy * side - ux * height * bend
    return joint, (hip[0] + dx, hip[1] + dy)


def tube(spine: Points, radii: Sequence[float]) -> Points:
    """Closed outline of a soft limb; ``radii`` are spread evenly along the spine.

    The outline runs from the start along one side, round the end, and back along the other, so
    its first and last points are the two corners of the start.
    """
    out = normals(spine, closed=False)
    where = np.linspace(0, 1, len(spine))
    width = np.interp(where, np.linspace(0, 1, len(radii)), radii)[:, None]
    one, other = spine + out * width, spine - out * width
    tip = spine[-1] + (spine[-1] - spine[-2]) * 1e-6
    ahead = spine[-1] - spine[-2]
    heading = float(np.arctan2(ahead[1], ahead[0]))
    cap = arc(
        (float(tip[0]), float(tip[1])),
        (radii[-1], radii[-1]),
        heading - pi / 2,
        heading + pi / 2,
        9,
    )
    return np.vstack([one, cap, other[::-1]])


def limb(a: Point, b: Point, c: Point, radii: Sequence[float]) -> Points:
    """Outline of a limb through three joints, its bend rounded."""
    return tube(bend(a, b, c), radii)


def bend(a: Point, b: Point, c: Point) -> Points:
    """Centre line (15, 2) through two joints and an end, rounded at the middle joint."""
    u = np.linspace(0, 1, 15)[:, None]
    first, mid, last = np.array(a), np.array(b), np.array(c)
    # A quadratic Bezier pulled most of the way to the joint: firm enough to read as an elbow.
    pull = mid + 0.62 * (mid - (first + last) / 2)
    curve: Points = (1 - u) ** 2 * first + 2 * u * (1 - u) * pull + u * u * last
    return curve
