"""Measures of clips that are known: the truth, a copy, one that fades."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from skimage.metrics import peak_signal_noise_ratio

from animecolor.evaluation.conditions import CONDITIONS, Painting, paint
from animecolor.evaluation.measure import METRICS, PER_FRAME, Judges, Ruler, measure, ruler, slope
from animecolor.evaluation.showing import Showing
from tests.evaluation.fakes import Copier, Fader, Oracle

BLANK, OWN_PREVIOUS = CONDITIONS[:2]


@pytest.fixture
def by(showing: Showing) -> Ruler:
    return ruler(
        showing.truth, Judges(lambda p, t: (p - t).abs().mean((1, 2, 3)), lambda p: [p + 0.1])
    )


def test_the_truth_scores_perfectly(showing: Showing, by: Ruler) -> None:
    scores = measure(paint(showing, Oracle(truth=showing.truth), BLANK), showing, by).clip
    assert scores["psnr"] == 100
    assert scores["ssim"] == pytest.approx(1, abs=1e-5)
    assert scores["delta_e"] == scores["lpips"] == scores["lite0"] == 0
    assert scores["slope"] == pytest.approx(0, abs=1e-9)
    assert scores["tc"] == 1


def test_frame_0_is_never_judged(showing: Showing, by: Ruler) -> None:
    spoiled = showing.truth.clone()
    spoiled[0] = 1 - spoiled[0]
    scores = measure(Painting(spoiled), showing, by)
    assert scores == measure(Painting(showing.truth), showing, by)
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
    scores = measure(Painting(showing.truth * 0.9), showing, by)
    assert set(scores.clip) == {metric.key for metric in METRICS}
    assert set(scores.frames) == set(PER_FRAME)
    long = Showing(
        showing.clip,
        showing.reads,
        showing.truth.repeat(4, 1, 1, 1),
        showing.planes.repeat(4, 1, 1, 1),
    )
    again = measure(Painting(long.truth * 0.9), long, ruler(long.truth, Judges()))
    assert again.frames["ssim"][5:9] == pytest.approx(scores.frames["ssim"], abs=1e-6)
    assert not {"lpips", "lite0"} & set(again.clip)


def test_a_model_that_fades_drifts(showing: Showing, by: Ruler) -> None:
    fading = measure(paint(showing, Fader(), OWN_PREVIOUS), showing, by).clip["slope"]
    held = measure(paint(showing, Copier(), OWN_PREVIOUS), showing, by).clip["slope"]
    assert fading < held - 0.1


def test_slope_is_per_frame() -> None:
    assert slope((20.0, 19.5, 19.0, 18.5)) == pytest.approx(-0.5)
    assert slope((20.0, math.nan, 19.0, 18.5)) == pytest.approx(-0.5)
    assert math.isnan(slope((20.0,)))


def test_a_painted_keyframe_is_not_judged(showing: Showing, by: Ruler) -> None:
    painted = showing.truth * 0.9
    painted[4] = showing.truth[4]
    scores = measure(Painting(painted, given=frozenset({4})), showing, by)
    rest = measure(Painting(painted), showing, by)
    assert math.isnan(scores.frames["psnr"][3])
    assert scores.frames["psnr"][:3] == rest.frames["psnr"][:3]
    assert scores.clip["psnr"] == pytest.approx(np.mean(rest.frames["psnr"][:3]))
    assert abs(scores.clip["slope"]) < 1 < rest.clip["slope"]


def test_inference_mode_does_not_leak(showing: Showing, by: Ruler) -> None:
    measure(paint(showing, Copier(), BLANK), showing, by)
    assert not torch.is_inference_mode_enabled()
