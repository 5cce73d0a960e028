"""Hair and hats; unit: head height, centre of the head at the origin."""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from animecolor.training.toon.design import Person
from animecolor.training.toon.geometry import Point, Points, ellipse, points, scallops, smooth, tube
from animecolor.training.toon.head import Turn
from animecolor.training.toon.sheet import Brush


def draw_back(brush: Brush, person: Person, turn: Turn, sway: float) -> None:
    """Hair behind the head and the body."""
    paint, w = person.paints["hair"], turn.width
    back = -0.16 * sin(turn.yaw)
    drag = 0.12 * sway
    if person.hair == "long":
        length = 1.25
        area = smooth(
            [
                (back - w * 0.9, -0.3),
                (back, -0.56),
                (back + w * 0.9, -0.3),
                (back + w * 1.1, 0.35),
                (back + w * 1.0 + drag, length * 0.8),
                (back + w * 0.45 + drag, length * 0.72),
                (back + drag, length * 0.84),
                (back - w * 0.5 + drag, length * 0.74),
                (back - w * 1.05 + drag, length * 0.82),
                (back - w * 1.12, 0.35),
            ]
        )
        brush.shadow(brush.fill([area], paint), 0.22)
    elif person.hair in ("bob", "ponytail", "bun", "short", "pigtails"):
        low = 0.42 if person.hair == "bob" else 0.16
        area = smooth(
            [
                (back * 0.6 - w * 1.0, -0.3),
                (back * 0.6, -0.57),
                (back * 0.6 + w * 1.0, -0.3),
                (back * 0.4 + w * 1.1 + drag * 0.4, low),
                (back * 0.4 + w * 0.6 + drag * 0.4, low + 0.12),
                (back * 0.4 - w * 0.6 + drag * 0.4, low + 0.12),
                (back * 0.4 - w * 1.1 + drag * 0.4, low),
            ]
        )
        brush.fill([area], paint, tone=1)
    elif person.hair == "curly":
        area = scallops(ellipse(back * 0.6, -0.1, w * 1.16, 0.6), 13, 0.11)
        brush.shadow(brush.fill([area], paint), 0.1)
    elif person.hair == "spiky":
        brush.fill([_star(back * 0.6, -0.08, w * 1.02, 0.56)], paint, tone=1)
    _tails(brush, person, turn, sway)


def _tails(brush: Brush, person: Person, turn: Turn, sway: float) -> None:
    paint, w = person.paints["hair"], turn.width
    if person.hair == "ponytail":
        x, y = -w * sin(turn.yaw + 0.25) * 1.0, -0.3
        _tail(brush, (x, y), -1.0 if turn.yaw >= 0 else 1.0, sway, paint)
    elif person.hair == "pigtails":
        for side in (-1.0, 1.0):
            _tail(brush, (side * w * cos(turn.yaw * 0.6), -0.1), side * 0.7, sway, paint)
    elif person.hair == "bun":
        x = -w * 0.5 * sin(turn.yaw)
        patch = brush.fill([ellipse(x, -0.6, 0.22, 0.2)], paint)
        brush.shadow(patch, 0.06)


def _tail(brush: Brush, root: Point, side: float, sway: float, paint: int) -> None:
    x, y = root
    drag = 0.3 * sway
    spine = smooth(
        [
            (x, y),
            (x + side * 0.22, y + 0.06),
            (x + side * 0.3 + drag * 0.5, y + 0.45),
            (x + side * 0.2 + drag, y + 0.85),
        ],
        closed=False,
    )
    patch = brush.fill([tube(spine, (0.07, 0.17, 0.16, 0.02))], paint)
    brush.shadow(patch, 0.07)


def _star(x: float, y: float, rx: float, ry: float) -> Points:
    """Outline of spiky hair."""
    spikes = 11
    turns = np.linspace(0, 2 * pi, spikes * 2, endpoint=False) + 0.1
    reach = np.where(np.arange(spikes * 2) % 2 == 0, 1.36, 1.0)
    return np.stack([x + rx * reach * np.cos(turns), y + ry * reach * np.sin(turns)], axis=1)


def draw_front(brush: Brush, person: Person, turn: Turn) -> None:
    """The cap of hair over the skull and its bangs."""
    if not person.human:
        return
    w = turn.width
    paint = person.paints["hair"]
    grow = 1.07
    shift = -0.05 * sin(turn.yaw)
    crown = [
        (shift + w * grow * cos(a), -0.06 - 0.5 * grow * sin(a))
        for a in np.linspace(-0.05, pi + 0.05, 9)
    ]
    hairline = _hairline(person, turn)
    if person.hair == "curly":
        top = scallops(np.array([*crown, *hairline]), 12, 0.07)
        patch = brush.fill([top], paint)
    else:
        rough = _spikes(crown) if person.hair == "spiky" else smooth(crown, closed=False)
        patch = brush.fill([np.vstack([rough, hairline])], paint)
    brush.shadow(patch, 0.07)
    gleam = [(shift + w * 0.62 * cos(a), -0.02 - 0.40 * sin(a)) for a in np.linspace(0.35, 2.3, 8)]
    if person.hair not in ("curly", "spiky"):
        band = tube(smooth(gleam, closed=False), (0.0, 0.035, 0.04, 0.03, 0.0))
        brush.tone(patch, [band], 2)
    for a in (0.9, 1.5, 2.1):
        strand = points((shift + w * 0.95 * cos(a), -0.06 - 0.46 * sin(a)),
                        (shift + w * 0.8 * cos(a) + 0.02, -0.04 - 0.36 * sin(a)))  # fmt: skip
        brush.mark(patch, strand, paint, 0.7)


def _spikes(crown: list[Point]) -> Points:
    out: list[Point] = []
    for index, (x, y) in enumerate(crown):
        out.append((x, y))
        if index < len(crown) - 1:
            nx, ny = crown[index + 1]
            out.append(((x + nx) / 2 * 1.28, (y + ny) / 2 * 1.24 - 0.02))
    return np.array(out)


def _hairline(person: Person, turn: Turn) -> Points:
    """Lower edge of the front hair from the left temple to the right, over the forehead."""
    kind = person.bangs
    side = 0.1 if person.hair in ("short", "spiky", "curly") else -0.35
    low = 0.34
    lons = np.linspace(-1.45, 1.45, 13)
    lats = np.full(13, low)
    if kind == "zigzag":
        lats = np.where(np.arange(13) % 2 == 0, low - 0.06, low + 0.22)
    elif kind == "swept":
        lats = np.linspace(0.15, 0.85, 13)
    elif kind == "parted":
        lats = 0.3 + 0.75 * np.exp(-(((lons - 0.25) / 0.45) ** 2))
    elif kind == "round":
        lats = np.full(13, 0.72) - 0.12 * np.abs(lons)
    lats = lats.copy()
    lats[:2] = lats[-2:] = side
    lats[0] = lats[-1] = side - 0.1
    spots = [turn.spot(float(lon), float(lat)) for lon, lat in zip(lons, lats, strict=True)]
    line = []
    for lon, (x, y, _) in zip(lons, spots, strict=True):
        # Past the rim of the face the hair follows the skull instead of folding back.
        edge = np.sign(lon + turn.yaw) * turn.width * 1.04
        line.append((edge if abs(lon + turn.yaw) > pi / 2 else x * 1.03, y))
    path = np.array(line)
    return path if kind == "zigzag" else smooth(path, closed=False)


def draw_hat(brush: Brush, person: Person, turn: Turn) -> None:
    """Whatever is worn on the head."""
    hat, w, paints = person.outfit.hat, turn.width, person.paints
    lean = 0.1 * sin(turn.yaw)
    if hat in ("cap", "beanie", "sunhat"):
        dome = [(w * 1.1 * cos(a), -0.26 - 0.42 * sin(a)) for a in np.linspace(0, pi, 9)]
        front = [(-w * 0.6, -0.21), (0.0, -0.18), (w * 0.6, -0.21)]
        patch = brush.fill([smooth([*dome, *front])], paints["extra"])
        brush.shadow(patch, 0.09)
    if hat == "cap":
        x = lean * 2.5
        brim = smooth([(x - w * 0.75, -0.27), (x, -0.33), (x + w * 0.75 + lean * 3, -0.27),
                       (x + w * 0.6 + lean * 3, -0.15), (x, -0.17),
                       (x - w * 0.6, -0.17)])  # fmt: skip
        brush.shadow(brush.fill([brim], paints["trim"]), 0.03)
        brush.fill([ellipse(0, -0.66, 0.04, 0.025)], paints["trim"])
    elif hat == "beanie":
        band = smooth([(-w * 1.12, -0.37), (0, -0.32), (w * 1.12, -0.37), (w * 1.12, -0.2),
                       (0, -0.15), (-w * 1.12, -0.2)])  # fmt: skip
        brush.shadow(brush.fill([band], paints["trim"]), 0.04)
        brush.shadow(brush.fill([scallops(ellipse(0, -0.72, 0.1, 0.1), 8, 0.03)],
                                paints["trim"]), 0.04)  # fmt: skip
    elif hat == "sunhat":
        brim = ellipse(lean, -0.27, w * 1.65, 0.13)
        stiff = smooth([(-w * 0.98, -0.25), (-w * 0.8, -0.58), (0, -0.7), (w * 0.8, -0.58),
                       (w * 0.98, -0.25), (0, -0.18)])  # fmt: skip
        brush.shadow(brush.fill([brim], paints["extra"]), 0.06)
        crown = brush.fill([stiff], paints["extra"])
        ribbon = smooth([(-w * 1.1, -0.36), (0, -0.3), (w * 1.1, -0.36), (w, -0.16),
                         (0, -0.1), (-w, -0.16)])  # fmt: skip
        brush.inside(crown, [ribbon], paints["trim"])
        brush.shadow(crown, 0.07)
    else:
        _ornament(brush, person, turn)


def _ornament(brush: Brush, person: Person, turn: Turn) -> None:
    hat, w, paints = person.outfit.hat, turn.width, person.paints
    if hat == "bow":
        x, y = w * 0.62 * cos(turn.yaw) - 0.1 * sin(turn.yaw), -0.44
        for side in (-1.0, 1.0):
            loop = smooth([(x, y), (x + side * 0.14, y - 0.12), (x + side * 0.24, y - 0.04),
                           (x + side * 0.2, y + 0.1), (x + side * 0.1, y + 0.06)])  # fmt: skip
            brush.shadow(brush.fill([loop], paints["trim"]), 0.03)
        brush.fill([ellipse(x, y, 0.05, 0.055)], paints["trim"])
    elif hat == "topper":
        stove = smooth([(-w * 0.62, -0.42), (-w * 0.66, -0.9), (0, -0.93), (w * 0.66, -0.9),
                        (w * 0.62, -0.42), (0, -0.38)])  # fmt: skip
        brush.fill([ellipse(0, -0.42, w * 1.1, 0.09)], paints["extra"])
        patch = brush.fill([stove], paints["extra"])
        ring = points((-w, -0.58), (w, -0.58), (w, -0.46), (-w, -0.46))
        brush.inside(patch, [ring], paints["trim"])
        brush.shadow(patch, 0.1)
    elif hat == "crown":
        teeth = [(-0.26, -0.44), (-0.3, -0.72), (-0.14, -0.58), (0.0, -0.76), (0.14, -0.58),
                 (0.3, -0.72), (0.26, -0.44), (0.0, -0.4)]  # fmt: skip
        patch = brush.fill([np.array(teeth)], paints["trim"])
        brush.shadow(patch, 0.05)
        brush.thin(0.6).inside(patch, [ellipse(0, -0.52, 0.04, 0.05)], paints["extra"])
