"""Color words and the harmonies a show is painted in."""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np

from animecolor.training.toon.paint import RGB

WORDS: dict[str, tuple[RGB, ...]] = {
    "red": ((214, 52, 48), (188, 36, 52), (232, 84, 72)),
    "orange": ((240, 134, 44), (226, 110, 38), (250, 164, 92)),
    "yellow": ((248, 206, 64), (252, 224, 116), (232, 184, 48)),
    "green": ((84, 168, 76), (52, 132, 84), (138, 190, 96)),
    "teal": ((52, 156, 152), (84, 184, 174), (36, 120, 128)),
    "blue": ((66, 126, 206), (96, 162, 226), (48, 92, 176)),
    "navy": ((44, 58, 108), (54, 72, 126)),
    "purple": ((134, 88, 176), (164, 122, 200), (104, 64, 144)),
    "pink": ((240, 142, 172), (250, 182, 200), (226, 104, 148)),
    "brown": ((142, 94, 60), (116, 76, 52), (168, 120, 84)),
    "white": ((244, 242, 236), (250, 248, 244), (236, 238, 242)),
    "gray": ((150, 154, 162), (120, 126, 136), (186, 190, 196)),
    "black": ((58, 56, 66), (46, 48, 60)),
    "mint": ((160, 222, 190), (190, 234, 208)),
    "cream": ((250, 232, 196), (244, 222, 180)),
}

SKINS: tuple[RGB, ...] = (
    (255, 224, 200), (250, 212, 184), (243, 197, 164), (226, 172, 132),
    (200, 142, 102), (166, 112, 78), (128, 84, 60), (98, 66, 50),
)  # fmt: skip

HAIRS: dict[str, tuple[RGB, ...]] = {
    "black": ((52, 46, 56), (44, 48, 66)),
    "brown": ((112, 72, 48), (146, 96, 60), (88, 58, 46)),
    "blond": ((246, 214, 122), (232, 190, 96)),
    "red": ((198, 84, 48), (218, 106, 56), (176, 54, 48)),
    "white": ((234, 232, 236), (214, 216, 224)),
    "blue": ((86, 132, 200), (110, 170, 216)),
    "pink": ((240, 150, 180), (226, 120, 160)),
    "green": ((96, 160, 112), (130, 190, 140)),
    "purple": ((136, 100, 176), (166, 130, 200)),
}

NATURAL = {word: HAIRS[word] for word in ("black", "brown", "blond", "red", "white")}

FURS: dict[str, tuple[RGB, ...]] = {
    "gray": ((158, 160, 170), (126, 130, 142)),
    "brown": ((156, 108, 72), (128, 88, 62)),
    "orange": ((236, 150, 76), (222, 124, 62)),
    "white": ((244, 240, 234), (236, 236, 240)),
    "black": ((72, 68, 80), (60, 60, 72)),
    "cream": ((244, 222, 184), (236, 206, 160)),
    "pink": ((246, 186, 190),),
    "green": ((132, 184, 98), (104, 164, 104)),
    "blue": ((120, 164, 210),),
}


@dataclass(frozen=True, slots=True)
class Tinted:
    """A color and the word a caption uses for it."""

    word: str
    rgb: RGB


def jitter(rgb: RGB, rng: np.random.Generator, amount: float = 0.03) -> RGB:
    """A color near ``rgb``: hue, saturation and value moved a little."""
    hue, saturation, value = colorsys.rgb_to_hsv(*(c / 255 for c in rgb))
    hue = (hue + rng.normal(0, amount * 0.35)) % 1.0
    saturation = min(1.0, max(0.0, saturation * (1 + rng.normal(0, amount * 2))))
    value = min(1.0, max(0.0, value * (1 + rng.normal(0, amount))))
    r, g, b = colorsys.hsv_to_rgb(hue, saturation, value)
    return round(r * 255), round(g * 255), round(b * 255)


def pick(table: dict[str, tuple[RGB, ...]], rng: np.random.Generator) -> Tinted:
    """A random word of a table and one of its colors."""
    word = list(table)[int(rng.integers(len(table)))]
    return named(word, rng, table)


def named(
    word: str, rng: np.random.Generator, table: dict[str, tuple[RGB, ...]] | None = None
) -> Tinted:
    """One of the colors a word stands for."""
    colors = (table or WORDS)[word]
    return Tinted(word, jitter(colors[int(rng.integers(len(colors)))], rng))


_SCHEMES = (
    ("red", "blue", "cream", "navy"),
    ("yellow", "blue", "white", "brown"),
    ("pink", "purple", "white", "teal"),
    ("green", "orange", "cream", "brown"),
    ("teal", "orange", "white", "navy"),
    ("purple", "yellow", "mint", "black"),
    ("blue", "red", "white", "gray"),
    ("mint", "pink", "cream", "navy"),
    ("orange", "navy", "yellow", "teal"),
    ("red", "green", "white", "black"),
    ("brown", "cream", "green", "orange"),
    ("gray", "yellow", "black", "red"),
    ("navy", "mint", "red", "white"),
    ("white", "pink", "blue", "gray"),
)


def scheme(rng: np.random.Generator) -> list[Tinted]:
    """Four cloth colors that go together, the main one first."""
    words = list(_SCHEMES[int(rng.integers(len(_SCHEMES)))])
    if rng.random() < 0.4:
        words[0], words[1] = words[1], words[0]
    return [named(word, rng) for word in words]
