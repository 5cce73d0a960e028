"""How many regions get exactly the right palette color: the table of the flats' accuracy.

    python scripts/score_flats.py

The rules were tuned on the drawn scenes 1000000 to 1000013 and on the rendered clips; the drawn
scenes scored come after them.

Drawing 0 of a clip is painted, the drawings after it are colored by the network, each from its
own output, and then region by region. Held drawings are skipped. A region is a piece of one true
color between lines, larger than 10 pixels; it is right when most of it has exactly that color.
Gradients have no one color and are counted apart; what no line parts from a larger area of another
color is in no line drawing and not judged. Of rendered clips, what is nearly flat is painted
anew, in a small palette of the clip's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import click
import cv2
import numpy as np
import torch
from flat_reels import Drawing, Picture, Reel, reels
from numpy.typing import NDArray

from animecolor.evaluation.conditions import frames_of, roll
from animecolor.evaluation.showing import Showing
from animecolor.flats.difference import delta_e, to_lab
from animecolor.flats.fill import fill
from animecolor.flats.palette import snap
from animecolor.flats.regions import Regions, find_regions
from animecolor.flats.track import from_painting, settle
from animecolor.flats.vote import vote
from animecolor.frame import Keyframe, Plane, Shot
from animecolor.models.registry import find, load_model
from animecolor.models.weights import sha256
from animecolor.stages.ink import ink_plane
from animecolor.stages.sizing import shrink, unit, working_size
from animecolor.training.clips import Clip

Judged = tuple[NDArray[np.bool_], NDArray[np.int64]]
"""Whether each region judged is right, and its area."""

HELD = "keyframe held"
CARRIED = "carried by overlap, no network"
NETWORK = "network's pixels, median within 1"
MEAN = "network's mean, snapped"
VOTE = "vote, within 1"
SNAPPED = "vote + palette"
TRACKED = "vote + palette + tracking"
ORACLE = "best that the regions found allow"
SOFT = "soft"
ROWS = (HELD, CARRIED, NETWORK, MEAN, VOTE, SNAPPED, TRACKED, ORACLE)

ALIKE = 1.0
"""CIEDE2000 within which colors that nobody snapped count as right."""
LEAST = 10
"""Pixels that a region must pass to be judged."""
WORKING = 256
"""Short side the network paints at."""


def network_colors(reel: Reel, cache: Path) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """(T, 3, h, w) colors and (T, h, w) expected errors of a reel; drawing 0 is as it was given."""
    path = cache / f"{reel.name}-{len(reel.drawings)}-{sha256(find('anchor').weights)[:8]}.npz"
    if path.is_file():
        kept = np.load(path)
        return kept["color"].astype(np.float32), kept["error"].astype(np.float32)
    size = working_size(reel.drawings[0].gray.shape[:2], WORKING)
    truth = torch.from_numpy(np.stack([unit(shrink(d.picture, size)) for d in reel.drawings]))
    truth = truth.permute(0, 3, 1, 2).contiguous()
    planes = torch.from_numpy(np.stack([ink_plane(d.gray, size) for d in reel.drawings]))[:, None]
    showing = Showing(Clip(reel.name, "", "", Path(), None), Plane.LINE, truth, planes)
    shot = Shot(0, 1, (Keyframe(0, planes[0], truth[0]),))
    color, error = truth.clone(), torch.zeros_like(planes)
    anchor = load_model("anchor", Plane.LINE)
    for frame in roll(anchor, shot, frames_of(showing, range(1, len(truth)), 0)):
        if frame.color is not None and frame.error is not None:
            color[frame.index], error[frame.index] = frame.color, frame.error
    cache.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part.npz")
    np.savez_compressed(part, color=color.half().numpy(), error=error[:, 0].half().numpy())
    part.replace(path)
    return color.numpy(), error[:, 0].numpy()


@dataclass(slots=True)
class Tally:
    """Regions judged, and those that are right; the same in pixels."""

    regions: int = 0
    right: int = 0
    area: int = 0
    right_area: int = 0

    def add(self, right: NDArray[np.bool_], area: NDArray[np.int64]) -> None:
        """Count some regions."""
        self.regions += len(right)
        self.right += int(right.sum())
        self.area += int(area.sum())
        self.right_area += int(area[right].sum())

    def __str__(self) -> str:
        regions, area = max(self.regions, 1), max(self.area, 1)
        return f"{100 * self.right / regions:.1f} / {100 * self.right_area / area:.1f}"


@dataclass(frozen=True, slots=True, eq=False)
class Shared:
    """How many pixels true regions share with those found."""

    true: NDArray[np.int64]
    found: NDArray[np.int64]
    pixels: NDArray[np.int64]

    @classmethod
    def of(cls, true: NDArray[np.int32], found: NDArray[np.int32]) -> Shared:
        """Count two (H, W) maps."""
        size = int(found.max()) + 1
        pair, pixels = np.unique(true.astype(np.int64) * size + found, return_counts=True)
        return cls(pair // size, pair % size, pixels)

    def truest(self, rgb: Picture, count: int) -> Picture:
        """(count, 3) the true color of most of each region found; ink has no say."""
        order = np.argsort(np.where(self.true > 0, self.pixels, 0), kind="stable")
        best = np.zeros((count, 3), np.uint8)
        best[self.found[order]] = rgb[self.true[order]]
        return best


def judge(drawing: Drawing, shared: Shared, rgb: Picture, near: float = 0) -> Judged:
    """Which true regions got their color: the commonest that their pixels have.

    Args:
        drawing: what is true.
        shared: with the regions found, as they are filled.
        rgb: (regions found + 1, 3) their colors.
        near: CIEDE2000 that counts as right; 0 asks for the very color.
    """
    packed = rgb.astype(np.int64) @ (1 << 16, 1 << 8, 1)
    key, back = np.unique(shared.true << 24 | packed[shared.found], return_inverse=True)
    held = np.bincount(back.ravel(), shared.pixels)
    order = np.argsort(held, kind="stable")
    most = np.zeros(len(drawing.rgb), np.int64)
    most[key[order] >> 24] = key[order] & 0xFFFFFF
    got = np.stack([most >> 16, most >> 8 & 255, most & 255], axis=-1).astype(np.uint8)
    return _right(drawing, got, near)


def judge_pixels(drawing: Drawing, color: NDArray[np.float32]) -> Judged:
    """Which true regions have the right median in the network's own (3, h, w) pixels."""
    size = drawing.gray.shape[1], drawing.gray.shape[0]
    large = cv2.resize(color.transpose(1, 2, 0), size, interpolation=cv2.INTER_NEAREST)
    order = np.argsort(drawing.truth.ravel(), kind="stable")
    cuts = np.searchsorted(drawing.truth.ravel()[order], np.arange(len(drawing.rgb) + 1))
    pixels = large.reshape(-1, 3)[order]
    medians = np.zeros((len(drawing.rgb), 3))
    for number, (begin, end) in enumerate(pairwise(cuts.tolist())):
        if number and end > begin:
            medians[number] = np.median(pixels[begin:end], axis=0)
    return _right(drawing, np.rint(medians * 255).astype(np.uint8), ALIKE)


def _right(drawing: Drawing, got: Picture, near: float) -> Judged:
    area = np.bincount(drawing.truth.ravel(), minlength=len(drawing.rgb))
    judged = drawing.flat & (area > LEAST)
    judged[0] = False
    right = (got == drawing.rgb).all(axis=1)
    if near:
        right |= delta_e(to_lab(got), to_lab(drawing.rgb)) <= near
    return right[judged], area[judged]


def score(reel: Reel, cache: Path, tallies: dict[str, Tally]) -> None:
    """Color a reel in every way and count what is right."""
    color, error = network_colors(reel, cache)
    cut = [find_regions(drawing.gray) for drawing in reel.drawings]
    # No trace lines here, so what lies under a line does not hang on the colors.
    filled = [fill(regions, np.zeros(regions.count + 1)) for regions in cut]
    settled = from_painting(cut[0], reel.drawings[0].picture, reel.palette)
    held, carried, swatches = settled, settled.rgb, reel.palette.rgb
    for number in range(1, len(cut)):
        drawing, regions = reel.drawings[number], cut[number]
        votes = vote(regions, color[number], error[number])
        of = most_shared(regions, cut[number - 1])
        carried = np.where(of[:, None] > 0, carried[of], 0).astype(np.uint8)
        settled = settle(votes, regions, reel.palette, settled)
        mean, _ = snap(reel.palette, means(regions, color[number]))
        voted = np.rint(votes.color * 255).astype(np.uint8)
        shared = Shared.of(drawing.truth, filled[number])
        tables = {
            CARRIED: carried,
            MEAN: swatches[mean],
            SNAPPED: swatches[snap(reel.palette, votes.color)[0]],
            TRACKED: settled.rgb,
            ORACLE: shared.truest(drawing.rgb, regions.count + 1),
        }
        for name, rgb in tables.items():
            tallies[name].add(*judge(drawing, shared, rgb))
        still = Shared.of(drawing.truth, filled[0])
        tallies[HELD].add(*judge(drawing, still, held.rgb))
        tallies[VOTE].add(*judge(drawing, shared, voted, ALIKE))
        tallies[NETWORK].add(*judge_pixels(drawing, color[number]))
        count_soft(tallies[SOFT], drawing, shared, settled.soft)


def count_soft(tally: Tally, drawing: Drawing, shared: Shared, soft: NDArray[np.bool_]) -> None:
    """Count gradients' pixels, those of them kept smooth, and others kept smooth by mistake."""
    paper, smooth = shared.true > 0, soft[shared.found]
    gradient = ~drawing.flat[shared.true] & paper
    tally.area += int(shared.pixels[gradient].sum())
    tally.right_area += int(shared.pixels[gradient & smooth].sum())
    tally.regions += int(shared.pixels[paper & ~gradient & smooth].sum())


def most_shared(now: Regions, before: Regions) -> NDArray[np.int64]:
    """(R + 1,) the region before that shares the most pixels; 0 where none does."""
    both = (now.labels > 0) & (before.labels > 0)
    shared = Shared.of(now.labels[both], before.labels[both])
    order = np.argsort(shared.pixels, kind="stable")
    of = np.zeros(now.count + 1, np.int64)
    of[shared.true[order]] = shared.found[order]
    return of


def means(regions: Regions, color: NDArray[np.float32]) -> NDArray[np.float32]:
    """(R + 1, 3) mean of the network's pixels inside each region."""
    size = regions.labels.shape[1], regions.labels.shape[0]
    large = cv2.resize(color.transpose(1, 2, 0), size, interpolation=cv2.INTER_LINEAR)
    labels = regions.labels.ravel()
    sums = [np.bincount(labels, plane, regions.count + 1) for plane in large.reshape(-1, 3).T]
    mean = np.stack(sums, axis=-1) / np.maximum(regions.area, 1)[:, None]
    return np.asarray(mean.clip(0, 1), np.float32)


@click.command()
@click.option("--toon", default="1000016-1000021", help="Seeds of the drawn scenes; A-A for one.")
@click.option("--toon3d", default=6, help="Rendered clips.")
@click.option("--drawings", default=8, help="Drawings a clip after the painted one.")
@click.option("--data", default=Path("data/clips"), type=click.Path(path_type=Path))
@click.option(
    "--cache", default=Path("runs/flats"), type=click.Path(path_type=Path), help="Network outputs."
)
def main(toon: str, toon3d: int, drawings: int, data: Path, cache: Path) -> None:
    """Print the table in Markdown: regions right / area right, in percent."""
    torch.set_num_threads(1)
    found: dict[str, dict[str, Tally]] = {}
    first, last = (int(seed) for seed in toon.split("-"))
    for column, reel in reels(range(first, last + 1), toon3d, drawings, data):
        tallies = found.setdefault(column, {name: Tally() for name in (*ROWS, SOFT)})
        score(reel, cache, tallies)
        click.echo(f"{reel.name}: {tallies[TRACKED]}", err=True)
    click.echo("| regions % / area % | " + " | ".join(found) + " |")
    click.echo("|---" * (len(found) + 1) + "|")
    for name in ROWS:
        click.echo(f"| {name} | " + " | ".join(str(t[name]) for t in found.values()) + " |")
    for column, tallies in found.items():
        count, soft = tallies[TRACKED].regions, tallies[SOFT]
        kept = 100 * soft.right_area / max(soft.area, 1)
        lost = 100 * soft.regions / max(tallies[TRACKED].area, 1)
        click.echo(
            f"{column}: {count} regions; {kept:.1f} % of the gradients' area kept smooth, "
            f"{lost:.2f} % of the flats' area taken for one"
        )


if __name__ == "__main__":
    main()
