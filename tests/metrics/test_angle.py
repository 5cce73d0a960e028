"""AE against the formula it is published by, and what it does with dark pixels."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from animecolor.metrics.angle import angular_error


def test_it_is_the_published_formula_where_nothing_is_dark() -> None:
    chance = np.random.default_rng(0)
    painted, truth = chance.uniform(0.1, 1, (2, 3, 3, 8, 9))
    dots = (painted * truth).sum(1)
    lengths = np.linalg.norm(painted, axis=1) * np.linalg.norm(truth, axis=1)
    wanted = np.degrees(np.arccos(dots / lengths)).mean((1, 2))
    found = angular_error(torch.from_numpy(painted), torch.from_numpy(truth))
    np.testing.assert_allclose(found, wanted, rtol=1e-5)


def test_known_angles() -> None:
    red, yellow = torch.zeros(1, 3, 4, 4), torch.zeros(1, 3, 4, 4)
    red[:, 0] = yellow[:, 0] = yellow[:, 1] = 1
    assert float(angular_error(red, yellow)) == pytest.approx(45)
    assert float(angular_error(0.3 * red, red)) == pytest.approx(0, abs=1e-4)
    assert float(angular_error(0 * red, red)) == 90


def test_dark_truth_does_not_count_and_bytes_score_as_floats() -> None:
    truth = torch.full((1, 3, 2, 2), 200, dtype=torch.uint8)
    truth[..., 0] = 3
    painted = truth.clone()
    painted[..., 0] = torch.tensor([0, 255, 0], dtype=torch.uint8)[None, :, None]
    assert float(angular_error(painted, truth)) == 0
    assert float(angular_error(painted, truth, dark=0)) > 20
    painted[:, 2] = 0
    assert float(angular_error(painted, truth)) == pytest.approx(
        float(angular_error(painted / 255, truth / 255)), rel=1e-5
    )
    assert float(angular_error(painted, 0 * truth)) == 0


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="cannot compare"):
        angular_error(torch.zeros(1, 3, 2, 2), torch.zeros(1, 3, 2, 3))
