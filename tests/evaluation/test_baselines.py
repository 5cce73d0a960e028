"""Trivial answers, against arithmetic done another way."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

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


def test_a_grey_plane_is_not_listed_twice() -> None:
    assert "plane" in [baseline.name for baseline in baselines_for(Plane.LINE)]
    assert "plane" not in [baseline.name for baseline in baselines_for(Plane.GRAY)]


def test_flow_carry_follows_a_pan(showing: Showing) -> None:
    """A textured picture that slides: carrying must beat holding by far, every frame."""
    chance = np.random.default_rng(1)
    wide = cv2.GaussianBlur(chance.random((64, 96, 3), np.float32), (0, 0), 3)
    wide = (wide - wide.min()) / (wide.max() - wide.min())
    truth = torch.stack(
        [torch.from_numpy(wide[:, 3 * t : 3 * t + 64]).permute(2, 0, 1) for t in range(5)]
    )
    pan = replace(showing, truth=truth, planes=truth.mean(1, keepdim=True))
    carried = BY_NAME["flow carry"].paint(pan, MEAN)
    held = BY_NAME["hold first"].paint(pan, MEAN)
    inside = (..., slice(8, 56), slice(8, 44))
    for t in range(1, 5):
        error = (carried[t] - truth[t])[inside].square().mean()
        assert error < 0.1 * (held[t] - truth[t])[inside].square().mean()


def test_nothing_moves_without_motion(clips: list[Clip]) -> None:
    (showing,) = show(clips[0], [Plane.GRAY], None)
    still = replace(
        showing,
        truth=showing.truth[:1].expand(4, -1, -1, -1),
        planes=showing.planes[:1].expand(4, -1, -1, -1),
    )
    carried = BY_NAME["flow carry"].paint(still, MEAN)
    torch.testing.assert_close(carried, still.truth, atol=1e-4, rtol=0)
