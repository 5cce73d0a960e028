"""A few frames of an episode, rendered and timed, to tell what the whole will take."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from animecolor.batch.plan import Job, Plan
from animecolor.batch.task import ShotTask
from animecolor.batch.worker import render_shot

_WARM, _TIMED = 2, 14
"""Frames: the first ones load the network and make it choose its kernels."""


def seconds_per_frame(plan: Plan, jobs: Sequence[Job]) -> float:
    """What a frame of the longest of these shots takes here, in seconds, encoding included.

    Raises:
        AnimecolorError: it cannot be rendered.
    """
    job = max(jobs, key=lambda job: job.frames)
    with tempfile.TemporaryDirectory(prefix="sample-") as room:
        render_shot(_part(job, Path(room), min(_WARM, job.frames)))
        (Path(room) / f"{_WARM}.mkv").unlink(missing_ok=True)
        timed = render_shot(_part(job, Path(room), min(_TIMED, job.frames)))
    return timed.seconds / timed.frames


def _part(job: Job, room: Path, frames: int) -> ShotTask:
    render = {**job.task.render, "range": {**job.task.render.get("range", {}), "frames": frames}}
    result = room / f"{frames}.mkv"
    return job.task.model_copy(update={"render": render, "frames": frames, "result": result})
