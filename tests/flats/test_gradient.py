"""Gradients: stains go, what is painted stays."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from animecolor.flats.gradient import steady

SIZE = (60, 100)


def sky() -> NDArray[np.float32]:
    """Blue above, pale below, a little warmer to the right."""
    y, x = np.mgrid[: SIZE[0], : SIZE[1]] / np.array(SIZE).reshape(2, 1, 1)
    planes = (0.5 + 0.4 * y + 0.05 * x, 0.7 + 0.2 * y * y, 0.85 - 0.05 * x * y)
    return np.stack(planes, -1).astype(np.float32)


def everywhere() -> NDArray[np.int32]:
    return np.ones(SIZE, np.int32)


SOFT = np.array([False, True])


def test_a_stain_takes_the_color_of_the_sky() -> None:
    stained = sky()
    stained[20:30, 40:60] = (0.8, 0.2, 0.2)
    steadied = steady(stained, everywhere(), SOFT)
    assert np.abs(steadied - sky()).max() < 0.02
    assert np.abs(stained - sky()).max() > 0.5  # its input is left alone


def test_a_clean_gradient_and_a_texture_are_kept() -> None:
    np.testing.assert_allclose(steady(sky(), everywhere(), SOFT), sky(), atol=1e-6)
    rough = sky() + np.random.default_rng(1).normal(0, 0.03, (*SIZE, 1)).astype(np.float32)
    rough = np.clip(rough, 0, 1)
    assert np.mean(np.any(np.abs(steady(rough, everywhere(), SOFT) - rough) > 1e-4, axis=2)) < 0.01


def test_other_regions_and_lines_are_not_touched() -> None:
    noise = np.random.default_rng(2).random((*SIZE, 3)).astype(np.float32)
    labels = everywhere()
    labels[:, 50:] = 2
    labels[30] = 0
    steadied = steady(noise, labels, np.array([True, False, True]))
    np.testing.assert_array_equal(steadied[:, :50], noise[:, :50])
    np.testing.assert_array_equal(steadied[30], noise[30])


@pytest.mark.parametrize("box", [(slice(5, 6), slice(0, 100)), (slice(0, 60), slice(7, 8))])
def test_a_strip_has_a_gradient_along_it_only(box: tuple[slice, slice]) -> None:
    labels = np.zeros(SIZE, np.int32)
    labels[box] = 1
    steadied = steady(sky(), labels, SOFT)
    np.testing.assert_allclose(steadied, sky(), atol=0.01)


def test_a_handful_of_pixels_has_no_gradient() -> None:
    labels = np.zeros(SIZE, np.int32)
    labels[:6, :6] = 1
    noise = np.random.default_rng(3).random((*SIZE, 3)).astype(np.float32)
    np.testing.assert_array_equal(steady(noise, labels, SOFT), noise)
