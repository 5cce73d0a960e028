"""Drawn pictures that can be recolored part by part, and said in words.

A page is one frame of ``training.toon`` with the paint of every pixel. Recoloring exchanges the
chroma of a part and keeps its lightness: the grey picture stays what it was, so that nothing but a
caption tells the colors. That is what makes a network listen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.training.clips import Pictures, save_pictures
from animecolor.training.telling import Said
from animecolor.training.toon.clip import Darkroom, draw_actors, paint_backdrop
from animecolor.training.toon.paint import RGB
from animecolor.training.toon.parts import Part, parts
from animecolor.training.toon.scene import plan
from animecolor.training.toon.tints import WORDS

SIZE = 176
"""Side of a page in pixels."""
FRAMES, FPS = 24, 12
"""The first frames of a shot, of which one is drawn."""
LEAST_SHARE = 0.006
"""Of the picture: what is smaller is not worth a word."""
NEAR = 12.0
"""Largest difference of L between a part and a color it may take."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Page:
    """One drawn picture on disk."""

    seed: int
    path: Path

    def load(self) -> tuple[Pictures, NDArray[np.uint8]]:
        """(H, W, 3) uint8 RGB, and (H, W) the number of each pixel's paint plus one; 0 is ink."""
        page = np.load(self.path, mmap_mode="r")
        return page[..., :3], page[..., 3]


@dataclass(frozen=True, slots=True, eq=False)
class Visible:
    """A part that is in view."""

    part: Part
    mask: NDArray[np.bool_]
    """(H, W)."""
    lab: Floats
    """(3,): its usual color."""

    @property
    def share(self) -> float:
        """Of the picture."""
        return float(self.mask.mean())

    def said(self, word: str | None = None) -> Said:
        """What a sentence needs of it; its own color's word where none is given."""
        middle = float(np.nonzero(self.mask)[1].mean()) / self.mask.shape[1]
        return Said(self.part.owner, self.part.noun, word or name_of(self.lab), middle)


@dataclass(frozen=True, slots=True)
class Tint:
    """A color and its word."""

    word: str
    lab: Floats
    """(3,)."""


def draw_pages(seeds: range, cache: Path) -> Iterator[Page]:
    """Yield pages, one a seed, drawing what is not in ``cache`` yet."""
    home = cache / f"pages-{SIZE}"
    home.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        path = home / f"{seed:07d}.npy"
        if not path.is_file():
            save_pictures(path, _draw(seed))
        yield Page(seed, path)


def visible(page: Page, color: Pictures, paints: NDArray[np.uint8]) -> list[Visible]:
    """The parts of a page that are in view in a piece of it, the largest first."""
    counts = np.bincount(paints.ravel(), minlength=256)
    lab = to_lab(color)
    found = []
    for part in _parts(page.seed):
        numbers = [number + 1 for number in part.paints]
        if counts[numbers].sum() < LEAST_SHARE * paints.size:
            continue
        mask = np.isin(paints, numbers)
        usual = np.median(lab[mask], axis=0).astype(np.float32)
        found.append(Visible(part, mask, usual))
    return sorted(found, key=lambda one: -one.share)


def recolor(color: Pictures, changes: Sequence[tuple[Visible, Tint]]) -> Pictures:
    """Give parts other colors at the same lightness: (H, W, 3) uint8 RGB -> the same."""
    if not changes:
        return color
    lab = to_lab(color)
    for one, tint in changes:
        # Shadows of a color are less colorful, as far as they are darker.
        depth = np.minimum(1, lab[one.mask, :1] / max(1.0, float(one.lab[0])))
        lab[one.mask, 1:] = tint.lab[1:] * depth
    rgb = cv2.cvtColor(lab, cv2.COLOR_Lab2RGB)
    return np.asarray(np.rint(np.clip(rgb, 0, 1) * 255), np.uint8)


def candidates(lab: Floats) -> list[Tint]:
    """Colors that something as light as ``lab`` may have, its own word's left out."""
    own = name_of(lab)
    return [t for t in _tints() if t.word != own and abs(t.lab[0] - lab[0]) < NEAR]


def name_of(lab: Floats) -> str:
    """The color word whose colors are nearest to (3,) Lab."""
    return min(_tints(), key=lambda tint: float(((tint.lab - lab) ** 2).sum())).word


def to_lab(color: Pictures) -> Floats:
    """(H, W, 3) uint8 RGB -> float32 CIE Lab."""
    unit = np.ascontiguousarray(color, np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2Lab), np.float32)


@lru_cache(maxsize=1)
def _tints() -> tuple[Tint, ...]:
    def lab(rgb: RGB) -> Floats:
        found: Floats = to_lab(np.array([[rgb]], np.uint8))[0, 0]
        return found

    return tuple(Tint(word, lab(rgb)) for word, colors in WORDS.items() for rgb in colors)


@lru_cache(maxsize=16384)
def _parts(seed: int) -> tuple[Part, ...]:
    return tuple(parts(plan(seed)))


def _draw(seed: int) -> Pictures:
    scene, size = plan(seed), (SIZE, SIZE)
    index = int(np.random.default_rng((seed, 77)).integers(FRAMES))
    times = tuple(index // actor.hold * actor.hold / FPS for actor in scene.actors)
    view = scene.camera.at(index / FPS)
    sheet = draw_actors(scene, paint_backdrop(scene, view, size), times, view)
    frame = Darkroom.of(scene.paints, seed).develop(sheet, view, size)
    # Labels count three tones a paint, from 1; 0 is ink.
    numbers = np.where(frame.regions > 0, (frame.regions - 1) // 3 + 1, 0)
    return np.dstack((frame.color, np.minimum(numbers, 255).astype(np.uint8)))
