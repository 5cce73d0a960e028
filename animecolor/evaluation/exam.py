"""Show clips to a colorizer under every condition, and measure what it makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from torch import Tensor

from animecolor.evaluation.baselines import baselines_for
from animecolor.evaluation.conditions import (
    CONDITIONS,
    NO_PREVIOUS,
    Watch,
    frames_painted,
    paint,
)
from animecolor.evaluation.gates import Sensitivity, probes, sensitivity
from animecolor.evaluation.measure import Compare, Scores, measure, ruler
from animecolor.evaluation.showing import Showing, show
from animecolor.evaluation.strips import Strip, strip
from animecolor.frame import Plane
from animecolor.models.colorizer import Colorizer
from animecolor.training.clips import Clip

TRUTH = "truth"
"""The answer that is the clip itself: what colorfulness, CDC and flicker are compared with."""


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """What clips are put through."""

    colorizers: Mapping[Plane, Colorizer]
    mean: Tensor
    """(3, 1, 1) mean color of all clips."""
    lpips: Compare | None = None
    short: int | None = None
    """Short side in pixels; None keeps each clip's own size."""
    watch: Watch | None = None
    """Called with every frame a colorizer has painted."""


@dataclass(frozen=True, slots=True, eq=False)
class Result:
    """One clip, read one way."""

    clip: Clip
    reads: Plane
    frames: int
    size: tuple[int, int]
    """(height, width) in pixels."""
    answers: Mapping[str, Scores]
    """By condition or baseline, and ``TRUTH``."""
    sensitivity: Sensitivity | None
    strips: tuple[Strip, ...] = ()


def examine(clip: Clip, exam: Exam, pictures: bool) -> Iterator[Result]:
    """Judge one clip, once for every plane that is read.

    One painted clip is held at a time, beside the truth.

    Args:
        clip: see ``pick``.
        exam: what it is put through.
        pictures: whether to keep strips of frames for the page.
    """
    showings = show(clip, tuple(exam.colorizers), exam.short)
    by = ruler(showings[0].truth, exam.lpips)
    for showing in showings:
        strips, answers = [], {}
        for name, painted in _answers(showing, exam):
            answers[name] = measure(painted, showing, by)
            if pictures:
                strips.append(strip(name, painted))
        colorizer = exam.colorizers[showing.reads]
        size = showing.truth.shape[-2], showing.truth.shape[-1]
        felt = sensitivity(showing, colorizer, exam.watch)
        yield Result(clip, showing.reads, len(showing), size, answers, felt, tuple(strips))


def frames_to_paint(count: int) -> int:
    """Frames a colorizer paints of a clip of ``count`` frames, for one plane."""
    painted = sum(frames_painted(condition, count) for condition in (*CONDITIONS, NO_PREVIOUS))
    return painted + 2 * len(probes(count))


def _answers(showing: Showing, exam: Exam) -> Iterator[tuple[str, Tensor]]:
    yield TRUTH, showing.truth
    colorizer = exam.colorizers[showing.reads]
    for condition in (*CONDITIONS, NO_PREVIOUS):
        yield condition.name, paint(showing, colorizer, condition, exam.watch)
    for baseline in baselines_for(showing.reads):
        yield baseline.name, baseline.paint(showing, exam.mean)
