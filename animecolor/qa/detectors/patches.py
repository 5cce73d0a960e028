"""Areas of wrong paint in one picture: flat ones, not rims, gradients or textures."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.census import pack, unpack
from animecolor.qa.detectors.swatch_table import Kind, SwatchTable
from animecolor.qa.view import Picture

MOST = 16
"""Areas that are told, the largest."""
_FLAT_EXACT, _FLAT_LOSSY = 0, 6
"""Levels by which a flat color varies within 3 x 3 pixels."""
_LEAST_EXACT, _LEAST_LOSSY = 12, 16
"""Pixels of an area, less its rim, from which on it is told."""
_CORE = 3
"""Of these in a compressed one, pixels with all their 8 neighbors: a fringe beside a line has
none, and is not flat where nothing was compressed."""
_BAND = 3
"""Levels between the bands of a gradient that was not compressed."""
_BANDED = 0.1
"""Share of what lies around one of a gradient's bands that differs from it by such a step."""
_FEW = 8
"""Areas that are looked at one by one without sorting out a gradient's bands before."""
_TRIED = 64
"""Areas that are looked at, the largest."""
_FREQUENT = 0.34
"""Share of an area that its most frequent color has; a gradient's or a texture's has less."""
_LARGE = 1500
"""Pixels of a compressed area from which on that holds, as in ``flats.census``."""
_ALIKE = 32
"""Levels within which pixels at the rim of a compressed area still are of it."""
_ALIKE_PLACEHOLDER = 56
"""Levels by which compression moves a placeholder's color, which stands out from all others."""
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
    """The areas of a picture that are off the palette.

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
    wrong = table.kinds(keys) == Kind.OFF
    found: list[Patch] = []
    least = _LEAST_LOSSY if table.lossy else _LEAST_EXACT
    if np.count_nonzero(wrong) < least:
        return found, 0.0
    parts, numbers = _candidates(wrong, flat if table.lossy else wrong, least)
    off = 0
    if not table.lossy and len(numbers) > _FEW:
        numbers = _without_bands(picture, parts, numbers)
    for number in numbers[:_TRIED]:
        patch = _patch(picture, parts, number, table)
        if patch is not None:
            found.append(patch)
            off += int(parts.stats[number, cv2.CC_STAT_AREA])
        if len(found) >= MOST:
            break
    return found, off / max(int(np.count_nonzero(flat)), 1)


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Connected pixels, by number."""

    labels: NDArray[np.int32]
    stats: NDArray[np.int32]

    @classmethod
    def of(cls, mask: Mask) -> _Parts:
        _, labels, stats, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8))
        return cls(np.asarray(labels, np.int32), np.asarray(stats, np.int32))

    def place(self, number: int, rim: int) -> tuple[slice, slice]:
        """Rows and columns of a part with a rim around it."""
        left, top, wide, tall, _ = (int(value) for value in self.stats[number])
        rows = slice(max(0, top - rim), top + tall + rim)
        return rows, slice(max(0, left - rim), left + wide + rim)


def placeholders(picture: Picture, table: SwatchTable) -> list[Patch]:
    """Areas of a placeholder's color, the largest of each first: it is like no other, so it need
    not be flat.

    Args:
        picture: (h, w, 3) uint8 sRGB.
        table: which colors are placeholders.
    """
    found: list[Patch] = []
    within = _ALIKE_PLACEHOLDER if table.lossy else 0
    for swatch in table.temporary.swatches:
        low, high = (np.clip(np.array(swatch.rgb) + d, 0, 255) for d in (-within, within))
        mask = cv2.inRange(picture, low, high) > 0
        if np.count_nonzero(mask) < _LEAST_EXACT:
            continue
        parts = _Parts.of(mask)
        sizes = parts.stats[:, cv2.CC_STAT_AREA]
        for number in (np.argsort(-sizes[1:], kind="stable")[:MOST] + 1).tolist():
            if sizes[number] >= _LEAST_EXACT:
                rows, columns = parts.place(number, 0)
                box = rows.start, columns.start, rows.stop, columns.stop
                found.append(Patch(Kind.TEMPORARY, swatch.rgb, box, int(sizes[number])))
    return found


def _candidates(wrong: Mask, within: Mask, least: int) -> tuple[_Parts, list[int]]:
    """Connected parts of ``within`` that are wrong for the most part, the largest first."""
    parts = _Parts.of(within)
    count = len(parts.stats)
    sizes = np.bincount(parts.labels[wrong], minlength=count)
    enough = sizes >= least
    if within is not wrong:
        core = cv2.erode(wrong.view(np.uint8), _SQUARE).view(np.bool_)
        enough &= np.bincount(parts.labels[core], minlength=count) >= _CORE
    enough &= 2 * sizes >= parts.stats[:, cv2.CC_STAT_AREA]
    enough[0] = False
    order = np.argsort(-sizes, kind="stable")
    return parts, [int(number) for number in order if enough[number]]


def _without_bands(picture: Picture, parts: _Parts, numbers: list[int]) -> list[int]:
    """Parts that are no bands of a gradient, as most of what is off a palette is.

    Near its rim, a band has only colors within a band's step each way of its own.
    """
    between = cv2.subtract(cv2.dilate(picture, _REACH), cv2.erode(picture, _REACH))
    red, green, blue = cv2.split(between)
    spread = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    count = len(parts.stats)
    rims = np.bincount(parts.labels[spread > 0], minlength=count)
    soft = np.bincount(parts.labels[(spread > 0) & (spread <= 2 * _BAND)], minlength=count)
    return [number for number in numbers if 2 * soft[number] <= rims[number]]


def _patch(picture: Picture, parts: _Parts, number: int, table: SwatchTable) -> Patch | None:
    """An area with its rim; None where it is a gradient's or a texture's."""
    place = parts.place(number, _RIM)
    near, part = picture[place], parts.labels[place] == number
    colors, counts = np.unique(pack(near[part]), return_counts=True)
    size = int(counts.sum())
    mode = unpack(colors[counts.argmax()]).tolist()
    rgb: tuple[int, int, int] = mode[0], mode[1], mode[2]
    if table.lossy and size < _LARGE:
        red, green, blue = np.median(near[part], axis=0).astype(int).tolist()
        rgb = red, green, blue
    elif counts.max() < _FREQUENT * size:
        return None
    if int(table.kinds(table.keys(np.array([[rgb]], np.uint8)))[0, 0]) != Kind.OFF:
        return None
    apart = np.abs(near.astype(np.int16) - np.array(rgb, np.int16)).max(2)
    if not table.lossy:
        around = cv2.dilate(part.view(np.uint8), _REACH).view(np.bool_) & ~part
        bands = np.count_nonzero(around & (apart > 0) & (apart <= _BAND))
        if bands > _BANDED * np.count_nonzero(around):
            return None
    alike = apart <= (_ALIKE if table.lossy else 0)
    down, across = np.flatnonzero(alike.any(1)), np.flatnonzero(alike.any(0))
    top, left = place[0].start, place[1].start
    box = top + int(down[0]), left + int(across[0]), top + int(down[-1]), left + int(across[-1])
    grown = box[0], box[1], box[2] + 1, box[3] + 1
    return Patch(Kind.OFF, rgb, grown, int(np.count_nonzero(alike)))
