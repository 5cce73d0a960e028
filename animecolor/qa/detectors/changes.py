"""What changed between two drawings while nothing thereabouts did: a color that was not drawn."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.flow import Flow
from animecolor.qa.detectors.matter import Window
from animecolor.qa.detectors.outliers import UNITS, Hull
from animecolor.qa.detectors.spots import lab_mean
from animecolor.qa.detectors.stills import Still

_AGREE = 0.5
"""Share of the picture that moves alike when the camera does."""
_AGREE_FAINTLY = 0.8
"""The same where the camera moves by a pixel or less."""
_ALIKE = 0.75
"""Pixels within which motion is alike."""
_RESTS = 0.1
"""Pixels of motion of a camera that rests."""
_NEAR = 24
"""Rows of 360 around a change where nothing else may change."""
_OWN = 4
"""Pixels around a change that compression stirs up with it."""
_STIRRED = 0.05
"""Share of its own pixels that may change around it."""
_RIM = 0.5
"""Share of a change's usual strength that its soft rim falls short of."""
_MANY = 12
"""Changes beyond which it is the drawing that is new."""
_LEAST = 4
"""Pixels of a change."""
_LITTER = 40
"""Pixels that compression may stir up around a change, faintly."""
_DEAD = 4
"""Lab units less than which compression changes where nothing does."""
_FAINT = 0.25
"""Share of a strong change that it is."""
_LOUDER = 2.5
"""How many times what changes beside it a change must be."""
_TRIED = 32
"""Areas that are looked at."""
_UNIFORM = 0.35
"""Deviation of a change over its pixels, as a share of the change itself."""
_SPOT = 64
"""Native pixels up to which a change may cover what was there with one flat color."""
_LOUD = 7
"""Lab units of noise beyond which nothing rests enough to tell."""
_CALM = 0.05
"""Share of the picture that may change while nothing comes in from outside."""
_SQUARE = np.ones((3, 3), np.uint8)
_CORE = np.ones((2, 2), np.uint8)

Map = NDArray[np.uint8]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """An area that takes another color, all of it by the same step; sizes in pixels of the view."""

    window: Window
    """In the later drawing."""
    mask: NDArray[np.bool_]
    """Of the window's size."""
    step: NDArray[np.float64]
    """(3,) CIE Lab, from the earlier color to the later."""
    old: NDArray[np.float64]
    """(3,) mean CIE Lab in the earlier drawing."""
    new: NDArray[np.float64]
    """(3,) in the later one."""
    value: float
    """CIEDE2000 of the two."""
    usual: float
    """Lab units, the median over its pixels."""
    dead: bool
    """Nothing at all changed around it: it is known to stand still."""


@dataclass(frozen=True, slots=True, eq=False)
class Passage:
    """From one drawing to the next."""

    shift: tuple[float, float]
    """x and y from a place in the later drawing to the same in the earlier: the camera's."""
    changed: NDArray[np.bool_]
    """(h, w) of the later drawing."""
    apart: Map
    """(h, w) Lab units between the two drawings."""
    old: Map
    """(h, w, 3) the earlier drawing, where the later one is, in its light; as ``Still.lab``."""
    changes: list[Change]


def passage(before: Still, now: Still, lossy: bool) -> Passage:
    """What changed by itself between two drawings, with the camera's motion taken away."""
    shift = _shift(now)
    moves = shift != (0.0, 0.0)
    old = _shifted(before.ending_lab, shift) if moves else before.ending_lab
    light = _light(old, now.lab)
    if light.any():
        old = np.clip(old.astype(np.int16) + light, 0, 255).astype(np.uint8)
    apart = _apart(old, now.lab, int(moves))
    if moves:
        _forget_border(apart, shift)
    level = _level(apart, lossy, moves) + int(np.abs(light).max())
    changed = apart >= level
    found = []
    if level <= _LOUD and changed.any():
        found = _isolated(changed, apart, now, old, lossy)
    return Passage(shift, changed, apart, old, found)


def camera_rests(now: Still) -> bool:
    """Whether no common motion of most of a picture is known since the drawing before."""
    return _shift(now) == (0.0, 0.0)


def _shift(now: Still) -> tuple[float, float]:
    """The camera's motion; nothing where it rests or where there is no common motion."""
    back: Flow | None = None if now.came is None else now.came.back
    if back is None:
        return 0.0, 0.0
    sampled = back[4::8, 4::8].reshape(-1, 2)
    middle = np.median(sampled, axis=0)
    alike = (np.abs(sampled - middle).max(1) <= _ALIKE).mean()
    if (
        alike < (_AGREE if np.abs(middle).max() > 1 else _AGREE_FAINTLY)
        or np.abs(middle).max() < _RESTS
    ):
        return 0.0, 0.0
    return float(middle[0]), float(middle[1])


def _shifted(lab: Map, shift: tuple[float, float]) -> Map:
    move = np.array([[1, 0, shift[0]], [0, 1, shift[1]]], np.float32)
    size = lab.shape[1::-1]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    moved = cv2.warpAffine(lab, move, size, flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(moved, np.uint8)


def _forget_border(apart: Map, shift: tuple[float, float]) -> None:
    """What the camera has just brought into the picture is unknown."""
    x, y = (int(np.ceil(abs(way))) + 2 for way in shift)
    if shift[0] > 0:
        apart[:, -x:] = 0
    else:
        apart[:, :x] = 0
    if shift[1] > 0:
        apart[-y:] = 0
    else:
        apart[:y] = 0


def _light(old: Map, new: Map) -> NDArray[np.int16]:
    """(3,) levels by which most of the picture changed."""
    step = new[2::4, 2::4].astype(np.int16) - old[2::4, 2::4]
    return np.asarray(np.rint(np.median(step.reshape(-1, 3), axis=0)), np.int16)


def _apart(old: Map, new: Map, radius: int) -> Map:
    """(h, w) Lab units between the two, whatever lies within ``radius`` forgiven."""
    if radius == 0:
        return np.asarray(cv2.transform(cv2.absdiff(old, new), UNITS), np.uint8)
    ahead = Hull.around(old, None, radius).beyond(new)
    back = Hull.around(new, None, radius).beyond(old)
    return np.asarray(cv2.max(ahead, back), np.uint8)


def _level(apart: Map, lossy: bool, moves: bool) -> int:
    """Lab units from which on a pixel has changed by more than the shot's noise."""
    if not lossy:
        return 5 if moves else 2
    common = float(np.percentile(apart[1::3, 1::3], 80))
    return round(3 + 2 * common)


def _isolated(changed: Mask, apart: Map, now: Still, old: Map, lossy: bool) -> list[Change]:
    marked = changed.view(np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(marked, _SQUARE))
    reach = max(8, round(_NEAR * now.lab.shape[0] / 360))
    found = []
    table, sums = np.asarray(stats, np.int32), np.asarray(cv2.integral(marked), np.int32)
    for number in _candidates(table, sums, reach):
        left, top, width, height, _ = (int(edge) for edge in stats[number])
        window = top, left, top + height, left + width
        cut = np.s_[top : top + height, left : left + width]
        mask = (labels[cut] == number) & changed[cut]
        usual = float(np.median(apart[cut][mask]))
        dead = _is_dead(apart, window, usual, reach)
        if not is_quiet(apart, window, usual):
            continue
        if not dead and (lossy or not _stands_out(apart, window, usual)):
            continue
        window, mask = _tight(window, mask & (apart[cut] >= _RIM * usual))
        top, left, bottom, right = window
        cut = np.s_[top:bottom, left:right]
        change = _change(window, mask, old[cut], now, usual)
        if change is not None and not _is_elsewhere(change, changed, now):
            found.append(replace(change, dead=dead))
    return found if len(found) <= _MANY else []


def _candidates(stats: NDArray[np.int32], sums: NDArray[np.int32], reach: int) -> list[int]:
    """Components with little beside them; not those at the edge of a picture that moves."""

    def count(by: int) -> NDArray[np.int32]:
        left, top = stats[:, 0] - by, stats[:, 1] - by
        right, bottom = left + stats[:, 2] + 2 * by, top + stats[:, 3] + 2 * by
        left, right = (np.clip(edge, 0, sums.shape[1] - 1) for edge in (left, right))
        top, bottom = (np.clip(edge, 0, sums.shape[0] - 1) for edge in (top, bottom))
        total = sums[bottom, right] - sums[top, right] - sums[bottom, left] + sums[top, left]
        return np.asarray(total, np.int32)

    own, around = count(_OWN), count(reach)
    enough = (own >= _LEAST) & (around - own <= own + _LITTER)
    inside = (stats[:, 0] > 1) & (stats[:, 1] > 1)
    inside &= stats[:, 0] + stats[:, 2] < sums.shape[1] - 2
    inside &= stats[:, 1] + stats[:, 3] < sums.shape[0] - 2
    enough &= inside | (sums[-1, -1] - own < _CALM * sums.size)
    enough[0] = False
    numbers = np.flatnonzero(enough)
    return [int(number) for number in numbers[np.argsort(-own[numbers])][:_TRIED]]


def is_quiet(apart: Map, window: Window, usual: float, own: int | None = None) -> bool:
    """Whether around an area next to nothing has changed half as much as the area did.

    Args:
        apart: (h, w) Lab units, of a ``Passage``.
        window: of the area.
        usual: Lab units by which the area has changed.
        own: pixels that may change in its window and next to it; None: all.
    """
    reach = max(8, round(_NEAR * apart.shape[0] / 360))

    def count(by: int) -> int:
        top, left, bottom, right = window
        cut = np.s_[max(0, top - by) : max(0, bottom + by), max(0, left - by) : max(0, right + by)]
        return int(np.count_nonzero(apart[cut] >= max(2.0, _RIM * usual)))

    inner = count(_OWN)
    most = inner if own is None else own
    return count(reach) - most <= max(1, _STIRRED * inner)


def _is_dead(apart: Map, window: Window, usual: float, reach: int) -> bool:
    """Whether nothing but what compression stirs up with an area has changed around it."""
    top, left, bottom, right = window

    def count(by: int) -> int:
        cut = np.s_[max(0, top - by) : bottom + by, max(0, left - by) : right + by]
        return int(np.count_nonzero(apart[cut] >= max(_DEAD, _FAINT * usual)))

    return count(reach) <= count(2 * _OWN)


def _stands_out(apart: Map, window: Window, usual: float) -> bool:
    """Whether a change is much larger than the noise around it."""
    top, left, bottom, right = window
    by = 2 * _OWN
    wide = apart[max(0, top - by) : bottom + by, max(0, left - by) : right + by].copy()
    wide[min(top, _OWN) : -_OWN, min(left, _OWN) : -_OWN] = 0
    rim = wide[wide > 0]
    noise = float(np.percentile(rim, 90)) if len(rim) > 0.1 * wide.size else 0.0
    return usual >= _LOUDER * noise


def _is_elsewhere(change: Change, changed: Mask, now: Still) -> bool:
    """Whether other places take the same color at once: sparks, rain, something that moves."""
    others = changed.copy()
    top, left, bottom, right = change.window
    others[max(0, top - _OWN) : bottom + _OWN, max(0, left - _OWN) : right + _OWN] = False
    colors = now.lab[others]
    if len(colors) == 0:
        return False
    thinned = colors[:: -(-len(colors) // 4000)].astype(np.float32)
    own = (change.new * (2.55, 1, 1) + (0, 128, 128)).astype(np.float32)
    like = np.count_nonzero((np.abs(thinned - own) @ UNITS[0]) <= 4) * len(colors) / len(thinned)
    return bool(like >= max(3.0, 0.2 * change.mask.sum()))


def _tight(window: Window, mask: Mask) -> tuple[Window, Mask]:
    """A mask without its empty margins, and where it lies."""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    top, left, bottom, right = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    above, before = window[:2]
    inner = int(above + top), int(before + left), int(above + bottom), int(before + right)
    return inner, mask[top:bottom, left:right]


def _change(
    window: Window, mask: NDArray[np.bool_], old: Map, now: Still, usual: float
) -> Change | None:
    """A component that changed by one step, or a spot of one flat color; else None."""
    if not cv2.erode(mask.view(np.uint8), _CORE, borderValue=0).any():
        return None
    top, left, bottom, right = window
    core = cv2.erode(mask.view(np.uint8), _SQUARE, borderValue=0) > 0
    inner = core if core.sum() >= 0.3 * mask.sum() else mask
    earlier = old[inner].astype(np.float32)
    later = now.lab[top:bottom, left:right][inner].astype(np.float32)
    steps = (later - earlier) / (2.55, 1, 1)
    step = np.median(steps, axis=0)
    size = float(np.linalg.norm(step))
    spread = _spread(steps)
    if mask.sum() * now.view.scale**2 <= _SPOT:
        spread = min(spread, _spread(later / (2.55, 1, 1)), _spread(earlier / (2.55, 1, 1)))
    if spread > _UNIFORM * size + 0.7:
        return None
    before, after = lab_mean(earlier), lab_mean(later)
    value = float(delta_e(before[None], after[None])[0])
    return Change(window, mask, step.astype(np.float64), before, after, value, usual, False)


def _spread(colors: NDArray[np.floating]) -> float:
    """How far four in five colors lie from the middle one."""
    apart = np.linalg.norm(colors - np.median(colors, axis=0), axis=1)
    return float(np.percentile(apart, 80))
