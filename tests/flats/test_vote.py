"""Votes: the mode of what the network painted, away from lines and doubt."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from animecolor.flats.regions import Closing, Regions, find_regions
from animecolor.flats.vote import Votes, vote

RED, BLUE, GREEN = (0.8, 0.2, 0.2), (0.2, 0.3, 0.8), (0.3, 0.7, 0.3)
OPEN = Closing(gap=0, least=1)


def halves(height: int = 120, width: int = 160, line: int = 2) -> NDArray[np.uint8]:
    """Paper with a line down its middle."""
    gray = np.full((height, width), 255, np.uint8)
    gray[:, width // 2 : width // 2 + line] = 0
    return gray


def painted(size: tuple[int, int], rgb: tuple[float, ...]) -> NDArray[np.float32]:
    """(3, h, w) of one color."""
    return np.broadcast_to(np.float32(rgb)[:, None, None], (3, *size)).copy()


def away(votes: NDArray[np.float32], rgb: tuple[float, ...]) -> float:
    """CIEDE2000 by scikit-image."""
    return float(deltaE_ciede2000(rgb2lab(votes[None, None]), rgb2lab(np.float32([[rgb]])))[0, 0])


def at(regions: Regions, row: int, column: int) -> int:
    return int(regions.labels[row, column])


@pytest.mark.parametrize("scale", [1, 3])
def test_each_side_of_a_line_gets_its_own_color(scale: int) -> None:
    gray = halves(120 * scale, 160 * scale, 2 * scale)
    color = painted((120, 160), RED)
    color[:, :, 80:] = np.float32(BLUE)[:, None, None]
    color = cv2.GaussianBlur(color.transpose(1, 2, 0), (0, 0), 2).transpose(2, 0, 1)
    regions = find_regions(gray, None, OPEN)
    votes = vote(regions, color, None)
    left, right = at(regions, 5, 5), at(regions, 5, 155 * scale)
    assert away(votes.color[left], RED) < 0.5
    assert away(votes.color[right], BLUE) < 0.5
    assert votes.margin[left] > 0.9
    assert votes.support[left] == pytest.approx(120 * 79, rel=0.05)


def test_the_commonest_color_wins_untinted_and_the_next_is_told() -> None:
    color = painted((120, 160), RED)
    color[:, :40] = np.float32(GREEN)[:, None, None]
    regions = find_regions(np.full((120, 160), 255, np.uint8), None, OPEN)
    votes = vote(regions, color, None)
    assert away(votes.color[1], RED) < 0.2
    assert away(votes.second[1], GREEN) < 0.2
    assert votes.margin[1] == pytest.approx(1 / 3, abs=0.05)
    mean = color.reshape(3, -1).mean(axis=1)
    assert away(mean, RED) > 10, "a mean would have been off"


def test_noise_averages_out() -> None:
    noise = np.random.default_rng(0).normal(0, 0.04, (3, 120, 160))
    color = (painted((120, 160), BLUE) + noise).astype(np.float32)
    regions = find_regions(np.full((120, 160), 255, np.uint8), None, OPEN)
    assert away(vote(regions, color, None).color[1], BLUE) < 2


def test_sure_pixels_outvote_a_doubtful_majority() -> None:
    color = painted((120, 160), RED)
    error = np.full((120, 160), 0.005, np.float32)
    color[:, :, 60:] = np.float32(GREEN)[:, None, None]
    error[:, 60:] = 0.2
    regions = find_regions(np.full((120, 160), 255, np.uint8), None, OPEN)
    assert away(vote(regions, color, None).color[1], GREEN) < 0.2
    votes = vote(regions, color, error)
    assert away(votes.color[1], RED) < 0.2
    assert votes.error[1] == pytest.approx(error.mean(), rel=0.1)


def test_a_line_that_bleeds_into_a_narrow_region_has_no_say() -> None:
    gray = np.full((60, 90), 255, np.uint8)
    gray[:, [40, 47]] = 0
    color = painted((60, 90), RED)
    color[:, :, 38:42] = color[:, :, 45:50] = 0.05
    regions = find_regions(gray, None, OPEN)
    assert away(vote(regions, color, None).color[at(regions, 30, 44)], RED) < 0.5


def test_a_region_smaller_than_a_cell_votes() -> None:
    gray = np.full((400, 400), 255, np.uint8)
    gray[200:208, 200:208] = 0
    gray[202:205, 202:205] = 255
    color = painted((50, 50), RED)
    color[:, 25, 25] = GREEN
    regions = find_regions(gray, None, OPEN)
    votes = vote(regions, color, None)
    tiny = at(regions, 203, 203)
    assert regions.area[tiny] == 9
    assert away(votes.color[tiny], GREEN) < 0.2
    assert votes.support[tiny] == 0


def test_only_true_gradients_are_soft() -> None:
    gray = halves()
    ramp = np.linspace(0, 1, 120, dtype=np.float32)[None, :, None]
    color = painted((120, 160), BLUE) + 0.3 * ramp * np.ones((1, 1, 160), np.float32)
    color[:, :, 80:] = np.float32(RED)[:, None, None]
    color[:, 60:, 80:] = np.float32(GREEN)[:, None, None]
    color += np.random.default_rng(0).normal(0, 0.01, color.shape)
    regions = find_regions(gray, None, OPEN)
    votes = vote(regions, color.clip(0, 1), None)
    assert votes.soft[at(regions, 60, 20)]
    assert not votes.soft[at(regions, 60, 140)], "two flats are no gradient"
    flat = painted((120, 160), BLUE) + np.random.default_rng(0).normal(0, 0.03, (3, 120, 160))
    assert not vote(regions, flat.astype(np.float32), None).soft.any()


def test_a_drawing_without_a_region_has_no_votes() -> None:
    regions = find_regions(np.zeros((40, 40), np.uint8), None, OPEN)
    votes: Votes = vote(regions, painted((40, 40), RED), None)
    assert regions.count == 0
    assert votes.color.shape == (1, 3)
    assert votes.soft.shape == (1,)
