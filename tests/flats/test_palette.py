"""Snapping: the nearest swatch as scikit-image measures it, and what is too far is rejected."""

from __future__ import annotations

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from skimage.color import deltaE_ciede2000, rgb2lab

from animecolor.flats.palette import Palette, Swatch, named, snap


def palette_of(rgb: np.ndarray) -> Palette:
    return Palette(tuple(Swatch(tuple(color)) for color in rgb.tolist()))


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1 << 32), count=st.integers(1, 60), near=st.booleans())
def test_snaps_to_what_scikit_image_calls_nearest(seed: int, count: int, near: bool) -> None:
    chance = np.random.default_rng(seed)
    known = chance.integers(0, 256, (count, 3), dtype=np.uint8)
    rgb = chance.integers(0, 256, (50, 3), dtype=np.uint8)
    if near:
        moved = known[chance.integers(0, count, 50)] + chance.integers(-9, 10, (50, 3))
        rgb = np.clip(moved, 0, 255).astype(np.uint8)
    index, distance = snap(palette_of(known), rgb)
    table = deltaE_ciede2000(rgb2lab(rgb)[:, None], rgb2lab(known)[None])
    # scikit-image's own RGB to Lab differs in the fifth digit of its white.
    np.testing.assert_allclose(distance, table.min(1), atol=2e-3)
    np.testing.assert_allclose(table[np.arange(50), index], table.min(1), atol=2e-3)


def test_every_swatch_is_its_own_nearest_and_the_first_of_equals_wins() -> None:
    rgb = np.array([(10, 20, 30), (200, 0, 0), (10, 20, 30), (0, 0, 0)], np.uint8)
    index, distance = snap(palette_of(rgb), rgb)
    assert index.tolist() == [0, 1, 0, 3]
    assert index.dtype == np.int32
    assert distance.dtype == np.float32
    assert distance.tolist() == [0, 0, 0, 0]


def test_floats_are_the_same_colors() -> None:
    rgb = np.random.default_rng(1).integers(0, 256, (100, 3), dtype=np.uint8)
    known = palette_of(rgb[::7])
    whole, distance = snap(known, rgb)
    again, same = snap(known, (rgb / 255).astype(np.float32))
    assert np.array_equal(whole, again)
    np.testing.assert_allclose(distance, same, atol=1e-4)


def test_rejects_beyond_and_not_at_the_limit() -> None:
    known = palette_of(np.array([(128, 128, 128)], np.uint8))
    rgb = np.array([(128, 128, 128), (132, 128, 128), (255, 0, 0)], np.uint8)
    _, distance = snap(known, rgb)
    index, still = snap(known, rgb, reject=float(distance[1]))
    assert index.tolist() == [0, 0, -1]
    assert np.array_equal(still, distance)
    assert snap(known, rgb, reject=0)[0].tolist() == [0, -1, -1]


def test_empty_tables() -> None:
    rgb = np.zeros((3, 3), np.uint8)
    index, distance = snap(Palette(()), rgb)
    assert index.tolist() == [-1, -1, -1]
    assert np.isinf(distance).all()
    assert snap(palette_of(rgb), rgb[:0])[0].shape == (0,)


def test_a_long_table_is_snapped_in_parts() -> None:
    rgb = np.random.default_rng(2).integers(0, 256, (9000, 3), dtype=np.uint8)
    known = palette_of(rgb[:9])
    index, _ = snap(known, rgb)
    assert np.array_equal(index[:9], np.arange(9))
    assert np.array_equal(index[-5:], snap(known, rgb[-5:])[0])


def test_many_regions_and_a_large_palette_take_no_time() -> None:
    chance = np.random.default_rng(3)
    known = palette_of(chance.integers(0, 256, (200, 3), dtype=np.uint8))
    rgb = chance.random((2000, 3), np.float32)
    best = np.inf
    for _ in range(5):
        before = time.process_time()
        snap(known, rgb)
        best = min(best, time.process_time() - before)
    assert best < 0.08  # scikit-image takes 0.5 s for these 400,000 pairs


def test_names_go_to_the_nearest_swatch_once() -> None:
    found = Palette((Swatch((100, 100, 100), count=9), Swatch((101, 100, 100), "mine", 5)))
    names = Palette((Swatch((101, 100, 100), "coat"), Swatch((0, 0, 255), "sky")))
    assert [swatch.name for swatch in named(found, names).swatches] == ["", "coat"]
    assert [swatch.count for swatch in named(found, names).swatches] == [9, 5]
    assert [swatch.rgb for swatch in named(found, names).swatches] == [
        s.rgb for s in found.swatches
    ]


@pytest.mark.parametrize("names", [Palette(()), Palette((Swatch((100, 100, 100)),))])
def test_without_names_nothing_is_renamed(names: Palette) -> None:
    found = Palette((Swatch((100, 100, 100), "kept"),))
    assert named(found, names) == found
