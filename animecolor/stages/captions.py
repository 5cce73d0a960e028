"""What was said of each shot: one caption for the whole clip, others in the shot list."""

from __future__ import annotations

from animecolor.config import Render
from animecolor.frame import Frame, Hint
from animecolor.stages.colorize import Hints
from animecolor.stages.shotlist import read_captions
from animecolor.stages.shots import Clock


def read_hints(render: Render, clock: Clock) -> Hints:
    """Collect the captions of a run.

    A shot takes the caption of the last row of the shot list that begins with it or before; where
    that has none, or there is no list, the run's own.

    Args:
        render: has both.
        clock: how the clip counts its frames.

    Raises:
        UsageError: the list cannot be read.
    """
    whole = Hint(render.caption)
    if render.shots.list is None:
        return lambda opening: whole
    said = read_captions(render.shots.list, clock.rate)

    def hint(opening: Frame) -> Hint:
        starts = [start for start in said if start <= clock.number(opening)]
        caption = said[max(starts)] if starts else ""
        return Hint(caption) if caption else whole

    return hint
