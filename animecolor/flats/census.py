"""Which flat colors a painted picture has, and on how many pixels.

A color counts where it owns an area: pixels whose 3x3 neighbourhood is of about one color are
joined into patches, so the mixes along a smooth line's edge take no part. A picture most of whose
flat area lies in patches of a single color was never compressed with losses. Its colors are taken
as they are, however near to one another, unless they are found in gradients more than outside.

In any other picture the most frequent color of a patch stands for all of it. Measured on cartoons
of the generator at 960x540, JPEG of quality 50 to 97 and H.264 of crf 12 to 28: of the flat patches
in which no color has a third, 98 in 100 are smaller than 2500 pixels; of the gradients, 95 in 100
have no color of a third, and most are larger than ``_LARGE``.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_RIPPLE = 8
"""Levels by which compression spreads a flat color within 3x3 pixels."""
_STEP = 2
"""Levels between the bands of a gradient that was not compressed."""
_FEW = 3
"""A patch of no more colors is no gradient: tones that differ by a level or two, side by side."""
_FREQUENT = 1 / 3
"""Share of a large patch that its most frequent color has at least where it is no gradient."""
_LARGE = 1500
"""Pixels of a large patch."""
_PURE = 0.995
"""Share of a patch that a single color has where nothing was compressed: a speck may differ."""
_EXACT = 0.5
"""Share of the flat area in such patches from which on the whole picture counts as exact: 0.95 to 1
as painted, 0.03 and less after the mildest compression."""
_ALIASED = 64
"""A picture of no more colors was not compressed either, though near tones share its patches."""
_OWNED = 0.3
"""Share of a color's pixels that lie inside of areas: thin lines have less."""
_LEAST = 1e-4
"""Share of a compressed picture that a color needs: smaller patches are smeared as a whole."""
_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class FlatColors:
    """C flat colors of one picture, most frequent first."""

    rgb: NDArray[np.uint8]
    """(C, 3)."""
    count: NDArray[np.int64]
    """(C,) pixels: all that have the very color where ``exact``, else those of its patches."""
    exact: bool
    """False where the picture was compressed with losses."""
    pixels: int
    """Pixels of the picture that are opaque."""
    soft: int
    """Pixels in gradients."""


def flat_colors(picture: NDArray[np.uint8]) -> FlatColors:
    """Find the flat colors of a painted picture.

    Args:
        picture: (H, W, 3) uint8 sRGB, or (H, W, 4) with straight alpha: only pixels that are
            opaque count.
    """
    opaque = np.ones(picture.shape[:2], np.bool_)
    if picture.shape[2] == 4:
        opaque = picture[..., 3] == 255
    color = np.ascontiguousarray(picture[..., :3])
    packed, spread = pack(color), _spread(color, opaque)
    patches = _Patches.of(spread <= _RIPPLE, packed)
    exact = patches.exact or len(np.unique(packed[opaque])) <= _ALIASED
    if exact:
        values, counts, soft = _exact_colors(spread, packed, opaque)
    else:
        values, counts, soft = _lossy_colors(patches, _LEAST * opaque.sum())
    order = np.lexsort((values, -counts))
    return FlatColors(unpack(values[order]), counts[order], exact, int(opaque.sum()), soft)


def _exact_colors(
    spread: NDArray[np.uint8], packed: NDArray[np.int32], opaque: NDArray[np.bool_]
) -> tuple[NDArray[np.int32], NDArray[np.int64], int]:
    """Colors, how many pixels have them, and pixels in gradients."""
    patches = _Patches.of(spread <= _STEP, packed)
    soft = ((patches.share < _PURE) & (patches.colors > _FEW))[patches.labels]
    blurred, flat = packed[soft], packed[(spread == 0) & ~soft]
    values, inside = np.unique(flat, return_counts=True)
    counts = _count(values, packed[opaque])
    owned = (inside > _count(values, blurred)) & (inside >= _OWNED * counts)
    return values[owned], counts[owned], len(blurred)


def _lossy_colors(
    patches: _Patches, least: float
) -> tuple[NDArray[np.int32], NDArray[np.int64], int]:
    """As ``_exact_colors``; the pixels of a color are those of the patches it stands for."""
    soft = patches.soft
    flat = ~soft & (patches.area > 0)
    values = np.unique(patches.mode[flat])
    counts = _count(values, patches.mode[flat], patches.area[flat])
    enough = counts >= least
    return values[enough], counts[enough], int(patches.area[soft].sum())


def pack(color: NDArray[np.uint8]) -> NDArray[np.int32]:
    """(..., 3) -> (...) 0xRRGGBB."""
    wide = color.astype(np.int32)
    return wide[..., 0] << 16 | wide[..., 1] << 8 | wide[..., 2]


def unpack(values: NDArray[np.int32]) -> NDArray[np.uint8]:
    """(...) 0xRRGGBB -> (..., 3)."""
    return np.stack([values >> 16, values >> 8 & 255, values & 255], -1).astype(np.uint8)


def _count(
    values: NDArray[np.int32], found: NDArray[np.int32], times: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """How often each of the ascending ``values`` was found."""
    if not len(values):
        return np.zeros(0, np.int64)
    where = np.minimum(np.searchsorted(values, found), len(values) - 1)
    same = values[where] == found
    weights = None if times is None else times[same]
    return np.bincount(where[same], weights, len(values)).astype(np.int64)


def _spread(color: NDArray[np.uint8], opaque: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """(H, W): levels between the extremes of the 3x3 neighbourhood; 255 where any is not opaque."""
    between = cv2.subtract(cv2.dilate(color, _SQUARE), cv2.erode(color, _SQUARE))
    spread = np.array(between.max(2), np.uint8)
    spread[cv2.erode(opaque.astype(np.uint8), _SQUARE) == 0] = 255
    return spread


@dataclass(frozen=True, slots=True, eq=False)
class _Patches:
    """The patches of a picture; row 0 of a table, what is outside of them, is empty."""

    labels: NDArray[np.int32]
    """(H, W), 0 outside."""
    area: NDArray[np.int64]
    """(K + 1,) pixels."""
    mode: NDArray[np.int32]
    """(K + 1,) the most frequent color, 0xRRGGBB; the smallest of equals."""
    share: NDArray[np.float64]
    """(K + 1,) of the patch that it has."""
    colors: NDArray[np.int64]
    """(K + 1,) different colors."""

    @classmethod
    def of(cls, flat: NDArray[np.bool_], packed: NDArray[np.int32]) -> _Patches:
        count, labels = cv2.connectedComponents(flat.astype(np.uint8))
        keys = labels[flat].astype(np.int64) << 24 | packed[flat]
        keys, counts = np.unique(keys, return_counts=True)
        patch = keys >> 24
        area = np.bincount(patch, counts, count).astype(np.int64)
        order = np.lexsort((keys, -counts, patch))
        first = order[np.diff(patch, prepend=0) > 0]  # keys ascend, so patches keep their rows
        mode, share = np.zeros(count, np.int32), np.ones(count)
        mode[1:] = keys[first] & 0xFFFFFF
        share[1:] = counts[first] / area[1:]
        colors = np.bincount(patch, minlength=count)
        return cls(np.asarray(labels, np.int32), area, mode, share, colors)

    @property
    def soft(self) -> NDArray[np.bool_]:
        """(K + 1,) which are gradients."""
        return (self.share < _FREQUENT) & (self.area >= _LARGE)

    @property
    def exact(self) -> bool:
        """Whether most are of a single color."""
        flat = self.area * ~self.soft
        return bool(flat[self.share >= _PURE].sum() >= _EXACT * flat.sum())
