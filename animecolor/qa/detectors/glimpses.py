"""What has one color before and after a drawing, and another in it, though things move.

Three drawings tell it without any source. A place that no motion explains, neither from the drawing
before nor from the one after, is looked for in both by what lies around it. Where both show the
same around it, and inside it both differ by one and the same step, it has been painted wrongly:
what moves through, opens or turns up differs from its ground by a step here and another there.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.qa.detectors.outliers import Hull
from animecolor.qa.detectors.sites import SPOT, Beside, Match, Site
from animecolor.qa.detectors.spots import Spot
from animecolor.qa.detectors.stills import Still

_LEAST = 3.0
"""ΔE of a glimpse."""
_NOISE = 90
"""Percentile of what motion leaves unexplained that is the noise of a drawing."""
_TRIED = 16
"""Places that are looked at, the largest."""
_FITS, _FITS_SPOT = 0.9, {False: 0.99, True: 0.95}
"""Share of what lies around a place, or a spot, that must look the same."""
_FITS_EVEN, _EVEN = 0.8, 0.1
"""The same of an area whose steps are as even as this share of them, plus half a Lab unit."""
_CLEAR = 10.0
"""Lab units of such a step."""
_FITS_FILM = 0.99
"""The same where the drawing is noisy."""
_SMEAR = {False: 0.0, True: 0.2}
"""Share of a step that compression carries over to what lies around."""
_FITS_HELD = 0.98
"""The same where only one of the two drawings tells it, as it is held."""
_HELD = 0.5
"""Share of a place's pixels that differ elsewhere where the same drawing is held."""
_UNIFORM = {False: 0.15, True: 0.25}
"""How far four in five steps lie from the middle one, as a share of it, plus half a Lab unit."""
_AGREE = 0.1
"""The same for the steps from the two drawings beside it."""
_STEADY = 3.0
"""ΔE that the ground may change from the one to the other."""
_COLOR = {False: 2.0, True: 4.0}
"""Lab units within which two places have one color."""
_TURNS_UP = {False: 2.0, True: 12.0}
"""The same of sparks of one color, which compression tints each in its own way."""
_NOVEL = 0.2
"""Share of a place that may have its color thereabouts in a drawing where it is new."""
_LOUDER = 8.0
"""How many times the noise a step must be."""
_MANY = 8
"""Glimpses of one drawing beyond which it is the drawing that is new."""
_ELSEWHERE = 0.2
"""Share of a place by which others turn up in its color: sparks, rain, lines of speed."""
_PIXELS = 4
"""Pixels of a place."""
_FILLED = 0.35
"""Share of the rectangle around a spot that it fills."""
_EDGE = 2
"""Pixels of the picture's edge, where what moves in is seen in part."""
_NEAR = 16
"""Pixels around a place where next to nothing may have changed half as much."""
_STIRRED = 0.1
"""Share of its own pixels that may."""
_PLAIN, _DEVIATION = 0.7, 0.35
"""Share of what lies around a spot that is plain, and the share of a step that it may vary by."""
_SQUARE = np.ones((3, 3), np.uint8)
_DOT = np.ones((2, 2), np.uint8)
"""What the smallest place holds; what is thinner is an edge that moved."""
_ZERO = np.array([0, 128, 128])

Map = NDArray[np.uint8]
Mask = NDArray[np.bool_]


def glimpses(now: Still, beside: Sequence[Beside], lossy: bool) -> list[Spot]:
    """Places of another color than in the drawings beside.

    Args:
        now: the drawing.
        beside: the one before it and the one after it.
        lossy: whether pictures are restless by themselves.
    """
    hulls = [Hull.around(each.still.lab, None, 1).beyond(now.lab) for each in beside]
    apart = _unexplained(now, beside, hulls)
    noise = float(np.percentile(apart[1::3, 1::3], _NOISE))
    level = 3 + 2 * noise
    stirred = [int(np.count_nonzero(hull >= level)) for hull in hulls]
    marked = cv2.erode((apart >= level).view(np.uint8), _DOT, borderValue=0)
    if not marked.any():
        return []
    # An even square has no middle: what it takes away on one side it gives back on the other.
    opened: Map = np.asarray(cv2.dilate(marked, _DOT, anchor=(0, 0)), np.uint8)
    _, labels, stats, _ = cv2.connectedComponentsWithStats(cv2.dilate(opened, _SQUARE))
    inside = opened > 0
    weights = np.bincount(labels[inside], apart[inside].astype(np.float64) ** 2, len(stats))
    found = []
    # Number 0 is what is not marked, and weighs nothing.
    for number in np.argsort(-weights, kind="stable")[: min(_TRIED, len(stats) - 1)]:
        left, top, wide, tall, _ = (int(edge) for edge in stats[number])
        cut = np.s_[top : top + tall, left : left + wide]
        spot = None
        for mask in _parts((labels[cut] == number) & inside[cut], apart[cut]):
            site = Site.of(now, (top, left), mask)
            spot = _judged(site, beside, stirred, lossy, noise)
            if spot is not None:
                break
        if spot is None or _is_elsewhere(site, opened, _TURNS_UP[lossy]):
            continue
        if _is_calm(spot, apart):
            found.append(spot)
    return found if len(found) <= _MANY else []


def _parts(mask: Mask, apart: Map) -> list[Mask]:
    """A place as a whole, the part that has changed like most of it, and the most changed part.

    Compression smears the rim of a spot, and what moves beside an area clings to it.
    """
    values = apart[mask]
    strong = mask & (apart >= 0.5 * float(np.partition(values, -4)[-4]))
    if len(values) <= SPOT:
        return [strong]
    usual = float(np.median(values))
    typical = mask & (apart >= 0.6 * usual) & (apart <= 1.5 * usual)
    return [part for part in (mask, typical, strong) if np.count_nonzero(part) >= _PIXELS]


def _unexplained(now: Still, beside: Sequence[Beside], hulls: Sequence[Map]) -> Map:
    """(h, w) Lab units by which a pixel leaves all that rest, and motion, lead to."""
    apart = cv2.min(*hulls)
    if apart.any():
        for each in beside:
            if each.way is not None:
                apart = cv2.min(apart, Hull.around(each.still.lab, each.way, 1).beyond(now.lab))
    return np.asarray(apart, np.uint8)


def _judged(
    site: Site, beside: Sequence[Beside], stirred: Sequence[int], lossy: bool, noise: float
) -> Spot | None:
    """What a place is told as; None where it may be anything but a fault.

    Args:
        site: the place.
        beside: the two drawings.
        stirred: pixels that differ from each of them at rest.
        lossy: whether pictures are restless by themselves.
        noise: Lab units that this leaves unexplained.
    """
    spot = np.count_nonzero(site.mask) <= SPOT
    # In film, where much stays unexplained, nothing less than all around it tells.
    fits = _FITS_FILM if noise else _FITS_SPOT[lossy] if spot else _FITS
    matches = [site.found_in(each, _SMEAR[lossy]) for each in beside]
    if not spot and not noise:
        for number, match in enumerate(matches):
            if match is None or match.fit < fits:
                again = site.searched_in(beside[number], _SMEAR[lossy])
                matches[number] = match if again is None else again
    sound = [
        match for match in matches if match is not None and _is_sound(match, fits, lossy, noise)
    ]
    if not sound:
        return None
    if spot and not (_is_compact(site) and _lies_plainly(site, sound[0])):
        return None
    if len(sound) == 2:
        if not _agree(*sound):
            return None
    else:
        which = matches.index(sound[0])
        area = np.count_nonzero(site.mask)
        held = stirred[which] - area <= max(_HELD * area, 1e-3 * site.still.lab[..., 0].size)
        if not held or sound[0].fit < _FITS_HELD or sound[0].shift != (0, 0):
            return None
        if not _is_new(site, beside[1 - which], sound[0], lossy):
            return None
    if any(_moved(site, each, match, lossy) for each, match in zip(beside, matches, strict=True)):
        return None
    color = site.colors.mean(axis=0) - _ZERO
    grounds = np.stack([match.ground - _ZERO for match in sound])
    value = float(delta_e(np.repeat(color[None], len(grounds), axis=0), grounds).min())
    if value < _LEAST:
        return None
    rows, columns = np.nonzero(site.mask)
    rows, columns = rows + site.top, columns + site.left
    window = int(rows.min()), int(columns.min()), int(rows.max()) + 1, int(columns.max()) + 1
    pixels = len(rows)
    return Spot(window, pixels, pixels * value, value, color, grounds.mean(axis=0), (rows, columns))


def _is_sound(match: Match, fits: float, lossy: bool, noise: float) -> bool:
    """Whether a drawing has the same place in another color."""
    size = float(np.linalg.norm(match.step))
    if fits == _FITS and size >= _CLEAR and match.uneven <= _EVEN * size + 0.5:
        fits = _FITS_EVEN
    if match.fit < fits or size < _LOUDER * noise + 2:
        return False
    return match.uneven <= _UNIFORM[lossy] * size + 0.5


def _agree(one: Match, other: Match) -> bool:
    """Whether two drawings have the same place in the same color."""
    size = float(np.linalg.norm(one.step + other.step)) / 2
    if float(np.linalg.norm(one.step - other.step)) > _AGREE * size + 1:
        return False
    pair = np.stack([one.ground - _ZERO, other.ground - _ZERO])
    return float(delta_e(pair[:1], pair[1:])[0]) <= _STEADY


def _is_new(site: Site, beside: Beside, match: Match, lossy: bool) -> bool:
    """Whether a drawing in which a place is not found has its other color, and not its own."""
    within = _COLOR[lossy]
    if site.share(beside.still, within) > _NOVEL:
        return False
    return site.share(beside.still, within, match.ground) >= 0.5


def _is_compact(site: Site) -> bool:
    """Whether a spot is one, and lies in the picture: what an edge leaves behind is thin."""
    rows, columns = np.nonzero(site.mask)
    box = (int(np.ptp(rows)) + 1) * (int(np.ptp(columns)) + 1)
    if (
        len(rows) < _FILLED * box
        or not cv2.erode(site.mask.view(np.uint8), _DOT, borderValue=0).any()
    ):
        return False
    height, width = site.still.lab.shape[:2]
    top, left = site.top + int(rows.min()), site.left + int(columns.min())
    bottom, right = site.top + int(rows.max()) + 1, site.left + int(columns.max()) + 1
    return bool(min(top, left, height - bottom, width - right) >= _EDGE)


def _lies_plainly(site: Site, match: Match) -> bool:
    """Whether what lies around a spot is of one paint."""
    apart = np.linalg.norm(site.around - match.ground, axis=1)
    least = max(2.0, _DEVIATION * float(np.linalg.norm(match.step)))
    return float((apart <= least).mean()) >= _PLAIN


def _is_calm(spot: Spot, apart: Map) -> bool:
    """Whether next to nothing around a place has changed half as much."""
    half = 0.5 * float(np.median(apart[spot.at]))

    def count(by: int) -> int:
        top, left, bottom, right = spot.window
        cut = np.s_[max(0, top - by) : bottom + by, max(0, left - by) : right + by]
        return int(np.count_nonzero(apart[cut] >= half))

    return count(_NEAR) - count(2) <= max(1.0, _STIRRED * spot.area)


def _is_elsewhere(site: Site, marked: Map, within: float) -> bool:
    """Whether other places of a drawing turn up in the same color at once."""
    others = marked > 0
    rows, columns = site.mask.shape
    others[site.top : site.top + rows, site.left : site.left + columns] = False
    colors = site.still.lab[others][::4] * np.array([1 / 2.55, 1, 1], np.float32)
    if len(colors) == 0:
        return False
    like = np.linalg.norm(colors - np.median(site.colors, axis=0), axis=1) <= within
    return 4 * int(np.count_nonzero(like)) >= max(4.0, _ELSEWHERE * np.count_nonzero(site.mask))


def _moved(site: Site, beside: Beside, match: Match | None, lossy: bool) -> bool:
    """Whether a drawing beside has as many spots like it thereabouts, one of which has left."""
    within, shift = _COLOR[lossy], (0, 0) if match is None else match.shift
    if site.pieces(beside.still, within) < max(1, site.pieces(site.still, within)):
        return False
    return site.has_left(beside.still, within, shift)
