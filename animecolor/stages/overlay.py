"""Lay the artist's ink over colors."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.stages.ink import Paper

_DARKER = 0.45
"""What is left of a color's level where a line is drawn in it."""
_WHITE: Paper = (255, 255, 255)


def cover_of(
    picture: NDArray[np.uint8], line: NDArray[np.uint8], paper: Paper
) -> NDArray[np.uint8]:
    """How much of each pixel the drawing's ink covers.

    ``Frame.line`` is what a network reads, its grain removed and its darkness stretched by that. A
    line layer keeps the drawing's own levels: laid over white it is the drawing again, exactly
    where the paper is white and the ink is grey.

    Args:
        picture: (H, W, 3), the drawing.
        line: (H, W), 255 = ink, 0 = paper, as ``Frame.line``: what is ink at all.
        paper: level of the unmarked paper.

    Returns:
        (H, W): 255 is full cover, 0 none.
    """
    if paper != _WHITE:
        levels = np.arange(256, dtype=np.float32)
        table = np.stack([levels * (255 / white) for white in paper], axis=-1)
        table8 = np.clip(np.rint(table), 0, 255).astype(np.uint8)[None]
        picture = np.asarray(cv2.LUT(picture, table8))
    red, green, blue = cv2.split(picture)
    ink = cv2.bitwise_not(cv2.min(cv2.min(red, green), blue))
    return np.asarray(cv2.copyTo(ink, line), np.uint8)


def darker(colors: NDArray[Any]) -> NDArray[Any]:
    """The color of a line drawn in each color; any shape, dtype kept."""
    return np.asarray(np.rint(colors * np.float32(_DARKER)), colors.dtype)


def lay_ink(
    under: NDArray[Any], ink: NDArray[np.uint8], shade: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Draw lines over colors.

    Args:
        under: (H, W, 3) uint8 or uint16.
        ink: (H, W) cover of the lines, 255 = full.
        shade: (H, W, 3) the color of the lines at each pixel, dtype of ``under``; None is black.

    Returns:
        (H, W, 3), dtype of ``under``: exactly ``under`` where there is no ink.
    """
    laid = cv2.multiply(under, _wide(cv2.bitwise_not(ink), under), scale=1 / _top(under))
    if shade is not None:
        laid = cv2.add(laid, cv2.multiply(shade, _wide(ink, under), scale=1 / _top(under)))
    return np.asarray(laid, under.dtype)


def _wide(cover: Any, like: NDArray[Any]) -> NDArray[Any]:
    """(H, W) uint8 -> (H, W, 3) on the scale of ``like``."""
    level = cover if like.dtype == np.uint8 else cover.astype(np.uint16) * np.uint16(257)
    return np.asarray(cv2.merge([level] * 3))


def _top(picture: NDArray[Any]) -> int:
    return int(np.iinfo(picture.dtype).max)
