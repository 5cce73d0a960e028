"""Losses: against formulas written out, and moving the way they must."""

from __future__ import annotations

import math

import cv2
import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from animecolor.training import losses


def features(*scales: float) -> list[torch.Tensor]:
    chance = torch.Generator().manual_seed(1)
    return [s * torch.rand(2, 4, 6, 5, generator=chance) for s in scales]


def test_content_and_style_are_the_published_formulas() -> None:
    painted, truth = features(1.0, 3.0), features(2.0, 2.0)
    wanted = sum(float((p - t).abs().mean()) for p, t in zip(painted, truth, strict=True))
    assert losses.content(painted, truth, scaled=False).item() == pytest.approx(wanted, rel=1e-5)
    total = 0.0
    for p, t in zip(painted, truth, strict=True):
        grams = []
        for level in (p, t):
            flat = level.reshape(2, 4, 30).numpy()
            grams.append(np.einsum("nik,njk->nij", flat, flat) / (4 * 30))
        total += float(np.abs(grams[0] - grams[1]).mean())
    assert losses.style(painted, truth, scaled=False).item() == pytest.approx(total, rel=1e-4)


def test_scaled_levels_weigh_alike_sample_by_sample() -> None:
    painted, truth = features(1.0), features(2.0)
    louder = [torch.stack((level[0], 50 * level[1])) for level in painted]
    wanted = [torch.stack((level[0], 50 * level[1])) for level in truth]
    same = losses.content(painted, truth, scaled=True)
    assert losses.content(louder, wanted, scaled=True).item() == pytest.approx(same.item(), 1e-2)


def test_the_three_rivalries_at_known_logits() -> None:
    real, fake = torch.tensor([2.0, -0.5]), torch.tensor([-3.0, 0.5])
    sigmoid = [1 / (1 + math.exp(-float(x))) for x in (*real, *fake)]
    bce = (
        [-math.log(sigmoid[0]), -math.log(sigmoid[1])],
        [
            -math.log(1 - sigmoid[2]),
            -math.log(1 - sigmoid[3]),
        ],
    )
    expected = {
        "bce": (np.mean(bce[0]) + np.mean(bce[1])) / 2,
        "hinge": ((0 + 1.5) / 2 + (0 + 1.5) / 2) / 2,
        "lsgan": ((1 + 2.25) / 2 + (9 + 0.25) / 2) / 2,
    }
    wanted = {
        "bce": np.mean([-math.log(s) for s in sigmoid[2:]]),
        "hinge": 1.25,
        "lsgan": (16 + 0.25) / 2,
    }
    for kind in ("bce", "hinge", "lsgan"):
        assert losses.discern(real, fake, kind).item() == pytest.approx(expected[kind], rel=1e-5)
        assert losses.deceive(fake, kind).item() == pytest.approx(wanted[kind], rel=1e-5)


def test_ssim_is_half_of_what_scikit_image_lacks_to_one() -> None:
    chance = np.random.default_rng(2)
    truth = cv2.GaussianBlur(chance.random((64, 64, 3)), (0, 0), 2)
    painted = np.clip(truth + 0.05 * chance.standard_normal(truth.shape), 0, 1)
    theirs = structural_similarity(
        truth,
        painted,
        data_range=1,
        channel_axis=2,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
    )
    both = [torch.from_numpy(a).permute(2, 0, 1)[None].float() for a in (painted, truth)]
    assert losses.ssim(*both).item() == pytest.approx((1 - theirs) / 2, abs=0.01)


def test_warped_sees_no_change_in_what_only_moved() -> None:
    chance = np.random.default_rng(3)
    picture = cv2.GaussianBlur(chance.random((40, 48, 3)).astype(np.float32), (0, 0), 2)
    before = torch.from_numpy(picture).permute(2, 0, 1)[None]
    painted = torch.roll(before, (2, 3), (2, 3))
    flow = torch.tensor([-3.0, -2.0]).expand(1, 40, 48, 2)
    seen = torch.zeros(1, 40, 48, dtype=torch.bool)
    assert losses.warped(painted, before, flow, seen).item() == 0
    seen[:, 2:, 3:] = True
    assert losses.warped(painted, before, flow, seen).item() < 1e-5
    assert losses.warped(painted, before, torch.zeros_like(flow), seen).item() > 0.01
