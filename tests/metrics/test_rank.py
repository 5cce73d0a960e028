"""Rank correlation, by hand and against SciPy, which comes with scikit-image."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import spearmanr

from animecolor.metrics.rank import ranks, spearman


def test_equal_values_share_their_mean_rank() -> None:
    assert ranks(np.array([10.0, 30.0, 10.0, 20.0, 30.0, 30.0])).tolist() == [1.5, 5, 1.5, 3, 5, 5]


def test_by_hand() -> None:
    # d = 0, 0, 0, 1, -1: rho = 1 - 6 * 2 / (5 * 24)
    assert spearman(np.arange(5.0), np.array([1.0, 2, 3, 9, 8])) == pytest.approx(0.9)


@pytest.mark.parametrize("levels", [3, 50, 10**9])
def test_agrees_with_scipy(levels: int) -> None:
    chance = np.random.default_rng(levels)
    one, noise = chance.integers(0, levels, (2, 400))
    other = one + noise // 2
    expected = spearmanr(one, other).statistic
    assert spearman(one.astype(float), other.astype(float)) == pytest.approx(expected, abs=1e-12)


def test_order_is_all_that_counts() -> None:
    values = np.random.default_rng(0).random(30)
    assert spearman(values, np.exp(9 * values)) == pytest.approx(1)
    assert spearman(values, -(values**3)) == pytest.approx(-1)


def test_nothing_to_correlate_is_no_number() -> None:
    assert math.isnan(spearman(np.ones(9), np.arange(9.0)))
    assert math.isnan(spearman(np.arange(2.0), np.arange(2.0)))
    with pytest.raises(ValueError, match="cannot correlate"):
        spearman(np.ones(3), np.ones(4))
