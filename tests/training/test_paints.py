"""Other palettes: hues move as scikit-image says, drawings and greys stay."""

from __future__ import annotations

import numpy as np
import pytest
from skimage.color import hsv2rgb, rgb2hsv

from animecolor.training import paints
from animecolor.training.paints import jitter, remap


def every_color(step: int = 15) -> np.ndarray:
    """(1, 18 * 18, 18, 3) uint8: a lattice over the RGB cube."""
    levels = np.arange(0, 256, step, dtype=np.uint8)
    cube = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), -1)
    return np.ascontiguousarray(cube.reshape(1, -1, len(levels), 3))


@pytest.mark.parametrize("seed", range(6))
def test_a_pixel_depends_on_its_color_only(seed: int) -> None:
    chance = np.random.default_rng(0)
    palette = chance.integers(0, 256, (5, 3), dtype=np.uint8)
    drawn = chance.integers(0, 5, (3, 16, 24))
    painted = remap(palette[drawn], np.random.default_rng(seed))
    assert painted.shape == (3, 16, 24, 3)
    assert painted.dtype == np.uint8
    for number in range(5):
        assert len(np.unique(painted[drawn == number], axis=0)) == 1


@pytest.mark.parametrize("seed", range(6))
def test_ink_paper_and_greys_stay(seed: int) -> None:
    greys = np.arange(256, dtype=np.uint8)[None, None, :, None].repeat(3, axis=3)
    assert np.array_equal(remap(greys, np.random.default_rng(seed)), greys)
    inky = np.asarray([[[[20, 5, 8], [0, 12, 3], [6, 6, 18]]]], np.uint8)
    assert remap(inky, np.random.default_rng(seed)).max() <= 32
    creamy = np.asarray([[[[255, 252, 244], [246, 250, 255]]]], np.uint8)
    assert remap(creamy, np.random.default_rng(seed)).min() >= 228


def test_every_palette_is_another() -> None:
    colors = every_color()
    painted = [remap(colors, np.random.default_rng(seed)) for seed in range(8)]
    everything = [colors, *painted]
    for number, first in enumerate(everything):
        for second in everything[:number]:
            moved = np.abs(first.astype(int) - second.astype(int)).max(axis=-1)
            assert np.median(moved) > 20


def test_without_waves_hue_turns_as_in_scikit_image(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paints, "_waves", lambda turns, chance: np.zeros_like(turns))
    mirrors = set()
    for seed in range(4):
        chance = np.random.default_rng(seed)
        mirror = 1 if chance.random() < 0.5 else -1
        turn, stronger = chance.random(), np.exp(chance.uniform(-0.4, 0.2))
        mirrors.add(mirror)
        hsv = rgb2hsv(every_color()[0])
        hsv[..., 2] *= np.exp(-0.1 * np.minimum(1, 2 * hsv[..., 1]))
        hsv[..., 0] = (mirror * hsv[..., 0] + turn) % 1
        hsv[..., 1] = np.minimum(1, stronger * hsv[..., 1])
        expected = 255 * hsv2rgb(hsv)
        painted = remap(every_color(), np.random.default_rng(seed))[0]
        # 256 hues: half a step is 3 levels of a channel, taken twice; saturation has 256, too.
        assert np.abs(painted - expected).max() <= 12
        assert np.abs(painted - expected).mean() <= 1.5
    assert mirrors == {1, -1}


def test_jitter() -> None:
    colors = every_color()
    assert np.array_equal(jitter(colors, 0.0, np.random.default_rng(0)), colors)
    greys = np.arange(256, dtype=np.uint8)[None, None, :, None].repeat(3, axis=3)
    means = []
    for seed in range(8):
        changed = jitter(greys, 0.2, np.random.default_rng(seed))
        assert np.ptp(changed.astype(int), axis=-1).max() <= 1
        assert (np.diff(changed[0, 0, :, 0].astype(int)) >= 0).all()
        means.append(changed.mean())
    assert min(means) < 120 < 135 < max(means)
    assert min(means) > 127.5 * 0.78
    vivid = jitter(colors, 0.2, np.random.default_rng(3))
    assert 2 < np.abs(vivid.astype(int) - colors).mean() < 51
