"""Scores of single pictures agree with scikit-image, and never wrap."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab
from skimage.metrics import peak_signal_noise_ratio, structural_similarity
from torch import Tensor

from animecolor.metrics.fidelity import chroma_psnr, delta_e, psnr, ssim

MEASURES = (psnr, chroma_psnr, ssim, delta_e)


def pair(seed: int, noise: float, shape: tuple[int, ...] = (2, 3, 17, 23)) -> tuple[Tensor, Tensor]:
    """A noisy copy and its truth: flat halves, as cels have, and texture."""
    chance = np.random.default_rng(seed)
    truth = chance.random(shape)
    truth[..., : shape[-1] // 2] = chance.random((shape[0], shape[1], 1, 1))
    painted = np.clip(truth + noise * chance.standard_normal(shape), 0, 1)
    return torch.from_numpy(painted), torch.from_numpy(truth)


def last(pictures: Tensor) -> np.ndarray:
    """Channels last, as scikit-image reads color."""
    return pictures.movedim(-3, -1).numpy()


@given(st.integers(0, 2**32 - 1), st.floats(0.001, 0.5))
@settings(max_examples=25, deadline=None)
def test_psnr_agrees_with_scikit_image(seed: int, noise: float) -> None:
    painted, truth = pair(seed, noise)
    theirs = [
        peak_signal_noise_ratio(t, p, data_range=1.0)
        for p, t in zip(last(painted), last(truth), strict=True)
    ]
    assert psnr(painted, truth).tolist() == pytest.approx(theirs, abs=1e-4)


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.5))
@settings(max_examples=15, deadline=None)
def test_ssim_agrees_with_scikit_image(seed: int, noise: float) -> None:
    painted, truth = pair(seed, noise)
    theirs = [
        structural_similarity(
            p,
            t,
            gaussian_weights=True,
            sigma=1.5,
            use_sample_covariance=False,
            data_range=1.0,
            channel_axis=-1,
        )
        for p, t in zip(last(painted), last(truth), strict=True)
    ]
    assert ssim(painted, truth).tolist() == pytest.approx(theirs, abs=1e-5)


@given(st.integers(0, 2**32 - 1), st.floats(0, 0.5))
@settings(max_examples=15, deadline=None)
def test_delta_e_agrees_with_scikit_image(seed: int, noise: float) -> None:
    painted, truth = pair(seed, noise)
    differences = deltaE_ciede2000(rgb2lab(last(painted)), rgb2lab(last(truth)))
    assert delta_e(painted, truth).tolist() == pytest.approx(
        differences.mean((1, 2)).tolist(), abs=1e-3
    )


def test_chroma_psnr_agrees_with_scikit_image_and_ignores_lightness() -> None:
    painted, truth = pair(3, 0.1)
    theirs = [
        peak_signal_noise_ratio(t[..., 1:], p[..., 1:], data_range=255)
        for p, t in zip(rgb2lab(last(painted)), rgb2lab(last(truth)), strict=True)
    ]
    assert chroma_psnr(painted, truth).tolist() == pytest.approx(theirs, abs=1e-3)
    gray = torch.rand(1, 1, 12, 12, generator=torch.Generator().manual_seed(0)).repeat(1, 3, 1, 1)
    assert chroma_psnr(gray, gray / 2).item() > 60
    assert psnr(gray, gray / 2).item() < 15


def test_integers_do_not_wrap() -> None:
    truth = torch.full((1, 3, 16, 16), 10, dtype=torch.uint8)
    painted = torch.full((1, 3, 16, 16), 200, dtype=torch.uint8)
    theirs = peak_signal_noise_ratio(truth.numpy(), painted.numpy(), data_range=255)
    assert psnr(painted, truth).item() == pytest.approx(theirs, abs=1e-4)
    wrapped = ((painted - truth) ** 2).double().mean()
    assert wrapped < 100  # what a careless subtraction would have seen


@pytest.mark.parametrize("measure", MEASURES)
def test_integers_and_floats_score_alike(measure) -> None:
    painted, truth = ((picture * 255).to(torch.uint8) for picture in pair(1, 0.2))
    floats = measure(painted.double() / 255, truth.double() / 255)
    assert measure(painted, truth).tolist() == pytest.approx(floats.tolist(), rel=1e-5)


@pytest.mark.parametrize(
    ("measure", "best"), [(psnr, 100.0), (chroma_psnr, 100.0), (ssim, 1.0), (delta_e, 0.0)]
)
def test_identical_pictures_score_the_best(measure, best: float) -> None:
    picture = torch.rand(2, 3, 12, 12, generator=torch.Generator().manual_seed(0))
    scores = measure(picture, picture)
    assert scores.dtype == torch.float32
    assert scores.tolist() == pytest.approx([best, best], abs=1e-6)


@pytest.mark.parametrize("measure", MEASURES)
def test_each_picture_is_scored_for_itself(measure) -> None:
    painted, truth = pair(5, 0.1)
    alone = measure(painted[1:], truth[1:])
    assert measure(painted, truth)[1:].tolist() == alone.tolist()
    assert measure(painted, truth)[0] != alone[0]


@pytest.mark.parametrize("measure", MEASURES)
def test_unlike_pictures_are_refused(measure) -> None:
    with pytest.raises(ValueError, match="cannot compare"):
        measure(torch.rand(1, 3, 12, 12), torch.rand(1, 3, 12, 13))
    with pytest.raises(ValueError, match="cannot compare"):
        measure(torch.rand(1, 3, 12, 12), torch.rand(1, 3, 12, 12).double())


def test_ssim_refuses_pictures_smaller_than_its_window() -> None:
    with pytest.raises(ValueError, match="11 pixels a side, not 12 x 10"):
        ssim(torch.rand(1, 3, 10, 12), torch.rand(1, 3, 10, 12))
