"""The picture: colors, the artist's ink over them, and what stays transparent."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from animecolor.flats.gradient import steady
from animecolor.flats.trace import LineKind
from animecolor.frame import UNPAINTED, Flats, Frame, from_array, to_array
from animecolor.stages.ink import Paper, paper_of
from animecolor.stages.smooth import smooth

_DARKER = 0.45
"""What is left of a color's level where a line is drawn in it."""
_WHITE: Paper = (255, 255, 255)


def exact_paper(picture: NDArray[np.uint8]) -> Paper:
    """The commonest level of the paper of an (H, W, 3) uint8 drawing, channel by channel.

    ``paper_of`` looks at five levels at once, which is right for grain, and up to two too dark for
    a paper that has none.
    """
    step = max(1, min(picture.shape[:2]) // 180)
    found = []
    for channel, level in enumerate(paper_of(picture)):
        counts = np.bincount(picture[::step, ::step, channel].ravel(), minlength=256)
        lowest = max(0, level - 2)
        found.append(lowest + int(np.argmax(counts[lowest : level + 3])))
    return found[0], found[1], found[2]


def cover_of(
    picture: NDArray[Any], line: NDArray[np.uint8], kinds: NDArray[np.uint8], paper: Paper
) -> NDArray[Any]:
    """How much of each pixel the drawing's black ink covers.

    ``Frame.line`` is what a network reads, its grain removed and its darkness stretched by that. A
    line layer keeps the drawing's own levels beside its ink: laid over white it is the drawing
    again, exactly where the paper is white and the ink is grey. Coloured trace lines are left out,
    with their rims.

    Args:
        picture: (H, W, 3) uint8 or uint16, the drawing on white.
        line: (H, W), 255 = ink, 0 = paper, as ``Frame.line``.
        kinds: (H, W) ``LineKind`` of each pixel.
        paper: level of the unmarked paper, 8 bits.

    Returns:
        (H, W) of the picture's dtype: its greatest value is full cover, 0 none.
    """
    if paper != _WHITE:
        picture = np.asarray(cv2.multiply(picture, 255 / np.array([*paper, 255.0])))
    red, green, blue = cv2.split(picture)
    ink = cv2.bitwise_not(cv2.min(cv2.min(red, green), blue))
    near = _grown(line > 0)
    traced = kinds > LineKind.BLACK
    if traced.any():
        # A rim that touches black ink, too, is taken for that ink's.
        rim = _grown(traced, 2) & ~_grown(kinds == LineKind.BLACK)
        near &= ~(rim | traced)
    return np.asarray(cv2.copyTo(ink, near.view(np.uint8)))


def _grown(mask: NDArray[np.bool_], by: int = 1) -> NDArray[np.bool_]:
    """(H, W): what is set, and so many pixels around it."""
    grown = cv2.dilate(mask.view(np.uint8), np.ones((3, 3), np.uint8), iterations=by)
    return np.asarray(grown, np.uint8).view(np.bool_)


def darker(colors: NDArray[Any]) -> NDArray[Any]:
    """The color of a line drawn in each color; any shape, dtype kept."""
    return np.asarray(np.rint(colors * np.float32(_DARKER)), colors.dtype)


def lay_ink(
    under: NDArray[Any], ink: NDArray[Any], shade: NDArray[Any] | None = None
) -> NDArray[Any]:
    """Draw lines over colors.

    Args:
        under: (H, W, 3) uint8 or uint16.
        ink: (H, W) uint8 or uint16 cover of the lines, the greatest value = full.
        shade: (H, W, 3) the color of the lines at each pixel, dtype of ``under``; None is black.

    Returns:
        (H, W, 3), dtype of ``under``: exactly ``under`` where there is no ink.
    """
    # Lines cover a twentieth of a drawing: it is cheaper to look at them alone.
    at = np.flatnonzero(ink)
    cover = np.take(ink, at)[:, None].astype(np.float32) / np.float32(np.iinfo(ink.dtype).max)
    mixed = np.take(under.reshape(-1, 3), at, axis=0) * (1 - cover)
    if shade is not None:
        mixed += np.take(shade.reshape(-1, 3), at, axis=0) * cover
    laid = under.copy()
    laid.reshape(-1, 3)[at] = np.rint(mixed)
    return laid


@dataclass(frozen=True, slots=True, eq=False)
class Lines:
    """Lines that lie over colors."""

    ink: NDArray[Any] | None
    """(H, W) their cover, as ``Flats.ink``; None: there are none."""
    shade: NDArray[np.uint8] | None = None
    """(H, W, 3) their color at each pixel; None: black."""


def compose(frame: Frame, flats: Flats, lines: Lines, keyed: bool = False) -> Frame:
    """Set ``flats``, ``painted``, and ``cover`` where the frame has alpha or is ``keyed``.

    Gradients in ``color`` are steadied. Transparent is what no region has painted. Alpha is
    straight: a pixel there that is partly ink has the color of the ink alone.
    """
    deep = to_array(frame.image).dtype == np.uint16
    table = np.full((256, 3), 255, np.uint8)
    table[: len(flats.rgb)] = flats.rgb
    swatch = np.take(flats.swatch, flats.labels)
    under = _deepened(np.asarray(cv2.applyColorMap(swatch, table[:, None])), deep)
    if flats.soft.any():
        inside = np.take(flats.soft, flats.labels).view(np.uint8)
        frame = _steadied(frame, flats)
        cv2.copyTo(to_array(smooth(frame, lines=False)), inside, under)
    shade = None if lines.shade is None else _deepened(lines.shade, deep)
    painted = under if lines.ink is None else lay_ink(under, lines.ink, shade)
    if frame.alpha is None and not keyed:
        return replace(frame, flats=flats, painted=from_array(painted))
    outside = ((flats.swatch == UNPAINTED) & ~flats.soft)[flats.labels]
    cover = np.full(outside.shape, np.iinfo(under.dtype).max, under.dtype)
    cover[outside] = 0 if lines.ink is None else lines.ink[outside]
    if lines.ink is not None:
        rim = outside & (lines.ink > 0)
        painted[rim] = 0 if shade is None else shade[rim]
    return replace(
        frame, flats=flats, painted=from_array(painted), cover=from_array(cover[..., None])
    )


def _steadied(frame: Frame, flats: Flats) -> Frame:
    """The frame without the stains that the network left in gradients."""
    assert frame.color is not None
    color = frame.color.float().cpu().permute(1, 2, 0).numpy()
    size = color.shape[1], color.shape[0]
    labels = np.asarray(cv2.resize(flats.labels, size, interpolation=cv2.INTER_NEAREST), np.int32)
    steadied = torch.from_numpy(steady(color, labels, flats.soft)).permute(2, 0, 1)
    return replace(frame, color=steadied)


def _deepened(picture: NDArray[np.uint8], deep: bool) -> NDArray[Any]:
    return picture.astype(np.uint16) * np.uint16(257) if deep else picture
