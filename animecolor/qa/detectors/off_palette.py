"""Areas of a color that the palette lacks, and placeholders that were not replaced."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors import steps
from animecolor.qa.detectors.patches import Patch, flat_part, placeholders, wrong_patches
from animecolor.qa.detectors.spell import Mark, Spell
from animecolor.qa.detectors.swatch_table import Kind, SwatchTable
from animecolor.qa.sighting import Box, Check
from animecolor.qa.view import Step, View

_INK_BELOW = 240
"""Level of a drawing below which a pixel is part of a line."""
_SAME_LOSSY = 12
"""Levels by which compression moves a color from one frame to the next."""
_SQUARE = np.ones((3, 3), np.uint8)


@dataclass(slots=True, eq=False)
class _Followed:
    """An area from frame to frame."""

    patch: Patch
    spell: Spell


class OffPalette:
    """OFF_PALETTE, TEMPORARY_COLOR and the column ``off_palette``.

    Only flat paint is judged: antialiased rims, gradients and painted backgrounds have colors of
    their own by right, and ink is black whatever the palette says.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._lossy = setting.lossy
        self._palette = setting.request.palette is not None
        self._drawn = setting.source_kind == "line"
        request = setting.request
        self._table = SwatchTable(request.palette, setting.lossy, request.temporary)
        self._followed: list[_Followed] = []

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._look(step.now)

    def end(self) -> None:
        """The shot has ended."""
        for followed in self._followed:
            followed.spell.end()
        self._followed = []

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _look(self, view: View) -> None:
        patches = placeholders(view.rgb, self._table)
        if self._palette:
            spread = flat_part(view.rgb, view.alpha, self._lossy)
            if self._drawn and view.source is not None:
                ink = steps.source_gray(view)
                # Without compression a pixel beside a line is flat only where it is all paint.
                spread[(cv2.erode(ink, _SQUARE) if self._lossy else ink) < _INK_BELOW] = 255
            wrong, share = wrong_patches(view.rgb, spread, self._table)
            self._notes.number(view.index, "off_palette", 100 * share)
            patches += wrong
        left, kept = self._followed, []
        for patch in patches:
            one = next((f for f in left if self._is_same(f.patch, patch)), None)
            if one is None:
                temporary = patch.kind is Kind.TEMPORARY
                check = Check.TEMPORARY_COLOR if temporary else Check.OFF_PALETTE
                one = _Followed(patch, Spell(check, self._notes))
            else:
                left = [f for f in left if f is not one]
            one.patch = patch
            one.spell.push(view.shot, view.index, self._mark(view, patch))
            kept.append(one)
        for lost in left:
            lost.spell.end()
        self._followed = kept

    def _is_same(self, before: Patch, now: Patch) -> bool:
        """Whether an area goes on: the color stays, and it overlaps."""
        apart = max(abs(a - b) for a, b in zip(before.rgb, now.rgb, strict=True))
        if before.kind is not now.kind or apart > (_SAME_LOSSY if self._lossy else 0):
            return False
        one, other = before.box, now.box
        reach = max(one[2] - one[0], one[3] - one[1])  # what moves may leap by its own size
        return (
            one[0] - reach < other[2]
            and other[0] < one[2] + reach
            and one[1] - reach < other[3]
            and other[1] < one[3] + reach
        )

    def _mark(self, view: View, patch: Patch) -> Mark:
        swatch, apart = self._table.nearest(patch.rgb)
        box = Box(*(round(edge * view.scale) for edge in patch.box))
        area = round(patch.area * view.scale**2)
        value = float(area) if patch.kind is Kind.TEMPORARY else apart
        expected = "" if swatch is None else swatch.hex
        return Mark(value, area, box, "#{:02x}{:02x}{:02x}".format(*patch.rgb), expected)
