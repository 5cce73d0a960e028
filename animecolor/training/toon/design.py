"""Character sheets: who a figure is, how it is built, what it wears and in which paints."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from animecolor.training.toon import tints
from animecolor.training.toon.paint import RGB, PaintBox, blend, scale

SPECIES = ("cat", "rabbit", "bear", "dog", "fox", "mouse", "pig", "frog")
PEOPLE = ("girl", "boy", "woman", "man")


@dataclass(frozen=True, slots=True)
class Build:
    """Proportions; lengths are shares of the figure's height."""

    head: float
    head_width: float
    """Against the head's height."""
    leg: float
    torso: float
    shoulder: float
    waist: float
    hip: float
    limb: float


@dataclass(frozen=True, slots=True)
class Face:
    """Features; lengths are shares of the head's height, angles radians on its sphere."""

    eye: str
    eye_lon: float
    eye_lat: float
    eye_width: float
    eye_height: float
    brow: float
    nose: str
    mouth: float
    jaw: float
    """0 round, 1 pointed."""
    blush: bool
    freckles: bool
    glasses: bool
    beard: str
    blink: float
    """Phase of blinking in seconds."""
    smile: float
    """How the closed mouth curves: 1 smiles, -1 pouts."""


@dataclass(frozen=True, slots=True)
class Outfit:
    """What is worn."""

    top: str
    bottom: str
    sleeve: float
    """Share of the arm it covers."""
    pattern: str
    hat: str
    scarf: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One figure with everything that is the same in all its drawings."""

    kind: str
    hair: str
    bangs: str
    build: Build
    face: Face
    outfit: Outfit
    paints: dict[str, int]
    words: dict[str, str]
    """Color words: ``hair`` (or fur), ``top`` and ``bottom``."""

    @property
    def human(self) -> bool:
        """False for an animal in clothes."""
        return self.kind in PEOPLE


def design(kind: str, box: PaintBox, rng: np.random.Generator) -> Person:
    """Invent a figure and mix its paints."""
    build = _build(kind, rng)
    outfit = _outfit(kind, rng)
    hair, bangs = _hairdo(kind, rng)
    paints, words = _paints(kind, box, rng)
    dark = sum(box.paints[paints["skin"]].tones[0]) < 300
    face = _face(kind, rng, build, dark)
    return Person(kind, hair, bangs, build, face, outfit, paints, words)


def _build(kind: str, rng: np.random.Generator) -> Build:
    if kind in ("woman", "man"):
        head = rng.uniform(0.18, 0.27)
    elif kind in ("girl", "boy"):
        head = rng.uniform(0.28, 0.42)
    else:
        head = rng.uniform(0.30, 0.44)
    body = 1 - head
    leg = body * rng.uniform(0.44, 0.56)
    stout = rng.uniform(0.85, 1.2) * (0.55 + 1.5 * head)
    broad = 1.15 if kind == "man" else 0.95
    return Build(
        head=head,
        head_width=rng.uniform(0.9, 1.12) if head > 0.28 else rng.uniform(0.76, 0.9),
        leg=leg,
        torso=body - leg,
        shoulder=0.105 * stout * broad,
        waist=0.092 * stout * rng.uniform(0.8, 1.25),
        hip=0.105 * stout * rng.uniform(0.92, 1.12),
        limb=0.040 * stout * rng.uniform(0.85, 1.15),
    )


def _face(kind: str, rng: np.random.Generator, build: Build, dark: bool) -> Face:
    young = build.head > 0.28
    # A dot needs light skin to be seen on; fur may be any color.
    eye = str(rng.choice(["anime", "anime", "round", "dot", "oval"]))
    if dark and eye in ("dot", "oval"):
        eye = "round"
    size = rng.uniform(0.17, 0.23) if young else rng.uniform(0.13, 0.17)
    tall = {"anime": 1.35, "round": 1.1, "dot": 1.25, "oval": 1.6}[eye]
    small = {"dot": 0.42, "oval": 0.55}.get(eye, 1.0)
    animal = kind not in PEOPLE
    return Face(
        eye=eye,
        eye_lon=rng.uniform(0.42, 0.55),
        eye_lat=rng.uniform(-0.12, 0.02) if young else rng.uniform(-0.06, 0.04),
        eye_width=size * small,
        eye_height=size * small * tall,
        brow=rng.uniform(-0.1, 0.25),
        nose="snout" if animal else str(rng.choice(["dot", "button", "hook", "wedge"])),
        mouth=rng.uniform(0.14, 0.24),
        jaw=rng.uniform(0.1, 0.9) if eye == "anime" else rng.uniform(0.0, 0.5),
        blush=bool(rng.random() < 0.45),
        freckles=bool(rng.random() < 0.12),
        glasses=bool(rng.random() < 0.13) and not animal,
        beard=str(rng.choice(["", "", "moustache", "beard"])) if kind == "man" else "",
        blink=float(rng.uniform(0, 3)),
        smile=float(rng.choice([1.0, 1.0, 0.6, 1.4, 0.1, -0.7])),
    )


def _outfit(kind: str, rng: np.random.Generator) -> Outfit:
    tops = ["shirt", "shirt", "sweater", "coat", "overalls"]
    bottoms = ["trousers", "trousers", "shorts"]
    if kind in ("girl", "woman") or (kind in SPECIES and rng.random() < 0.4):
        tops, bottoms = ["dress", "dress", "shirt", "sweater", "coat"], ["skirt", "trousers"]
    top = str(rng.choice(tops))
    hats = ["", "", "", "cap", "beanie", "sunhat", "bow", "topper", "crown"]
    return Outfit(
        top=top,
        bottom=str(rng.choice(bottoms)),
        sleeve=1.0 if top in ("coat", "sweater") else float(rng.choice([0.42, 0.42, 1.0, 0.62])),
        pattern=str(rng.choice(["", "", "", "stripes", "dots", "band", "pocket"])),
        hat=str(rng.choice(hats)),
        scarf=bool(rng.random() < 0.2),
    )


def _hairdo(kind: str, rng: np.random.Generator) -> tuple[str, str]:
    if kind in SPECIES:
        return "", ""
    long = ["bob", "long", "long", "ponytail", "pigtails", "bun", "curly", "short"]
    short = ["short", "short", "spiky", "curly", "bob"]
    hair = str(rng.choice(long if kind in ("girl", "woman") else short))
    bangs = str(rng.choice(["straight", "swept", "zigzag", "parted", "round"]))
    return hair, bangs


def _paints(
    kind: str, box: PaintBox, rng: np.random.Generator
) -> tuple[dict[str, int], dict[str, str]]:
    cloth = tints.scheme(rng)
    fur = tints.pick(tints.FURS, rng)
    skin: RGB = fur.rgb
    hair = fur
    if kind in PEOPLE:
        skin = tints.jitter(tints.SKINS[int(rng.integers(len(tints.SKINS)))], rng, 0.015)
        hair = tints.pick(tints.NATURAL if rng.random() < 0.6 else tints.HAIRS, rng)
    iris = tints.named(str(rng.choice(["blue", "green", "brown", "teal", "purple"])), rng)
    shoe = tints.named(str(rng.choice(["brown", "red", "black", "white", "navy"])), rng)
    parts: dict[str, RGB] = {
        "skin": skin,
        "hair": hair.rgb,
        "belly": blend(skin, (255, 248, 236), 0.6),
        "inner": blend(skin, (244, 150, 160), 0.6),
        "top": cloth[0].rgb,
        "bottom": cloth[1].rgb,
        "trim": cloth[2].rgb,
        "extra": cloth[3].rgb,
        "shoe": shoe.rgb,
        "eyewhite": (252, 252, 250),
        "iris": iris.rgb,
        "pupil": (40, 34, 44),
        "shine": (255, 255, 255),
        "mouth": (150, 52, 58),
        "tongue": (232, 118, 116),
        "blush": blend(skin, (246, 120, 120), 0.42),
        "nose": (84, 60, 66) if kind not in PEOPLE else scale(skin, 0.84),
        "sock": (244, 242, 238),
    }
    numbers = {part: box.mix(f"{kind}.{part}", rgb) for part, rgb in parts.items()}
    return numbers, {"hair": hair.word, "top": cloth[0].word, "bottom": cloth[1].word}
