"""Areas of wrong paint in one picture: flat ones, not rims, gradients or textures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.census import pack, unpack
from animecolor.qa.swatch_table import Kind, SwatchTable
from animecolor.qa.view import Picture

MOST = 16
"""Areas that are told, the largest."""
_FLAT_EXACT, _FLAT_LOSSY = 0, 6
"""Levels by which a flat color varies within 3 x 3 pixels."""
_LEAST_EXACT, _LEAST_LOSSY = 12, 16
"""Pixels of an area, less its rim, from which on it is told."""
_CORE = 3
"""Of these, pixels with all their 8 neighbors: a fringe beside a line has none."""
_BAND = 3
"""Levels between the bands of a gradient that was not compressed."""
_BANDED = 0.05
"""Share of its pixels that lie beside such a step in one of a gradient's bands."""
_FREQUENT = 0.34
"""Share of an area that its most frequent color has; a gradient's or a texture's has less."""
_LARGE = 1500
"""Pixels of a compressed area from which on that holds, as in ``flats.census``."""
_ALIKE = 32
"""Levels within which pixels at the rim of a compressed area still are of it."""
_RIM = 3
"""Pixels that an area is larger, each way, than its flat part."""
_SQUARE = np.ones((3, 3), np.uint8)
_REACH = np.ones((7, 7), np.uint8)

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Patch:
    """One area of wrong paint."""

    kind: Kind
    rgb: tuple[int, int, int]
    box: tuple[int, int, int, int]
    """Top, left, bottom, right; the last two are excluded."""
    area: int
    """Pixels."""


def flat_part(picture: Picture, alpha: NDArray[np.uint8] | None, lossy: bool) -> NDArray[np.uint8]:
    """How flat a picture is: (h, w) levels between the extremes of the 3 x 3 neighborhood.

    Returns:
        Lowered to 0 where that counts as flat; 255 where a neighbor is not opaque.
    """
    between = cv2.subtract(cv2.dilate(picture, _SQUARE), cv2.erode(picture, _SQUARE))
    red, green, blue = cv2.split(between)
    spread = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    if lossy:
        spread[spread <= _FLAT_LOSSY] = _FLAT_EXACT
    if alpha is not None:
        spread[cv2.erode(alpha, _SQUARE) < 255] = 255
    return spread


def wrong_patches(
    picture: Picture, spread: NDArray[np.uint8], table: SwatchTable
) -> tuple[list[Patch], float]:
    """The areas of a picture that are off the palette, or a placeholder's.

    As in ``flats.census`` the most frequent color of a compressed area stands for all of it, so
    that what bleeds into the rim of an allowed one is no area of its own.

    Args:
        picture: (h, w, 3) uint8 sRGB.
        spread: of ``flat_part``; what must not be judged may be raised to 255.
        table: what colors mean.

    Returns:
        The areas, the largest first, and the share of the flat pixels that are off the palette.
    """
    flat = spread == 0
    keys = table.keys(picture) * flat  # 0 is black, which is allowed
    wrong = table.kinds(keys) >= Kind.OFF
    least = _LEAST_LOSSY if table.lossy else _LEAST_EXACT
    if np.count_nonzero(wrong) < least:
        return [], 0.0
    labels, numbers = _candidates(wrong, flat if table.lossy else wrong, least)
    if not table.lossy:
        numbers = _without_bands(labels, numbers, spread)
    found, off = [], 0
    for number in numbers[:MOST]:
        patch, size = _patch(picture, labels == number, table)
        if patch is not None:
            found.append(patch)
            off += size if patch.kind is Kind.OFF else 0
    return found, off / max(int(np.count_nonzero(flat)), 1)


def _candidates(wrong: Mask, within: Mask, least: int) -> tuple[NDArray[np.int32], list[int]]:
    """Connected parts of ``within`` that are wrong for the most part, the largest first."""
    count, numbered = cv2.connectedComponents(within.view(np.uint8))
    labels = np.asarray(numbered, np.int32)
    core = cv2.erode(wrong.view(np.uint8), _SQUARE).view(np.bool_)
    sizes = np.bincount(labels[wrong], minlength=count)
    enough = sizes >= least
    enough &= np.bincount(labels[core], minlength=count) >= _CORE
    enough &= 2 * sizes >= np.bincount(labels.ravel(), minlength=count)
    enough[0] = False
    order = np.argsort(-sizes, kind="stable")
    return labels, [int(number) for number in order if enough[number]]


def _without_bands(
    labels: NDArray[np.int32], numbers: list[int], spread: NDArray[np.uint8]
) -> list[int]:
    """Parts that do not lie beside a step that only a gradient has."""
    steps = ((spread > 0) & (spread <= _BAND)).view(np.uint8)
    beside = cv2.dilate(steps, _REACH).view(np.bool_)
    if not beside.any():
        return numbers
    sizes = np.bincount(labels.ravel())
    banded = np.bincount(labels[beside], minlength=len(sizes))
    return [number for number in numbers if banded[number] <= _BANDED * sizes[number]]


def _patch(picture: Picture, part: Mask, table: SwatchTable) -> tuple[Patch | None, int]:
    """An area with its rim, and the pixels of its flat part; None where no color stands for it."""
    colors, counts = np.unique(pack(picture[part]), return_counts=True)
    size = int(counts.sum())
    mode = unpack(colors[counts.argmax()]).tolist()
    rgb: tuple[int, int, int] = mode[0], mode[1], mode[2]
    if table.lossy and size < _LARGE:
        red, green, blue = np.median(picture[part], axis=0).astype(int).tolist()
        rgb = red, green, blue
    elif counts.max() < _FREQUENT * size:
        return None, size
    kind = Kind(int(table.kinds(table.keys(np.array([[rgb]], np.uint8)))[0, 0]))
    if kind is Kind.ALLOWED:
        return None, size
    rows, columns = np.flatnonzero(part.any(1)), np.flatnonzero(part.any(0))
    top, left = max(0, int(rows[0]) - _RIM), max(0, int(columns[0]) - _RIM)
    near = picture[top : int(rows[-1]) + 1 + _RIM, left : int(columns[-1]) + 1 + _RIM]
    apart = np.abs(near.astype(np.int16) - np.array(rgb, np.int16)).max(2)
    alike = apart <= (_ALIKE if table.lossy else 0)
    down, across = np.flatnonzero(alike.any(1)), np.flatnonzero(alike.any(0))
    box = top + int(down[0]), left + int(across[0]), top + int(down[-1]), left + int(across[-1])
    grown = box[0], box[1], box[2] + 1, box[3] + 1
    return Patch(kind, rgb, grown, int(np.count_nonzero(alike))), size
