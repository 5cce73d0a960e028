"""Spots and areas that have another color in one drawing than before and after it."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.flow import Flow
from animecolor.qa.detectors.matter import Neighbor, Window, has_left, lies_in, nearest, seen_from
from animecolor.qa.detectors.outliers import Hull
from animecolor.qa.detectors.remember import remembered
from animecolor.qa.detectors.stills import Still
from animecolor.qa.motion import fast_flow, grid, pulled, small

Map = NDArray[np.uint8]

FAINT = 3
"""Lab units beyond the hull from which on a pixel may belong to a spot."""
LEAST = 20.0
"""Sum of these units over its pixels that a spot needs."""
_MOST = 25
"""Spots of one drawing that are looked at, the strongest first."""
_ASKED = 48
"""Pixels of a spot whose colors are looked for elsewhere."""
_NEAR = 5
"""Pixels within which the edge of a moving area may have been missed by the flow."""
_MOVED = 6
"""Levels by which the source leaves its own hull where it shows something new."""
_STEADY = 8
"""Levels within which a grey source shows the same thing as before."""
_OUTLINE = 0.15
"""Share of a spot's rim that is newly drawn where the area itself has moved."""
_INK = 200
"""Level of a line drawing below which a pixel is ink: it is not paint that makes it new."""
_TINT = 40
"""Native pixels that a spot needs which only its tint tells: chroma is coded coarsely."""
_OWN_ROWS = 180
"""Rows at which the result's own motion is measured: hulls make up for a pixel or two."""
_RESTING = 10
"""Reach of a place where nothing moves by more than a pixel."""
_FILLED = 0.2
"""Share of the rectangle around a spot that it fills."""
_BUSY = 0.002
"""Share of new pixels from which on a picture moves in ways that its lines do not tell."""
_SQUARE = np.ones((3, 3), np.uint8)
_WIDE = np.ones((5, 5), np.uint8)
_CHROMA = np.array([[0, 1, 1]], np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """Something that its neighbours in time do not explain; sizes in pixels of the view."""

    window: Window
    area: int
    weight: float
    """Sum of Lab units beyond explanation over its pixels."""
    value: float
    """CIEDE2000 of its mean color and of what was expected."""
    found: NDArray[np.float64]
    """(3,) CIE Lab."""
    expected: NDArray[np.float64]
    """(3,) CIE Lab, from the neighbours."""
    at: tuple[NDArray[np.intp], NDArray[np.intp]]
    """Rows and columns of some of its pixels."""
    beside_new: float = 0.0
    """Share of its rim that the source has newly drawn, where only that tells what moves."""


def find(
    now: Still,
    beside: list[Neighbor],
    kind: str | None,
    lossy: bool = False,
    least: int = 1,
    most: int = _MOST,
) -> list[Spot]:
    """Spots of one drawing, the strongest first.

    Args:
        now: the drawing.
        beside: two others of its shot, before and after it where there are.
        kind: what the source is; None without one.
        lossy: whether still pictures are restless by themselves.
        least: pixels of the view that a spot has.
        most: spots beyond which no more are looked for.
    """
    scene = _Scene(now, beside, kind, lossy)
    marked = (scene.map >= FAINT).view(np.uint8)
    if not marked.any():
        return []
    count, labels, stats, _ = cv2.connectedComponentsWithStats(
        cv2.dilate(marked, _SQUARE), connectivity=8
    )
    strength = np.bincount(labels[marked > 0], scene.map[marked > 0], count)
    spots = []
    for number in np.argsort(-strength)[:_MOST]:
        if strength[number] < LEAST:
            break
        if stats[number][4] < least:
            continue
        left, top, width, height = (int(edge) for edge in stats[number][:4])
        window = top, left, top + height, left + width
        cut = np.s_[top : top + height, left : left + width]
        spot = scene.judge(window, (labels[cut] == number) & (marked[cut] > 0))
        if spot is not None:
            spots.append(spot)
        if len(spots) > most:
            break
    return spots


class _Scene:
    """A drawing, its neighbours, and where it leaves their range."""

    def __init__(self, now: Still, beside: list[Neighbor], kind: str | None, lossy: bool) -> None:
        self.now = now
        self.beside = beside
        self.others = beside[:1] if beside[0] is beside[1] else beside
        """Each but once."""
        self.moved = any(neighbor.to is not None for neighbor in beside)
        first, second = (neighbor.still.first > now.first for neighbor in beside)
        self.one_sided = first == second
        self.kept = kind in ("gray", "color")
        radius = 2 if self.moved else int(lossy)
        self.fresh: Map | None = None
        """Where the source is new."""
        self.luma: Map | None = None
        """Where luma leaves that of the source, in units of L*."""
        lines = None
        if now.gray is not None:
            lines = [n.still.gray for n in beside if n.still.gray is not None]
            self.fresh = _range(lines, [n.to for n in beside], radius).beyond(now.gray)
        drawn = None
        if self.fresh is not None and not self.kept:
            assert now.gray is not None
            drawn = (cv2.dilate(self.fresh, _SQUARE) > _MOVED) | (now.gray < _INK)
        for neighbor in self.others:
            if neighbor.to is not None:
                edge = _beyond_edge(neighbor.to)
                drawn = edge if drawn is None else drawn | edge
        self.map = self._novel(radius, drawn)
        if self.kept and lines is not None and now.gray is not None:
            self._trust_luma(lines, now.gray)
            if drawn is not None:
                self.map[drawn] = 0

    def _novel(self, radius: int, drawn: NDArray[np.bool_] | None) -> Map:
        """The least novelty under every motion that the drawing may have made; none where what
        was drawn or entered the picture explains it.
        """
        pictures = [n.still.lab for n in self.beside]
        units = _CHROMA if self.kept else None
        novel = _range(pictures, [n.to for n in self.beside], radius).beyond(self.now.lab, units)
        busy = np.count_nonzero(novel) > _BUSY * novel.size
        if drawn is not None:
            novel[drawn] = 0
        if self.moved:
            beyond = _range(pictures, [None] * len(pictures), 2).beyond(self.now.lab, units)
            novel = np.asarray(cv2.min(novel, beyond), np.uint8)
        lined = self.now.gray is not None and not self.kept
        if lined and busy and int(novel.max()) >= FAINT:
            # Lines do not tell how what they leave out moves: clouds, hills, a pan below.
            own: list[Flow | None] = [_flow(self.now, n.still) for n in self.beside]
            beyond = _range(pictures, own, 2).beyond(self.now.lab, units)
            novel = np.asarray(cv2.min(novel, beyond), np.uint8)
        return novel

    def _trust_luma(self, lines: list[Map], gray: Map) -> None:
        """Chroma is judged where the grey source shows the same as before, luma everywhere."""
        unlike = np.zeros_like(gray)
        for line, neighbor in zip(lines, self.beside, strict=True):
            unlike = np.asarray(cv2.max(unlike, cv2.absdiff(gray, pulled(line, neighbor.to))))
        self.map[cv2.dilate(cv2.blur(unlike, (3, 3)), _WIDE) > _STEADY] = 0
        here = _departure(self.now.luma, gray)
        there = [_departure(n.still.luma, line) for n, line in zip(self.beside, lines, strict=True)]
        beyond = _range(there, [n.to for n in self.beside], 1 if self.moved else 0).beyond(here)
        least = cv2.min(beyond, cv2.absdiff(self.now.luma, gray))
        self.luma = np.asarray(cv2.convertScaleAbs(least, alpha=1 / 2.55), np.uint8)
        self.map = np.asarray(cv2.max(self.map, self.luma), np.uint8)

    def judge(self, window: Window, mask: NDArray[np.bool_]) -> Spot | None:
        """What is left of a spot when all that moved is taken away; None where nothing is."""
        if not self._is_solid(mask, 1.0):
            return None
        rows, columns = np.nonzero(mask)
        rows, columns = rows + window[0], columns + window[1]
        area = len(rows)
        asked = np.linspace(0, area - 1, min(area, _ASKED)).astype(np.intp)
        at = rows[asked], columns[asked]
        colors = self.now.lab[at].astype(np.float32)
        departs = self.luma is not None and float(self.luma[rows, columns].mean()) >= 2
        if self.luma is not None and departs:
            apart = self.luma[at].astype(np.float32)
        else:
            apart = self._unexplained(window, mask, at, colors)
        left = apart >= FAINT if self.luma is None else apart > 0
        if self.kept and not departs and area * self.now.view.scale**2 < _TINT:
            return None
        if not self._is_solid(mask, float(left.mean())):
            return None
        weight = float(apart[left].sum()) * area / len(asked)
        if weight < LEAST:
            return None
        strong = left & (apart >= 0.5 * apart.max())
        core = at[0][strong], at[1][strong]
        found = lab_mean(colors[strong])
        there = [seen_from(core, n) for n in self.beside]
        expected = np.mean([lab_mean(colors) for colors in there], axis=0)
        new = 0.0 if departs else self._newly_drawn(window, mask)
        value = float(delta_e(found[None], expected[None])[0])
        share = float(left.mean())
        return Spot(window, max(1, round(area * share)), weight, value, found, expected, core, new)

    def _is_solid(self, mask: NDArray[np.bool_], share: float) -> bool:
        """A spot of paint has a core and fills its place; what edges leave over is frayed."""
        if self.now.view.scale < 1.5:
            core = cv2.erode(mask.view(np.uint8), np.ones((2, 2), np.uint8), borderValue=0)
            if not core.any():
                return False
        return float(mask.mean()) * share >= _FILLED

    def _unexplained(
        self,
        window: Window,
        mask: NDArray[np.bool_],
        at: tuple[NDArray[np.intp], NDArray[np.intp]],
        colors: NDArray[np.float32],
    ) -> NDArray[np.float32]:
        """(N,) how far each pixel asked is from everything that may have moved there."""
        radius = _NEAR if self.moved else 1
        apart = np.minimum.reduce([nearest(colors, at, n, radius) for n in self.others])
        left = np.flatnonzero(apart >= FAINT)
        if len(left) and self.moved:
            reach = self._reach(window)
            around = _grown(window, reach, self.map.shape)
            least = max(3.0, 0.15 * float(mask.sum()))
            explained = np.zeros(len(left), np.bool_)
            # Without a drawing on either side, less is known of where things come from.
            newly = self.one_sided or self._newly_drawn(window, mask) > _OUTLINE
            for beside in self.others:
                if newly:
                    explained |= lies_in(colors[left], beside, around, least)
                else:
                    explained |= has_left(colors[left], self.now, beside, around, least)
            apart[left[explained]] = 0
        return np.asarray(apart, np.float32)

    def _reach(self, window: Window) -> int:
        """How far what is here may have come: a little more than the motion around it."""
        top, left, bottom, right = _grown(window, 32, self.map.shape)
        most = 0.0
        for beside in self.others:
            if beside.to is not None:
                most = max(most, float(np.abs(beside.to[top:bottom:4, left:right:4]).max()))
        return round(min(96.0, 8 + 2 * most))

    def _newly_drawn(self, window: Window, mask: NDArray[np.bool_]) -> float:
        """Share of the spot's rim where the source is new; all or none of it where there is no
        source to tell but the motion around it.
        """
        if self.fresh is None:
            return float(self.moved and (self.one_sided or self._reach(window) > _RESTING))
        top, left, bottom, right = _grown(window, 5, self.map.shape)
        large = np.zeros((bottom - top, right - left), np.uint8)
        row, column = window[0] - top, window[1] - left
        large[row : row + mask.shape[0], column : column + mask.shape[1]] = mask
        rim = cv2.dilate(large, _WIDE) > large
        fresh = cv2.dilate(self.fresh[top:bottom, left:right], _WIDE) > _MOVED
        return float(fresh[rim].mean())


def _range(pictures: list[Map], ways: list[Flow | None], radius: int) -> Hull:
    hull = Hull.around(pictures[0], ways[0], radius)
    if pictures[0] is pictures[1] and ways[0] is ways[1]:
        return hull
    return hull.joined(Hull.around(pictures[1], ways[1], radius))


def _flow(now: Still, other: Still) -> Flow:
    """The motion of the result itself, measured once for each two drawings."""
    if other.first not in now.own:
        first, second = small(now.luma, _OWN_ROWS), small(other.luma, _OWN_ROWS)
        now.own[other.first] = fast_flow(first, second, now.luma.shape)
    return now.own[other.first]


@remembered(2)
def _beyond_edge(way: Flow) -> NDArray[np.bool_]:
    """(h, w) where the motion comes from outside the picture: nothing is known of it.

    Only motion of half a pixel and more comes from anywhere.
    """
    height, width = way.shape[:2]
    points = grid(way.shape[:2]) + way
    inside = cv2.inRange(points, (1.0, 1.0), (width - 2.0, height - 2.0))
    resting = cv2.inRange(way, (-0.5, -0.5), (0.5, 0.5))
    return np.asarray(cv2.bitwise_or(inside, resting) == 0, np.bool_)


def _departure(luma: Map, gray: Map) -> Map:
    return np.asarray(cv2.addWeighted(luma, 1, gray, -1, 128), np.uint8)


def _grown(window: Window, by: int, shape: tuple[int, ...]) -> Window:
    top, left, bottom, right = window
    return (
        max(0, top - by),
        max(0, left - by),
        min(shape[0], bottom + by),
        min(shape[1], right + by),
    )


def lab_mean(colors: NDArray[np.float32]) -> NDArray[np.float64]:
    """(N, 3) 8-bit Lab -> (3,) mean CIE Lab."""
    return np.asarray((colors.mean(0) - (0, 128, 128)) / (2.55, 1, 1), np.float64)
