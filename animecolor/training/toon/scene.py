"""One shot, planned from a seed: backdrop, actors, camera and style."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from animecolor.training.toon import tints
from animecolor.training.toon.actor import Actor, Prop
from animecolor.training.toon.backdrop import KINDS, Backdrop, backdrop
from animecolor.training.toon.camera import Camera, View
from animecolor.training.toon.caption import describe
from animecolor.training.toon.design import PEOPLE, SPECIES, design
from animecolor.training.toon.paint import Paint, PaintBox, Swatch, swatches
from animecolor.training.toon.pose import GAITS
from animecolor.training.toon.props import THINGS
from animecolor.training.toon.sheet import Pen

BEASTS = ("cat", "dog", "fox", "pig", "bear", "rabbit")


@dataclass(frozen=True, slots=True)
class Scene:
    """Everything about one shot but its size and length."""

    seed: int
    backdrop: Backdrop
    actors: tuple[Actor, ...]
    """Back to front."""
    camera: Camera
    pen: Pen
    light: tuple[float, float]
    paints: tuple[Paint, ...]
    caption: str


@lru_cache(maxsize=32)
def plan(seed: int) -> Scene:
    """Plan the shot of a seed."""
    rng = np.random.default_rng((seed, 20240))
    box = PaintBox(
        line_mix=float(rng.choice([0.0, 0.0, 0.35, 0.7, 1.0])),
        shadow_hue=((70, 60, 140), (110, 50, 110), (50, 80, 130))[int(rng.integers(3))],
    )
    drop = backdrop(str(rng.choice(KINDS)), box, rng)
    framing = str(rng.choice(["long", "mid", "mid", "close"]))
    cast = _shoal(rng, box) if drop.kind == "reef" else _cast(rng, box, framing, drop.kind)
    if cast[-1].form != "figure":
        framing = "long"
    camera = _camera(rng, framing, cast[-1])
    pen = Pen(
        width=float(rng.choice([0.0028, 0.0038, 0.0048, 0.0062])),
        taper=float(rng.uniform(0.2, 0.8)),
        weight=float(rng.choice([0.0, 0.25, 0.45])),
        trace=float(rng.uniform(0.45, 0.8)),
        shade=float(rng.choice([0.0, 0.6, 1.0, 1.0, 1.35])),
    )
    side = -1.0 if rng.random() < 0.5 else 1.0
    slant = float(rng.uniform(0.3, 0.9))
    light = (side * float(np.sin(slant)), -float(np.cos(slant)))
    actors = tuple(sorted(cast, key=lambda actor: actor.y))
    return Scene(seed, drop, actors, camera, pen, light, tuple(box.paints),
                 describe(cast[-1], drop))  # fmt: skip


def palette(seed: int) -> dict[int, Swatch]:
    """Label -> name, exact color, and whether it is painted softly."""
    return swatches(plan(seed).paints)


def caption(seed: int) -> str:
    """One plain sentence about the shot of a seed."""
    return plan(seed).caption


def _cast(rng: np.random.Generator, box: PaintBox, framing: str, place: str) -> list[Actor]:
    """The actors; the hero is last."""
    actors: list[Actor] = []
    extras = int(rng.choice([0, 1, 2, 3] if framing != "close" else [0, 0, 1]))
    spots = [-0.42, 0.42, 0.12]
    for index in range(extras):
        actors.append(_extra(rng, box, spots[index], (index, place)))
    if framing == "long" and rng.random() < 0.25:
        actors.append(_beast(rng, box))
    else:
        actors.append(_hero(rng, box, framing))
    return actors


def _beast(rng: np.random.Generator, box: PaintBox) -> Actor:
    """A four-legged hero."""
    person = design(str(rng.choice(BEASTS)), box, rng)
    height, facing = float(rng.uniform(0.34, 0.5)), float(rng.choice([-1.0, 1.0]))
    moves = rng.random() < 0.7
    speed = facing * 0.55 * height if moves else 0.0
    x = -facing * float(rng.uniform(0.1, 0.6)) if moves else float(rng.uniform(-0.15, 0.15))
    return Actor(person, None, "beast", "trot" if moves else "stand", height, x, 0.4, speed,
                 facing, 0.0, _hold(rng), float(rng.uniform(0, 3)))  # fmt: skip


def _shoal(rng: np.random.Generator, box: PaintBox) -> list[Actor]:
    """Fish; the hero, last and nearest, is the largest."""
    shoal = []
    for index in range(int(rng.integers(2, 6))):
        start = len(box.paints)
        person = design("fish", box, rng)
        _rename(box, start, "fish" if index == 0 else f"fish{index + 1}")
        facing = float(rng.choice([-1.0, 1.0]))
        height = float(rng.uniform(0.4, 0.6)) if index == 0 else float(rng.uniform(0.14, 0.32))
        speed = facing * float(rng.uniform(0.08, 0.3)) * (rng.random() < 0.85)
        y = 0.02 if index == 0 else float(rng.uniform(-0.38, 0.3))
        x = float(rng.uniform(-0.25, 0.1)) * facing if index == 0 else float(rng.uniform(-0.6, 0.6))
        shoal.append(Actor(person, None, "fish", "swim", height, x, y, speed, facing, 0.0,
                           _hold(rng), float(rng.uniform(0, 3))))  # fmt: skip
    return shoal[::-1]


def _rename(box: PaintBox, start: int, name: str) -> None:
    """Two of a kind in a shot keep their own labels' names."""
    for number in range(start, len(box.paints)):
        paint = box.paints[number]
        box.paints[number] = replace(paint, name=f"{name}." + paint.name.split(".", 1)[1])


def _hold(rng: np.random.Generator) -> int:
    return int(rng.choice([1, 2, 2, 2, 3, 3]))


def _hero(rng: np.random.Generator, box: PaintBox, framing: str) -> Actor:
    kind = str(rng.choice([*PEOPLE, *PEOPLE, *SPECIES]))
    person = design(kind, box, rng)
    actions = ["talk", "look", "wave", "stand", "hold", "cheer"]
    if framing != "close":
        actions += ["walk", "walk", "run", "march", "stroll", "dance"]
    if framing == "long":
        actions += ["jump", "jump", "cheer"]
    else:
        actions.remove("cheer")
    action = str(rng.choice(actions))
    height = float(rng.uniform(0.5, 0.72))
    facing = float(rng.choice([-1.0, 1.0]))
    speed, x, view = 0.0, float(rng.uniform(-0.12, 0.12)), float(rng.choice([0.0, 0.35, 0.7]))
    if action in GAITS:
        view = float(rng.uniform(0.8, 1.1))
        speed = facing * GAITS[action].speed * person.build.leg * height
        x = -facing * float(rng.uniform(0.15, 0.75))
    prop = None
    if action == "hold" or (action in ("walk", "stroll") and rng.random() < 0.25):
        name = str(rng.choice(["balloon", "umbrella", "cup", "book", "kite"]))
        prop = _prop(rng, box, name)
    y = float(rng.uniform(0.34, 0.44))
    return Actor(person, prop, "figure", action, height, x, y, speed, facing, view, _hold(rng),
                 float(rng.uniform(0, 3)))  # fmt: skip


def _prop(rng: np.random.Generator, box: PaintBox, name: str) -> Prop:
    colors = tints.scheme(rng)
    parts = zip(("main", "second", "third"), colors[:3], strict=True)
    numbers = [box.mix(f"{name}{len(box.paints)}.{part}", tint.rgb) for part, tint in parts]
    dark = box.mix(f"{name}{len(box.paints)}.dark", (70, 66, 76))
    return Prop(name, (numbers[0], numbers[1], numbers[2], dark), colors[0].word)


def _extra(rng: np.random.Generator, box: PaintBox, x: float, which: tuple[int, str]) -> Actor:
    """Somebody or something else; ``which`` is its number and the place."""
    number, place = which
    form = str(rng.choice(["figure", "figure", "beast", "thing", "bird", "butterfly"]))
    x += float(rng.uniform(-0.1, 0.1))
    facing = float(rng.choice([-1.0, 1.0]))
    start = len(box.paints)
    if form == "thing":
        name = str(rng.choice(["ball", "car"] if place != "room" else ["ball"]))
        moves = name in ("ball", "car")
        speed = facing * float(rng.uniform(0.15, 0.4)) if moves else 0.0
        size = THINGS[name].size * 0.42
        return Actor(None, _prop(rng, box, name), "thing", "stand", size,
                     x - facing * 0.6 * moves, float(rng.uniform(0.26, 0.46)), speed, facing, 0.0,
                     _hold(rng), 0.0)  # fmt: skip
    kind = str(rng.choice([*PEOPLE, *SPECIES]))
    if form == "beast":
        kind = str(rng.choice(BEASTS))
    person = design(kind, box, rng)
    _rename(box, start, f"{kind}{number + 2}")
    speed, view, action, y = 0.0, float(rng.choice([0.0, 0.5])), "stand", rng.uniform(0.24, 0.36)
    height = float(rng.uniform(0.4, 0.58))
    if form == "figure":
        action = str(rng.choice(["stand", "talk", "look", "wave", "walk", "dance"]))
        if action == "walk":
            speed, view = facing * GAITS["walk"].speed * person.build.leg * height, 0.95
            x -= facing * 0.6
    elif form == "beast":
        height *= 0.55
        speed = facing * 0.55 * height if rng.random() < 0.5 else 0.0
    else:
        height, y = float(rng.uniform(0.12, 0.2)), float(rng.uniform(-0.34, -0.05))
        speed = facing * float(rng.uniform(0.12, 0.3))
        x -= facing * 0.4
    return Actor(person, None, form, action, height, x, float(y), speed, facing, view, _hold(rng),
                 float(rng.uniform(0, 3)))  # fmt: skip


def _camera(rng: np.random.Generator, framing: str, hero: Actor) -> Camera:
    head = 0.3 if hero.person is None else hero.person.build.head
    tall = hero.height
    if framing == "long":
        zoom, x, y = float(rng.uniform(1.0, 1.2)), 0.0, 0.0
    elif framing == "mid":
        zoom = float(rng.uniform(0.85, 1.15)) / tall
        x, y = hero.x, _below_head(hero, 0.12, zoom)
    else:
        zoom = float(rng.uniform(0.42, 0.62)) / (head * tall)
        x, y = hero.x, _below_head(hero, 0.2, zoom)
    start = View(x, y, zoom)
    move = str(rng.choice(["still", "still", "pan", "zoom", "shake"]))
    end = start
    drift = hero.speed if framing == "mid" and hero.speed else 0.0
    if framing == "long" and hero.speed and rng.random() < 0.5:
        drift, start = hero.speed, View(hero.x + 0.1 * hero.facing, y, zoom)
        end = start
    elif move == "pan":
        end = View(x + float(rng.choice([-0.25, 0.25])) / zoom, y, zoom)
    elif move == "zoom":
        end = View(x, y, zoom * float(rng.choice([0.8, 1.25])))
    shake = 0.006 / zoom if move == "shake" else 0.0
    return Camera(start, end, float(rng.uniform(2.5, 5.0)), drift, shake)


def _below_head(hero: Actor, room: float, zoom: float) -> float:
    """Height of the camera that leaves ``room`` of the frame above the hero's head."""
    top = hero.y - hero.height * (1.02 + _HATS.get(_hat(hero), 0.0))
    return top + (0.5 - room) / zoom


def _hat(hero: Actor) -> str:
    if hero.person is None:
        return ""
    return "ears" if hero.person.kind in ("rabbit", "cat", "fox") else hero.person.outfit.hat


_HATS = {"topper": 0.1, "crown": 0.06, "ears": 0.1, "beanie": 0.06, "sunhat": 0.05}
"""Height a head gains, in figure heights."""
