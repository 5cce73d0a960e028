"""Backgrounds drawn: land, town, sea and forest, endless to both sides."""

from __future__ import annotations

from collections.abc import Callable
from math import pi

import numpy as np

from animecolor.training.toon.backdrop import Backdrop
from animecolor.training.toon.camera import Stage
from animecolor.training.toon.geometry import (
    Points,
    arc,
    ellipse,
    place,
    points,
    scallops,
    smooth,
    tube,
)
from animecolor.training.toon.paint import region
from animecolor.training.toon.props import THINGS
from animecolor.training.toon.room import BOTTOM, draw_room, plane


def draw_backdrop(drop: Backdrop, stage: Stage) -> None:
    """Draw a background; it covers the whole sheet."""
    _DRAW[drop.kind](drop, stage)


def _sky(drop: Backdrop, stage: Stage, clouds: bool = True) -> None:
    stage.sheet[:] = region(drop.paints["sky"])
    rng = np.random.default_rng((drop.seed, 1))
    brush = stage.brush(0.15, 0.6)
    if rng.random() < 0.5 and drop.sky != "overcast":
        x, y = rng.uniform(-0.5, 0.5), rng.uniform(-0.42, -0.25)
        brush.fill([ellipse(x, y, 0.07, 0.07)], drop.paints["sun"], inked=bool(rng.random() < 0.5))
    if not clouds or drop.sky == "night":
        return
    outlined = bool(rng.random() < 0.85)
    for x, dice in drop.cells(stage, 0.15, 0.55, 2):
        if dice.random() < 0.7:
            x += dice.uniform(-0.1, 0.1)
            at = place(x, dice.uniform(-0.44, -0.2), dice.uniform(0.1, 0.2))
            lobes = [scallops(ellipse(0, 0, 1.0, 0.32), 8, 0.1), ellipse(-0.2, -0.2, 0.42, 0.35),
                     ellipse(0.28, -0.14, 0.34, 0.28)]  # fmt: skip
            cloud = brush.at(at)
            patch = cloud.fill(lobes, drop.paints["cloud"], inked=outlined)
            if outlined:
                cloud.shadow(patch, 0.16)


def _ridge(drop: Backdrop, stage: Stage, depth: float, shape: tuple[float, float, float]) -> Points:
    """A hilly line: mean height, swing and wave number."""
    level, swing, wave = shape
    left, right = stage.span(depth)
    x = np.linspace(left - 0.2, right + 0.2, 60)
    phase = drop.seed % 97 / 15 + depth * 9
    y = level - swing * (np.sin(x * wave + phase) + 0.5 * np.sin(x * wave * 2.3 + phase * 1.7))
    return np.stack([x, y], axis=1)


def _meadow(drop: Backdrop, stage: Stage) -> None:
    _sky(drop, stage)
    h, paints = drop.horizon, drop.paints
    plane(stage, _ridge(drop, stage, 0.3, (h - 0.08, 0.06, 3.0)), paints["far"], 0.3, True)
    plane(stage, _ridge(drop, stage, 0.55, (h - 0.02, 0.04, 4.0)), paints["hill"], 0.55, True)
    _things(drop, stage, (0.55, h + 0.02, 0.26), ("tree", "bush", "pine"))
    plane(stage, _ridge(drop, stage, 1.0, (h + 0.06, 0.012, 3.0)), paints["ground"], 1.0, True)
    if drop.kind == "meadow" and drop.seed % 3 == 0:
        band = _ridge(drop, stage, 1.0, (h + 0.2, 0.015, 2.0))
        low = _ridge(drop, stage, 1.0, (h + 0.3, 0.02, 1.7))[::-1]
        stage.brush(1.0, 0.7).fill([np.vstack([band, low])], paints["path"])
    _things(drop, stage, (1.0, h + 0.11, 0.6), ("tree", "house", "bush", "tree"))
    _tufts(drop, stage)


def _things(
    drop: Backdrop, stage: Stage, row: tuple[float, float, float], names: tuple[str, ...]
) -> None:
    """A row of things: depth, ground height, spacing."""
    depth, ground, step = row
    brush = stage.brush(depth, 0.75)
    p = drop.paints
    for x, dice in drop.cells(stage, depth, step, int(depth * 100) + len(names)):
        if dice.random() > 0.62:
            continue
        name = str(dice.choice(list(names)))
        if drop.kind == "snow" and name == "tree":
            name = "pine"
        wall = p[f"wall{int(dice.integers(4))}"]
        leaf = p["leaf"] if dice.random() < 0.6 else p["leaf2"]
        paints = {
            "house": (wall, p["roof"], p["light"], p["wood"]),
            "mushroom": (p["berry"], p["berry"], p["light"], p["dark"]),
        }.get(name, (leaf, p["bark"], p["berry"], p["dark"]))
        size = THINGS[name].size * (0.07 + 0.13 * depth) * dice.uniform(0.8, 1.25)
        at = place(x + dice.uniform(-0.2, 0.2) * step, ground + dice.uniform(0, 0.02), size)
        THINGS[name].draw(brush.at(at), paints, 0.0)


def _tufts(drop: Backdrop, stage: Stage) -> None:
    brush = stage.brush(1.0, 0.6)
    p = drop.paints
    for x, dice in drop.cells(stage, 1.0, 0.16, 9):
        y = dice.uniform(drop.horizon + 0.12, 0.5)
        x += dice.uniform(-0.05, 0.05)
        if dice.random() < 0.55:
            for lean in (-0.012, 0.0, 0.012):
                blade = points((x + lean * 0.6, y), (x + lean * 1.4, y - 0.022 + abs(lean)))
                brush.line(blade, p["ground" if drop.kind == "snow" else "leaf"], 0.8)
        elif drop.kind == "meadow":
            petals = [ellipse(x + 0.011 * np.cos(a), y + 0.009 * np.sin(a), 0.008, 0.007)
                      for a in np.linspace(0, 2 * pi, 5, endpoint=False)]  # fmt: skip
            brush.fill(petals, p["berry"])
            brush.fill([ellipse(x, y, 0.006, 0.006)], p["sun"], inked=False)


def _town(drop: Backdrop, stage: Stage) -> None:
    _sky(drop, stage)
    p, h = drop.paints, drop.horizon
    far = stage.brush(0.4, 0.6)
    for x, dice in drop.cells(stage, 0.4, 0.17, 3):
        top = h - dice.uniform(0.18, 0.42)
        block = points((x, top), (x + 0.16, top), (x + 0.16, BOTTOM), (x, BOTTOM))
        patch = far.fill([block], p["far"])
        rows = [points((x + c, y), (x + c + 0.025, y), (x + c + 0.025, y + 0.03), (x + c, y + 0.03))
                for y in np.arange(top + 0.03, h, 0.06) for c in (0.02, 0.065, 0.11)]  # fmt: skip
        far.thin(0.7).inside(patch, rows, p["light"], inked=bool(drop.seed % 2))
    near = stage.brush(1.0, 0.8)
    for x, dice in drop.cells(stage, 1.0, 0.5, 4):
        wall = p[f"wall{int(dice.integers(4))}"]
        size = dice.uniform(0.42, 0.52)
        house = (wall, p["roof"], p["light"], p["wood"])
        THINGS["house"].draw(near.at(place(x, h + 0.13, size)), house, 0.0)
    plane(stage, h + 0.13, p["ground"], 1.0, True)
    road = points((-999, 0.36), (999, 0.36), (999, BOTTOM), (-999, BOTTOM))
    left, right = stage.span()
    road[:, 0] = np.clip(road[:, 0], left - 1, right + 1)
    near.fill([road], p["road"])
    for x, _ in drop.cells(stage, 1.0, 0.3, 5):
        dash = points((x, 0.45), (x + 0.15, 0.45), (x + 0.145, 0.465), (x - 0.005, 0.465))
        near.fill([dash], p["light"])


def _sea(drop: Backdrop, stage: Stage) -> None:
    _sky(drop, stage)
    p, h = drop.paints, drop.horizon
    water = plane(stage, h - 0.02, p["water"], 0.6, True)
    brush = stage.brush(0.6, 0.6)
    for x, dice in drop.cells(stage, 0.6, 0.22, 6):
        for _ in range(2):
            wave = arc((x + dice.uniform(0, 0.2), h + dice.uniform(0.0, 0.14)),
                       (0.03, 0.008), pi, 2 * pi, 7)  # fmt: skip
            brush.mark(water, wave, p["water"], 0.8)
        if dice.random() < 0.22:
            colors = (p["wall0"], p["wall1"], p["light"], p["wood"])
            THINGS["boat"].draw(brush.at(place(x, h + 0.03, 0.12)), colors, 0.0)
    shore = _ridge(drop, stage, 1.0, (h + 0.13, 0.012, 5.0))
    plane(stage, shore, p["foam"], 1.0, True)
    plane(stage, shore + np.array([0.0, 0.022]), p["ground"], 1.0, True)
    _things(drop, stage, (1.0, h + 0.26, 0.9), ("bush", "mushroom", "bush"))


def _forest(drop: Backdrop, stage: Stage) -> None:
    stage.sheet[:] = region(drop.paints["sky"])
    p, h = drop.paints, drop.horizon
    plane(stage, _ridge(drop, stage, 0.3, (h - 0.2, 0.04, 6.0)), p["far"], 0.3, False)
    _things(drop, stage, (0.45, h + 0.02, 0.16), ("pine", "tree", "pine"))
    plane(stage, h + 0.0, p["hill"], 0.45, True)
    plane(stage, _ridge(drop, stage, 1.0, (h + 0.07, 0.01, 4.0)), p["ground"], 1.0, True)
    trunk = stage.brush(1.0, 0.9)
    for x, dice in drop.cells(stage, 1.0, 0.42, 7):
        r, y = dice.uniform(0.03, 0.06), h + dice.uniform(0.09, 0.13)
        stem = smooth([(x - r, -2.0), (x + r, -2.0), (x + r, y - 0.2), (x + r * 1.8, y),
                       (x, y - 0.01), (x - r * 1.8, y), (x - r, y - 0.2)])  # fmt: skip
        patch = trunk.fill([stem], p["bark"])
        trunk.shadow(patch, r * 0.7)
        for _ in range(3):
            by = dice.uniform(-0.45, y - 0.1)
            trunk.mark(patch, points((x - r * 0.4, by), (x - r * 0.3, by + 0.05)), p["bark"], 0.7)
    crown = [scallops(ellipse(x, -0.56 + 0.05 * dice.random(), 0.3, 0.16), 11, 0.03)
             for x, dice in drop.cells(stage, 1.0, 0.3, 8)]  # fmt: skip
    trunk.shadow(trunk.fill(crown, p["leaf2"]), 0.06)
    _things(drop, stage, (1.0, h + 0.16, 0.5), ("bush", "mushroom", "mushroom"))
    _tufts(drop, stage)


def _reef(drop: Backdrop, stage: Stage) -> None:
    stage.sheet[:] = region(drop.paints["sky"])
    p, h = drop.paints, drop.horizon
    plane(stage, _ridge(drop, stage, 0.4, (h + 0.14, 0.05, 5.0)), p["hill"], 0.4, True)
    plane(stage, _ridge(drop, stage, 1.0, (h + 0.28, 0.02, 4.0)), p["ground"], 1.0, True)
    brush = stage.brush(1.0, 0.8)
    for x, dice in drop.cells(stage, 1.0, 0.2, 12):
        y = h + 0.3 + dice.uniform(0.0, 0.1)
        kind = dice.random()
        if kind < 0.4:
            for lean in (-0.03, 0.02):
                tall = dice.uniform(0.15, 0.34)
                stem = smooth([(x + lean, y), (x + lean * 2, y - tall * 0.35),
                               (x, y - tall * 0.7), (x + lean * 2.4, y - tall)], False)  # fmt: skip
                leaf = p["leaf"] if lean > 0 else p["leaf2"]
                brush.shadow(brush.fill([tube(stem, (0.016, 0.02, 0.016, 0.004))], leaf), 0.008)
        elif kind < 0.6:
            stone = scallops(ellipse(x, y - 0.02, dice.uniform(0.05, 0.1), 0.045), 5, 0.012)
            brush.shadow(brush.fill([stone], p["road"]), 0.02)
        elif kind < 0.8:
            twigs = [tube(points((x, y), (x + s * 0.03, y - 0.06), (x + s * 0.05, y - 0.13)),
                          (0.014, 0.013, 0.012)) for s in (-1.0, 0.1, 1.1)]  # fmt: skip
            brush.shadow(brush.fill(twigs, p["berry"]), 0.008)
        for _ in range(2):
            at = (x + dice.uniform(-0.1, 0.1), dice.uniform(-0.45, y - 0.1))
            r = dice.uniform(0.006, 0.016)
            if dice.random() < 0.4:
                brush.thin(0.7).fill([ellipse(*at, r, r)], p["foam"])


def draw_front(drop: Backdrop, stage: Stage) -> None:
    """What stands between the actors and the camera: in some shots leaves at the lower edge."""
    if drop.seed % 5 != 0 or drop.kind not in ("meadow", "forest", "snow"):
        return
    depth = 1.35
    brush = stage.brush(depth, 1.1)
    low = 0.5 / (1 + (stage.view.zoom - 1) * depth) + stage.view.y * depth
    p = drop.paints
    for x, dice in drop.cells(stage, depth, 0.9, 13):
        if dice.random() < 0.75:
            size = dice.uniform(0.16, 0.26) / (1 + (stage.view.zoom - 1) * 0.7)
            at = place(x + dice.uniform(-0.2, 0.2), low + 0.25 * size, size)
            THINGS["bush"].draw(brush.at(at), (p["leaf2"], p["bark"], p["berry"], p["dark"]), 0.0)


_DRAW: dict[str, Callable[[Backdrop, Stage], None]] = {
    "meadow": _meadow,
    "snow": _meadow,
    "town": _town,
    "sea": _sea,
    "forest": _forest,
    "room": draw_room,
    "reef": _reef,
}
