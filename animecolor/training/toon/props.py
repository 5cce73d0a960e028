"""Things: on the ground, in the air and in a hand.

Unit: the thing's height; it stands on y = 0 (things in a hand are held at the origin). Every
function draws with four paints: main, second, third and dark.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from animecolor.training.toon.geometry import (
    arc,
    ellipse,
    place,
    points,
    scallops,
    smooth,
    tube,
)
from animecolor.training.toon.sheet import Brush, Shape

Paints = tuple[int, int, int, int]
Draw = Callable[[Brush, Paints, float], None]


@dataclass(frozen=True, slots=True)
class Thing:
    """How a thing is drawn."""

    draw: Draw
    size: float
    """Usual height, where a grown figure is 1."""


def _box(
    left: float, top: float, right: float, bottom: float
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    return points((left, top), (right, top), (right, bottom), (left, bottom))


def ball(brush: Brush, paints: Paints, t: float) -> None:
    """A striped ball that turns as it rolls."""
    disc = brush.at(place(0.0, -0.5, 1.0, t * 4))
    patch = disc.fill([ellipse(0, 0, 0.5, 0.5)], paints[0])
    disc.thin(0.7).inside(patch, [ellipse(0, 0, 0.18, 0.6)], paints[1])
    disc.thin(0.7).inside(patch, [ellipse(0.0, -0.5, 0.14, 0.16)], paints[2])
    disc.shadow(patch, 0.2)


def balloon(brush: Brush, paints: Paints, t: float) -> None:
    """A balloon on a string, held at the origin."""
    sway = 0.1 * sin(2 * pi * t / 2.4)
    top = (sway * 2, -1.0)
    string = smooth([(0, 0), (sway * 0.3, -0.3), (sway * 2.4, -0.45), (top[0], -0.62)], False)
    brush.line(string, paints[3], 0.7)
    x, y = top
    knot = smooth([(x, y + 0.33), (x - 0.05, y + 0.42), (x + 0.05, y + 0.42)])
    brush.fill([knot], paints[0])
    egg = smooth([(x, y - 0.36), (x + 0.27, y - 0.2), (x + 0.27, y + 0.1), (x, y + 0.36),
                  (x - 0.27, y + 0.1), (x - 0.27, y - 0.2)])  # fmt: skip
    patch = brush.fill([egg], paints[0])
    brush.shadow(patch, 0.09)
    brush.tone(patch, [ellipse(x - 0.12, y - 0.18, 0.05, 0.09, 0.5)], 2)


def umbrella(brush: Brush, paints: Paints, t: float) -> None:
    """An open umbrella, held at the origin."""
    brush = brush.at(place(0, 0, 1.0, 0.06 * sin(2 * pi * t / 1.7)))
    brush.fill([tube(points((0, 0.1), (0, -0.5), (0, -1.0)), (0.02, 0.02, 0.02))], paints[3])
    rim = [(0.62 * cos(a), -0.62 - 0.45 * sin(a)) for a in np.linspace(0, pi, 11)]
    hem = [(-0.42, -0.68), (-0.2, -0.6), (0.0, -0.68), (0.2, -0.6), (0.42, -0.68)]
    patch = brush.fill([np.array([*rim, *hem])], paints[0])
    for sector in (-0.62, 0.0, 0.62):
        if sector == 0.0:
            gore = smooth([(0, -1.1), (0.2, -0.8), (0.2, -0.55), (-0.2, -0.55), (-0.2, -0.8)])
            brush.thin(0.7).inside(patch, [gore], paints[1])
    brush.shadow(patch, 0.1)


def cup(brush: Brush, paints: Paints, t: float) -> None:
    """A mug with a little steam."""
    ring = tube(arc((0.36, -0.45), (0.22, 0.24), -1.3, 1.3), (0.06, 0.06))
    brush.fill([ring], paints[0])
    mug = smooth([(-0.4, -0.9), (0.4, -0.9), (0.38, -0.2), (0.25, 0.0), (-0.25, 0.0),
                  (-0.38, -0.2)])  # fmt: skip
    patch = brush.fill([mug], paints[0])
    brush.thin(0.7).inside(patch, [_box(-1, -0.6, 1, -0.38)], paints[1])
    brush.shadow(patch, 0.16)
    brush.fill([ellipse(0, -0.9, 0.39, 0.1)], paints[2])


def book(brush: Brush, paints: Paints, t: float) -> None:
    """An open book."""
    for side in (-1.0, 1.0):
        cover = points((0, 0.04), (side * 0.72, -0.12), (side * 0.7, -0.9), (0, -0.7))
        brush.fill([cover], paints[0])
        page = smooth([(0, -0.02), (side * 0.35, -0.16), (side * 0.66, -0.14),
                       (side * 0.65, -0.84), (side * 0.35, -0.86), (0, -0.66)])  # fmt: skip
        brush.thin(0.7).fill([page], paints[2])


def car(brush: Brush, paints: Paints, t: float) -> None:
    """A small car that looks towards +x; 2.2 units long."""
    bounce = 0.012 * sin(2 * pi * t * 3)
    body = brush.at(place(0, bounce))
    cabin = smooth([(-0.72, -0.52), (-0.55, -0.92), (-0.1, -1.0), (0.3, -0.94), (0.62, -0.54),
                    (0.0, -0.45)])  # fmt: skip
    hull = smooth([(-1.08, -0.5), (-0.7, -0.58), (0.55, -0.58), (0.98, -0.48), (1.12, -0.3),
                   (1.06, -0.14), (0.4, -0.12), (-0.4, -0.12), (-1.04, -0.14),
                   (-1.12, -0.3)])  # fmt: skip
    patch = body.fill([cabin, hull], paints[0])
    panes = [smooth([(-0.5, -0.56), (-0.42, -0.82), (-0.12, -0.88), (-0.1, -0.56)]),
             smooth([(0.0, -0.56), (0.0, -0.88), (0.24, -0.84), (0.42, -0.57)])]  # fmt: skip
    body.inside(patch, panes, paints[1])
    body.thin(0.7).inside(patch, [_box(-2, -0.26, 2, -0.2)], paints[2])
    body.shadow(patch, 0.1)
    body.mark(patch, points((-0.06, -0.55), (-0.07, -0.18)), paints[0], 0.8)
    body.fill([ellipse(1.02, -0.4, 0.07, 0.09)], paints[2])
    for x in (-0.62, 0.62):
        wheel = brush.at(place(x, -0.2, 1.0, t * 5))
        tyre = wheel.fill([ellipse(0, 0, 0.21, 0.21)], paints[3])
        wheel.thin(0.8).inside(tyre, [ellipse(0, 0, 0.11, 0.11)], paints[2])
        wheel.mark(tyre, points((-0.1, 0), (0.1, 0)), paints[3], 0.7)


def tree(brush: Brush, paints: Paints, t: float) -> None:
    """A round tree: leaves in the main paint, trunk in the second."""
    sway = 0.012 * sin(2 * pi * t / 3)
    trunk = smooth([(-0.05, -0.5), (0.05, -0.5), (0.06, -0.1), (0.12, 0.01), (0.0, 0.0),
                    (-0.12, 0.01), (-0.06, -0.1)])  # fmt: skip
    brush.shadow(brush.fill([trunk], paints[1]), 0.035)
    lobes = (
        (0.0, -0.72, 0.26, 0.24, 9),
        (-0.17, -0.56, 0.18, 0.15, 7),
        (0.18, -0.55, 0.18, 0.15, 7),
    )
    crown = [scallops(ellipse(x + sway, y, rx, ry), n, 0.035) for x, y, rx, ry, n in lobes]
    patch = brush.fill(crown, paints[0])
    brush.shadow(patch, 0.1)
    fruit = [ellipse(x + sway, y, 0.026, 0.026) for x, y in ((-0.1, -0.66), (0.1, -0.6),
             (0.02, -0.8), (-0.2, -0.52), (0.22, -0.5))]  # fmt: skip
    brush.thin(0.6).inside(patch, fruit, paints[2])


def pine(brush: Brush, paints: Paints, t: float) -> None:
    """A pointed tree."""
    brush.fill([_box(-0.05, -0.2, 0.05, 0.0)], paints[1])
    sizes = ((-0.62, -0.14, 0.3), (-0.82, -0.38, 0.24), (-1.0, -0.62, 0.17))
    tiers = [points((0, top), (w * 0.55, (top + low) / 2), (w, low), (w * 0.5, low + 0.02),
                    (0, low - 0.015), (-w * 0.5, low + 0.02), (-w, low),
                    (-w * 0.55, (top + low) / 2))
             for top, low, w in sizes]  # fmt: skip
    for tier in tiers:
        brush.shadow(brush.fill([tier], paints[0]), 0.07)


def house(brush: Brush, paints: Paints, t: float) -> None:
    """A house: walls, roof, door."""
    wall = brush.fill([_box(-0.42, -0.6, 0.42, 0.0)], paints[0])
    brush.shadow(wall, 0.05)
    brush.fill([_box(0.2, -0.98, 0.32, -0.7)], paints[1])
    roof = points((-0.54, -0.56), (-0.3, -0.92), (0.3, -0.92), (0.54, -0.56))
    tiles = brush.fill([roof], paints[1])
    for y in (-0.65, -0.74, -0.83):
        brush.mark(tiles, points((-0.5, y), (0.5, y)), paints[1], 0.6)
    brush.shadow(tiles, 0.03)
    door = brush.fill([smooth([(-0.09, 0.0), (-0.1, -0.26), (0.0, -0.34), (0.1, -0.26),
                               (0.09, 0.0), (0.0, 0.003)])], paints[3])  # fmt: skip
    brush.inside(door, [ellipse(0.05, -0.15, 0.012, 0.012)], paints[2])
    for x in (-0.26, 0.26):
        brush.fill([_box(x - 0.09, -0.44, x + 0.09, -0.24)], paints[2])
        brush.line(points((x, -0.44), (x, -0.24)), paints[3], 0.8)
        brush.line(points((x - 0.09, -0.34), (x + 0.09, -0.34)), paints[3], 0.8)


def bush(brush: Brush, paints: Paints, t: float) -> None:
    """A low bush with berries."""
    lobes = [scallops(ellipse(x, y, 0.5, 0.42), 9, 0.08) for x, y in ((-0.45, -0.4), (0.45, -0.4),
             (0.0, -0.58))]  # fmt: skip
    floor = Shape(_box(-0.85, -0.3, 0.85, 0.0))
    patch = brush.fill([*lobes, floor], paints[0])
    brush.shadow(patch, 0.2)
    berries = [ellipse(x, y, 0.055, 0.055) for x, y in ((-0.5, -0.5), (0.1, -0.7), (0.5, -0.4))]
    brush.thin(0.6).inside(patch, berries, paints[2])


def mushroom(brush: Brush, paints: Paints, t: float) -> None:
    """A mushroom with dots."""
    stem = smooth([(-0.16, -0.5), (0.16, -0.5), (0.2, 0.0), (0.0, 0.02), (-0.2, 0.0)])
    brush.shadow(brush.fill([stem], paints[2]), 0.08)
    hood = [(0.5 * cos(a), -0.45 - 0.5 * sin(a)) for a in np.linspace(0, pi, 9)]
    patch = brush.fill([smooth([*hood, (0.0, -0.38)])], paints[0])
    dots = [ellipse(x, y, 0.09, 0.08) for x, y in ((-0.22, -0.62), (0.1, -0.8), (0.3, -0.56))]
    brush.thin(0.7).inside(patch, dots, paints[2])
    brush.shadow(patch, 0.1)


def kite(brush: Brush, paints: Paints, t: float) -> None:
    """A kite on a line, held at the origin."""
    sway = 0.12 * sin(2 * pi * t / 1.9)
    x, y = 0.7 + sway, -1.5 + 0.3 * sway
    brush.line(smooth([(0, 0), (0.3, -0.5), (x, y + 0.3)], False), paints[3], 0.6)
    sail = points((x, y - 0.36), (x + 0.26, y), (x, y + 0.36), (x - 0.26, y))
    patch = brush.fill([sail], paints[0])
    brush.thin(0.8).inside(patch, [points((x, y - 1), (x + 1, y), (x, y))], paints[1])
    brush.thin(0.8).inside(patch, [points((x, y + 1), (x - 1, y), (x, y))], paints[2])


def boat(brush: Brush, paints: Paints, t: float) -> None:
    """A sailing boat that rocks."""
    rock = brush.at(place(0, 0.02 * sin(2 * pi * t / 1.4), 1.0, 0.05 * sin(2 * pi * t / 2.1)))
    rock.fill([_box(-0.02, -1.0, 0.02, -0.2)], paints[3])
    rock.shadow(rock.fill([smooth([(0.05, -0.95), (0.4, -0.5), (0.46, -0.3), (0.05, -0.3)])],
                          paints[2]), 0.06)  # fmt: skip
    rock.fill([smooth([(-0.05, -0.85), (-0.3, -0.4), (-0.3, -0.3), (-0.05, -0.3)])], paints[1])
    hull = smooth([(-0.55, -0.22), (0.6, -0.24), (0.42, 0.02), (-0.38, 0.02)])
    rock.shadow(rock.fill([hull], paints[0]), 0.07)


def blanket(brush: Brush, paints: Paints, t: float) -> None:
    """A checked picnic blanket on the ground."""
    sheet = points((-0.85, -0.5), (0.85, -0.5), (1.15, 0.0), (-1.15, 0.0))
    patch = brush.fill([sheet], paints[0])
    across = [points((x, -0.5), (x + 0.14, -0.5), (x * 1.35 + 0.19, 0.0), (x * 1.35, 0.0))
              for x in (-0.7, -0.34, 0.02, 0.38)]  # fmt: skip
    along = [_box(-2, y, 2, y + 0.07) for y in (-0.42, -0.26, -0.1)]
    brush.thin(0.6).inside(patch, across, paints[1])
    brush.thin(0.6).inside(patch, along, paints[1])


def basket(brush: Brush, paints: Paints, t: float) -> None:
    """A picnic basket with a cloth and a bow of a handle."""
    grip = tube(arc((0.0, -0.5), (0.42, 0.48), -pi, 0.0), (0.05, 0.05))
    brush.fill([grip], paints[0])
    cloth = smooth([(-0.5, -0.52), (-0.2, -0.68), (0.2, -0.62), (0.5, -0.54), (0.0, -0.4)])
    brush.shadow(brush.fill([cloth], paints[1]), 0.08)
    pot = smooth([(-0.56, -0.5), (0.56, -0.5), (0.46, -0.06), (0.3, 0.0), (-0.3, 0.0),
                  (-0.46, -0.06)])  # fmt: skip
    patch = brush.fill([pot], paints[0])
    for y in (-0.34, -0.2):
        brush.mark(patch, points((-0.6, y), (0.6, y)), paints[0], 0.7)
    for x in (-0.3, -0.1, 0.1, 0.3):
        brush.mark(patch, points((x, -0.5), (x * 0.85, 0.0)), paints[0], 0.7)
    brush.shadow(patch, 0.1)


THINGS: dict[str, Thing] = {
    "ball": Thing(ball, 0.24),
    "balloon": Thing(balloon, 0.62),
    "umbrella": Thing(umbrella, 0.8),
    "kite": Thing(kite, 0.6),
    "cup": Thing(cup, 0.13),
    "book": Thing(book, 0.2),
    "car": Thing(car, 0.85),
    "tree": Thing(tree, 2.0),
    "pine": Thing(pine, 1.9),
    "house": Thing(house, 2.2),
    "bush": Thing(bush, 0.4),
    "mushroom": Thing(mushroom, 0.3),
    "blanket": Thing(blanket, 0.3),
    "basket": Thing(basket, 0.28),
    "boat": Thing(boat, 0.9),
}
