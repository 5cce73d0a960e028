"""Regions get swatches: nothing off a closed palette, new colors in a fixed order, 255 at most."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from animecolor.flats.palette import MOST, Palette, Swatch, snap
from animecolor.flats.regions import Regions
from animecolor.flats.track import Settled
from animecolor.stages.swatches import SAME, keep_to, make_known


def settled(rgb: NDArray[np.uint8], index: NDArray[np.int32] | None = None) -> Settled:
    """R regions of falling area in these colors; row 0 is the lines."""
    count = len(rgb)
    area = np.arange(count, 0, -1).astype(np.int64)
    labels = np.arange(count, dtype=np.int32)[None]
    box = np.zeros((count, 4), np.int32)
    regions = Regions(labels, np.zeros((1, count), np.uint8), area, box, np.zeros(0, np.int32))
    ones = np.ones(count, np.float32)
    none = np.full(count, -1, np.int32) if index is None else index
    seen = np.zeros((0, 3), np.uint8)
    return Settled(regions, rgb, none, ones, rgb, np.zeros(count, np.bool_), ones, seen)


def random_colors(seed: int, count: int) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count + 1, 3)).astype(np.uint8)


@given(st.integers(0, 2**31), st.integers(0, 60), st.integers(1, 20))
@settings(max_examples=25, deadline=None)
def test_nothing_is_off_a_closed_palette(seed: int, regions: int, colors: int) -> None:
    swatches = random_colors(seed + 1, colors)[1:].tolist()
    palette = Palette(tuple(Swatch((r, g, b)) for r, g, b in swatches))
    before = settled(random_colors(seed, regions))
    soft = before.soft.copy()
    soft[1:2] = True
    after = keep_to(palette, Settled(*_but(before, soft=soft)))
    flat = ~soft
    flat[0] = False
    assert (after.index[flat] >= 0).all()
    assert np.array_equal(after.rgb[flat], palette.rgb[after.index[flat]])
    assert np.array_equal(after.rgb[soft], before.rgb[soft])
    assert (after.index[soft] == -1).all()


def _but(one: Settled, **changed: object) -> list[object]:
    return [changed.get(name, getattr(one, name)) for name in Settled.__dataclass_fields__]


@given(st.integers(0, 2**31), st.integers(1, 60))
@settings(max_examples=15, deadline=None)
def test_a_new_color_is_the_largest_region_s_and_near_ones_are_that_one(
    seed: int, regions: int
) -> None:
    rgb = random_colors(seed, regions)
    rgb[2::3] = np.minimum(rgb[1:-1:3].astype(int) + 1, 255)[: len(rgb[2::3])]
    after, palette = make_known(Palette(()), settled(rgb), rgb, SAME)
    assert tuple(palette.rgb[0].tolist()) == tuple(rgb[1].tolist())
    assert (after.index[1:] >= 0).all()
    assert np.array_equal(after.rgb[1:], palette.rgb[after.index[1:]])
    for number in range(len(palette.swatches)):
        _, away = snap(Palette(palette.swatches[:number]), palette.rgb[number : number + 1])
        assert away[0] > SAME
    again, same = make_known(palette, settled(rgb), rgb, SAME)
    assert same == palette
    _, away = snap(palette, rgb[1:])
    assert away.max() <= SAME
    assert np.array_equal(again.index[1:], snap(palette, rgb[1:])[0])


def test_equality_keeps_painted_neighbours_apart() -> None:
    rgb = np.array([[0, 0, 0], [200, 100, 100], [201, 100, 100], [200, 100, 100]], np.uint8)
    after, palette = make_known(Palette(()), settled(rgb), rgb, 0)
    assert palette.rgb.tolist() == [[200, 100, 100], [201, 100, 100]]
    assert after.index.tolist() == [-1, 0, 1, 0]


def test_what_has_a_swatch_keeps_it() -> None:
    rgb = np.array([[0, 0, 0], [10, 10, 10], [200, 0, 0]], np.uint8)
    known = Palette((Swatch((10, 10, 10)), Swatch((0, 200, 0))))
    index = np.array([-1, 1, -1], np.int32)
    after, palette = make_known(known, settled(rgb, index), rgb, SAME)
    assert after.index.tolist() == [-1, 1, 2]
    assert after.rgb[1:].tolist() == [[0, 200, 0], [200, 0, 0]]
    assert palette.swatches[:2] == known.swatches


def test_a_palette_never_has_more_than_an_index_can_tell() -> None:
    levels = np.linspace(0, 255, 7).astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(-1, 3)
    rgb = np.concatenate((np.zeros((1, 3), np.uint8), grid))
    after, palette = make_known(Palette(()), settled(rgb), rgb, SAME)
    assert len(palette.swatches) == MOST < len(grid)
    assert after.index[1:].min() >= 0
    nearest, away = snap(palette, rgb[1:])
    assert (away > SAME).any()
    assert np.array_equal(after.index[1:][away > SAME], nearest[away > SAME])
