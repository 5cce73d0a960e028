"""What a waveform monitor shows of a picture: its levels, its chroma, and how much changes.

Pictures are (h, w, 3) uint8 sRGB. Codes are full-range BT.709 on 0 to 255, as FFmpeg's
``signalstats`` has them for ``yuvj444p``.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.color import LUMA_709

_R, _G, _B = LUMA_709
TO_YUV = np.array(
    [
        [_R, _G, _B],
        [-_R / (2 - 2 * _B), -_G / (2 - 2 * _B), 0.5],
        [0.5, -_G / (2 - 2 * _R), -_B / (2 - 2 * _R)],
    ],
    np.float32,
)
"""R, G, B to Y, Cb and Cr, the latter two around 0 (ITU-R BT.709)."""
NEUTRAL = 128.0
GRAY = 4.0
"""Levels that Cb and Cr may leave neutral by where a pixel has almost no color: what 4:2:0 coding
does to a grey picture at crf 30 stays below."""


def levels(picture: NDArray[np.uint8]) -> tuple[float, float, float]:
    """Mean Y, Cb and Cr: YAVG, UAVG and VAVG of ``signalstats``, but for its rounding.

    Args:
        picture: (h, w, 3) uint8 sRGB.

    Returns:
        On 0 to 255, Cb and Cr around 128.
    """
    y, u, v = (TO_YUV @ np.asarray(cv2.mean(picture)[:3])).tolist()
    return y, u + NEUTRAL, v + NEUTRAL


def luma_of(picture: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 sRGB -> (h, w) uint8 BT.709 luma."""
    return np.asarray(cv2.transform(picture, TO_YUV[:1]), np.uint8)


def change(before: NDArray[np.uint8], now: NDArray[np.uint8]) -> float:
    """Mean absolute difference of two planes, (h, w) uint8; YDIF of ``signalstats`` for luma."""
    return float(cv2.norm(before, now, cv2.NORM_L1)) / now.size


def chroma_of(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(h, w, 3) uint8 sRGB -> (h, w) float32: the larger distance of Cb and Cr from neutral."""
    u, v = cv2.split(cv2.transform(picture.astype(np.float32), TO_YUV[1:]))
    return np.asarray(np.maximum(np.abs(u), np.abs(v)), np.float32)


def gray_share(chroma: NDArray[np.float32]) -> float:
    """Share of pixels with almost no color (``GRAY``), in [0, 1].

    Args:
        chroma: (h, w) of ``chroma_of``.
    """
    return float(np.count_nonzero(chroma <= GRAY)) / chroma.size


def colorfulness(picture: NDArray[np.uint8]) -> float:
    """``metrics.palette.colorfulness`` of one picture, on 8 bits: 0 is grey, 109 is extreme.

    Hasler and Suesstrunk, "Measuring colourfulness in natural images" (2003), metric M3.

    Args:
        picture: (h, w, 3) uint8 sRGB.
    """
    mean, cov = _moments(picture)
    axes = np.array([[1, -1, 0], [0.5, 0.5, -1]])
    spread = float(np.trace(axes @ cov @ axes.T))
    return float(np.sqrt(max(spread, 0)) + 0.3 * np.linalg.norm(axes @ mean))


def _moments(picture: NDArray[np.uint8]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean (3,) and covariance (3, 3) of the channels."""
    rows = picture.reshape(-1, 3).astype(np.float32)
    product = cv2.mulTransposed(rows, True).astype(np.float64) / len(rows)
    mean = np.asarray(cv2.mean(picture)[:3])
    return mean, product - np.outer(mean, mean)
