"""The small pictures stages look at: working size, and views of a frame made at it."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.color import LUMA_709
from animecolor.frame import Frame, to_array

MULTIPLE = 4
"""Sides are multiples of this: two halvings, which is what the networks do."""
LONGEST = 16
"""The long side is at most so many times the short side wanted: beyond that a strip of a picture
would be enlarged until it fills the memory."""

_WEIGHTS = np.array([LUMA_709], dtype=np.float32)


def working_size(size: tuple[int, int], short: int) -> tuple[int, int]:
    """Size of the picture a network reads.

    Args:
        size: native (height, width) in pixels.
        short: short side wanted, in pixels.

    Returns:
        (height, width), each a multiple of 4: the short side is ``short`` rounded to one, the long
        side keeps the aspect as well as a multiple of 4 can. Small pictures are enlarged: a network
        sees drawings at the scale it was trained on. Where the long side would pass 16 times
        ``short`` it is that, and the short side is what the aspect leaves, at least 4.
    """
    height, width = size
    scale = min(short / min(height, width), LONGEST * short / max(height, width))
    return _round(height * scale), _round(width * scale)


def shrink(picture: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """Resize (H, W) or (H, W, C) to (height, width) by area average; enlarging is bilinear."""
    if picture.shape[:2] == size:
        return picture
    grows = size[0] > picture.shape[0] or size[1] > picture.shape[1]
    how = cv2.INTER_LINEAR if grows else cv2.INTER_AREA
    return cv2.resize(picture, (size[1], size[0]), interpolation=how)


def working_luma(frame: Frame, short: int) -> NDArray[np.float32]:
    """(h, w) float32 BT.709 luma in [0, 1] of the frame's picture, area-resized to working size.

    A cel with alpha is laid on white paper.
    """
    size = working_size(frame.size, short)
    small = unit(shrink(to_array(frame.image), size))
    luma = np.asarray(cv2.transform(small, _WEIGHTS), np.float32)
    if (alpha := alpha_of(frame)) is not None:
        cover = unit(shrink(alpha, size))
        luma = luma * cover + (1 - cover)
    return np.clip(luma, 0, 1, out=luma)


def native_luma(frame: Frame) -> NDArray[np.uint8]:
    """(H, W) uint8 BT.709 luma of the frame's picture; a cel with alpha is laid on white paper."""
    luma = cv2.transform(eight_bits(to_array(frame.image)), _WEIGHTS)
    return on_paper(np.asarray(luma, np.uint8), alpha_of(frame))


def small_view(frame: Frame, most: tuple[int, int]) -> NDArray[np.uint8]:
    """(h, w, 3) uint8 RGB view of the frame within ``most`` (height, width), on white paper."""
    height, width = frame.size
    scale = min(1.0, most[0] / height, most[1] / width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    alpha = alpha_of(frame)
    small = eight_bits(shrink(to_array(frame.image), size))
    return on_paper(small, None if alpha is None else shrink(alpha, size))


def on_paper(picture: NDArray[np.uint8], alpha: NDArray[Any] | None) -> NDArray[np.uint8]:
    """Lay an (H, W) or (H, W, 3) uint8 picture on white where its (H, W) alpha says so."""
    if alpha is None:
        return picture
    cover = eight_bits(np.ascontiguousarray(alpha))
    if picture.ndim == 3:
        cover = np.asarray(cv2.merge([cover] * 3), np.uint8)
    laid = cv2.add(cv2.multiply(picture, cover, scale=1 / 255), cv2.bitwise_not(cover))
    return np.asarray(laid, np.uint8)


def alpha_of(frame: Frame) -> NDArray[Any] | None:
    """(H, W) uint8 or uint16 view of the frame's alpha; None when opaque."""
    return None if frame.alpha is None else to_array(frame.alpha)[..., 0]


def eight_bits(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """The picture itself when uint8; rounded from [0, 65535] to [0, 255] when uint16."""
    if picture.dtype == np.uint8:
        return picture
    return np.asarray(cv2.convertScaleAbs(picture, alpha=1 / 257), np.uint8)


def unit(picture: NDArray[Any]) -> NDArray[np.float32]:
    """uint8 or uint16 -> float32 in [0, 1]."""
    return picture.astype(np.float32) / np.float32(np.iinfo(picture.dtype).max)


def _round(side: float) -> int:
    return max(MULTIPLE, round(side / MULTIPLE) * MULTIPLE)
