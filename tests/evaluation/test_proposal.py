"""What a proposed keyframe is worth, on clips where that can be worked out."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from animecolor.evaluation.conditions import CONDITIONS, FROM_FIRST, Painting, paint
from animecolor.evaluation.proposal import (
    OTHERS,
    frames_to_paint,
    other_frames,
    proposal,
)
from animecolor.evaluation.showing import Showing
from animecolor.frame import Frame
from tests.evaluation.fakes import Copier, Doubter

BOTH_ENDS = CONDITIONS[3]
FRAMES = 9


@pytest.fixture
def turning(showing: Showing) -> Showing:
    """Three frames of one flat color, then six of another."""
    truth = torch.full((FRAMES, 3, 32, 32), 0.25)
    truth[3:] = 0.75
    return replace(showing, truth=truth, planes=torch.ones(FRAMES, 1, 32, 32))


def judge(showing: Showing, colorizer: Copier) -> object:
    first = paint(showing, colorizer, FROM_FIRST)
    return proposal(showing, colorizer, first, paint(showing, colorizer, BOTH_ENDS))


def test_the_gain_of_a_frame_is_that_of_the_others(turning: Showing) -> None:
    """Doubter paints the nearest key, and asks for frame 5: then all are right."""
    found = proposal(
        turning,
        Doubter(),
        paint(turning, Doubter(), FROM_FIRST),
        paint(turning, Doubter(), BOTH_ENDS),
    )
    assert found is not None
    assert found.frame == 5
    right, wrong = 100, -10 * torch.tensor(0.25).log10().item()
    assert found.gain_db == pytest.approx(5 * (right - wrong) / 7, abs=1e-3)
    # With key 8 frames 3 and 4 stay wrong: 4 is as near to frame 0, which comes first.
    assert found.over_last_db == pytest.approx(2 * (right - wrong) / 6, abs=1e-3)
    assert 0 < found.over_random_db < found.gain_db
    assert found.least_db < found.gain_db


def test_the_same_others_every_time(turning: Showing) -> None:
    found = other_frames(turning, 6)
    assert found == other_frames(turning, 6)
    assert len(set(found)) == OTHERS
    assert not {0, 6} & set(found)
    assert other_frames(replace(turning, truth=turning.truth[:4]), 2) == [1, 3]


def test_every_frame_painted_is_counted(turning: Showing) -> None:
    seen: list[Frame] = []
    first, last = (paint(turning, Doubter(), c) for c in (FROM_FIRST, BOTH_ENDS))
    error = first.error
    assert error is not None
    for length in (4, 5, FRAMES):
        seen.clear()
        short = replace(turning, truth=turning.truth[:length], planes=turning.planes[:length])
        one, two = (Painting(p.color[:length], error[:length]) for p in (first, last))
        assert proposal(short, Doubter(), one, two, seen.append) is not None
        assert len(seen) == frames_to_paint(length)


def test_too_short_or_who_cannot_tell(turning: Showing) -> None:
    short = replace(turning, truth=turning.truth[:3], planes=turning.planes[:3])
    assert judge(short, Doubter()) is None
    assert frames_to_paint(3) == 0
    assert judge(turning, Copier()) is None
