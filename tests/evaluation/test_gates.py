"""Sensitivity and margins of colorizers whose use of memory is known."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from animecolor.color import luma
from animecolor.evaluation.gates import (
    Sensitivity,
    held,
    margins,
    probes,
    quarters,
    sensitivity,
    stir,
    swap,
    turned,
)
from animecolor.evaluation.showing import Showing, show
from animecolor.frame import Plane
from animecolor.training.clips import Clip
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
    assert swap(replace(showing, truth=gray), Copier(), gray) is None


def test_beside_grey_only_the_chroma_turns(clips: list[Clip]) -> None:
    line, gray = show(clips[0], [Plane.LINE, Plane.GRAY], None)
    assert torch.equal(turned(line)[2], line.truth[2][[2, 0, 1]])
    torch.testing.assert_close(luma(turned(gray)), gray.planes, atol=1e-4, rtol=0)
    assert float((turned(gray) - gray.truth).abs().mean()) > 0.01


def test_a_copier_swaps_the_palette_whole(showing: Showing) -> None:
    still = replace(showing, truth=showing.truth[:1].expand_as(showing.truth))
    found = swap(still, Copier(), still.truth)
    assert found is not None
    assert (found.db, found.plain_db, found.share) == (100, 100, pytest.approx(1))


def test_who_ignores_the_palette_of_its_keyframe_is_seen(showing: Showing) -> None:
    found = swap(showing, Oracle(truth=showing.truth), showing.truth)
    assert found is not None
    assert (found.plain_db, found.share) == (100, 0)
    assert found.db < 30


def test_a_drawing_that_is_held_fades_or_stays(showing: Showing) -> None:
    assert held(showing, Copier()) == 100
    fader = Fader(keeps=0.99)
    error = (showing.truth[0] * (1 - 0.99**8)).double().square().mean().log10()
    assert held(showing, fader) == pytest.approx(float(-10 * error), abs=1e-3)


def test_stir_is_the_mean_step_from_frame_0(showing: Showing) -> None:
    truth = torch.zeros(3, 3, 4, 4)
    truth[1] += 0.1
    truth[2, :, :2] -= 0.1
    assert stir(truth) == pytest.approx(0.075)
    assert stir(showing.truth[:1].expand(4, -1, -1, -1)) == 0


@pytest.mark.parametrize(
    ("values", "ends"),
    [
        ([3.0], (3, 3)),
        ([4.0, 2.0, 1.0], (4, 1)),
        ([*range(8)], (0.5, 6.5)),
        ([*range(11)], (0.5, 9.5)),
    ],
)
def test_quarters_are_the_ends_of_a_shot(values: list[float], ends: tuple[float, float]) -> None:
    assert quarters(values) == ends


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
