"""Held-out still pictures that a run paints again and again, for its sheets and its scores."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.color import lab_to_rgb, luma, rgb_to_lab, with_luma
from animecolor.metrics.fidelity import chroma_psnr, psnr
from animecolor.stages.sizing import shrink
from animecolor.training.clips import Clip, Pictures
from animecolor.training.strokes import luma_of

SIDE, MOST = 128, 16
"""Short side of the pictures, and how many of each source."""
SHOWN = 12
LEVELS = 32
"""Steps of lightness in the global table."""

Paint = Callable[[Tensor, str], Tensor]
"""(1, 1, H, W) float32 luma and the clip's key -> (1, 3, H, W) float32 RGB in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """One held-out picture."""

    name: str
    """The clip's key, which begins with its source."""
    plane: Tensor
    """(1, 1, H, W) float32 luma in [0, 1]."""
    truth: Tensor
    """(1, 3, H, W) float32 RGB in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Guess:
    """What can be known of colors without looking at a picture: chroma by lightness."""

    table: Tensor
    """(LEVELS, 2): the mean a and b of training pixels whose grey is so light."""
    mean: Tensor
    """(2,): of all training pixels."""

    @classmethod
    def of(cls, colors: Iterable[Tensor]) -> Guess:
        """Learn from (N, 3, H, W) RGB pictures in [0, 1]."""
        sums = torch.zeros(LEVELS, 3, dtype=torch.float64)
        for rgb in colors:
            chroma = rgb_to_lab(rgb)[:, 1:].double().transpose(0, 1).flatten(1)
            levels = _level(_lightness(luma(rgb)).flatten())
            sums.index_add_(0, levels, torch.cat((chroma, torch.ones_like(chroma[:1]))).T)
        total = sums.sum(0)
        mean = total[:2] / total[2].clamp(min=1)
        known = sums[:, 2:] > 0
        table = torch.where(known, sums[:, :2] / sums[:, 2:].clamp(min=1), mean)
        return cls(table.float(), mean.float())

    def by_lightness(self, plane: Tensor) -> Tensor:
        """(1, 1, H, W) luma -> (1, 3, H, W) RGB of the table's chroma."""
        lightness = _lightness(plane)
        chroma = self.table[_level(lightness[:, 0])].permute(0, 3, 1, 2)
        return with_luma(lab_to_rgb(torch.cat((lightness, chroma), 1)), plane)

    def everywhere(self, plane: Tensor) -> Tensor:
        """(1, 1, H, W) luma -> (1, 3, H, W) RGB of the mean chroma."""
        lightness = _lightness(plane)
        chroma = self.mean.view(1, 2, 1, 1).expand(-1, -1, *plane.shape[-2:])
        return with_luma(lab_to_rgb(torch.cat((lightness, chroma), 1)), plane)


def gallery(
    held_out: Mapping[str, Sequence[Clip]], most: int = MOST, side: int = SIDE
) -> list[Picture]:
    """The middle frames of clips of every source, evenly spread."""
    pictures = []
    for clips in held_out.values():
        count = min(most, len(clips))
        for place in range(count):
            clip = clips[(2 * place + 1) * len(clips) // (2 * count)]
            frames = clip.color()
            pictures.append(picture(clip.key, frames[len(frames) // 2], side))
    return pictures


def picture(name: str, color: Pictures, side: int = SIDE) -> Picture:
    """Make a picture of (H, W, 3) uint8 RGB, its short side at most ``side``."""
    height, width = color.shape[:2]
    scale = min(1.0, side / min(height, width))
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = np.array(shrink(np.ascontiguousarray(color), size), np.uint8)[None]
    truth = torch.from_numpy(small).permute(0, 3, 1, 2).float() / 255
    return Picture(name, torch.from_numpy(luma_of(small))[:, None], truth)


def score(pictures: Sequence[Picture], paint: Paint, guess: Guess) -> dict[str, float]:
    """Chroma PSNR in dB (``metrics.fidelity``), the mean over sources of the mean over pictures.

    ``ab`` is the network's, and the one to choose weights by; ``rgb`` its ordinary PSNR; ``gray``,
    ``mean`` and ``table`` are answers that need no network.
    """
    answers: dict[str, Paint] = {
        "ab": paint,
        "gray": lambda plane, _: plane.expand(-1, 3, -1, -1),
        "mean": lambda plane, _: guess.everywhere(plane),
        "table": lambda plane, _: guess.by_lightness(plane),
    }
    rows: dict[str, dict[str, list[float]]] = {}
    for one in pictures:
        row = rows.setdefault(one.name.split("/", 1)[0], {})
        for name, answer in answers.items():
            painted = answer(one.plane, one.name)
            row.setdefault(name, []).append(float(chroma_psnr(painted, one.truth)))
            if name == "ab":
                row.setdefault("rgb", []).append(float(psnr(painted, one.truth)))
    sources = [{name: float(np.mean(all_)) for name, all_ in row.items()} for row in rows.values()]
    means = {name: float(np.mean([row[name] for row in sources])) for name in sources[0]}
    each = {f"ab {source}": row["ab"] for source, row in zip(rows, sources, strict=True)}
    return means | each


def sheet(pictures: Sequence[Picture], paint: Paint) -> NDArray[Any]:
    """(3 * SIDE, SHOWN * SIDE, 3) uint8: luma, painted and true, a column a picture."""
    count = min(SHOWN, len(pictures))
    shown = [pictures[(2 * i + 1) * len(pictures) // (2 * count)] for i in range(count)]
    columns = []
    for one in shown:
        rows = (one.plane.expand(-1, 3, -1, -1), paint(one.plane, one.name), one.truth)
        columns.append(np.vstack([_square(row[0]) for row in rows]))
    return np.hstack(columns)


def _lightness(plane: Tensor) -> Tensor:
    """(N, 1, H, W) luma in [0, 1] -> L of that grey."""
    return rgb_to_lab(plane.expand(-1, 3, -1, -1))[:, :1]


def _level(lightness: Tensor) -> Tensor:
    return (lightness * (LEVELS / 100)).long().clamp(0, LEVELS - 1)


def _square(rgb: Tensor) -> NDArray[np.uint8]:
    array = (rgb.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    side = min(array.shape[:2])
    top, left = (array.shape[0] - side) // 2, (array.shape[1] - side) // 2
    cut = np.ascontiguousarray(array[top : top + side, left : left + side])
    return np.asarray(cv2.resize(cut, (SIDE, SIDE), interpolation=cv2.INTER_AREA), np.uint8)
