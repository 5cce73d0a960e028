"""Still pictures scored: what a model makes of grey ones, beside answers that look at nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from torch import Tensor

from animecolor.color import rgb_to_lab
from animecolor.metrics.fidelity import chroma_psnr, delta_e, psnr, ssim
from animecolor.metrics.palette import colorfulness
from animecolor.training.gallery import Guess, Paint, Picture

SATURATED, NEAR = 20.0, 20.0
"""Chroma from which on a pixel is saturated, and the distance in a and b at which it is right."""

METRICS: dict[str, tuple[str, str]] = {
    "chroma_psnr": ("chroma PSNR", "dB"),
    "psnr": ("PSNR", "dB"),
    "ssim": ("SSIM", ""),
    "delta_e": ("ΔE2000", ""),
    "saturated": ("saturated pixels within 20 of their a and b", "%"),
    "colorfulness": ("colorfulness", ""),
}
"""Key -> what it is, and its unit; of the colorfulness the truth's is best, of ΔE the least."""

Means = dict[str, dict[str, float]]
"""Answer -> metric -> mean over pictures."""


def saturated(painted: Tensor, truth: Tensor) -> Tensor:
    """Share in percent of saturated pixels whose a and b are near the true ones.

    Args:
        painted: (N, 3, H, W) RGB in [0, 1].
        truth: the same.

    Returns:
        (N,) float32; NaN for a picture without a saturated pixel.
    """
    found, wanted = rgb_to_lab(painted)[:, 1:], rgb_to_lab(truth)[:, 1:]
    colored = wanted.norm(dim=1) >= SATURATED
    right = (found - wanted).norm(dim=1) <= NEAR
    share: Tensor = (right & colored).sum((1, 2)) / colored.sum((1, 2))
    return 100 * share


def judge(pictures: Sequence[Picture], paint: Paint, guess: Guess) -> Means:
    """Measure a model and its baselines.

    ``model`` is the model's answer, ``gray`` the grey picture itself, ``mean`` the mean chroma of
    the training pictures everywhere, ``table`` their mean chroma by lightness; ``truth`` has its
    colorfulness only.
    """
    answers: dict[str, Paint] = {
        "model": paint,
        "gray": lambda plane, _: plane.expand(-1, 3, -1, -1),
        "mean": lambda plane, _: guess.everywhere(plane),
        "table": lambda plane, _: guess.by_lightness(plane),
    }
    rows: dict[str, list[dict[str, float]]] = {name: [] for name in (*answers, "truth")}
    for one in pictures:
        for name, answer in answers.items():
            rows[name].append(_measure(answer(one.plane, one.name), one.truth))
        rows["truth"].append({"colorfulness": float(colorfulness(one.truth))})
    return {name: _mean(found) for name, found in rows.items()}


def card_rows(what: str, means: Means, command: str) -> Iterator[dict[str, Any]]:
    """The findings as rows of a model's card (see ``models.card``)."""
    for key, (title, unit) in METRICS.items():
        others = {name: row[key] for name, row in means.items() if name != "model" and key in row}
        yield {
            "what": f"{title}, {what}",
            "value": means["model"][key],
            "unit": unit,
            "baselines": others,
            "command": command,
        }


def _measure(painted: Tensor, truth: Tensor) -> dict[str, float]:
    return {
        "chroma_psnr": float(chroma_psnr(painted, truth)),
        "psnr": float(psnr(painted, truth)),
        "ssim": float(ssim(painted, truth)),
        "delta_e": float(delta_e(painted, truth)),
        "saturated": float(saturated(painted, truth)),
        "colorfulness": float(colorfulness(painted)),
    }


def _mean(rows: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The mean of every metric over the pictures that have it."""
    table = list(rows)
    return {key: float(np.nanmean([row[key] for row in table])) for key in table[0]}
