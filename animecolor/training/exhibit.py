"""Held-out pairs that a run paints whole: scored under one protocol, beside constant answers.

The protocol: whole pictures at their own size, paintings clamped to [0, 1] and rounded to 8 bits;
per picture PSNR and SSIM (window 11, sigma 1.5, range 1) over RGB, and AE in degrees over the
pixels whose truth is not dark; means over pictures. The constant answers know the training pairs
only: the infrared copied as grey, the mean color, and the mean color of each infrared level.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.metrics.angle import angular_error
from animecolor.metrics.fidelity import psnr, ssim
from animecolor.training.pairs import Pair

Paint = Callable[[Tensor], Tensor]
"""(1, 1, H, W) infrared in [0, 1] -> (1, 3, H, W) RGB in [0, 1], float32 on the CPU."""

SCORES = {"psnr": psnr, "ssim": ssim, "ae": angular_error}
MOST, HEIGHT = 12, 192
"""Pictures on a sheet, and the height of each."""
_SEEN = 64
"""Training pairs that the constant answers look at, spread evenly."""


@dataclass(frozen=True, slots=True, eq=False)
class Constants:
    """Answers that need no network."""

    mean: Tensor
    """(3,): the mean training color."""
    table: Tensor
    """(256, 3): the mean training color where the infrared has each of 256 levels."""

    @classmethod
    def fit(cls, pairs: Sequence[Pair]) -> Constants:
        """Learn them from pairs; grey where there are none."""
        counts, sums = np.full(256, 1e-3), np.repeat(np.arange(256)[:, None], 3, 1) / 255 * 1e-3
        for pair in pairs[:: max(1, len(pairs) // _SEEN)]:
            levels, colors = _levels(pair.nir()).ravel(), pair.rgb().reshape(-1, 3) / 255
            counts += np.bincount(levels, minlength=256)
            for channel in range(3):
                sums[:, channel] += np.bincount(levels, colors[:, channel], minlength=256)
        mean, table = sums.sum(0) / counts.sum(), sums / counts[:, None]
        return cls(torch.from_numpy(mean).float(), torch.from_numpy(table).float())

    def answers(self, nir: Tensor) -> dict[str, Tensor]:
        """(1, 1, H, W) infrared in [0, 1] -> (1, 3, H, W) by name."""
        levels = (nir[:, 0] * 255).round().long()
        return {
            "copy": nir.expand(-1, 3, -1, -1),
            "mean": self.mean.view(1, 3, 1, 1).expand(-1, -1, *nir.shape[-2:]),
            "table": self.table[levels].permute(0, 3, 1, 2),
        }


@dataclass(frozen=True, slots=True)
class Exhibit:
    """The held-out pairs of a run."""

    pairs: Sequence[Pair]
    constants: Constants

    def rows(self, paint: Paint) -> Iterator[tuple[Pair, dict[str, dict[str, float]]]]:
        """Of each pair, the scores of the network, called ``painted``, and of the constants."""
        for pair in self.pairs:
            nir, truth = tensors(pair)
            answers = {"painted": _painted(paint, nir)} | self.constants.answers(nir)
            yield pair, {name: measure(answer, truth) for name, answer in answers.items()}

    def score(self, paint: Paint) -> dict[str, float]:
        """Mean scores over the pairs: ``psnr``, ``ssim``, ``ae``, then those of the constants."""
        rows = [row for _, row in self.rows(paint)]
        means = {
            name: {what: float(np.mean([row[name][what] for row in rows])) for what in SCORES}
            for name in rows[0]
        }
        scores = means.pop("painted")
        return scores | {f"{n}_{what}": v for n, row in means.items() for what, v in row.items()}

    def sheet(self, paint: Paint) -> NDArray[np.uint8]:
        """(4 * HEIGHT, W, 3) uint8: a column a pair: infrared, truth, painting, table."""
        columns = []
        for pair in self.pairs[:: max(1, len(self.pairs) // MOST)]:
            nir, truth = tensors(pair)
            table = self.constants.answers(nir)["table"]
            rows = (nir.expand(-1, 3, -1, -1), truth, _painted(paint, nir), table)
            columns.append(np.vstack([_small(row[0]) for row in rows]))
        return np.hstack(columns)


def measure(painted: Tensor, truth: Tensor) -> dict[str, float]:
    """Score one (1, 3, H, W) painting in [0, 1], rounded to 8 bits, against uint8 truth."""
    eight = (painted.clamp(0, 1) * 255).round().byte()
    return {name: float(score(eight, truth)) for name, score in SCORES.items()}


def tensors(pair: Pair) -> tuple[Tensor, Tensor]:
    """(1, 1, H, W) float32 infrared in [0, 1] and (1, 3, H, W) uint8 truth."""
    nir, rgb = pair.nir(), np.array(pair.rgb())
    plane = np.asarray(nir, np.float32) / np.iinfo(nir.dtype).max
    return torch.from_numpy(plane)[None, None], torch.from_numpy(rgb).permute(2, 0, 1)[None]


def means_by_group(
    rows: Sequence[tuple[Pair, Mapping[str, Mapping[str, float]]]],
) -> dict[str, dict[str, dict[str, float]]]:
    """Group -> answer -> score -> mean over the group's pairs."""
    groups = sorted({pair.group for pair, _ in rows})
    found: dict[str, dict[str, dict[str, float]]] = {}
    for group in groups:
        mine = [row for pair, row in rows if pair.group == group]
        found[group] = {
            name: {what: float(np.mean([row[name][what] for row in mine])) for what in SCORES}
            for name in mine[0]
        }
    return found


def _painted(paint: Paint, nir: Tensor) -> Tensor:
    with torch.inference_mode():
        return paint(nir).clamp(0, 1)


def _levels(nir: NDArray[Any]) -> NDArray[np.int64]:
    scale = 255 / np.iinfo(nir.dtype).max
    return (np.asarray(nir, np.float64) * scale).round().astype(np.int64)


def _small(picture: Tensor) -> NDArray[np.uint8]:
    array = picture.float() if picture.is_floating_point() else picture / 255
    rgb = (array.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    width = round(rgb.shape[1] * HEIGHT / rgb.shape[0])
    return np.asarray(cv2.resize(rgb, (width, HEIGHT), interpolation=cv2.INTER_AREA), np.uint8)
