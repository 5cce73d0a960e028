"""Colour maths against scikit-image, an independent implementation."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from skimage import color as reference

from animecolor.color import (
    LUMA_709,
    delta_e_76,
    delta_e_2000,
    lab_to_rgb,
    luma,
    rgb_to_lab,
    with_luma,
)

PICTURES = arrays(np.float64, (4, 5, 3), elements=st.floats(0, 1))
LABS = arrays(np.float64, (4, 5, 3), elements=st.floats(-100, 100))


def planes(picture: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)


def picture(planes: torch.Tensor) -> np.ndarray:
    return planes.permute(1, 2, 0).numpy()


def lab_of(values: np.ndarray) -> np.ndarray:
    """Map [-100, 100] to plausible Lab: L in [0, 100]."""
    return np.stack([values[..., 0] / 2 + 50, values[..., 1], values[..., 2]], axis=-1)


@given(PICTURES)
@settings(max_examples=60, deadline=None)
def test_lab_equals_scikit_image(rgb: np.ndarray) -> None:
    np.testing.assert_allclose(picture(rgb_to_lab(planes(rgb))), reference.rgb2lab(rgb), atol=2e-3)


@given(PICTURES)
@settings(max_examples=60, deadline=None)
def test_lab_there_and_back(rgb: np.ndarray) -> None:
    np.testing.assert_allclose(picture(lab_to_rgb(rgb_to_lab(planes(rgb)))), rgb, atol=1e-4)


@given(LABS, LABS)
@settings(max_examples=100, deadline=None)
def test_differences_equal_scikit_image(first: np.ndarray, second: np.ndarray) -> None:
    one, two = lab_of(first), lab_of(second)
    ours_76 = delta_e_76(planes(one), planes(two))[0].numpy()
    np.testing.assert_allclose(ours_76, reference.deltaE_cie76(one, two), atol=1e-9)
    ours_2000 = delta_e_2000(planes(one), planes(two))[0].numpy()
    # At hues exactly opposite the formula jumps, and either side of the jump is right.
    hue_gap = np.abs(np.arctan2(one[..., 2], one[..., 1]) - np.arctan2(two[..., 2], two[..., 1]))
    steady = np.abs(hue_gap - np.pi) > 1e-3
    theirs = reference.deltaE_ciede2000(one, two)
    np.testing.assert_allclose(ours_2000[steady], theirs[steady], atol=1e-5)


@pytest.mark.parametrize(
    ("first", "second", "difference"),
    [  # Sharma, Wu and Dalal (2005), table 1: pairs 1, 7, 13, 17, 25 and 34
        ((50.0, 2.6772, -79.7751), (50.0, 0.0, -82.7485), 2.0425),
        ((50.0, 0.0, 0.0), (50.0, -1.0, 2.0), 2.3669),
        ((50.0, -0.0010, 2.4900), (50.0, 0.0009, -2.4900), 4.8045),
        ((50.0, 2.5, 0.0), (73.0, 25.0, -18.0), 27.1492),
        ((60.2574, -34.0099, 36.2677), (60.4626, -34.1751, 39.4387), 1.2644),
        ((2.0776, 0.0795, -1.1350), (0.9033, -0.0636, -0.5514), 0.9082),
    ],
)
def test_published_pairs(
    first: tuple[float, ...], second: tuple[float, ...], difference: float
) -> None:
    one, two = (torch.tensor(lab, dtype=torch.float64)[:, None, None] for lab in (first, second))
    assert delta_e_2000(one, two).item() == pytest.approx(difference, abs=1e-4)


@given(LABS)
@settings(max_examples=30, deadline=None)
def test_nothing_differs_from_itself(values: np.ndarray) -> None:
    lab = planes(lab_of(values))
    assert delta_e_2000(lab, lab).abs().max() < 1e-6
    assert delta_e_76(lab, lab).max() == 0


def test_luma_weights_sum_to_one_and_keep_grey() -> None:
    assert sum(LUMA_709) == pytest.approx(1)
    gray = torch.linspace(0, 1, 12).reshape(1, 3, 4).expand(2, 3, 3, 4)
    assert luma(gray).shape == (2, 1, 3, 4)
    torch.testing.assert_close(luma(gray), gray[:, :1])


def test_shapes_and_dtype_are_kept() -> None:
    batch = torch.rand(2, 5, 3, 4, 6)
    assert rgb_to_lab(batch).shape == batch.shape
    assert lab_to_rgb(rgb_to_lab(batch)).dtype == torch.float32
    assert delta_e_2000(batch, batch).shape == (2, 5, 1, 4, 6)


def test_white_is_white_and_black_is_black() -> None:
    ends = torch.stack([torch.ones(3), torch.zeros(3)], dim=-1)[..., None]
    lab = rgb_to_lab(ends)
    torch.testing.assert_close(lab[0, :, 0], torch.tensor([100.0, 0.0]), atol=1e-2, rtol=0)
    assert lab[1:].abs().max() < 0.02


@given(PICTURES, st.floats(0, 1))
@settings(max_examples=60, deadline=None)
def test_a_given_luma_is_kept_in_gamut(rgb: np.ndarray, level: float) -> None:
    plane = torch.full((1, 4, 5), level, dtype=torch.float64)
    kept = with_luma(planes(rgb), plane)
    assert float(kept.min()) >= -1e-12
    assert float(kept.max()) <= 1 + 1e-12
    torch.testing.assert_close(luma(kept), plane, atol=1e-9, rtol=0)
    own = planes(rgb)
    torch.testing.assert_close(with_luma(own, luma(own)), own, atol=1e-9, rtol=0)
    chroma, given = kept - plane, own - luma(own)
    shrunk = chroma.norm(dim=0) / given.norm(dim=0).clamp(min=1e-9)
    assert bool((shrunk <= 1 + 1e-6).all())
    torch.testing.assert_close(chroma, given * shrunk, atol=1e-6, rtol=0)
