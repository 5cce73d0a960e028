"""Drawings whose true regions and colors are known, for ``score_flats``."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.palette import Palette, Swatch
from animecolor.training.clips import Clip, read_folder
from animecolor.training.sources import read_split
from animecolor.training.toon import draw_clip, palette
from animecolor.training.toon.gaps import broken

Picture = NDArray[np.uint8]

BLANK = 245
"""Level above which paper has no trace of ink."""
FLAT = 0.6
"""Share of a shaded region within ``NEAR`` of one color from which on it is taken for flat."""
NEAR = 18
"""Largest difference of a channel, in levels, that lossy video and a little shading bring."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawing:
    """One drawing and what is true of it."""

    gray: Picture
    """(H, W), 255 = paper."""
    picture: Picture
    """(H, W, 3) as a person would paint it."""
    truth: NDArray[np.int32]
    """(H, W) number of the true region; 0 = ink."""
    rgb: Picture
    """(regions + 1, 3) true color of each region."""
    flat: NDArray[np.bool_]
    """(regions + 1,) whether it can be judged: it has one color, unlike a gradient, and lines part
    it from larger areas of other colors."""


@dataclass(frozen=True, slots=True, eq=False)
class Reel:
    """Consecutive drawings of one shot, the first of them painted."""

    name: str
    drawings: tuple[Drawing, ...]
    palette: Palette


def toon_reel(seed: int, height: int, count: int) -> Reel:
    """Draw one scene; its palette is that of the whole scene, unused paints and tones included."""
    paints = palette(seed)
    size = (height, round(height * 16 / 9 / 4) * 4)
    drawings: list[Drawing] = []
    last = None
    for frame in draw_clip(seed, size, 4 * count, fps=12):
        if frame is not last:
            numbers, own = _pieces(frame.regions)
            rgb = np.array([paints[k].rgb if k else (0, 0, 0) for k in own], np.uint8)
            flat = np.array([k > 0 and not paints[k].gradient for k in own])
            flat &= _enclosed(frame.ink, numbers, np.array(own))
            drawings.append(Drawing(frame.ink, frame.color, numbers, rgb, flat))
        last = frame
        if len(drawings) == count:
            break
    swatches = {s.rgb: s for s in paints.values() if not s.gradient}
    colors = tuple(Swatch(s.rgb, s.name) for s in swatches.values())
    return Reel(f"toon-{seed}-{height}", tuple(drawings), Palette(colors))


def toon3d_reel(clip: Clip, count: int) -> Reel:
    """Take a rendered clip. What is nearly flat is painted anew in one color of a small palette."""
    colors, inks = clip.color(), clip.ink()
    assert inks is not None
    found: list[tuple[Picture, Picture, NDArray[np.int32], Picture, NDArray[np.bool_]]] = []
    for color, ink in zip(colors, inks, strict=True):
        if len(found) == count or (found and np.array_equal(ink, found[-1][1])):
            continue
        _, numbers = cv2.connectedComponents((ink > 200).astype(np.uint8), connectivity=4)
        rgb, flat = _modes(np.asarray(color), numbers)
        found.append((np.array(color), np.array(ink), numbers, rgb, flat))
    weighed = np.concatenate([_spread(row[3], row[2], row[4]) for row in found])
    mixed = _cluster(weighed)
    drawings = []
    for color, ink, numbers, rgb, flat in found:
        nearest = np.abs(rgb[:, None].astype(int) - mixed[None]).max(axis=2).argmin(axis=1)
        exact = mixed[nearest]
        painted = flat[numbers]
        color[painted] = exact[numbers][painted]
        drawings.append(Drawing(ink, color, numbers, exact, flat))
    swatches = tuple(Swatch((int(r), int(g), int(b))) for r, g, b in mixed)
    return Reel(f"toon3d-{clip.name}", tuple(drawings), Palette(swatches))


def _pieces(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], list[int]]:
    """Number the connected pieces of every label; also the label of each number, 0 for ink."""
    numbers = np.zeros_like(labels)
    own = [0]
    for label in np.unique(labels[labels > 0]):
        count, pieces = cv2.connectedComponents((labels == label).astype(np.uint8), connectivity=4)
        inside = pieces > 0
        numbers[inside] = pieces[inside] + len(own) - 1
        own += [int(label)] * (count - 1)
    return numbers, own


def _enclosed(
    ink: Picture, numbers: NDArray[np.int32], own: NDArray[np.int64]
) -> NDArray[np.bool_]:
    """(regions + 1,) whether the area that blank paper joins a region to is mostly of its color.

    A cheek or a pupil painted without an outline is in no line drawing: nobody can fill it.
    """
    count, areas = cv2.connectedComponents((ink > BLANK).astype(np.uint8), connectivity=4)
    joint = areas.astype(np.int64) * len(own) + numbers
    pair, pixels = np.unique(joint[(areas > 0) & (numbers > 0)], return_counts=True)
    area, number = np.divmod(pair, len(own))
    order = np.argsort(pixels, kind="stable")
    most = np.zeros(count, np.int64)
    most[area[order]] = own[number[order]]
    place = np.zeros(len(own), np.int64)
    place[number[order]] = area[order]
    return (place == 0) | (most[place] == own)


def _modes(color: Picture, numbers: NDArray[np.int32]) -> tuple[Picture, NDArray[np.bool_]]:
    """The commonest color of each region, and whether most of the region is near it."""
    count = int(numbers.max()) + 1
    rgb, flat = np.zeros((count, 3), np.uint8), np.zeros(count, bool)
    for number in range(1, count):
        pixels = color[numbers == number]
        _, which, sizes = np.unique(pixels // 16, axis=0, return_inverse=True, return_counts=True)
        middle = np.median(pixels[which.ravel() == sizes.argmax()], axis=0)
        near = np.abs(pixels - middle).max(axis=1) <= NEAR
        rgb[number] = np.median(pixels[near], axis=0)
        flat[number] = near.mean() >= FLAT
    return rgb, flat


def _spread(rgb: Picture, numbers: NDArray[np.int32], flat: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(N, 4) color and area of the flat regions."""
    area = np.bincount(numbers.ravel(), minlength=len(rgb))
    return np.column_stack([rgb, area]).astype(np.int64)[flat]


def _cluster(weighed: NDArray[np.int64]) -> Picture:
    """Colors that stay apart: the largest areas first, what is near one of them is left out."""
    kept: list[NDArray[np.int64]] = []
    for row in weighed[np.argsort(-weighed[:, 3], kind="stable")]:
        if all(np.abs(row[:3] - other).max() > NEAR for other in kept):
            kept.append(row[:3])
    return np.array(kept, np.uint8).reshape(-1, 3)


def with_gaps(reel: Reel) -> Reel:
    """The same drawings with gaps of 2 to 8 pixels in their lines."""
    rng = np.random.default_rng(0)
    drawings = tuple(replace(d, gray=broken(d.gray, rng)) for d in reel.drawings)
    return Reel(f"{reel.name}-gaps", drawings, reel.palette)


def reels(
    toon: Iterable[int], toon3d: int, drawings: int, data: Path
) -> Iterator[tuple[str, Reel]]:
    """Every reel with the name of its column, lines whole and with gaps.

    Seeds from 1000000 on were never trained on.
    """
    for seed in toon:
        for height in (256, 1080):
            reel = toon_reel(seed, height, drawings + 1)
            yield f"toon {height}p", reel
            yield f"toon {height}p, gaps", with_gaps(reel)
    if toon3d:
        split = read_split(Path("configs/split.toml"))
        clips = read_folder(data / "toon3d", Path("runs/cache"))
        unseen = [clip for clip in clips if split.holds(clip)]
        for clip in unseen[:: max(1, len(unseen) // toon3d)][:toon3d]:
            reel = toon3d_reel(clip, drawings + 1)
            yield "toon3d 256p", reel
            yield "toon3d 256p, gaps", with_gaps(reel)
