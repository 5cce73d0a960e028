"""Render one shot into its file: a plain function, the same on every engine and every farm."""

from __future__ import annotations

import logging
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.batch.task import ShotTask
from animecolor.config import Network, Render
from animecolor.errors import AnimecolorError, UsageError
from animecolor.frame import Frame
from animecolor.pipeline import load_colorizer, paint
from animecolor.video.encode import encode
from animecolor.video.part import write_errors
from animecolor.video.probe import probe

if TYPE_CHECKING:
    from animecolor.models.colorizer import Colorizer
    from animecolor.video.info import VideoInfo

log = logging.getLogger("animecolor")

COVERED = ".covered"
"""Of a shot file whose alpha is what was painted, not what the source had."""


@dataclass(frozen=True, slots=True)
class Rendered:
    """What became of a shot."""

    frames: int
    seconds: float


def render_shot(task: ShotTask) -> Rendered:
    """Render a shot without loss; its file appears only when it is complete.

    A network is loaded once and kept for the shots that follow with the same one.

    Raises:
        AnimecolorError: the source cannot be read, or has another number of frames than was
            planned; the file cannot be written.
        UsageError: the task is wrong: its keyframes, its palette.
        MissingPiece: weights or a device are not here.
    """
    begun = time.monotonic()
    if is_rendered(task):
        return Rendered(task.frames, 0.0)
    with _settled(task) as render:
        colorizer = _loaded(render.network, render.mode.value)
        source = probe(task.source, render.limits)
        with write_errors(task.result):
            task.result.parent.mkdir(parents=True, exist_ok=True)
        counted = _Counted(paint(source, colorizer, render), task)
        encode(counted.frames(), task.result, render.output, like=_silent(source))
    return Rendered(task.frames, time.monotonic() - begun)


def is_rendered(task: ShotTask) -> bool:
    """Whether the shot file is there. It has its name only when it is complete."""
    return task.result.is_file()


@contextmanager
def _settled(task: ShotTask) -> Iterator[Render]:
    """The run of a task, its keyframes laid into a folder of their own."""
    try:
        render = Render.model_validate(task.render)
    except ValueError as error:
        raise UsageError(f"{task.name}: its settings cannot be read: {error}") from error
    if not task.keyframes:
        yield render
        return
    with tempfile.TemporaryDirectory(prefix="keyframes-") as folder:
        for name, painted in task.keyframes.items():
            if Path(name).name != name:
                raise UsageError(f"{task.name}: {name!r} is no name of a keyframe")
            try:
                shutil.copyfile(painted, Path(folder) / name)
            except OSError as error:
                raise AnimecolorError(f"{painted} cannot be read: {error.strerror}") from error
        yield render.model_copy(update={"keyframes": Path(folder)})


@lru_cache(maxsize=2)
def _loaded(network: Network, mode: str) -> Colorizer:
    return load_colorizer(Render.model_validate({"mode": mode, "network": network}))


def _silent(source: VideoInfo) -> VideoInfo:
    """The clip as if it had nothing but its picture: the rest comes with the last encode."""
    from dataclasses import replace

    return replace(source, streams=(), chapters=0)


class _Counted:
    """Frames on their way into the file, which must be as many as were planned."""

    def __init__(self, frames: Iterator[Frame], task: ShotTask) -> None:
        self._frames, self._task = frames, task

    def frames(self) -> Iterator[Frame]:
        seen = 0
        covered = False
        try:
            for frame in self._frames:
                seen += 1
                covered = covered or frame.cover is not None
                yield frame
        finally:
            close = getattr(self._frames, "close", None)
            if close is not None:
                close()
        if seen != self._task.frames:
            raise AnimecolorError(
                f"{self._task.source}: shot {self._task.name} has {seen} frames now, "
                f"{self._task.frames} were planned; it was changed or is damaged"
            )
        mark = self._task.result.with_suffix(COVERED)
        with write_errors(mark):
            mark.unlink(missing_ok=True)
            if covered:
                mark.touch()
