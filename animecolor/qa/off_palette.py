"""Areas of a color that the palette lacks, and placeholders that were not replaced."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.qa import steps
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.sighting import Box, Check
from animecolor.qa.spell import Mark, Spell
from animecolor.qa.swatch_table import Kind, SwatchTable
from animecolor.qa.view import Step, View

_FLAT_EXACT, _FLAT_LOSSY = 0, 6
"""Levels by which a flat color varies within 3 x 3 pixels."""
_LEAST_EXACT, _LEAST_LOSSY = 12, 16
"""Pixels of an area, less its rim, from which on it is told."""
_BAND = 3
"""Levels between the bands of a gradient that was not compressed."""
_BANDED = 0.15
"""Share of its pixels that lie beside such a step in one of a gradient's bands."""
_FREQUENT = 0.34
"""Share that a compressed area's color has of it; a gradient's or a texture's has less."""
_MOST_AREAS = 16
"""Areas of a frame that are followed, the largest."""
_INK_BELOW = 240
"""Level of a drawing below which a pixel is part of a line."""
_SQUARE = np.ones((3, 3), np.uint8)
_REACH = np.ones((7, 7), np.uint8)

Name = tuple[Kind, int]
"""What is wrong, and the color."""


class OffPalette:
    """OFF_PALETTE, TEMPORARY_COLOR and the column ``off_palette``.

    Only flat paint is judged: antialiased rims, gradients and painted backgrounds have colors of
    their own by right, and ink is black whatever the palette says.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._palette = setting.request.palette is not None
        self._lossy = setting.lossy
        self._drawn = setting.source_kind == "line"
        request = setting.request
        self._table = SwatchTable(request.palette, setting.lossy, request.temporary)
        self._spells: dict[Name, Spell] = {}

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._look(step.now)

    def end(self) -> None:
        """The shot has ended."""
        for spell in self._spells.values():
            spell.end()
        self._spells.clear()

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _look(self, view: View) -> None:
        spread = _spread(view)
        flat = spread <= (_FLAT_LOSSY if self._lossy else _FLAT_EXACT)
        if self._drawn and view.source is not None:
            flat &= cv2.erode(steps.source_gray(view), _SQUARE) >= _INK_BELOW
        keys = self._table.keys(view.rgb) * flat  # 0 is black, which is allowed
        kinds = self._table.kinds(keys)
        wrong = kinds >= Kind.OFF
        areas: dict[Name, Mark] = {}
        share = 0.0
        if np.count_nonzero(wrong) >= self._least:
            soft = self._soft(spread)
            _, labels, stats, _ = cv2.connectedComponentsWithStats(wrong.view(np.uint8))
            areas, pixels = self._areas(view, keys, _Parts(labels, stats, soft))
            share = pixels / max(np.count_nonzero(flat), 1)
        if self._palette:
            self._notes.number(view.index, "off_palette", 100 * share)
        self._tell(view, areas)

    @property
    def _least(self) -> int:
        return _LEAST_LOSSY if self._lossy else _LEAST_EXACT

    def _soft(self, spread: NDArray[np.uint8]) -> NDArray[np.bool_]:
        """(h, w) pixels beside a step that only a gradient has; compression blurs such steps."""
        if self._lossy:
            return np.zeros(spread.shape, np.bool_)
        steps = ((spread > 0) & (spread <= _BAND)).view(np.uint8)
        return cv2.dilate(steps, _REACH).view(np.bool_)

    def _areas(
        self, view: View, keys: NDArray[np.uint32], parts: _Parts
    ) -> tuple[dict[Name, Mark], int]:
        """Wrong areas, the largest of each kind and color; and the pixels of all."""
        found: dict[Name, Mark] = {}
        pixels = 0
        for number in parts.largest(self._least):
            left, top, wide, tall, size = (int(value) for value in parts.stats[number])
            part = slice(top, top + tall), slice(left, left + wide)
            inside = keys[part][parts.labels[part] == number]
            colors, counts = np.unique(inside, return_counts=True)
            if counts.max() < _FREQUENT * size:
                continue
            key = int(colors[counts.argmax()])
            kind = Kind(int(self._table.kinds(np.array([key], np.uint32))[0]))
            pixels += size if kind is Kind.OFF else 0
            mark = self._mark(view, kind, (top, left, tall, wide), size, key)
            known = found.get((kind, key))
            if known is None or known.area < mark.area:
                found[kind, key] = mark
        return found, pixels

    def _mark(
        self, view: View, kind: Kind, place: tuple[int, int, int, int], size: int, key: int
    ) -> Mark:
        rgb = self._table.color(key)
        swatch, apart = self._table.nearest(rgb)
        # Flat pixels lack the area's rim of one pixel.
        top, left, tall, wide = place
        box = Box(
            round(max(top - 1, 0) * view.scale),
            round(max(left - 1, 0) * view.scale),
            round(min(top + tall + 1, view.rgb.shape[0]) * view.scale),
            round(min(left + wide + 1, view.rgb.shape[1]) * view.scale),
        )
        rim = 2 * (tall + wide) + 4
        area = round(min(size + rim, (tall + 2) * (wide + 2)) * view.scale**2)
        value = float(area) if kind is Kind.TEMPORARY else apart
        expected = "" if swatch is None else swatch.hex
        return Mark(value, area, box, "#{:02x}{:02x}{:02x}".format(*rgb), expected)

    def _tell(self, view: View, areas: dict[Name, Mark]) -> None:
        for name, mark in areas.items():
            if name not in self._spells:
                check = Check.TEMPORARY_COLOR if name[0] is Kind.TEMPORARY else Check.OFF_PALETTE
                self._spells[name] = Spell(check, self._notes)
            self._spells[name].push(view.shot, view.index, mark)
        for name in [name for name in self._spells if name not in areas]:
            self._spells.pop(name).end()


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """Connected pixels of wrong colors."""

    labels: NDArray[np.int32]
    stats: NDArray[np.int32]
    soft: NDArray[np.bool_]

    def largest(self, least: int) -> list[int]:
        """Numbers of the largest parts that are no bands of a gradient, the largest first."""
        sizes = self.stats[:, cv2.CC_STAT_AREA].copy()
        sizes[0] = 0
        if self.soft.any():
            banded = np.bincount(self.labels[self.soft], minlength=len(sizes))
            sizes[banded > _BANDED * sizes] = 0
        order = np.argsort(-sizes, kind="stable")[:_MOST_AREAS]
        return [int(number) for number in order if sizes[number] >= least]


def _spread(view: View) -> NDArray[np.uint8]:
    """(h, w) levels between the extremes of the 3 x 3 neighborhood; 255 where it is not opaque."""
    between = cv2.subtract(cv2.dilate(view.rgb, _SQUARE), cv2.erode(view.rgb, _SQUARE))
    red, green, blue = cv2.split(between)
    spread = np.asarray(cv2.max(cv2.max(red, green), blue), np.uint8)
    if view.alpha is not None:
        spread[cv2.erode(view.alpha, _SQUARE) < 255] = 255
    return spread
