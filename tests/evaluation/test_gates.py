"""Sensitivity and margins of colorizers whose use of memory is known."""

from __future__ import annotations

from dataclasses import replace

import pytest

from animecolor.evaluation.gates import (
    Sensitivity,
    margins,
    mean_sensitivity,
    probes,
    sensitivity,
)
from animecolor.evaluation.showing import Showing
from tests.evaluation.fakes import Copier, Fader, Oracle


def test_a_copier_follows_its_memory_whole(showing: Showing) -> None:
    felt = sensitivity(showing, Copier())
    assert felt is not None
    assert felt.follows == pytest.approx(1, abs=1e-6)
    assert felt.change > 0.01


def test_a_share_of_the_memory_is_a_share_of_the_turn(showing: Showing) -> None:
    felt = sensitivity(showing, Fader(keeps=0.25))
    assert felt is not None
    assert felt.follows == pytest.approx(0.25, abs=1e-6)


def test_who_ignores_its_memory_is_seen(showing: Showing) -> None:
    felt = sensitivity(showing, Oracle(truth=showing.truth))
    assert felt == Sensitivity(change=0, follows=0, db=100)


def test_a_grey_clip_cannot_be_turned(showing: Showing) -> None:
    gray = showing.truth.mean(1, keepdim=True).expand_as(showing.truth)
    assert sensitivity(replace(showing, truth=gray), Copier()) is None
    assert mean_sensitivity([None, None]) is None
    some = [None, Sensitivity(0.1, 0.2, 20), Sensitivity(0.3, 0.4, 30)]
    mean = mean_sensitivity(some)
    assert mean is not None
    assert (mean.change, mean.follows, mean.db) == pytest.approx((0.2, 0.3, 25))


@pytest.mark.parametrize(
    ("count", "frames"), [(3, [1, 2]), (4, [1, 2, 3]), (12, [1, 6, 11]), (60, [1, 30, 59])]
)
def test_probes_are_spread_and_never_frame_0(count: int, frames: list[int]) -> None:
    assert probes(count) == frames


def test_margins_have_a_sign() -> None:
    psnr_db = {"blank": 15.0, "plane": 8.0, "hold first": 19.0, "odd": None}
    assert margins(psnr_db, "blank", ["plane", "hold first", "odd"]) == {
        "plane": 7,
        "hold first": -4,
    }
