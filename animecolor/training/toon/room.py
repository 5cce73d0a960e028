"""A room drawn: walls, floor and furniture, endless to both sides."""

from __future__ import annotations

import numpy as np

from animecolor.training.toon.backdrop import Backdrop
from animecolor.training.toon.camera import Stage
from animecolor.training.toon.geometry import Points, ellipse, place, points, smooth
from animecolor.training.toon.paint import region
from animecolor.training.toon.sheet import Patch

BOTTOM = 3.0
"""Below any frame, in scene units."""


def plane(stage: Stage, top: Points | float, paint: int, depth: float, inked: bool) -> Patch:
    """Fill everything below a line, given as a height or as points from left to right."""
    left, right = stage.span(depth)
    if isinstance(top, float):
        top = points((left - 0.5, top), (right + 0.5, top))
    area = np.vstack([top, [[top[-1, 0], BOTTOM], [top[0, 0], BOTTOM]]])
    return stage.brush(depth, 0.7).fill([area], paint, inked=inked)


def draw_room(drop: Backdrop, stage: Stage) -> None:
    """Draw a room; it covers the whole sheet."""
    p, h = drop.paints, drop.horizon
    stage.sheet[:] = region(p["paper"])
    brush = stage.brush(1.0, 0.8)
    left, right = stage.span()
    whole = Patch((0, 0, stage.sheet.shape[1], stage.sheet.shape[0]),
                  np.ones(stage.sheet.shape, np.uint8), (points((0, 0)),))  # fmt: skip
    if drop.seed % 2:
        bars = [points((x, -2), (x + 0.03, -2), (x + 0.03, h), (x, h))
                for x, _ in drop.cells(stage, 1.0, 0.12, 10)]  # fmt: skip
        brush.thin(0.6).inside(whole, bars, p["light"])
    brush.fill([points((left - 1, h - 0.035), (right + 1, h - 0.035), (right + 1, h),
                       (left - 1, h))], p["wood"])  # fmt: skip
    floor = plane(stage, h, p["ground"], 1.0, True)
    for y in (0.06, 0.14, 0.24):
        brush.mark(floor, points((left - 1, h + y), (right + 1, h + y)), p["ground"], 0.6)
    for x, dice in drop.cells(stage, 1.0, 0.62, 11):
        kind = int(dice.integers(4))
        _furniture(drop, stage, (x, h, kind), dice)


def _furniture(
    drop: Backdrop, stage: Stage, at: tuple[float, float, int], dice: np.random.Generator
) -> None:
    x, h, kind = at
    p = drop.paints
    brush = stage.brush(1.0, 0.8).at(place(x, h))

    def box(a: float, b: float, c: float, d: float) -> Points:
        return points((a, b), (c, b), (c, d), (a, d))

    if kind == 0:
        brush.fill([box(-0.17, -0.5, 0.17, -0.14)], p["light"])
        pane = brush.fill([box(-0.15, -0.48, 0.15, -0.16)], p["sky"])
        brush.inside(pane, [ellipse(0.1, -0.14, 0.2, 0.08)], p["hill"])
        brush.line(points((0, -0.48), (0, -0.16)), p["dark"], 1.0)
        brush.line(points((-0.15, -0.32), (0.15, -0.32)), p["dark"], 1.0)
        for s in (-1.0, 1.0):
            curtain = smooth([(s * 0.24, -0.53), (s * 0.1, -0.53), (s * 0.14, -0.3),
                              (s * 0.19, -0.08), (s * 0.25, -0.1)])  # fmt: skip
            brush.shadow(brush.fill([curtain], p["wall0"]), 0.03)
    elif kind == 1:
        brush.fill([box(-0.18, -0.46, 0.18, 0.03)], p["wood"])
        for y in (-0.43, -0.28, -0.13):
            brush.fill([box(-0.16, y, 0.16, y + 0.12)], p["dark"])
            edge = -0.155
            while edge < 0.11:
                w, tall = dice.uniform(0.018, 0.035), dice.uniform(0.07, 0.11)
                spine = box(edge, y + 0.12 - tall, edge + w, y + 0.12)
                brush.thin(0.7).fill([spine], p[f"wall{int(dice.integers(4))}"])
                edge += w
    elif kind == 2:
        sofa = [smooth([(-0.26, -0.04), (-0.25, -0.24), (0.0, -0.27), (0.25, -0.24),
                        (0.26, -0.04)])]  # fmt: skip
        brush.shadow(brush.fill(sofa, p["wall1"]), 0.04)
        seat = [box(-0.24, -0.11, 0.24, 0.05), ellipse(-0.27, -0.06, 0.06, 0.1),
                ellipse(0.27, -0.06, 0.06, 0.1)]  # fmt: skip
        brush.shadow(brush.fill(seat, p["wall1"]), 0.03)
    else:
        frame = brush.fill([box(-0.12, -0.48, 0.12, -0.3)], p["wood"])
        brush.inside(frame, [box(-0.1, -0.46, 0.1, -0.32)], p["light"])
        brush.inside(frame, [ellipse(0.0, -0.33, 0.08, 0.06)], p["leaf"])
        brush.fill([points((-0.06, -0.06), (0.06, -0.06), (0.045, 0.04), (-0.045, 0.04))],
                   p["roof"])  # fmt: skip
        leaves = [ellipse(0.05 * s, -0.13 - 0.02 * (s == 0), 0.025, 0.075, 0.5 * s)
                  for s in (-1, 0, 1)]  # fmt: skip
        brush.shadow(brush.fill(leaves, p["leaf"]), 0.015)
