"""The doubt of a run: a clip that shows the error it expects as heat, and tables that tell it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from animecolor.config import Output
from animecolor.frame import Frame, from_array
from animecolor.stages.doubtlist import (
    COLUMNS,
    SHOT_COLUMNS,
    Doubt,
    Row,
    ShotDoubt,
    as_row,
    frames_table,
    shots_table,
    table,
)
from animecolor.stages.keylist import source_name
from animecolor.stages.shots import Clock
from animecolor.stages.sizing import native_luma
from animecolor.video.clip import ClipWriter, clip_writer
from animecolor.video.info import Kind
from animecolor.video.plan import plan_output

if TYPE_CHECKING:
    from animecolor.video.info import VideoInfo

OUTPUT = Output(preset="web", audio=False, subtitles=False)
"""How the clip is written."""
HOTTEST = 0.2
"""Expected error that is shown hottest, and all above it: the same in every clip."""
DOUBTFUL = 0.1
"""Expected error from which on a pixel counts as doubtful in the tables: 25 levels of 255."""
_COLDEST = 0.2
"""Where on the color map an error of 0 is: its beginning is nearly black, which hides lines."""
_INK = 0.35
"""Brightness left where the drawing is black."""


@dataclass(slots=True)
class HeatTape:
    """Writes what passes by; give it to the pipeline as its watcher. See ``heat_tape``."""

    like: VideoInfo
    clip: ClipWriter
    frames: Row
    shots: Row
    _shot: ShotDoubt | None = None
    _skipped: int | None = None

    def __call__(self, frame: Frame) -> None:
        """Record one colored frame.

        Raises:
            ValueError: its colorizer does not tell the error it expects.
        """
        if frame.error is None:
            raise ValueError(f"frame {frame.index} has no expected error")
        if self._skipped is None:
            clock = Clock(self.like.rate, self.like.start_pts)
            self._skipped = clock.number(frame) - frame.index
        doubt = Doubt(
            clip=source_name(self.like),
            frame=frame.index + self._skipped,
            pts=frame.pts,
            time_s=frame.time_s,
            shot=frame.shot,
            held=int(frame.held),
            expected_error=float(frame.error.mean()),
            doubtful_share=float((frame.error > DOUBTFUL).float().mean()),
        )
        self.frames(as_row(doubt))
        if self._shot is None or frame.opens_shot:
            self.end_shot()
            self._shot = ShotDoubt(frame.shot, doubt.frame, doubt.time_s)
        self._shot.add(doubt)
        picture = from_array(heat(native_luma(frame), frame.error))
        self.clip.write(replace(frame, image=picture, alpha=None, painted=None))

    def end_shot(self) -> None:
        """Write the row of the shot seen so far, if any."""
        if self._shot is not None:
            self.shots(self._shot.row())


@contextmanager
def heat_tape(target: Path, like: VideoInfo) -> Iterator[HeatTape]:
    """Record the doubt of a run: ``target`` and, beside it, its two tables.

    Each of the three appears under its name when it is complete, and none of them where the block
    ends in an error. Memory does not grow with the clip.

    Args:
        target: the clip to write; it has the frames and times of the result, and no sound.
        like: the source.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    shape = replace(like, kind=Kind.PIPE, bits=8, has_alpha=False)  # the picture only
    plan = plan_output(target, OUTPUT, shape)
    with (
        table(frames_table(target), COLUMNS) as frames,
        table(shots_table(target), SHOT_COLUMNS) as shots,
        clip_writer(plan, OUTPUT, shape) as clip,
    ):
        tape = HeatTape(like, clip, frames, shots)
        yield tape
        tape.end_shot()


def heat(luma: NDArray[np.uint8], error: Tensor) -> NDArray[np.uint8]:
    """Show expected error as heat over a dimmed drawing.

    The colors are Inferno's, whose lightness rises evenly (Smith and van der Walt 2015), from 0 to
    ``HOTTEST``; lines are darker, paper leaves the colors as they are.

    Args:
        luma: (H, W), the drawing.
        error: (1, h, w) float32.

    Returns:
        (H, W, 3) RGB.
    """
    level = (error[0].float().cpu().numpy() / HOTTEST).clip(0, 1)
    at = ((_COLDEST + (1 - _COLDEST) * level) * 255).round().astype(np.uint8)
    large = cv2.resize(at, (luma.shape[1], luma.shape[0]))
    colors = cv2.cvtColor(cv2.applyColorMap(large, cv2.COLORMAP_INFERNO), cv2.COLOR_BGR2RGB)
    light = cv2.convertScaleAbs(luma, alpha=1 - _INK, beta=255 * _INK)
    return np.asarray(cv2.multiply(colors, cv2.merge([light] * 3), scale=1 / 255), np.uint8)
