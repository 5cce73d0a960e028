"""PSNR agrees with scikit-image, and never wraps."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.metrics import peak_signal_noise_ratio

from animecolor.metrics.fidelity import psnr


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 0.5))
@settings(max_examples=25, deadline=None)
def test_agrees_with_scikit_image(seed: int, noise: float) -> None:
    chance = np.random.default_rng(seed)
    truth = chance.random((3, 17, 23))
    painted = np.clip(truth + noise * chance.standard_normal(truth.shape), 0, 1)
    theirs = peak_signal_noise_ratio(truth, painted, data_range=1.0)
    ours = psnr(torch.from_numpy(painted)[None], torch.from_numpy(truth)[None])
    assert ours.item() == pytest.approx(theirs, abs=1e-4)


def test_integers_do_not_wrap() -> None:
    truth = torch.full((1, 3, 8, 8), 10, dtype=torch.uint8)
    painted = torch.full((1, 3, 8, 8), 200, dtype=torch.uint8)
    theirs = peak_signal_noise_ratio(truth.numpy(), painted.numpy(), data_range=255)
    assert psnr(painted, truth).item() == pytest.approx(theirs, abs=1e-4)
    wrapped = ((painted - truth) ** 2).double().mean()
    assert wrapped < 100  # what a careless subtraction would have seen


def test_identical_pictures_score_the_ceiling() -> None:
    picture = torch.rand(2, 3, 4, 4)
    assert psnr(picture, picture).tolist() == [100.0, 100.0]


def test_unlike_pictures_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot compare"):
        psnr(torch.rand(1, 3, 4, 4), torch.rand(1, 3, 4, 5))
