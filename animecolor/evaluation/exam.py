"""Show clips to a colorizer under every condition, and measure what it makes of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum

from torch import Tensor

from animecolor.evaluation.baselines import baselines_for
from animecolor.evaluation.conditions import (
    BLANK,
    BOTH_ENDS,
    CONDITIONS,
    FROM_FIRST,
    NO_PREVIOUS,
    OWN_PREVIOUS,
    Painting,
    Watch,
    frames_painted,
    paint,
)
from animecolor.evaluation.confidence import Confidence, confidence, true_error
from animecolor.evaluation.gates import (
    HELD,
    Sensitivity,
    Swap,
    held,
    probes,
    sensitivity,
    stir,
    swap,
)
from animecolor.evaluation.measure import Judges, Scores, measure, ruler
from animecolor.evaluation.proposal import Proposal, proposal
from animecolor.evaluation.proposal import frames_to_paint as frames_to_propose
from animecolor.evaluation.showing import Showing, show
from animecolor.evaluation.strips import Strip, heat, strip
from animecolor.frame import Plane
from animecolor.models.colorizer import Colorizer, Doubting
from animecolor.training.clips import Clip

TRUTH = "truth"
"""The answer that is the clip itself: what colorfulness, CDC and flicker are compared with."""
TRUE_ERROR, EXPECTED_ERROR = f"{OWN_PREVIOUS}: error", f"{OWN_PREVIOUS}: expected error"
"""Strips that are no answer."""


class Pictures(Enum):
    """Whose frames of a clip the page shows."""

    NONE = ()
    MAIN = (TRUTH, "plane", "gray copy", BLANK, OWN_PREVIOUS, BOTH_ENDS, "flow carry, refined")
    """What has to be looked at, of every clip there is."""
    ALL = None

    def shows(self, answer: str) -> bool:
        """Whether an answer is among them."""
        return self.value is None or answer in self.value


@dataclass(frozen=True, slots=True, eq=False)
class Exam:
    """What clips are put through."""

    colorizers: Mapping[Plane, Colorizer]
    mean: Tensor
    """(3, 1, 1) mean color of all clips."""
    judges: Judges = field(default_factory=Judges)
    short: int | None = None
    """Short side in pixels; None keeps each clip's own size."""
    watch: Watch | None = None
    """Called with every frame a colorizer has painted."""


@dataclass(frozen=True, slots=True)
class Probed:
    """What was found of one clip beside scores."""

    sensitivity: Sensitivity | None
    swap: Swap | None
    held_db: float
    """See ``gates.held``."""
    stir: float
    """See ``gates.stir``."""
    confidence: Confidence | None
    proposal: Proposal | None


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
    probed: Probed
    strips: tuple[Strip, ...] = ()


def examine(clip: Clip, exam: Exam, pictures: Pictures) -> Iterator[Result]:
    """Judge one clip, once for every plane that is read.

    Args:
        clip: see ``pick``.
        exam: what it is put through.
        pictures: which strips of frames to keep for the page.
    """
    showings = show(clip, tuple(exam.colorizers), exam.short)
    by = ruler(showings[0].truth, exam.judges)
    for showing in showings:
        strips, answers = [], {}
        kept: dict[str, Painting] = {}
        for name, painted in _answers(showing, exam):
            answers[name] = measure(painted, showing, by)
            if name in (OWN_PREVIOUS, BOTH_ENDS):
                kept[name] = painted
            if pictures.shows(name):
                strips.append(strip(name, painted.color))
        if pictures is not Pictures.NONE:
            strips += _heat(showing, kept[OWN_PREVIOUS])
        size = showing.truth.shape[-2], showing.truth.shape[-1]
        found = _probe(showing, exam, kept[OWN_PREVIOUS], kept[BOTH_ENDS])
        yield Result(clip, showing.reads, len(showing), size, answers, found, tuple(strips))


def frames_to_paint(count: int, colorizer: Colorizer) -> int:
    """Frames a colorizer paints of a clip of ``count`` frames, for one plane."""
    asked = (*CONDITIONS, NO_PREVIOUS, FROM_FIRST)  # once more with its palette turned
    painted = sum(frames_painted(condition, count) for condition in asked)
    told = frames_to_propose(count) if isinstance(colorizer, Doubting) else 0
    return painted + 2 * len(probes(count)) + HELD + told


def _answers(showing: Showing, exam: Exam) -> Iterator[tuple[str, Painting]]:
    yield TRUTH, Painting(showing.truth)
    colorizer = exam.colorizers[showing.reads]
    for condition in (*CONDITIONS, NO_PREVIOUS):
        yield condition.name, paint(showing, colorizer, condition, exam.watch)
    for baseline in baselines_for(showing.reads):
        yield baseline.name, Painting(baseline.paint(showing, exam.mean))


def _probe(showing: Showing, exam: Exam, first: Painting, last: Painting) -> Probed:
    colorizer, watch = exam.colorizers[showing.reads], exam.watch
    return Probed(
        sensitivity(showing, colorizer, watch),
        swap(showing, colorizer, first.color, watch),
        held(showing, colorizer, watch),
        stir(showing.truth),
        confidence(showing, first),
        proposal(showing, colorizer, first, last, watch),
    )


def _heat(showing: Showing, painting: Painting) -> Iterator[Strip]:
    """Where colors are wrong, and where that was expected."""
    yield strip(TRUE_ERROR, heat(true_error(showing, painting.color)))
    if painting.error is not None:
        yield strip(EXPECTED_ERROR, heat(painting.error))
