"""What each condition gives a colorizer, and nothing more."""

from __future__ import annotations

import pytest
import torch

from animecolor.errors import AnimecolorError
from animecolor.evaluation.conditions import CONDITIONS, NO_PREVIOUS, frames_painted, paint
from animecolor.evaluation.showing import Showing
from animecolor.frame import Frame
from tests.evaluation.fakes import Copier, Doubter, Fader, Oracle

BY_NAME = {condition.name: condition for condition in (*CONDITIONS, NO_PREVIOUS)}
SHOTS = {
    "blank": [(0, ())],
    "own previous": [(1, (0,))],
    "first frame": [(i, (0,)) for i in range(1, 5)],
    "both ends": [(1, (0, 4))],
    "teacher-forced": [(0, ()), *((i, (i - 1,)) for i in range(1, 5))],
    "no previous": [(i, ()) for i in range(5)],
}


@pytest.mark.parametrize("name", BY_NAME)
def test_shots_and_keyframes(name: str, showing: Showing) -> None:
    colorizer, seen = Copier(), list[Frame]()
    paint(showing, colorizer, BY_NAME[name], seen.append)
    found = [(shot.first, tuple(key.index for key in shot.keyframes)) for shot in colorizer.shots]
    assert found == SHOTS[name]
    for shot in colorizer.shots:
        for key in shot.keyframes:
            assert torch.equal(key.color, showing.truth[key.index])
            assert torch.equal(key.plane, showing.planes[key.index])
    assert len(seen) == frames_painted(BY_NAME[name], 5)
    assert all(not frame.image.any() for frame in seen)


def test_a_copier_from_one_true_frame_holds_it(showing: Showing) -> None:
    held = showing.truth[:1].expand_as(showing.truth)
    for name in ("own previous", "first frame", "both ends"):
        assert torch.equal(paint(showing, Copier(), BY_NAME[name]).color, held)


def test_a_copier_of_the_true_previous_lags_by_a_frame(showing: Showing) -> None:
    painted = paint(showing, Copier(), BY_NAME["teacher-forced"])
    assert torch.equal(painted.color[1:], showing.truth[:-1])
    assert not painted.color[0].any()


@pytest.mark.parametrize("name", ["blank", "no previous"])
def test_nothing_true_comes_in_from_a_blank_start(name: str, showing: Showing) -> None:
    assert not paint(showing, Copier(), BY_NAME[name]).color.any()


def test_only_its_own_output_is_passed_on(showing: Showing) -> None:
    rolled = paint(showing, Fader(), BY_NAME["own previous"]).color
    forced = paint(showing, Fader(), BY_NAME["teacher-forced"]).color
    torch.testing.assert_close(rolled[4], showing.truth[0] * 0.9**4)
    torch.testing.assert_close(forced[4], showing.truth[3] * 0.9)


@pytest.mark.parametrize("span", [1, 3, 8])
def test_spans_do_not_matter(span: int, showing: Showing) -> None:
    painted = paint(showing, Oracle(span=span, truth=showing.truth), BY_NAME["blank"])
    assert torch.equal(painted.color, showing.truth)


def test_a_keyframe_that_is_painted_is_given(showing: Showing) -> None:
    assert paint(showing, Copier(), BY_NAME["both ends"]).given == {4}
    for name in ("blank", "own previous", "teacher-forced"):
        assert paint(showing, Copier(), BY_NAME[name]).given == frozenset()


def test_what_a_colorizer_expects_is_kept(showing: Showing) -> None:
    painted = paint(showing, Doubter(), BY_NAME["own previous"])
    assert painted.error is not None
    assert painted.error[:, 0, 0, 0].tolist() == pytest.approx([0, 0.01, 0.02, 0.03, 0.04])
    assert paint(showing, Copier(), BY_NAME["own previous"]).error is None


def test_what_is_no_number_is_said(showing: Showing) -> None:
    broken = Oracle(truth=showing.truth.clone())
    broken.truth[2, 0, 3, 4] = float("nan")
    with pytest.raises(AnimecolorError, match="painted frame 2 with no number"):
        paint(showing, broken, BY_NAME["blank"])
