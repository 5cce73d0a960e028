"""Flicker is told from motion."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from animecolor.color import luma
from animecolor.metrics.flicker import static_flicker, tc_ratio, track, warp_error


def pan(frames: int = 4, step: int = 3) -> Tensor:
    """(T, 3, 64, 96): a colored texture that slides left."""
    noise = np.random.default_rng(0).random((64, 160, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    scene = torch.from_numpy((soft - soft.min()) / np.ptp(soft)).permute(2, 0, 1)
    return torch.stack([scene[..., step * t : step * t + 96] for t in range(frames)])


def brighter(clip: Tensor, step: float) -> Tensor:
    """Every other frame brighter by ``step``."""
    lift = torch.tensor([step * (t % 2) for t in range(len(clip))])
    return clip + lift[:, None, None, None]


def test_motion_costs_little_and_flicker_much() -> None:
    truth = pan()
    tracks = track(truth)
    assert tracks.seen.shape == (3, 64, 96)
    assert tracks.seen[:, 8:-8, 8:-8].float().mean() > 0.9
    unaligned = (truth[1:] - truth[:-1]).square().mean()
    assert tracks.errors.max() < unaligned / 20
    error = warp_error(brighter(truth, 0.1), tracks)
    assert error.shape == (3,)
    assert error.tolist() == pytest.approx([0.01] * 3, rel=0.05)


def test_tc_ratio_is_one_for_the_truth_and_grows_with_flicker() -> None:
    truth = pan()
    tracks = track(truth)
    scores = [tc_ratio(brighter(truth, step), tracks) for step in (0, 0.02, 0.05)]
    assert scores[0] == pytest.approx(1)
    assert scores[0] * 2 < scores[1] < scores[2] / 2
    assert tc_ratio(torch.full_like(truth, 0.5), tracks) < 1e-6  # gray hides: the partner tells


def test_warp_error_leaves_hidden_pixels_out() -> None:
    truth = pan()
    tracks = track(truth)
    painted = brighter(truth, 0.1)
    painted[1:] = torch.where(tracks.seen[:, None], painted[1:], 0.0)
    # Frame 0 is brought to frame 1 unharmed: only hidden pixels of frame 1 were blackened.
    expected = warp_error(brighter(truth, 0.1), tracks)[0].item()
    assert (~tracks.seen[0]).sum() > 100
    assert warp_error(painted, tracks)[0].item() == pytest.approx(expected)


def test_a_true_clip_that_stands_still_has_no_ratio() -> None:
    truth = pan(3, step=0)
    assert math.isnan(tc_ratio(brighter(truth, 0.1), track(truth)))


def test_static_flicker_is_the_step_where_the_plane_stands_still() -> None:
    truth = pan(4, step=0)
    planes = luma(truth)
    assert static_flicker(truth, planes) == 0
    assert static_flicker(brighter(truth, 0.1), planes) == pytest.approx(0.1, rel=1e-4)


def test_static_flicker_ignores_what_moves_and_its_surroundings() -> None:
    clip, planes = torch.zeros(2, 3, 32, 32), torch.ones(2, 1, 32, 32)
    planes[1, :, 10, 10] = 0
    clip[1, :, 7:14, 7:14] = 1
    assert static_flicker(clip, planes) == 0
    clip[1, :, 6, 7] = 1
    assert static_flicker(clip, planes) == pytest.approx(1 / (32 * 32 - 49))
    assert math.isnan(static_flicker(clip, torch.stack((planes[0] * 0, planes[0]))))


def test_clips_that_do_not_fit_are_refused() -> None:
    truth = pan(3)
    tracks = track(truth)
    with pytest.raises(ValueError, match="cannot be measured against"):
        warp_error(truth[:2], tracks)
    with pytest.raises(ValueError, match="cannot be measured against"):
        tc_ratio(truth[..., :90], tracks)
    with pytest.raises(ValueError, match="cannot be measured against"):
        static_flicker(truth, torch.ones(3, 1, 64, 90))
    with pytest.raises(ValueError, match="at least 2 frames"):
        track(truth[:1])
