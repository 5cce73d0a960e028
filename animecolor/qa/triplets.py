"""The frames around a sighting, as an inspector flips through them, and where they differ."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.qa.measurement import MOST_PICTURED
from animecolor.qa.sighting import Box, Check, Sighting, Triplet
from animecolor.qa.view import Picture, View
from animecolor.stages.sizing import shrink

WIDEST = 480
"""Columns of a picture."""
_KEPT = 32
"""Frames that are remembered: sightings are told a few frames late."""
_FULL = 40.0
"""CIE76 difference that is drawn in full heat."""
_EACH = MOST_PICTURED // 6
"""Triplets of one check while others want pictures too."""
_TAKEN = 3 * MOST_PICTURED // 2
"""Triplets in memory, a megabyte each; some turn out to be of sightings that are not kept."""


@dataclass(frozen=True, slots=True, eq=False)
class _Small:
    index: int
    shot: int
    rgb: Picture
    scale: float
    """Native pixels to a pixel."""


class Album:
    """Takes pictures of the worst sightings while their frames are still in memory."""

    def __init__(self) -> None:
        self._frames: deque[_Small] = deque(maxlen=_KEPT)
        self._waiting: list[Sighting] = []
        self._taken: dict[Sighting, Triplet] = {}

    def see(self, view: View) -> None:
        """Remember a frame; those that waited for it as their t+1 are pictured."""
        height, width = view.rgb.shape[:2]
        columns = min(WIDEST, width)
        small = shrink(view.rgb, (max(1, round(height * columns / width)), columns))
        scale = view.scale * width / columns
        self._frames.append(_Small(view.index, view.shot, np.asarray(small, np.uint8), scale))
        self._develop(view.index)

    def want(self, sighting: Sighting) -> None:
        """A sighting that may be pictured; its frames are needed before they are forgotten."""
        self._waiting.append(sighting)
        if self._frames:
            self._develop(self._frames[-1].index)

    def finish(self, kept: tuple[Sighting, ...]) -> dict[Sighting, Triplet]:
        """The pictures of sightings that were kept in the end, the worst of each check first."""
        self._develop(None)
        known = set(kept)
        ranked: dict[Check, list[Sighting]] = {}
        for sighting in sorted(self._taken, key=lambda s: -s.value):
            if sighting in known:
                ranked.setdefault(sighting.check, []).append(sighting)
        chosen = [s for of_check in ranked.values() for s in of_check[:_EACH]]
        rest = [s for of_check in ranked.values() for s in of_check[_EACH:]]
        chosen = (chosen + sorted(rest, key=lambda s: -s.value))[:MOST_PICTURED]
        return {sighting: _heated(self._taken[sighting]) for sighting in chosen}

    def _develop(self, newest: int | None) -> None:
        """Picture what waits and has its next frame (or will have none)."""
        later = []
        for sighting in self._waiting:
            middle = sighting.first if sighting.worst is None else sighting.worst
            if newest is not None and newest <= middle:
                later.append(sighting)
            elif (triplet := self._triplet(sighting, middle)) is not None:
                self._keep(sighting, triplet)
        self._waiting = later

    def _keep(self, sighting: Sighting, triplet: Triplet) -> None:
        """Take it in; of the checks that have more than their share the least one has to go."""
        self._taken[sighting] = triplet
        if len(self._taken) <= _TAKEN:
            return
        of_check = Counter(taken.check for taken in self._taken)
        many = {check for check, count in of_check.items() if count > _EACH}
        rivals = [taken for taken in self._taken if not many or taken.check in many]
        del self._taken[min(rivals, key=lambda taken: taken.value)]

    def _triplet(self, sighting: Sighting, middle: int) -> Triplet | None:
        around = {frame.index: frame for frame in self._frames if abs(frame.index - middle) <= 1}
        now = around.get(middle)
        if now is None:
            return None
        sides = [
            frame.rgb
            if (frame := around.get(index)) is not None and frame.shot == now.shot
            else None
            for index in (middle - 1, middle + 1)
        ]
        box = None if sighting.box is None else _shrunk(sighting.box, now.scale, now.rgb.shape)
        return Triplet(middle, (sides[0], now.rgb, sides[1]), box)


def _heated(taken: Triplet) -> Triplet:
    """With its heat map, which only those that are chosen need."""
    before, now, after = taken.pictures
    assert now is not None
    heat = heat_map(now, [side for side in (before, after) if side is not None])
    return replace(taken, pictures=(before, now, after, heat))


def heat_map(now: Picture, others: list[Picture]) -> Picture:
    """How far a frame leaves the ones beside it, laid in heat over its dimmed grey.

    Args:
        now: (h, w, 3) uint8 sRGB.
        others: pictures of the same size; the heat is the least difference (CIE76) from them.

    Returns:
        (h, w, 3) uint8 sRGB.
    """
    gray = cv2.cvtColor(cv2.cvtColor(now, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    if not others:
        return np.asarray(gray // 2, np.uint8)
    lab = _lab(now)
    apart = [np.linalg.norm(lab - _lab(other), axis=2) for other in others]
    heat = cv2.blur(np.minimum.reduce(apart).astype(np.float32), (3, 3)) / _FULL
    level = np.asarray(255 * np.clip(heat, 0, 1), np.uint8)
    colored = cv2.cvtColor(cv2.applyColorMap(level, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    weight = np.clip(2 * heat, 0, 1)[..., None]
    return np.asarray(weight * colored + (1 - weight) * (gray // 2), np.uint8)


def _lab(picture: Picture) -> NDArray[np.float32]:
    unit = picture.astype(np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2Lab), np.float32)


def _shrunk(box: Box, scale: float, shape: tuple[int, ...]) -> Box:
    """The box in pixels of the small picture, at least one pixel and inside it."""
    top, left = (
        min(int(edge / scale), side - 1)
        for edge, side in zip((box.top, box.left), shape, strict=False)
    )
    bottom = min(max(top + 1, -int(-box.bottom // scale)), shape[0])
    right = min(max(left + 1, -int(-box.right // scale)), shape[1])
    return Box(top, left, bottom, right)
