"""How far the result is from true pictures, where they are given."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from animecolor.flow import flow_between
from animecolor.metrics.motion import flow_distance
from animecolor.metrics.perceptual import SMALLEST, TRUNK, Lpips, find_lpips
from animecolor.metrics.pictures import delta_e, psnr, ssim
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.spell import Mark, Spell
from animecolor.qa.sighting import Box, Check
from animecolor.qa.view import Picture, Step, View
from animecolor.stages.sizing import shrink

FLOOR = 1.0
"""ΔE2000 from which on a frame is told."""
_STRIDE = 4
"""ΔE2000 is taken at every fourth pixel each way."""
_ROWS = 270
"""Rows at which motion and LPIPS are measured."""
_BLOCKS = (8, 6)
"""Columns and rows of the blocks that say where a frame is worst."""


class Against:
    """UNLIKE_REFERENCE and the columns that need a reference."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._spell = Spell(Check.UNLIKE_REFERENCE, notes)
        self._lpips = _lpips(setting.request.lpips, notes)
        self._features: tuple[list[Tensor], list[Tensor]] | None = None

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> Against | None:
        """None without a reference."""
        return None if setting.request.reference is None else cls(setting, notes)

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._features = None
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        before, now = step.before, step.now
        if before.reference is None or now.reference is None:
            return
        pairs = (before.rgb, now.rgb), (before.reference, now.reference)
        if min(_small(now.rgb).shape[:2]) >= 16:
            painted, true = (flow_between(_luma(new), _luma(old)) for old, new in pairs)
            ratio = now.rgb.shape[0] / painted.shape[0]
            self._notes.number(now.index, "tof", flow_distance(painted, true) * ratio)
        last = self._features
        self._look(now)
        if last is not None and self._features is not None and self._lpips is not None:
            own, given = (
                float(self._lpips.between(old, new))
                for old, new in zip(last, self._features, strict=True)
            )
            self._notes.number(now.index, "tlpips", 100 * abs(own - given))

    def end(self) -> None:
        """The shot has ended."""
        self._spell.end()

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _look(self, view: View) -> None:
        truth = view.reference
        if truth is None:
            return
        apart = delta_e(view.rgb, truth, _STRIDE)
        mean = float(apart.mean())
        told = {"psnr": psnr(view.rgb, truth), "delta_e": mean}
        if min(truth.shape[:2]) >= 11:
            told["ssim"] = ssim(view.rgb, truth)
        if self._lpips is not None and min(_small(truth).shape[:2]) >= SMALLEST:
            pair = self._lpips.features(_tensor(view.rgb)), self._lpips.features(_tensor(truth))
            self._features = pair
            told["lpips"] = float(self._lpips.between(*pair))
        for key, value in told.items():
            self._notes.number(view.index, key, value)
        mark = Mark(mean, *_worst(apart, view)) if mean >= FLOOR else None
        self._spell.push(view.shot, view.index, mark)


def _lpips(place: Path | None, notes: Notes) -> Lpips | None:
    """The metric where its weights are; else a sentence is left."""
    file = place / TRUNK if place is not None and place.is_dir() else place
    found = find_lpips(file)
    if isinstance(found, str):
        notes.missing.append(found)
        return None
    return found


def _worst(apart: np.ndarray[tuple[int, ...], np.dtype[np.float32]], view: View) -> tuple[int, Box]:
    """Area and box, in native pixels, of the block that differs most."""
    blocks = cv2.resize(apart, _BLOCKS, interpolation=cv2.INTER_AREA)
    row, column = divmod(int(blocks.argmax()), _BLOCKS[0])
    height, width = (side * view.scale for side in view.rgb.shape[:2])
    tall, wide = height / _BLOCKS[1], width / _BLOCKS[0]
    box = Box(
        round(row * tall),
        round(column * wide),
        round((row + 1) * tall),
        round((column + 1) * wide),
    )
    return (box.bottom - box.top) * (box.right - box.left), box


def _small(picture: Picture) -> Picture:
    rows = min(_ROWS, picture.shape[0])
    return np.asarray(
        shrink(picture, (rows, max(1, round(picture.shape[1] * rows / picture.shape[0])))),
        np.uint8,
    )


def _luma(picture: Picture) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    return np.asarray(cv2.cvtColor(_small(picture), cv2.COLOR_RGB2GRAY), np.uint8)


def _tensor(picture: Picture) -> Tensor:
    return torch.from_numpy(_small(picture)).permute(2, 0, 1)[None].float() / 255
