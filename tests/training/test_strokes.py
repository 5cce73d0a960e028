"""Line styles: inference's own lines exactly, and what each effect does to lines."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import torch
from scipy.ndimage import distance_transform_edt
from skimage.color import rgb2gray

from animecolor.config import Lines
from animecolor.frame import Frame, from_array
from animecolor.stages.canny import canny_plane
from animecolor.stages.ink import ink_plane
from animecolor.stages.sizing import working_luma
from animecolor.training import strokes as styles
from animecolor.training.strokes import Strokes, draw_strokes, luma_of
from animecolor.training.toon import draw_clip

ONLY = {"plain": 0.0, "canny": 0.0, "soft": 0.0, "ink": 0.0}
BARE = {"width": 0.0, "gaps": 0.0, "distance": 0.0}


@pytest.fixture(scope="module")
def scene() -> tuple[np.ndarray, np.ndarray]:
    """(2, 96, 96, 3) colors and (2, 96, 96) ink planes."""
    drawn = list(draw_clip(11, (96, 96), 2, fps=12))
    inks = np.stack([ink_plane(frame.ink, (96, 96)) for frame in drawn])
    return np.stack([frame.color for frame in drawn]), inks


def draw(
    scene: tuple[np.ndarray, np.ndarray], source: str, seed: int = 0, **effects: float
) -> np.ndarray:
    strokes = Strokes(**{**ONLY, source: 1.0, **BARE, **effects})
    return draw_strokes(*scene, strokes, np.random.default_rng(seed))


def test_luma_is_scikit_images(scene: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.abs(luma_of(scene[0]) - rgb2gray(scene[0])).max() < 1e-3


def test_plain_is_what_inference_draws(scene: tuple[np.ndarray, np.ndarray]) -> None:
    planes = draw(scene, "plain", width=1.0, gaps=1.0, distance=1.0)
    for color, plane in zip(scene[0], planes, strict=True):
        frame = Frame(from_array(color), 0, Fraction(1, 12), 0)
        assert np.array_equal(plane, canny_plane(working_luma(frame, 96), Lines()))
    assert 0.01 < (planes == 0).mean() < 0.5


def test_ink_is_the_exact_ink(scene: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.array_equal(draw(scene, "ink"), scene[1])


def test_ink_alone_on_a_clip_without_ink(scene: tuple[np.ndarray, np.ndarray]) -> None:
    assert np.array_equal(draw((scene[0], None), "ink"), draw(scene, "plain"))  # type: ignore[arg-type]


@pytest.mark.parametrize("source", ["plain", "canny", "soft", "ink"])
@pytest.mark.parametrize("effect", ["", "width", "gaps", "distance"])
def test_equal_frames_are_drawn_equally(
    scene: tuple[np.ndarray, np.ndarray], source: str, effect: str
) -> None:
    still = scene[0][[0, 0, 0]], scene[1][[0, 0, 0]]
    effects = {effect: 1.0} if effect else {}
    for seed in range(3):
        planes = draw(still, source, seed, **effects)
        assert planes.shape == (3, 96, 96)
        assert planes.dtype == np.float32
        assert 0 <= planes.min() < 0.8
        assert 0.95 < planes.max() <= 1
        assert np.array_equal(planes[0], planes[1])
        assert np.array_equal(planes[0], planes[2])


def test_blank_paper_stays_blank() -> None:
    blank = np.full((2, 32, 32, 3), 255, np.uint8), np.ones((2, 32, 32), np.float32)
    for source in ONLY:
        for seed in range(8):
            planes = draw(blank, source, seed, width=0.5, gaps=0.5, distance=0.5)
            assert planes.min() > 0.99


def test_soft_lines_of_a_dim_film_are_as_dark(scene: tuple[np.ndarray, np.ndarray]) -> None:
    dim = (scene[0] // 3).astype(np.uint8), scene[1]
    bright_ink, dim_ink = 1 - draw(scene, "soft"), 1 - draw(dim, "soft")
    assert dim_ink.mean() == pytest.approx(bright_ink.mean(), rel=0.35)
    assert np.corrcoef(bright_ink.ravel(), dim_ink.ravel())[0, 1] > 0.9


def test_soft_lines_lie_on_the_ink(scene: tuple[np.ndarray, np.ndarray]) -> None:
    soft = 1 - draw(scene, "soft")
    assert soft[scene[1] < 0.3].mean() > 4 * soft[scene[1] > 0.9].mean()


def test_width_goes_both_ways_and_gaps_only_erase(scene: tuple[np.ndarray, np.ndarray]) -> None:
    ink = scene[1]
    changes = [draw(scene, "ink", seed, width=1.0) - ink for seed in range(8)]
    assert {bool((change <= 0).all()) for change in changes} == {True, False}
    assert all((change <= 0).all() or (change >= 0).all() for change in changes)
    for seed in range(8):
        broken = draw(scene, "ink", seed, gaps=1.0)
        assert (broken >= ink).all()
        kept = (1 - broken).sum() / (1 - ink).sum()
        assert 0.4 < kept < 0.98
        erased = (broken == 1) & (ink < 1)
        both = (ink < 1).all(axis=0)
        assert np.array_equal(erased[0][both], erased[1][both])


def test_nearness_is_scipys_distance(
    scene: tuple[np.ndarray, np.ndarray], monkeypatch: pytest.MonkeyPatch
) -> None:
    near = draw(scene, "ink", distance=1.0)
    distance = np.stack([distance_transform_edt(ink > 0.7) for ink in scene[1]])
    # Beyond a few scales float32 keeps too few digits of 1 - exp(-distance / scale).
    far = (distance > 0) & (near < 0.99)
    scales = -distance[far] / np.log(1 - near[far].astype(np.float64))
    middle = np.median(scales)
    assert 1.5 <= middle <= 6
    assert np.abs(scales / middle - 1).max() < 0.04
    assert near[distance == 0].max() == 0
    monkeypatch.setattr(styles, "_CLEAR", -1.0)
    assert draw(scene, "ink", distance=1.0).min() > 0.99


def test_weights_decide_how_often(scene: tuple[np.ndarray, np.ndarray]) -> None:
    strokes = Strokes(plain=1.0, canny=0.0, soft=0.0, ink=3.0, **BARE)
    chance = np.random.default_rng(5)
    inked = [np.array_equal(draw_strokes(*scene, strokes, chance), scene[1]) for _ in range(120)]
    assert 0.6 < np.mean(inked) < 0.88
    assert torch.from_numpy(luma_of(scene[0])).isfinite().all()
