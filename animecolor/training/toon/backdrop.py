"""Painted backgrounds: land, town, sea, forest and room, endless to both sides."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import pi

import numpy as np

from animecolor.training.toon import tints
from animecolor.training.toon.camera import Stage
from animecolor.training.toon.geometry import (
    Points,
    arc,
    ellipse,
    place,
    points,
    scallops,
    smooth,
)
from animecolor.training.toon.paint import RGB, Fade, PaintBox, blend, scale
from animecolor.training.toon.props import THINGS
from animecolor.training.toon.sheet import Patch

_BOTTOM = 3.0

SKIES: dict[str, tuple[RGB, RGB]] = {
    "day": ((104, 172, 232), (214, 238, 250)),
    "morning": ((150, 196, 232), (252, 232, 204)),
    "sunset": ((126, 104, 172), (252, 178, 122)),
    "night": ((28, 36, 78), (78, 92, 148)),
    "overcast": ((160, 174, 190), (214, 220, 226)),
}

KINDS = ("meadow", "town", "sea", "forest", "room", "snow")


@dataclass(frozen=True, slots=True)
class Backdrop:
    """One background with its paints."""

    kind: str
    seed: int
    horizon: float
    sky: str
    paints: dict[str, int]
    words: dict[str, str]

    def draw(self, stage: Stage) -> None:
        """Draw the background; it covers the whole sheet."""
        _DRAW[self.kind](self, stage)

    def cells(self, stage: Stage, depth: float, step: float, salt: int) -> Iterator[
        tuple[float, np.random.Generator]
    ]:
        """Places of repeated things that may be visible, each with its own fixed dice."""
        left, right = stage.span(depth)
        for cell in range(int(np.floor((left - 1.3) / step)), int(np.ceil((right + 1.3) / step))):
            yield cell * step, np.random.default_rng((self.seed, salt, cell + 100000))


def backdrop(kind: str, box: PaintBox, rng: np.random.Generator) -> Backdrop:
    """Invent a background and mix its paints."""
    skies = list(SKIES) if kind != "room" else ["day", "sunset", "night"]
    sky = str(rng.choice(skies, p=None if kind == "room" else [0.4, 0.2, 0.15, 0.1, 0.15]))
    horizon = float(rng.uniform(-0.06, 0.12)) if kind != "room" else float(rng.uniform(0.16, 0.24))
    dim = {"night": 0.62, "sunset": 0.9, "overcast": 0.92}.get(sky, 1.0)
    mixer = _Mixer(box, rng, dim, kind)
    top, low = SKIES[sky]
    grain = float(rng.choice([0.0, 3.0, 6.0]))
    mixer.soft("sky", tints.jitter(top, rng), tints.jitter(low, rng), (-0.6, horizon, 0.15), grain)
    words = _mix(mixer, kind, horizon, grain)
    return Backdrop(kind, int(rng.integers(1 << 30)), horizon, sky, mixer.paints, words)


class _Mixer:
    """Mixes a background's paints under its light."""

    def __init__(self, box: PaintBox, rng: np.random.Generator, dim: float, kind: str) -> None:
        self.box, self.rng, self.dim, self.kind = box, rng, dim, kind
        self.paints: dict[str, int] = {}

    def flat(self, name: str, rgb: RGB) -> None:
        rgb = scale(tints.jitter(rgb, self.rng), self.dim)
        self.paints[name] = self.box.mix(f"{self.kind}.{name}", rgb)

    def soft(
        self, name: str, top: RGB, low: RGB, reach: tuple[float, float, float], grain: float
    ) -> None:
        above, below, depth = reach
        fade = Fade(top, low, above, below, depth, grain)
        self.paints[name] = self.box.mix(f"{self.kind}.{name}", blend(top, low, 0.5), fade)


def _mix(mixer: _Mixer, kind: str, horizon: float, grain: float) -> dict[str, str]:
    rng, dim = mixer.rng, mixer.dim
    words: dict[str, str] = {}
    ground: dict[str, RGB] = {
        "meadow": (130, 188, 88), "town": (170, 168, 172), "sea": (238, 216, 164),
        "forest": (104, 146, 84), "room": (196, 148, 102), "snow": (238, 242, 250),
    }  # fmt: skip
    base = scale(tints.jitter(ground[kind], rng), dim)
    mixer.soft("ground", blend(base, (255, 250, 220), 0.15), scale(base, 0.86),
               (horizon, 0.6, 1.0), grain)  # fmt: skip
    for name in ("far", "hill"):
        green = tints.jitter((120, 170, 130) if name == "far" else (116, 176, 92), rng)
        hill = blend(scale(green, dim), SKIES["day"][1], 0.35 if name == "far" else 0.08)
        if kind == "snow":
            hill = blend(hill, (226, 234, 248), 0.8)
        if rng.random() < 0.5:
            mixer.flat(name, hill)
        else:
            mixer.soft(name, hill, scale(hill, 0.85), (horizon - 0.3, horizon + 0.1, 0.5), grain)
    mixer.flat("cloud", (250, 250, 252))
    mixer.flat("sun", (252, 226, 130))
    mixer.flat("leaf", (92, 160, 84))
    mixer.flat("leaf2", (66, 128, 84))
    mixer.flat("bark", (128, 92, 66))
    mixer.flat("dark", (78, 66, 72))
    mixer.flat("light", (250, 240, 206))
    mixer.flat("path", (222, 198, 150))
    mixer.flat("road", (104, 106, 118))
    mixer.flat("water", (88, 160, 204))
    mixer.flat("foam", (226, 242, 248))
    for index in range(4):
        tinted = tints.named(str(rng.choice(["yellow", "pink", "cream", "blue", "mint", "red",
                                             "orange", "white", "teal"])), rng)  # fmt: skip
        mixer.flat(f"wall{index}", tinted.rgb)
        words[f"wall{index}"] = tinted.word
    mixer.flat("roof", tints.named(str(rng.choice(["red", "brown", "navy", "teal"])), rng).rgb)
    mixer.flat("berry", tints.named(str(rng.choice(["red", "yellow", "orange", "pink"])), rng).rgb)
    mixer.flat("wood", (164, 112, 72))
    paper = tints.named(str(rng.choice(["cream", "mint", "pink", "blue", "yellow", "white"])), rng)
    pale = blend(scale(paper.rgb, dim), (255, 255, 255), 0.35)
    mixer.soft("paper", pale, scale(pale, 0.88), (-0.5, horizon, 1.0), grain)
    words["paper"] = paper.word
    return words


def _plane(stage: Stage, top: Points | float, paint: int, depth: float, inked: bool) -> Patch:
    """Everything below a line."""
    left, right = stage.span(depth)
    if isinstance(top, float):
        top = points((left - 0.5, top), (right + 0.5, top))
    area = np.vstack([top, [[top[-1, 0], _BOTTOM], [top[0, 0], _BOTTOM]]])
    return stage.brush(depth, 0.7).fill([area], paint, inked=inked)


def _sky(drop: Backdrop, stage: Stage, clouds: bool = True) -> None:
    stage.sheet[:] = 1 + 3 * drop.paints["sky"]
    rng = np.random.default_rng((drop.seed, 1))
    brush = stage.brush(0.15, 0.6)
    if rng.random() < 0.5 and drop.sky != "overcast":
        x, y = rng.uniform(-0.5, 0.5), rng.uniform(-0.42, -0.25)
        brush.fill([ellipse(x, y, 0.07, 0.07)], drop.paints["sun"], inked=bool(rng.random() < 0.5))
    if not clouds or drop.sky == "night":
        return
    outlined = bool(rng.random() < 0.6)
    for x, dice in drop.cells(stage, 0.15, 0.55, 2):
        if dice.random() < 0.7:
            at = place(x + dice.uniform(-0.1, 0.1), dice.uniform(-0.44, -0.2), dice.uniform(0.1, 0.2))
            lobes = [scallops(ellipse(0, 0, 1.0, 0.32), 8, 0.1), ellipse(-0.2, -0.2, 0.42, 0.35),
                     ellipse(0.28, -0.14, 0.34, 0.28)]  # fmt: skip
            cloud = brush.at(at)
            cloud.shadow(cloud.fill(lobes, drop.paints["cloud"], inked=outlined), 0.16)


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
    _plane(stage, _ridge(drop, stage, 0.3, (h - 0.08, 0.06, 3.0)), paints["far"], 0.3, True)
    _plane(stage, _ridge(drop, stage, 0.55, (h - 0.02, 0.04, 4.0)), paints["hill"], 0.55, True)
    _things(drop, stage, (0.55, h + 0.02, 0.26), ("tree", "bush", "pine"))
    _plane(stage, _ridge(drop, stage, 1.0, (h + 0.06, 0.012, 3.0)), paints["ground"], 1.0, True)
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
        block = points((x, top), (x + 0.16, top), (x + 0.16, _BOTTOM), (x, _BOTTOM))
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
    _plane(stage, h + 0.13, p["ground"], 1.0, True)
    road = points((-999, 0.36), (999, 0.36), (999, _BOTTOM), (-999, _BOTTOM))
    left, right = stage.span()
    road[:, 0] = np.clip(road[:, 0], left - 1, right + 1)
    near.fill([road], p["road"])
    for x, _ in drop.cells(stage, 1.0, 0.3, 5):
        dash = points((x, 0.45), (x + 0.15, 0.45), (x + 0.145, 0.465), (x - 0.005, 0.465))
        near.fill([dash], p["light"])


def _sea(drop: Backdrop, stage: Stage) -> None:
    _sky(drop, stage)
    p, h = drop.paints, drop.horizon
    water = _plane(stage, h - 0.02, p["water"], 0.6, True)
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
    _plane(stage, shore, p["foam"], 1.0, True)
    _plane(stage, shore + np.array([0.0, 0.022]), p["ground"], 1.0, True)
    _things(drop, stage, (1.0, h + 0.26, 0.9), ("bush", "mushroom", "bush"))


def _forest(drop: Backdrop, stage: Stage) -> None:
    stage.sheet[:] = 1 + 3 * drop.paints["sky"]
    p, h = drop.paints, drop.horizon
    _plane(stage, _ridge(drop, stage, 0.3, (h - 0.2, 0.04, 6.0)), p["far"], 0.3, False)
    _things(drop, stage, (0.45, h + 0.02, 0.16), ("pine", "tree", "pine"))
    _plane(stage, h + 0.0, p["hill"], 0.45, True)
    _plane(stage, _ridge(drop, stage, 1.0, (h + 0.07, 0.01, 4.0)), p["ground"], 1.0, True)
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


def _room(drop: Backdrop, stage: Stage) -> None:
    p, h = drop.paints, drop.horizon
    stage.sheet[:] = 1 + 3 * p["paper"]
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
    floor = _plane(stage, h, p["ground"], 1.0, True)
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
        leaves = [ellipse(0.05 * s, -0.13 - 0.02 * (s == 0), 0.025, 0.075, 0.5 * s) for s in (-1, 0, 1)]
        brush.shadow(brush.fill(leaves, p["leaf"]), 0.015)


_DRAW: dict[str, Callable[[Backdrop, Stage], None]] = {
    "meadow": _meadow,
    "snow": _meadow,
    "town": _town,
    "sea": _sea,
    "forest": _forest,
    "room": _room,
}
