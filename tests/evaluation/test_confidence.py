"""Who knows where it is wrong, and who does not."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from animecolor.evaluation.conditions import FROM_FIRST, Painting, paint
from animecolor.evaluation.confidence import confidence, regions, true_error
from animecolor.evaluation.showing import Showing, show
from animecolor.frame import Plane
from animecolor.training.clips import Clip
from tests.evaluation.fakes import Copier, Doubter


def test_regions_of_line_art_lie_between_its_lines() -> None:
    plane = torch.ones(1, 20, 20)
    plane[0, :, 6] = 0  # 120 pixels on its left, 260 on its right
    plane[0, 4, :6] = 0  # of the left 24 above, too few, and 90 below
    found = regions(plane, Plane.LINE)
    assert sorted(set(found.ravel())) == [0, 1, 2]
    assert (found[:4, :6] == 0).all()
    assert (found[plane[0].numpy() == 0] == 0).all()
    assert len(set(found[5:, :6].ravel())) == len(set(found[:, 7:].ravel())) == 1
    assert found[10, 0] != found[10, 10]
    assert not regions(torch.zeros(1, 20, 20), Plane.LINE).any()


def test_regions_of_grey_are_blocks() -> None:
    found = regions(torch.rand(1, 20, 40), Plane.GRAY)
    assert sorted(set(found.ravel())) == [1, 2, 3, 4, 5, 6]
    assert (found[:16, 16:32] == 2).all()
    assert (found[16:, 32:] == 6).all()


@pytest.fixture
def painted(showing: Showing) -> Tensor:
    noise = torch.rand(showing.truth.shape, generator=torch.Generator().manual_seed(0))
    across = torch.linspace(0, 0.4, showing.truth.shape[-1])
    return (showing.truth + noise * across).clamp(0, 1)


@pytest.mark.parametrize("reads", [Plane.LINE, Plane.GRAY])
def test_who_knows_its_error_ranks_it_whole(
    reads: Plane, clips: list[Clip], painted: Tensor
) -> None:
    (showing,) = show(clips[0], [reads], None)
    error = true_error(showing, painted)
    told = confidence(showing, Painting(painted, error / 3))
    assert told is not None
    assert told.pixels == pytest.approx(1)
    assert told.regions == pytest.approx(1)
    wrong = confidence(showing, Painting(painted, 1 - error))
    assert wrong is not None
    assert (wrong.regions, wrong.pixels) == (pytest.approx(-1), pytest.approx(-1))


def test_who_guesses_does_not_correlate(showing: Showing, painted: Tensor) -> None:
    guess = torch.rand(showing.planes.shape, generator=torch.Generator().manual_seed(1))
    told = confidence(showing, Painting(painted, guess))
    assert told is not None
    assert abs(told.pixels) < 0.1


def test_frame_0_does_not_count(showing: Showing, painted: Tensor) -> None:
    error = true_error(showing, painted)
    spoiled = error.clone()
    spoiled[0] = 1 - spoiled[0]
    assert confidence(showing, Painting(painted, spoiled)) == confidence(
        showing, Painting(painted, error)
    )


def test_who_cannot_tell_is_not_asked(showing: Showing) -> None:
    assert confidence(showing, paint(showing, Copier(), FROM_FIRST)) is None
    told = confidence(showing, paint(showing, Doubter(), FROM_FIRST))
    assert told is not None
    assert -1 <= told.regions <= 1


def test_nothing_to_rank_is_no_number(showing: Showing) -> None:
    blank = replace(showing, planes=torch.zeros_like(showing.planes))
    told = confidence(blank, Painting(showing.truth, torch.zeros_like(showing.planes)))
    assert told is not None
    assert math.isnan(told.regions)
    assert math.isnan(told.pixels)
