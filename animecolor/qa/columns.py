"""The measures a frame has a number for: what they mean, in which unit, and which way is better."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray


class Better(StrEnum):
    """Which way a number should go."""

    LOWER = "lower"
    HIGHER = "higher"
    NEITHER = "neither"
    """Context: there is no good value."""


@dataclass(frozen=True, slots=True)
class Column:
    """One measure of a frame."""

    key: str
    title: str
    unit: str
    better: Better
    about: str
    """One or two sentences for the inspector."""
    digits: int = 2


COLUMNS: tuple[Column, ...] = (
    Column(
        "warp_error",
        "Warping error",
        "1e-4",
        Better.LOWER,
        "Mean squared change from the frame before, carried along the motion of the source, where "
        "it was in view (Lai et al. 2018).",
    ),
    Column(
        "warp_excess",
        "Excess warping error",
        "1e-4",
        Better.LOWER,
        "Warping error beyond that of the source itself; only with a grey or coloured source.",
    ),
    Column(
        "static_flicker",
        "Static flicker",
        "ΔE",
        Better.LOWER,
        "Mean change of color against the mean of the frames around it, where the source stands "
        "still.",
    ),
    Column(
        "region_jitter",
        "Region jitter",
        "ΔE",
        Better.LOWER,
        "Change of the mean color of tracked areas from the frame before, weighted by area.",
    ),
    Column(
        "region_worst",
        "Worst region",
        "ΔE",
        Better.LOWER,
        "The largest change of the mean color of one tracked area.",
    ),
    Column(
        "pulse",
        "Global flicker",
        "% of white",
        Better.LOWER,
        "How far the level of the whole picture leaves the line between the frames around it, in "
        "the worst of luma and two chroma axes, beyond what the source does.",
        3,
    ),
    Column("luma", "Luma", "0-255", Better.NEITHER, "Mean luma (BT.709).", 1),
    Column("chroma_u", "Chroma U", "0-255", Better.NEITHER, "Mean Cb, 128 is neutral.", 1),
    Column("chroma_v", "Chroma V", "0-255", Better.NEITHER, "Mean Cr, 128 is neutral.", 1),
    Column(
        "luma_change", "Luma change", "0-255", Better.NEITHER, "Mean absolute change of luma.", 2
    ),
    Column(
        "colorfulness",
        "Colourfulness",
        "M3",
        Better.NEITHER,
        "Hasler and Süsstrunk (2003): 0 is grey, 33 moderate, 109 extreme.",
        1,
    ),
    Column(
        "gray_share",
        "Near grey",
        "%",
        Better.NEITHER,
        "Share of pixels with almost no chroma.",
        1,
    ),
    Column("off_palette", "Off the palette", "%", Better.LOWER, "Share of flat pixels off it.", 3),
    Column(
        "luma_departure",
        "Luma not kept",
        "% of white",
        Better.LOWER,
        "Mean absolute difference of luma from the grey source.",
        2,
    ),
    Column(
        "flash",
        "Flash",
        "badness",
        Better.LOWER,
        "FFmpeg's photosensitivity filter; 1 is its limit.",
    ),
    Column(
        "tof",
        "tOF",
        "px",
        Better.LOWER,
        "Mean difference of the motion of the result and of the reference (TecoGAN).",
    ),
    Column(
        "tlpips",
        "tLPIPS",
        "1e-2",
        Better.LOWER,
        "Difference of the LPIPS steps of the result and of the reference (TecoGAN).",
    ),
    Column("psnr", "PSNR", "dB", Better.HIGHER, "Against the reference.", 1),
    Column("ssim", "SSIM", "", Better.HIGHER, "Against the reference.", 3),
    Column("lpips", "LPIPS", "", Better.LOWER, "Against the reference.", 3),
    Column("delta_e", "ΔE2000", "ΔE", Better.LOWER, "Mean CIEDE2000 against the reference."),
)
"""In the order of ``frames.csv``. A number that was not measured is NaN."""


@dataclass(frozen=True, slots=True, eq=False)
class Frames:
    """The table of a clip, a row a frame."""

    pts: NDArray[np.int64]
    """(N,)."""
    shot: NDArray[np.int32]
    """(N,) ascending from 0."""
    values: dict[str, NDArray[np.float32]]
    """Key of a column -> (N,); NaN where it was not measured."""
