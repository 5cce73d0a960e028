"""Trivial answers, against arithmetic done another way."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from animecolor.color import luma
from animecolor.evaluation.baselines import BASELINES, baselines_for, mean_color
from animecolor.evaluation.showing import Showing, show
from animecolor.frame import Plane
from animecolor.training.clips import Clip

BY_NAME = {baseline.name: baseline for baseline in BASELINES}
MEAN = torch.tensor([0.1, 0.2, 0.3]).view(3, 1, 1)


def test_mean_color_is_the_mean_of_the_clips(clips: list[Clip], showing: Showing) -> None:
    expected = np.mean([clip.color().reshape(-1, 3).mean(0) for clip in clips], axis=0) / 255
    assert mean_color(clips).flatten().tolist() == pytest.approx(expected, abs=1e-6)
    painted = BY_NAME["mean color"].paint(showing, MEAN)
    assert torch.equal(painted[3, :, 5, 7], MEAN.flatten())


def test_gray_copy_is_luma(showing: Showing) -> None:
    picture = BY_NAME["gray copy"].paint(showing, MEAN)[2].permute(1, 2, 0).numpy()
    weights = np.array([[0.2126, 0.7152, 0.0722]] * 3)
    expected = cv2.transform(showing.truth[2].permute(1, 2, 0).numpy(), weights)
    assert picture == pytest.approx(expected, abs=1e-5)


def test_hold_first_and_plane(showing: Showing) -> None:
    held = BY_NAME["hold first"].paint(showing, MEAN)
    assert all(torch.equal(frame, showing.truth[0]) for frame in held)
    assert torch.equal(BY_NAME["plane"].paint(showing, MEAN)[:, 1], showing.planes[:, 0])


def test_a_plane_has_the_answers_that_fit_it() -> None:
    line = {baseline.name for baseline in baselines_for(Plane.LINE)}
    gray = {baseline.name for baseline in baselines_for(Plane.GRAY)}
    assert line - gray == {"plane"}
    assert gray - line == {"flow carry, luma kept"}


@pytest.mark.parametrize("name", ["flow carry", "flow carry, refined"])
def test_flow_carry_follows_a_pan(name: str, showing: Showing) -> None:
    """A textured picture that slides: carrying must beat holding by far, every frame."""
    chance = np.random.default_rng(1)
    wide = cv2.GaussianBlur(chance.random((64, 96, 3), np.float32), (0, 0), 3)
    wide = (wide - wide.min()) / (wide.max() - wide.min())
    truth = torch.stack(
        [torch.from_numpy(wide[:, 3 * t : 3 * t + 64]).permute(2, 0, 1) for t in range(5)]
    )
    pan = replace(showing, truth=truth, planes=truth.mean(1, keepdim=True))
    carried = BY_NAME[name].paint(pan, MEAN)
    held = BY_NAME["hold first"].paint(pan, MEAN)
    inside = (..., slice(8, 56), slice(8, 44))
    for t in range(1, 5):
        error = (carried[t] - truth[t])[inside].square().mean()
        assert error < 0.1 * (held[t] - truth[t])[inside].square().mean()


@pytest.mark.parametrize("name", [n for n in BY_NAME if n.startswith("flow carry")])
def test_nothing_moves_without_motion(name: str, clips: list[Clip]) -> None:
    (showing,) = show(clips[0], [Plane.GRAY], None)
    still = replace(
        showing,
        truth=showing.truth[:1].expand(4, -1, -1, -1),
        planes=showing.planes[:1].expand(4, -1, -1, -1),
    )
    carried = BY_NAME[name].paint(still, MEAN)
    torch.testing.assert_close(carried, still.truth, atol=1e-4, rtol=0)


@pytest.mark.parametrize("name", ["flow carry, luma kept", "flow carry, refined"])
def test_beside_grey_the_luma_is_true_and_the_chroma_carried(name: str, clips: list[Clip]) -> None:
    (showing,) = show(clips[0], [Plane.GRAY], None)
    painted = BY_NAME[name].paint(showing, MEAN)
    torch.testing.assert_close(luma(painted), showing.planes, atol=1e-4, rtol=0)
    carried = BY_NAME["flow carry"].paint(showing, MEAN)
    assert float((carried - showing.truth).square().mean()) > float(
        (painted - showing.truth).square().mean()
    )


def test_refining_adds_up_no_errors(showing: Showing) -> None:
    """A texture that goes away and comes back, as luma: refined it is found where it was."""
    chance = np.random.default_rng(1)
    wide = cv2.GaussianBlur(chance.random((64, 96, 3), np.float32), (0, 0), 2)
    wide = (wide - wide.min()) / (wide.max() - wide.min())
    places = [0, 4, 8, 12, 16, 12, 8, 4, 0]
    truth = torch.stack([torch.from_numpy(wide[:, x : x + 64]).permute(2, 0, 1) for x in places])
    there = replace(showing, truth=truth, planes=luma(truth), reads=Plane.GRAY)
    errors = {
        name: float((BY_NAME[name].paint(there, MEAN)[-1] - truth[-1]).square().mean())
        for name in ("flow carry, luma kept", "flow carry, refined")
    }
    assert errors["flow carry, refined"] < 0.5 * errors["flow carry, luma kept"]
