"""Shot files into one episode: one last encode, timed as the source, its sound carried over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from animecolor.batch.plan import Job, Plan
from animecolor.batch.worker import COVERED
from animecolor.config import Output, Range
from animecolor.errors import AnimecolorError
from animecolor.frame import Frame
from animecolor.stages.prefetch import prefetch
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.part import write_errors
from animecolor.video.probe import probe

LOSSLESS = Output(preset="master", audio=False, subtitles=False)


def join(plan: Plan, target: Path | None = None, output: Output | None = None) -> int:
    """Write an episode from its shots. Returns the number of frames.

    Args:
        plan: whose shots are all rendered.
        target: the result; the manifest's place when None.
        output: how it is written; as the manifest says when None.

    Raises:
        AnimecolorError: a shot file is missing, damaged or of another length than planned; the
            result cannot be written. Nothing is left behind.
    """
    target = plan.episode.output if target is None else target
    with write_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    how = plan.episode.render.output if output is None else output
    return encode(prefetch(_Joined(plan).frames()), target, how, like=plan.info)


@dataclass(frozen=True, slots=True)
class _Joined:
    plan: Plan

    def frames(self) -> Iterator[Frame]:
        """The episode's frames, with the source's own time stamps."""
        ticks = self.plan.survey.timing.ticks()
        for job in self.plan.jobs:
            for number, frame in self._of(job):
                pts, duration = ticks[number]
                yield replace(
                    frame,
                    pts=pts,
                    duration=duration,
                    time_base=self.plan.info.time_base,
                    index=number,
                    shot=job.number,
                    opens_shot=number == job.first,
                )

    def _of(self, job: Job) -> Iterator[tuple[int, Frame]]:
        file = job.task.result
        if not file.is_file():
            raise AnimecolorError(f"{file} is missing: render shot {job.task.name} again")
        limits = self.plan.episode.render.limits
        covered = file.with_suffix(COVERED).exists()
        count = 0
        for frame in decode(probe(file, limits), Range(), limits):
            if covered:
                frame = replace(frame, painted=frame.image, cover=frame.alpha)
            yield job.first + count, frame
            count += 1
        if count != job.frames:
            raise AnimecolorError(f"{file} has {count} frames of {job.frames}: render it again")
