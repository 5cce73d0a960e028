"""Effects animation as a studio draws it, for ``score_qa``: flat tones with hard outlines, on twos.

Fire, smoke, sparks, an explosion, water, speed lines, rain, snow and bubbles over a drawn backdrop.
Everything that a spot or a sudden patch of color could be taken for, and none of it is a fault.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from tests.qa.reels import Picture, Reel, gray_reel, toon_reel

Tones = NDArray[np.uint8]
"""(H, W): 0 = nothing, else a tone of the effect, from its outside in."""
Effect = Callable[[int, tuple[int, int]], Tones]
"""The tones at a frame, for a size; the same ones every time."""

_LABEL = 30000
"""Numbers of the effects' areas begin here, beyond those of drawn scenes."""


def _noise(rng: np.random.Generator, size: tuple[int, int], scale: float) -> NDArray[np.float32]:
    """Smooth noise of zero mean and unit deviation that repeats at its edges."""
    field = np.tile(rng.standard_normal(size).astype(np.float32), (3, 3))
    soft = cv2.GaussianBlur(field, (0, 0), scale)[size[0] : 2 * size[0], size[1] : 2 * size[1]]
    return np.asarray(soft / soft.std(), np.float32)


def fire(frame: int, size: tuple[int, int]) -> Tones:
    """Flames that climb, in three tones."""
    field = _noise(np.random.default_rng(1), size, size[0] / 22)
    climbed = np.roll(field, (-frame * size[0] // 40, frame % 5), axis=(0, 1))
    rise = np.linspace(-3.6, 3.2, size[0], dtype=np.float32)[:, None]
    middle = 1.6 * ((np.arange(size[1]) / size[1] - 0.5) * 2) ** 2
    heat = climbed + rise - middle[None].astype(np.float32)
    return sum((heat > limit).astype(np.uint8) for limit in (0.6, 1.3, 2.0))


def smoke(frame: int, size: tuple[int, int]) -> Tones:
    """Billows that grow as they rise."""
    rng, tones = np.random.default_rng(2), np.zeros(size, np.uint8)
    for start, x, drift in zip(range(0, 40, 2), rng.random(20), rng.normal(0, 1, 20), strict=True):
        age = (frame - start) % 40
        center = int(size[1] * (0.3 + 0.4 * x) + drift * age), int(size[0] * (1 - age / 44))
        radius = int(size[0] * (0.03 + 0.0028 * age))
        cv2.circle(tones, center, radius, 1, -1)
        cv2.circle(tones, (center[0] - radius // 4, center[1] - radius // 4), radius // 2, 2, -1)
    return tones


def sparks(frame: int, size: tuple[int, int]) -> Tones:
    """Dots and dashes thrown out, each alive for 6 to 16 frames."""
    rng, tones = np.random.default_rng(3), np.zeros(size, np.uint8)
    for _ in range(90):
        born, lives, turn = rng.integers(0, 60), rng.integers(6, 16), rng.uniform(0, 2 * np.pi)
        speed, radius = rng.uniform(0.006, 0.03) * size[0], rng.integers(1, 4)
        age = (frame - int(born)) % 60
        if age >= lives:
            continue
        x = size[1] * 0.5 + np.cos(turn) * speed * age
        y = size[0] * 0.55 + np.sin(turn) * speed * age + 0.02 * size[0] * (age / 6) ** 2
        if rng.random() < 0.5:
            cv2.circle(tones, (int(x), int(y)), int(radius), 1, -1)
        else:
            end = int(x - np.cos(turn) * 8), int(y - np.sin(turn) * 8)
            cv2.line(tones, (int(x), int(y)), end, 1, int(radius))
    return tones


def explosion(frame: int, size: tuple[int, int]) -> Tones:
    """A ball of lumps that opens from frame 8 on and thins out, with debris."""
    rng, tones = np.random.default_rng(4), np.zeros(size, np.uint8)
    age = frame - 8
    if age < 0:
        return tones
    reach = size[0] * 0.42 * (1 - np.exp(-age / 5))
    turns, sizes = rng.uniform(0, 2 * np.pi, 26), rng.uniform(0.4, 1.0, 26)
    for tone, share in ((1, 1.0), (2, 0.72), (3, 0.42)):
        radius = reach * share * 0.42 * max(0.0, 1 - age / 34)
        for turn, scale in zip(turns, sizes, strict=True):
            x = size[1] * 0.5 + np.cos(turn) * reach * 0.75 * scale
            y = size[0] * 0.5 + np.sin(turn) * reach * 0.75 * scale
            if radius >= 1:
                cv2.circle(tones, (int(x), int(y)), int(radius * (0.6 + scale)), tone, -1)
    for turn, scale in zip(turns, sizes, strict=True):
        x = size[1] * 0.5 + np.cos(turn) * reach * 1.5 * scale
        y = size[0] * 0.5 + np.sin(turn) * reach * 1.5 * scale + 0.15 * age**2
        cv2.rectangle(tones, (int(x), int(y)), (int(x) + 3, int(y) + 2), 4, -1)
    return tones


def water(frame: int, size: tuple[int, int]) -> Tones:
    """Glints that run over the lower half."""
    y, x = np.indices(size, np.float32)
    depth = np.clip(y / size[0] - 0.5, 0, 1)
    wave = np.sin(x / 17 + 3 * np.sin(y / 9 + frame / 5) + frame / 3)
    wave += np.sin(x / 41 - frame / 7 + y / 5)
    below = y > 0.5 * size[0]
    glints = (wave > 1.75 - depth).astype(np.uint8) + (wave > 1.9)
    return np.asarray(below * (1 + glints), np.uint8)


def speed_lines(frame: int, size: tuple[int, int]) -> Tones:
    """Wedges that point at the middle, drawn anew every time."""
    rng, tones = np.random.default_rng((5, frame)), np.zeros(size, np.uint8)
    middle = np.array([size[1] / 2, size[0] / 2])
    for turn in rng.uniform(0, 2 * np.pi, 60):
        wide, inner = rng.uniform(0.004, 0.02), rng.uniform(0.28, 0.45) * size[0]
        ends = [turn - wide, turn + wide]
        outer = [middle + size[1] * np.array([np.cos(t), np.sin(t)]) for t in ends]
        tip = middle + inner * np.array([np.cos(turn), np.sin(turn)])
        cv2.fillPoly(tones, [np.rint([tip, *outer]).astype(np.int32)], 1)
    return tones


def rain(frame: int, size: tuple[int, int]) -> Tones:
    """Streaks that are nowhere twice."""
    rng, tones = np.random.default_rng((6, frame)), np.zeros(size, np.uint8)
    for x, y in rng.random((110, 2)):
        top = int(x * size[1]), int(y * size[0])
        cv2.line(tones, top, (top[0] - 4, top[1] + 18), 1, 1)
    return tones


def snow(frame: int, size: tuple[int, int]) -> Tones:
    """Flakes that fall, 2 to 5 pixels wide."""
    rng, tones = np.random.default_rng(7), np.zeros(size, np.uint8)
    for x, y, speed in rng.random((130, 3)):
        fall = (y + frame * (0.006 + 0.01 * speed)) % 1
        at = int((x + 0.01 * np.sin(frame / 6 + 9 * y)) * size[1]), int(fall * size[0])
        cv2.circle(tones, at, 1 + int(2 * speed), 1, -1)
    return tones


def bubbles(frame: int, size: tuple[int, int]) -> Tones:
    """Rings that rise and burst, each with a glint."""
    rng, tones = np.random.default_rng(8), np.zeros(size, np.uint8)
    for x, y, wide in rng.random((26, 3)):
        rise = (y - frame * 0.012) % 1
        at = int(x * size[1]), int(rise * size[0])
        if rise > 0.15:
            cv2.circle(tones, at, 4 + int(10 * wide), 1, 2)
            cv2.circle(tones, (at[0] - 2, at[1] - 2), 1 + int(2 * wide), 2, -1)
    return tones


@dataclass(frozen=True, slots=True)
class Kind:
    """An effect, its colors and how long a drawing of it stays up."""

    effect: Effect
    colors: tuple[tuple[int, int, int], ...]
    hold: int = 2
    inked: bool = False
    """Its tones are outlined in the line drawing; else it is in no line drawing at all."""


KINDS = {
    "fire": Kind(fire, ((214, 62, 30), (246, 150, 40), (255, 236, 140)), inked=True),
    "smoke": Kind(smoke, ((120, 116, 128), (168, 164, 176)), inked=True),
    "sparks": Kind(sparks, ((255, 240, 170),)),
    "explosion": Kind(
        explosion, ((120, 60, 50), (236, 120, 40), (255, 240, 180), (60, 50, 48)), inked=True
    ),
    "water": Kind(water, ((40, 110, 180), (120, 190, 230), (240, 252, 255)), inked=True),
    "speed-lines": Kind(speed_lines, ((250, 250, 255),)),
    "rain": Kind(rain, ((214, 226, 240),), hold=1),
    "snow": Kind(snow, ((255, 255, 255),), hold=1),
    "bubbles": Kind(bubbles, ((210, 240, 250), (255, 255, 255)), hold=1),
}


def effect_reel(name: str, seed: int, count: int = 48) -> Reel:
    """An effect over a drawn scene. Its source is the lines if those have the effect, else grey."""
    kind = KINDS[name]
    under = toon_reel(seed, "effects", 360, count, still=True)
    assert under.areas is not None
    table = np.array([(0, 0, 0), *kind.colors], np.uint8)
    pictures, inks, areas = [], [], []
    for number in range(count):
        at = number // kind.hold * kind.hold
        tones = kind.effect(at, under.pictures[0].shape[:2])
        over = tones > 0
        picture, ink = under.pictures[at].copy(), under.source[at].copy()
        picture[over], ink[over] = table[tones[over]], 255
        outline = cv2.morphologyEx(tones, cv2.MORPH_GRADIENT, np.ones((2, 2), np.uint8)) > 0
        ink[outline] = 0
        picture[outline] = _darker(picture[outline]) if kind.inked else picture[outline]
        labels = under.areas[at].copy()
        labels[over] = _LABEL + tones[over].astype(np.int32)
        labels[outline] = 0
        same = number > 0 and np.array_equal(picture, pictures[-1])
        pictures.append(pictures[-1] if same else picture)
        inks.append(ink)
        areas.append(labels)
    title = f"effects-{name}-{seed}"
    if not kind.inked:
        gray = gray_reel(title, "effects", pictures)
        return Reel(title, "effects", gray.pictures, gray.source, areas=tuple(areas))
    return Reel(title, "effects", tuple(pictures), tuple(inks), lines=True, areas=tuple(areas))


def _darker(colors: Picture) -> Picture:
    return (colors // 3).astype(np.uint8)
