"""Painted backgrounds: which one, and in which paints. ``landscape`` and ``room`` draw them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from animecolor.training.toon import tints
from animecolor.training.toon.camera import Stage
from animecolor.training.toon.paint import RGB, Fade, PaintBox, blend, scale

SKIES: dict[str, tuple[RGB, RGB]] = {
    "day": ((104, 172, 232), (214, 238, 250)),
    "morning": ((150, 196, 232), (252, 232, 204)),
    "sunset": ((126, 104, 172), (252, 178, 122)),
    "night": ((28, 36, 78), (78, 92, 148)),
    "overcast": ((160, 174, 190), (214, 220, 226)),
    "water": ((120, 206, 226), (30, 96, 156)),
}

KINDS = ("meadow", "town", "sea", "forest", "room", "snow", "reef")


@dataclass(frozen=True, slots=True)
class Backdrop:
    """One background with its paints."""

    kind: str
    seed: int
    horizon: float
    sky: str
    paints: dict[str, int]
    words: dict[str, str]

    def cells(
        self, stage: Stage, depth: float, step: float, salt: int
    ) -> Iterator[tuple[float, np.random.Generator]]:
        """Places of repeated things that may be visible, each with its own fixed dice."""
        left, right = stage.span(depth)
        for cell in range(int(np.floor((left - 1.3) / step)), int(np.ceil((right + 1.3) / step))):
            yield cell * step, np.random.default_rng((self.seed, salt, cell + 100000))


def backdrop(kind: str, box: PaintBox, rng: np.random.Generator) -> Backdrop:
    """Invent a background and mix its paints."""
    skies = ["day", "morning", "sunset", "night", "overcast"]
    if kind in ("room", "reef"):
        skies = ["day", "sunset", "night"] if kind == "room" else ["water"]
    sky = str(rng.choice(skies, p=None if len(skies) < 5 else [0.4, 0.2, 0.15, 0.1, 0.15]))
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
        "forest": (104, 146, 84), "room": (196, 148, 102),
        "snow": (238, 242, 250), "reef": (226, 206, 160),
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
