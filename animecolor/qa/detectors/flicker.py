"""Flicker: the whole picture, or what stands still in a large part of it, pulses."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e, to_lab
from animecolor.metrics.pulse import AROUND, BLOCKS, LONGEST, Shifts, at_white, overall, pulses
from animecolor.metrics.signal import TO_YUV
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors import steps
from animecolor.qa.detectors.spell import Mark, Spell
from animecolor.qa.sighting import Box, Check
from animecolor.qa.view import Step, View

FLICKER_FLOOR = 0.2
"""% of white from which on a pulse is told: half of what the strictest profile minds."""
BOIL_FLOOR = 0.25
"""ΔE from which on the pulse of a large part is told."""
_FORGIVEN = 0.5
"""What the source does is taken off, and this share of it forgiven: color amplifies luma."""
_WHOLE, _WHOLE_ALONE = 0.6, 0.7
"""Share of the picture's light that must pulse together for all of it to flicker, with a source
and without one: a film's own light is no fault."""
_PART = 0.12
"""Share of the blocks that must pulse together for a part of it to boil."""
_PART_MOVING = 0.3
"""The same where it does not stand still, and the flow may have missed something."""
_LASTING = 3
"""Frames it must go on then."""
_VEILED = 0.1
"""Share of the contrast between blocks that a light takes which veils the picture: without a
source that is a flash that was meant, and no flicker, which scales or tints what is there."""
_AT_REST = 0.5
"""Share of a block that must stand still."""
_ANY = 0.5
"""Levels below which a block's pulse is none."""
_ENDS = 0.15
"""Share of a shift at an end of a shot that the two steps beside may have: what was off there has
a neighbor on one side only, and must stand out the more."""
_BESIDE = 3
"""Steps from an end that are looked at then."""
_NEARLY_ALL = 0.85
"""Share of the blocks that must go along then."""
_ENDS_MOST = 24
"""Levels of white beyond which such a shift is a light that goes on, or a flash."""
_TOGETHER = 0.4
"""A block pulses along if it does by this share of the whole."""
_TO_RGB = np.linalg.inv(TO_YUV.astype(np.float64))


@dataclass(frozen=True, slots=True, eq=False)
class _Row:
    """What one step tells."""

    view: View
    """The frame the step leads to."""
    shifts: Shifts
    """Of the blocks, less the source's own."""
    source: Shifts
    """The source's own."""
    luma: NDArray[np.float32]
    """(rows, columns) mean luma of each block."""
    rest: NDArray[np.float32]
    """(rows, columns) share of each block that stands still."""
    colors: NDArray[np.float32]
    """(rows, columns, 3) mean RGB of each block of the frame."""


class Flicker:
    """FLICKER and the areas of BOIL; the column ``pulse``."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._lit = setting.source_kind in ("gray", "color")
        self._gray = setting.source_kind == "gray"
        self._alone = setting.source_kind is None
        self._least = _WHOLE_ALONE if self._alone else _WHOLE
        self._beside: Shifts | None = None
        """The frame before beside its source, where that has levels to compare."""
        self._rows: deque[_Row] = deque(maxlen=AROUND)
        self._flicker = Spell(Check.FLICKER, notes)
        # Where no source says that nothing happens, a moment of it may be a light.
        shortest = _LASTING if self._alone else 1
        self._boil = Spell(Check.BOIL, notes, shortest=shortest)
        self._moving = Spell(Check.BOIL, notes, shortest=_LASTING)
        self._pending: deque[int] = deque()
        """Frames of which more may be found out."""
        self._whole: dict[int, float] = {}
        self._parts: dict[int, Mark] = {}
        self._restless: dict[int, Mark] = {}
        """Parts that move."""
        self._shot = self._steps = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._shot, self._steps = view.shot, 0
        self._rows.clear()
        self._beside = steps.beside_source(view, self._gray) if self._lit else None
        self._pending.append(view.index)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        row = self._row(step)
        if not self._rows:
            self._rows.append(_at_rest(row))  # nothing changed before the shot
        self._rows.append(row)
        self._judge()
        self._steps += 1
        if self._steps == _BESIDE:
            self._end(list(self._rows)[-_BESIDE:], step.now.index - _BESIDE)
        self._pending.append(step.now.index)
        while self._pending[0] < step.now.index - LONGEST:
            self._tell(self._pending.popleft())

    def end(self) -> None:
        """The shot has ended."""
        if self._rows:
            if self._steps >= _BESIDE:
                self._end(list(self._rows)[: -_BESIDE - 1 : -1], self._rows[-1].view.index)
            self._rows.append(_at_rest(self._rows[-1]))  # nor does anything after it
            self._judge()
        while self._pending:
            self._tell(self._pending.popleft())
        self._flicker.end()
        self._boil.end()
        self._moving.end()

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _row(self, step: Step) -> _Row:
        shifts = steps.shifts(step)
        colors = _blocks(steps.pixels(step.now))
        source = np.zeros_like(shifts)
        if self._beside is not None:
            source = np.nan_to_num(steps.source_shifts(step))
            beside = steps.beside_source(step.now, self._gray)
            # Beside its source a frame tells more than beside the frame before it, wherever the
            # source tells anything: a fade or a motion that the flow missed is in both.
            shifts = shifts - source
            axes = slice(0, 1) if self._gray else slice(None)
            shifts[..., axes] = (beside - self._beside)[..., axes]
            shifts[np.isnan(shifts).any(-1)] = np.nan
            self._beside = beside
        return _Row(step.now, shifts, source, colors @ TO_YUV[0], _blocks(steps.rest(step)), colors)

    def _judge(self) -> None:
        """Look for pulses that ended one step before the last."""
        rows = list(self._rows)
        for length in range(1, LONGEST + 1):
            if len(rows) >= length + 3:
                self._pulse(rows[-length - 3 :], length)

    def _end(self, inward: list[_Row], index: int) -> None:
        """Note by how much the first or the last frame leaves the level of those beside it.

        Args:
            inward: the step between it and its neighbor, and those further in.
            index: the frame.
        """
        edge, *others = inward
        luma = edge.luma
        whole = overall(at_white(edge.shifts, luma), luma)
        axis = int(np.abs(whole).argmax())
        shift = float(whole[axis])
        lit = overall(at_white(edge.source, luma), luma)
        height = abs(shift) - _FORGIVEN * float(np.abs(lit).max())
        beside = max(
            float(np.abs(overall(at_white(row.shifts, luma), luma)).max()) for row in others
        )
        told = np.isfinite(edge.shifts[..., 0])
        apart = np.abs(at_white(edge.shifts, luma)[..., axis] - shift)
        along = told & (apart <= _TOGETHER * abs(shift))
        together = luma[along].sum() >= _NEARLY_ALL * luma.sum()
        if beside <= _ENDS * abs(shift) and together and 0 < height <= _ENDS_MOST:
            self._whole[index] = max(height / 255 * 100, self._whole.get(index, 0.0))

    def _pulse(self, span: list[_Row], length: int) -> None:
        """Note what a candidate of ``length`` frames comes to."""
        inside = [row.view.index for row in span[1 : 1 + length]]
        # All steps are scaled by the luma of one frame, so that an even fade stays even.
        luma = span[length].luma
        told = np.isfinite(span[1].shifts[..., 0]) & np.isfinite(span[-2].shifts[..., 0])
        blocks = pulses([at_white(row.shifts, luma) for row in span], length)
        blocks[~told] = np.nan
        whole = overall(blocks, luma)
        axis = int(np.abs(whole).argmax())
        height = float(np.abs(whole[axis]))
        along = told & (blocks[..., axis] * np.sign(whole[axis]) >= _TOGETHER * height)
        if height > 0 and luma[along].sum() >= self._least * luma[told].sum():
            if self._alone and _contrast_change(span[1], told) < -_VEILED:
                return
            lit = overall(pulses([at_white(row.source, luma) for row in span], length), luma)
            value = max(0.0, height - _FORGIVEN * float(np.abs(lit).max())) / 255 * 100
            for index in inside:
                self._whole[index] = max(value, self._whole.get(index, 0.0))
            return
        found = self._part(span, told, length)
        if found is not None:
            mark, stands = found
            marks = self._parts if stands else self._restless
            for index in inside:
                if index not in marks or marks[index].value < mark.value:
                    marks[index] = mark

    def _part(
        self, span: list[_Row], told: NDArray[np.bool_], length: int
    ) -> tuple[Mark, bool] | None:
        """What a part of the picture comes to, if one pulses, and whether it stands still."""
        blocks = pulses([row.shifts for row in span], length)
        if np.count_nonzero(np.abs(blocks).max(-1)[told] > _ANY) < 2:
            return None
        own = np.abs(pulses([row.source for row in span], length)).max(-1)
        change = np.sign(blocks) * np.maximum(np.abs(blocks) - _FORGIVEN * own[..., None], 0)
        apart = _difference(span[length].colors, change)
        restless = told & (apart >= BOIL_FLOOR)
        if not restless.any():
            return None
        axis = int(np.abs(change[restless]).sum(0).argmax())
        sign = np.sign(np.median(change[restless][:, axis]))
        restless &= np.sign(change[..., axis]) == sign
        rest = np.minimum.reduce([row.rest for row in span[1:-1]]) >= _AT_REST
        stands = bool((restless & rest).sum() >= 0.5 * restless.sum())
        least = _PART if stands else _PART_MOVING
        if restless.sum() < max(2, least * told.sum()):
            return None
        box, area = _place(restless, span[1].view)
        return Mark(float(np.median(apart[restless])), area, box), stands

    def _tell(self, index: int) -> None:
        """Nothing more can be found out about a frame: hand it on."""
        value, part = self._whole.pop(index, 0.0), self._parts.pop(index, None)
        moving = self._restless.pop(index, None)
        self._notes.number(index, "pulse", value)
        whole = value >= FLICKER_FLOOR
        self._flicker.push(self._shot, index, Mark(value) if whole else None)
        self._boil.push(self._shot, index, None if whole else part)
        self._moving.push(self._shot, index, None if whole or part else moving)


def _at_rest(row: _Row) -> _Row:
    """A step in which nothing changed, for what lies beyond the shot."""
    still = np.zeros_like(row.shifts)
    return replace(row, shifts=still, source=still)


def _contrast_change(row: _Row, told: NDArray[np.bool_]) -> float:
    """Share by which a step changes the contrast between blocks: least squares on their luma."""
    luma, change = row.luma[told], row.shifts[told][:, 0]
    before = luma - change
    apart = before - before.mean()
    return float((apart * change).sum() / max(float((apart**2).sum()), 1.0))


def _blocks(picture: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Mean of each block of a picture."""
    wide = picture.astype(np.float32)
    return np.asarray(cv2.resize(wide, BLOCKS[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _difference(colors: NDArray[np.float32], change: Shifts) -> NDArray[np.float32]:
    """(rows, columns) CIEDE2000 between block colors and the same without their pulse."""
    without = colors - change @ _TO_RGB.T
    first, second = (
        to_lab(np.clip(table.reshape(-1, 3) / 255.0, 0, 1)) for table in (colors, without)
    )
    return np.asarray(delta_e(first, second).reshape(colors.shape[:2]), np.float32)


def _place(blocks: NDArray[np.bool_], view: View) -> tuple[Box, int]:
    """The box around blocks and their area, in native pixels."""
    height, width = (side * view.scale for side in view.rgb.shape[:2])
    rows, columns = np.flatnonzero(blocks.any(1)), np.flatnonzero(blocks.any(0))
    tall, wide = height / blocks.shape[0], width / blocks.shape[1]
    box = Box(
        round(rows[0] * tall),
        round(columns[0] * wide),
        round((rows[-1] + 1) * tall),
        round((columns[-1] + 1) * wide),
    )
    return box, round(int(blocks.sum()) * tall * wide)
