"""Shot files into one episode: one last encode, timed as the source, its sound carried over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from animecolor.batch.task import JoinTask, Piece
from animecolor.batch.worker import COVERED
from animecolor.config import Output, Range, Render
from animecolor.errors import AnimecolorError, UsageError
from animecolor.frame import Frame
from animecolor.stages.prefetch import prefetch
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.info import VideoInfo
from animecolor.video.part import write_errors
from animecolor.video.probe import probe

LOSSLESS = Output(preset="master", audio=False, subtitles=False)


def join(task: JoinTask, target: Path | None = None, output: Output | None = None) -> int:
    """Write an episode from its shots. Returns the number of frames.

    Args:
        task: whose shots are all rendered.
        target: the result; the task's when None.
        output: how it is written; as the task says when None.

    Raises:
        AnimecolorError: a shot file is missing, damaged or of another length than planned; the
            result cannot be written. Nothing is left behind.
    """
    render = settled(task)
    target = task.result if target is None else target
    with write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    source = probe(task.source, render.limits)
    frames = prefetch(_Joined(task, source, render).frames())
    return encode(frames, target, render.output if output is None else output, like=source)


def settled(task: JoinTask) -> Render:
    """The episode's run.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return Render.model_validate(task.render)
    except ValueError as error:
        raise UsageError(f"{task.name}: its settings cannot be read: {error}") from error


@dataclass(frozen=True, slots=True)
class _Joined:
    task: JoinTask
    source: VideoInfo
    render: Render

    def frames(self) -> Iterator[Frame]:
        """The episode's frames, with the source's own time stamps."""
        ticks = self.task.timing.ticks()
        index = 0
        for number, piece in enumerate(self.task.pieces):
            if index + piece.frames > len(ticks):
                raise UsageError(f"{self.task.name}: its shots have more frames than it has")
            for place, frame in enumerate(self._of(piece)):
                pts, duration = ticks[index]
                yield replace(
                    frame,
                    pts=pts,
                    duration=duration,
                    time_base=self.source.time_base,
                    index=index,
                    shot=number,
                    opens_shot=place == 0,
                )
                index += 1

    def _of(self, piece: Piece) -> Iterator[Frame]:
        if not piece.file.is_file():
            raise AnimecolorError(f"{piece.file} is missing: render shot {piece.name} again")
        limits = self.render.limits
        covered = piece.file.with_suffix(COVERED).exists()
        count = 0
        for frame in decode(probe(piece.file, limits), Range(), limits):
            if covered:
                frame = replace(frame, painted=frame.image, cover=frame.alpha)
            yield frame
            count += 1
        if count != piece.frames:
            raise AnimecolorError(f"{piece.file} has {count} frames of {piece.frames}: remove it")
