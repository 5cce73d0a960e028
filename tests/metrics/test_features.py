"""Distance of features, by hand and as eyes would order it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from torch import Tensor

from animecolor.metrics.perceptual import feature_distance, unit_length
from animecolor.training.features import Lite0


def test_by_hand() -> None:
    """One pixel of two turned by a right angle, the other equal but longer: half of 2."""
    painted = torch.tensor([[[[3.0, 0.0]], [[4.0, 2.0]]]])
    truth = torch.tensor([[[[6.0, 5.0]], [[8.0, 0.0]]]])
    one = feature_distance([unit_length(painted)], [unit_length(truth)])
    assert one.tolist() == pytest.approx([1.0])
    same = unit_length(truth)
    both = feature_distance([unit_length(painted), same], [same, same])
    assert both.tolist() == pytest.approx([0.5])


def test_levels_must_fit() -> None:
    level = torch.rand(1, 2, 4, 4)
    with pytest.raises(ValueError, match="cannot compare"):
        feature_distance([level], [level, level])


@pytest.fixture(scope="module")
def drawing() -> Tensor:
    picture = np.full((96, 96, 3), (235, 225, 200), np.uint8)
    cv2.circle(picture, (40, 50), 28, (200, 60, 40), -1)
    cv2.rectangle(picture, (60, 10), (90, 80), (40, 90, 190), -1)
    cv2.circle(picture, (40, 50), 28, (20, 20, 20), 2)
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255


@pytest.fixture(scope="module")
def judge() -> Lite0:
    return Lite0()


def distance(judge: Lite0, painted: Tensor, truth: Tensor) -> float:
    with torch.inference_mode():
        seen, true = ([unit_length(f) for f in judge(p).content] for p in (painted, truth))
        return float(feature_distance(seen, true))


def test_equal_pictures_are_at_no_distance(judge: Lite0, drawing: Tensor) -> None:
    assert distance(judge, drawing, drawing) == 0


def blurred(picture: Tensor, amount: float) -> Tensor:
    array = picture[0].permute(1, 2, 0).numpy()
    return torch.from_numpy(cv2.GaussianBlur(array, (0, 0), amount)).permute(2, 0, 1)[None]


def noisy(picture: Tensor, amount: float) -> Tensor:
    noise = torch.randn(picture.shape, generator=torch.Generator().manual_seed(0))
    return (picture + amount * noise).clamp(0, 1)


def turned(picture: Tensor, amount: float) -> Tensor:
    return picture.lerp(picture.roll(1, dims=1), amount)


@pytest.mark.parametrize(
    ("spoil", "amounts"),
    [(blurred, (0.7, 1.5, 4)), (noisy, (0.02, 0.06, 0.2)), (turned, (0.2, 0.5, 1))],
    ids=["blur", "noise", "hue"],
)
def test_it_grows_with_what_is_wrong(
    spoil: object, amounts: tuple[float, ...], judge: Lite0, drawing: Tensor
) -> None:
    assert callable(spoil)
    found = [distance(judge, spoil(drawing, amount), drawing) for amount in amounts]
    assert 0.005 < found[0] < found[1] < found[2] < 4
