"""Where the luma of a picture leaves that of the grey picture it was painted from.

What moves, moves in both, so that a difference of the two needs no motion to be explained: beyond
what rounding and coding do it is a fault. Means over small windows show spots, over larger ones
areas that depart by less than their noise. Coding errs most where there are edges, and where the
color left the gamut and was cut off.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.color import LUMA_709
from animecolor.metrics.signal import TO_YUV
from animecolor.qa.detectors.matter import Window
from animecolor.qa.view import Picture, View

Plane = NDArray[np.float32]
Mask = NDArray[np.bool_]

_WEIGHTS = np.array([LUMA_709], np.float32)
_CHROMA = np.hstack([TO_YUV[1:], np.full((2, 1), 128, np.float32)])
_SIDES = (3, 9)
"""Windows over which departures are averaged."""
_FLOOR = (1.2, 0.5)
"""Levels that such a mean departs by at least: twice what shrinking and rounding leave."""
_TIMES = (3.5, 3.2)
"""... and so many times the usual departure of the picture,"""
_CODED = (1.1, 0.8)
"""Levels that such a mean of a compressed picture usually departs by at least; where most of a
picture is flat and so has none, its edges still have."""
_TAIL = 1.43
"""Of normal noise: its ninth decile by its third quartile, absolute values."""
_EDGES = (0.03, 0.012)
"""... more by this share of it for every level of contrast thereabouts."""
_SURELY = 1.6
"""How many times as much it must be where coding errs."""
_KEPT = 10
"""Levels within which a picture that keeps its luma departs"""
_SHARE = 0.75
"""... in so much of it."""
_MOST = 0.3
"""Share of the picture that blots fill at most; beyond, the whole picture departs."""
_MANY = 24
"""Blots of one picture beyond which its luma is not kept."""
_STRIDE = 4
"""Pixels between those asked for what is usual in the picture."""
_DARK, _BRIGHT = 2, 253
"""Levels at which a channel may have been cut off."""
_SPOT = 40
"""Pixels up to which the rim of a blot is much of it."""
_NEAR = np.ones((7, 7), np.uint8)
_NEXT = np.ones((5, 5), np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Blot:
    """A connected area whose luma departs; in pixels of the view."""

    window: Window
    mask: Mask
    """(h, w) of the window: its core."""
    departs: float
    """Levels of luma, mean of the core; positive where it is too light."""
    strength: float
    """How many times the tolerance it reaches."""

    @property
    def area(self) -> int:
        """Pixels of the core."""
        return int(np.count_nonzero(self.mask))


def departure(view: View) -> Plane | None:
    """(h, w) luma of the picture less that of its source, usual shift taken off.

    Returns:
        Levels; None where the luma of the source was not kept, so that nothing can be told.
    """
    assert view.source is not None
    return _kept(luma(view.rgb), luma(view.source))


def chroma_departures(view: View) -> list[Plane]:
    """(h, w) Cb and Cr of the picture less those of its source in color, as ``departure``."""
    assert view.source is not None
    own, given = (cv2.split(cv2.transform(p, _CHROMA)) for p in (view.rgb, view.source))
    planes = [_kept(*pair) for pair in zip(own, given, strict=True)]  # type: ignore[arg-type]
    return [plane for plane in planes if plane is not None]


def _kept(own: NDArray[np.uint8], given: NDArray[np.uint8]) -> Plane | None:
    apart = np.asarray(cv2.subtract(own, given, dtype=cv2.CV_32F), np.float32)
    apart -= float(np.median(apart[::_STRIDE, ::_STRIDE]))
    if float((np.abs(apart[::_STRIDE, ::_STRIDE]) <= _KEPT).mean()) < _SHARE:
        return None
    return apart


def find_blots(view: View, apart: Plane, lossy: bool) -> list[Blot]:
    """The areas of a picture whose luma departs, none where that is most of it.

    Args:
        view: with its source.
        apart: of ``departure``.
        lossy: whether colors were cut off where coding moved them out of the gamut.
    """
    assert view.source is not None
    surely = 1.0
    if lossy:
        surely = _SURELY
        apart = apart.copy()
        _forgive_cut(apart, view.rgb)
    means = [np.asarray(cv2.blur(apart, (side, side)), np.float32) for side in _SIDES]
    usual = [_usual(mean) for mean in means]
    if lossy:
        usual = [max(own, coded) for own, coded in zip(usual, _CODED, strict=True)]
    least = [max(t * u, f) for t, u, f in zip(_TIMES, usual, _FLOOR, strict=True)]
    if all(cv2.norm(m, cv2.NORM_INF) <= limit for m, limit in zip(means, least, strict=True)):
        return []
    given = luma(view.source)
    contrast = cv2.subtract(cv2.dilate(given, _NEAR), cv2.erode(given, _NEAR)).astype(np.float32)
    excess: Plane | None = None
    for mean, times, edges, own, floor in zip(means, _TIMES, _EDGES, usual, _FLOOR, strict=True):
        limit = np.maximum(contrast * (edges * own) + times * own, floor)
        ratio = np.asarray(np.abs(mean) / limit, np.float32)
        excess = ratio if excess is None else np.asarray(cv2.max(excess, ratio), np.float32)
    assert excess is not None
    marked = (excess > surely).view(np.uint8)
    filled = np.count_nonzero(marked)
    if filled == 0 or filled > _MOST * marked.size:
        return []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(marked, _NEXT))
    if count - 1 > _MANY:
        return []
    found = []
    for number in range(1, count):
        left, top, width, height = (int(edge) for edge in stats[number][:4])
        cut = np.s_[top : top + height, left : left + width]
        inside = (labels[cut] == number) & (marked[cut] > 0)
        core = _core(inside, apart[cut], means[0][cut])
        rows, columns = np.flatnonzero(core.any(1)), np.flatnonzero(core.any(0))
        ends = int(rows[0]), int(columns[0]), int(rows[-1]) + 1, int(columns[-1]) + 1
        window = top + ends[0], left + ends[1], top + ends[2], left + ends[3]
        mask = core[ends[0] : ends[2], ends[1] : ends[3]]
        departs, strength = float(apart[cut][core].mean()), float(excess[cut][inside].max())
        found.append(Blot(window, mask, departs, strength))
    return found


def _usual(mean: Plane) -> float:
    """Levels that nine tenths of a picture stay below, by its quietest three quarters: an area of a
    fifth of it does not hide itself.
    """
    some = np.abs(mean[::_STRIDE, ::_STRIDE])
    return float(np.quantile(some, 0.75)) * _TAIL


def _core(inside: Mask, apart: Plane, mean: Plane) -> Mask:
    """What is in a blot without the rim that averaging lends it."""
    sign = 1.0 if float(mean[inside].sum()) >= 0 else -1.0
    core = inside
    # The mean tells the area of a faint blot from noise, and is wider than a spot.
    for plane in (mean, apart):
        signed = sign * plane
        half = 0.5 * float(np.quantile(signed[core], 0.9))
        closer = core & (signed >= half)
        if not closer.any():  # where it departs in the mean alone
            break
        core = closer
        if np.count_nonzero(core) > _SPOT:
            break
    return core


def _forgive_cut(apart: Plane, picture: Picture) -> None:
    """A color that left the gamut has lost luma above it, or won some below it."""
    red, green, blue = cv2.split(picture)
    dark = cv2.min(cv2.min(red, green), blue) <= _DARK
    bright = cv2.max(cv2.max(red, green), blue) >= _BRIGHT
    apart[dark & (apart > 0)] = 0
    apart[bright & (apart < 0)] = 0


def luma(picture: Picture) -> NDArray[np.uint8]:
    """(h, w) BT.709 luma."""
    return np.asarray(cv2.transform(picture, _WEIGHTS), np.uint8)
