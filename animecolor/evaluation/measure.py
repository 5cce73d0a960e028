"""What is measured on a painted clip, in which unit, and which way is better."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import torch
from torch import Tensor

from animecolor.evaluation.conditions import Painting
from animecolor.evaluation.showing import Showing
from animecolor.frame import Plane
from animecolor.metrics.fidelity import chroma_psnr, delta_e, psnr, ssim
from animecolor.metrics.flicker import Tracks, static_flicker, tc_ratio, track, warp_error
from animecolor.metrics.palette import cdc, colorfulness
from animecolor.metrics.perceptual import feature_distance, unit_length

Compare = Callable[[Tensor, Tensor], Tensor]
"""(N, 3, h, w) painted and true -> (N,)."""
Look = Callable[[Tensor], Sequence[Tensor]]
"""(N, 3, h, w) pictures -> what a network sees in them, (N, C, H, W) a level."""

_CHUNK = 8
"""Frames measured at once: a long clip's temporaries stay within a few hundred megabytes."""


class Better(StrEnum):
    """Which way a measure is better."""

    HIGHER = "higher"
    LOWER = "lower"
    ONE = "near 1"
    TRUTH = "near the truth's"


@dataclass(frozen=True, slots=True)
class Metric:
    """A column of the report."""

    key: str
    title: str
    unit: str
    better: Better
    digits: int
    about: str
    of_truth: bool = False
    """Whether it says something of the true clip too; the others compare with it."""

    @property
    def reads(self) -> tuple[Plane, ...]:
        """Planes it is shown for: where luma is given, color is what is left to judge."""
        return (Plane.GRAY,) if self.key == "chroma_psnr" else (Plane.LINE, Plane.GRAY)


METRICS = (
    Metric("psnr", "PSNR", "dB", Better.HIGHER, 2, "Over R, G and B; 100 is identical."),
    Metric("ssim", "SSIM", "", Better.HIGHER, 3, "Wang et al. 2004: Gaussian window, sigma 1.5."),
    Metric("delta_e", "ΔE2000", "", Better.LOWER, 2, "Mean CIEDE2000 color difference."),
    Metric("lpips", "LPIPS", "", Better.LOWER, 3, "Zhang et al. 2018: learned difference."),
    Metric(
        "lite0",
        "Lite0 distance",
        "",
        Better.LOWER,
        3,
        "Stands in for LPIPS where AlexNet's weights are not: Zhang et al. 2018, eq. 1, on "
        "EfficientNet-Lite0 without learned weights. Not to be compared with LPIPS.",
    ),
    Metric(
        "chroma_psnr",
        "Chroma PSNR",
        "dB",
        Better.HIGHER,
        2,
        "Over a and b of CIE Lab, peak 255; for grey input, whose lightness is given.",
    ),
    Metric(
        "warp",
        "Warp error",
        "1/1000",
        Better.TRUTH,
        3,
        "Lai et al. 2018: mean squared change along the true clip's motion, where it is in view.",
        of_truth=True,
    ),
    Metric(
        "tc",
        "TC",
        "",
        Better.ONE,
        2,
        "Warp error over that of the true clip (LVCD): above 1 flickers, below 1 is steadier than "
        "the original and probably blurred, grey or frozen. Over several clips it is the ratio of "
        "their mean errors: a clip that hardly moves has a huge ratio of its own.",
        of_truth=True,
    ),
    Metric(
        "flicker",
        "Static flicker",
        "1/1000",
        Better.TRUTH,
        2,
        "Mean change of color where the plane stands still. A frozen clip has none, and where "
        "paint moves between still lines the truth has some.",
        of_truth=True,
    ),
    Metric(
        "cdc",
        "CDC",
        "1/1000",
        Better.TRUTH,
        2,
        "Color distribution consistency (Liu et al. 2021). Frozen and grey clips score lowest, so "
        "near the truth's is better, not low.",
        of_truth=True,
    ),
    Metric(
        "colorfulness",
        "Colorfulness",
        "",
        Better.TRUTH,
        1,
        "Hasler and Süsstrunk 2003: 0 is grey, 33 moderate, 109 extreme.",
        of_truth=True,
    ),
    Metric(
        "slope",
        "Drift",
        "dB/frame",
        Better.HIGHER,
        3,
        "Least-squares slope of PSNR over the frame index: below 0 gets worse as the shot goes on.",
    ),
)

PER_FRAME = ("psnr", "ssim", "delta_e", "lpips", "lite0", "chroma_psnr", "colorfulness")


@dataclass(frozen=True, slots=True, eq=False)
class Judges:
    """Networks that compare pictures; None where their weights are not here."""

    lpips: Compare | None = None
    lite0: Look | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Ruler:
    """What one clip is measured with; its motion is found once for everything painted on it, and
    so is what a judge sees in it, which takes about twice the clip's own memory.

    Frame 0 is left out of every measure: half of the conditions are given it.
    """

    truth: Tensor
    """(T-1, 3, h, w): frames 1 and later."""
    tracks: Tracks
    judges: Judges = Judges()
    seen: tuple[Sequence[Tensor], ...] = ()
    """What ``judges.lite0`` sees in each frame."""


@dataclass(frozen=True, slots=True)
class Scores:
    """Measures of one painted clip; NaN where one is undefined."""

    frames: Mapping[str, tuple[float, ...]]
    """Of frames 1 and later, by the keys ``PER_FRAME``; those of absent judges are absent, and a
    keyframe that was painted has none."""
    clip: Mapping[str, float]
    """By every key of ``METRICS`` but absent ones; per-frame measures are means over frames."""


def ruler(truth: Tensor, judges: Judges) -> Ruler:
    """Prepare to measure what is painted on a clip.

    Args:
        truth: (T, 3, h, w) float32 RGB in [0, 1], T >= 3.
        judges: the learned metrics there are.
    """
    seen = () if judges.lite0 is None else tuple(_see(judges.lite0, frame) for frame in truth[1:])
    return Ruler(truth[1:], track(truth[1:]), judges, seen)


def measure(painting: Painting, showing: Showing, by: Ruler) -> Scores:
    """Measure one painted clip against its truth.

    Args:
        painting: the clip.
        showing: what it was painted on.
        by: the clip's ruler.
    """
    judged = painting.color[1:]
    comparisons: dict[str, Compare] = {
        "psnr": psnr,
        "ssim": ssim,
        "delta_e": delta_e,
        "chroma_psnr": chroma_psnr,
        "colorfulness": lambda clip, _: colorfulness(clip),
    }
    if by.judges.lpips is not None:
        comparisons["lpips"] = by.judges.lpips
    frames = {key: _by_chunks(how, judged, by.truth) for key, how in comparisons.items()}
    if (look := by.judges.lite0) is not None:
        pairs = zip(judged, by.seen, strict=True)
        frames["lite0"] = tuple(float(feature_distance(_see(look, f), seen)) for f, seen in pairs)
    given = {index - 1 for index in painting.given}
    for key, values in frames.items():
        frames[key] = tuple(math.nan if i in given else v for i, v in enumerate(values))
    clip = {key: float(np.nanmean(values)) for key, values in frames.items()}
    clip["warp"] = 1000 * float(warp_error(judged, by.tracks).mean())
    clip["tc"] = tc_ratio(judged, by.tracks)
    clip["flicker"] = 1000 * static_flicker(judged, showing.planes[1:])
    clip["cdc"] = 1000 * cdc(judged)
    clip["slope"] = slope(frames["psnr"])
    return Scores(frames, clip)


def slope(values: tuple[float, ...]) -> float:
    """Least-squares slope of values over their index, NaNs left out; NaN for a single one."""
    known = np.flatnonzero(~np.isnan(values))
    return float(np.polyfit(known, np.array(values)[known], 1)[0]) if len(known) > 1 else math.nan


def _see(look: Look, picture: Tensor) -> Sequence[Tensor]:
    with torch.inference_mode():
        return [unit_length(level) for level in look(picture[None])]


def _by_chunks(how: Compare, painted: Tensor, truth: Tensor) -> tuple[float, ...]:
    found: list[float] = []
    with torch.inference_mode():
        for first in range(0, len(truth), _CHUNK):
            span = slice(first, first + _CHUNK)
            found += how(painted[span], truth[span]).tolist()
    return tuple(found)
