"""Measures of clips that are known: the truth, a copy, one that fades."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from animecolor.evaluation.conditions import CONDITIONS, paint
from animecolor.evaluation.measure import METRICS, PER_FRAME, Ruler, measure, ruler, slope
from animecolor.evaluation.showing import Showing
from tests.evaluation.fakes import Copier, Fader, Oracle

BLANK, OWN_PREVIOUS = CONDITIONS[:2]


@pytest.fixture
def by(showing: Showing) -> Ruler:
    return ruler(showing.truth, lambda p, t: (p - t).abs().mean((1, 2, 3)))


def test_the_truth_scores_perfectly(showing: Showing, by: Ruler) -> None:
    scores = measure(paint(showing, Oracle(truth=showing.truth), BLANK), showing, by).clip
    assert scores["psnr"] == 100
    assert scores["ssim"] == pytest.approx(1, abs=1e-5)
    assert scores["delta_e"] == scores["lpips"] == 0
    assert scores["slope"] == pytest.approx(0, abs=1e-9)
    assert scores["tc"] == 1


def test_frame_0_is_never_judged(showing: Showing, by: Ruler) -> None:
    spoiled = showing.truth.clone()
    spoiled[0] = 1 - spoiled[0]
    scores = measure(spoiled, showing, by)
    assert scores == measure(showing.truth, showing, by)
    assert {len(row) for row in scores.frames.values()} == {4}


def test_numbers_are_those_of_scikit_image(showing: Showing, by: Ruler) -> None:
    painted = paint(showing, Copier(), OWN_PREVIOUS)
    theirs = [
        peak_signal_noise_ratio(true.numpy(), showing.truth[0].numpy(), data_range=1)
        for true in showing.truth[1:]
    ]
    scores = measure(painted, showing, by)
    assert scores.frames["psnr"] == pytest.approx(theirs, abs=1e-3)
    assert scores.clip["psnr"] == pytest.approx(np.mean(theirs), abs=1e-3)
    assert scores.clip["flicker"] == scores.clip["cdc"] == 0


def test_every_column_is_measured_and_chunks_do_not_matter(showing: Showing, by: Ruler) -> None:
    scores = measure(showing.truth * 0.9, showing, by)
    assert set(scores.clip) == {metric.key for metric in METRICS}
    assert set(scores.frames) == set(PER_FRAME)
    long = Showing(
        showing.clip,
        showing.reads,
        showing.truth.repeat(4, 1, 1, 1),
        showing.planes.repeat(4, 1, 1, 1),
    )
    again = measure(long.truth * 0.9, long, ruler(long.truth, None))
    assert again.frames["ssim"][5:9] == pytest.approx(scores.frames["ssim"], abs=1e-6)
    assert "lpips" not in again.clip


def test_a_model_that_fades_drifts(showing: Showing, by: Ruler) -> None:
    fading = measure(paint(showing, Fader(), OWN_PREVIOUS), showing, by).clip["slope"]
    held = measure(paint(showing, Copier(), OWN_PREVIOUS), showing, by).clip["slope"]
    assert fading < held - 0.1


def test_slope_is_per_frame() -> None:
    assert slope((20.0, 19.5, 19.0, 18.5)) == pytest.approx(-0.5)
    assert math.isnan(slope((20.0,)))


def test_inference_mode_does_not_leak(showing: Showing, by: Ruler) -> None:
    measure(paint(showing, Copier(), BLANK), showing, by)
    assert not torch.is_inference_mode_enabled()
