"""A real line drawing, taken as it is: white paper, dark ink, coloured trace lines.

Ink is whatever keeps light of some colour from the paper, so a red, green or blue trace line is as
much a line as a black one: darkness is one minus the smallest of R, G and B.
"""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.frame import Frame, to_array
from animecolor.stages.sizing import alpha_of, eight_bits, on_paper, shrink

Paper = tuple[int, int, int]
"""Level of the unmarked paper in R, G and B, 8 bits."""

_GRAIN = 0.97
"""Share of the paper's level from which on a pixel is paper: grain and compression stay below."""
_PAPER_FROM = 128
"""Paper is brighter than this in every channel."""
_INK_BELOW = 160
"""Normalised level below which a pixel is surely marked; the soft rim of a line lies above."""
_PAINTED = 0.04
"""Share of what is marked that tones may fill: drawings stay below 0.01, cartoons above 0.07."""


def drawing(frame: Frame) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 view of the frame's picture on white paper where it is transparent."""
    return on_paper(eight_bits(to_array(frame.image)), alpha_of(frame))


def paper_of(picture: NDArray[np.uint8]) -> Paper:
    """Estimate the paper of an (H, W, 3) uint8 drawing as the bright mode of each channel.

    A channel with less than a twentieth of its pixels in the bright half has no paper to show: it
    is taken for white.
    """
    step = max(1, min(picture.shape[:2]) // 180)
    levels = [_bright_mode(picture[::step, ::step, channel]) for channel in range(3)]
    return levels[0], levels[1], levels[2]


def ink_gray(picture: NDArray[np.uint8], paper: Paper) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 drawing -> (H, W) uint8: 255 is paper, 0 is full ink of any colour."""
    levels = np.arange(256, dtype=np.float32)
    table = np.stack([levels * (255 / (_GRAIN * white)) for white in paper], axis=-1)
    table8 = np.clip(np.rint(table), 0, 255).astype(np.uint8)[None]
    red, green, blue = cv2.split(cv2.LUT(picture, table8))
    return np.asarray(cv2.min(cv2.min(red, green), blue), np.uint8)


def ink_plane(gray: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.float32]:
    """A line drawing as a network reads it. Training and inference both call this.

    An area average alone would fade the thin lines of a large drawing: 2 pixels at 1080p become
    half a pixel at 256. Artists' lines widen about as the square root of the picture's size, so
    darkness is amplified by the square root of the reduction; at scale 1 nothing changes.

    Args:
        gray: (H, W) uint8, 255 = paper, 0 = ink.
        size: (height, width) of the plane.

    Returns:
        (h, w) float32 in [0, 1]: 1 is paper, 0 is ink.
    """
    reduction = math.sqrt(gray.shape[0] * gray.shape[1] / (size[0] * size[1]))
    gain = math.sqrt(max(1.0, reduction))
    # Averaging 8-bit darkness would round faint lines away before the gain; 16 bits do not.
    darkness = shrink(np.bitwise_not(gray).astype(np.uint16) * np.uint16(257), size)
    ink = np.minimum(darkness.astype(np.float32) * np.float32(gain / 65535), np.float32(1))
    return np.asarray(np.float32(1) - ink, np.float32)


def is_ink(picture: NDArray[np.uint8]) -> bool | None:
    """Whether an (H, W, 3) uint8 picture is a line drawing; None when it is blank or black.

    A line drawing is mostly uncolored paper; what is marked is thin, or solid black. Tones that lie
    between the two and fill more than lines do are paint: a white-background cartoon has plenty.
    """
    if float(picture.mean()) < 24:
        return None
    paper = paper_of(picture)
    gray = ink_gray(picture, paper)
    share = float((gray < _INK_BELOW).mean())
    if share < 0.0005 or float(gray.std()) < 1:
        return None
    if share > 0.5 or max(paper) - min(paper) > 60:
        return False
    side = max(5, round(min(gray.shape) / 80)) | 1
    off_paper = gray < 245
    # Soft lines that lie close have black between their tones, and paint has not.
    tones = (off_paper & (picture.max(axis=2) > 80)).view(np.uint8)
    paint = cv2.morphologyEx(tones, cv2.MORPH_OPEN, np.ones((side, side), np.uint8))
    filled = cv2.countNonZero(paint) / max(1, int(np.count_nonzero(off_paper)))
    return float(off_paper.mean()) < 0.5 and filled < _PAINTED


def _bright_mode(channel: NDArray[np.uint8]) -> int:
    counts = np.bincount(channel.ravel(), minlength=256).astype(np.float64)
    counts[:_PAPER_FROM] = 0
    if counts.sum() < 0.05 * channel.size:
        return 255
    return int(np.argmax(np.convolve(counts, np.ones(5), mode="same")))
