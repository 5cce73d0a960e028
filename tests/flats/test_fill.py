"""Filling under lines: black takes the nearest region, trace lines the darker one."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt

from animecolor.flats.fill import fill
from animecolor.flats.regions import Closing, find_regions
from animecolor.flats.trace import LineKind, classify

Gray = NDArray[np.uint8]
PLAIN = Closing(gap=0)


def lined(width: int, kind: LineKind, angle: float = 0.0) -> tuple[Gray, Gray]:
    """A drawing in two halves, and its kinds."""
    gray = np.full((60, 80), 255, np.uint8)
    along = 60 * np.array([np.sin(angle), np.cos(angle)])
    first, last = np.array([40, 30]) - along, np.array([40, 30]) + along
    ends = tuple(first.round().astype(int).tolist()), tuple(last.round().astype(int).tolist())
    cv2.line(gray, ends[0], ends[1], 0, width, cv2.LINE_AA)
    return gray, np.where(gray < 240, np.uint8(kind), np.uint8(0)).astype(np.uint8)


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), solid=st.integers(0, 30))
def test_black_takes_the_nearest_region(seed: int, solid: int) -> None:
    rng = np.random.default_rng(seed)
    gray = np.full((70, 90), 255, np.uint8)
    for _ in range(5):
        ends = rng.integers(0, 90, 4).tolist()
        cv2.line(gray, tuple(ends[:2]), tuple(ends[2:]), 0, int(rng.integers(1, 9)))
    if solid:
        cv2.circle(gray, (45, 35), solid, 0, -1)
    regions = find_regions(gray, None, PLAIN)
    filled = fill(regions, np.zeros(regions.count + 1))
    assert filled.dtype == np.int32
    known = regions.labels > 0
    assert np.array_equal(filled[known], regions.labels[known])
    assert filled.min() >= 1
    assert filled.max() == regions.count
    nearest = distance_transform_edt(~known)
    for one in range(1, regions.count + 1):
        mine = (filled == one) & ~known
        if mine.any():
            own = distance_transform_edt(regions.labels != one)
            # Grown as octagons, which are 8 % farther from some sides than from others.
            assert (own[mine] <= 1.09 * nearest[mine] + 1).all()


@pytest.mark.parametrize("kind", [LineKind.RED, LineKind.GREEN, LineKind.BLUE])
@pytest.mark.parametrize("width", [1, 2, 3, 6, 9])
@pytest.mark.parametrize("angle", [0.0, 0.4, 1.2])
def test_a_trace_line_takes_the_darker_side_whole(kind: LineKind, width: int, angle: float) -> None:
    gray, kinds = lined(width, kind, angle)
    regions = find_regions(gray, kinds, PLAIN)
    assert regions.count == 2
    for dark in (1, 2):
        lightness = np.array([0, 80, 80])
        lightness[dark] = 30
        filled = fill(regions, lightness)
        # Where a thick line leaves the picture aslant, its darker side may lie outside.
        inner = slice(width, -width), slice(width, -width)
        assert (filled[inner][kinds[inner] > 0] == dark).all()
        assert np.array_equal(filled[kinds == 0], regions.labels[kinds == 0])


def test_a_black_line_does_not() -> None:
    gray, kinds = lined(6, LineKind.BLACK)
    regions = find_regions(gray, kinds, PLAIN)
    taken = fill(regions, [0, 10, 90])[kinds > 0]
    assert 0.3 < (taken == 1).mean() < 0.7


def test_the_dark_side_does_not_run_along_the_line() -> None:
    gray = np.full((80, 80), 255, np.uint8)
    kinds = np.zeros_like(gray)
    kinds[:, 38:42] = LineKind.RED  # a line down the middle
    kinds[38:42, 42:] = LineKind.RED  # the right side is light above, dark below
    gray[kinds > 0] = 0
    regions = find_regions(gray, kinds, PLAIN)
    lightness = np.full(4, 90.0)
    dark = regions.labels[70, 70]
    lightness[dark] = 20
    filled = fill(regions, lightness)
    assert (filled[42:, 38:42] == dark).all()
    assert (filled[38:42, 42:] == dark).all()
    assert (filled[:36, 38:42] != dark).all()


def test_no_dot_is_left_on_soft_trace_lines() -> None:
    picture = np.full((90, 120, 3), 255, np.uint8)
    cv2.circle(picture, (60, 45), 30, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.line(picture, (35, 30), (88, 60), (255, 0, 0), 2, cv2.LINE_AA)
    gray = np.asarray(picture.min(axis=2), np.uint8)
    kinds = classify(picture, gray)
    regions = find_regions(gray, kinds, PLAIN)
    assert regions.count == 3
    dark = regions.labels[60, 60]
    lightness = np.full(4, 90.0)
    lightness[dark] = 20
    filled = fill(regions, lightness)
    between = cv2.line(np.zeros_like(gray), (42, 34), (80, 55), 1, 2) > 0
    assert (filled[between & (kinds > 0)] == dark).all()


@pytest.mark.parametrize("size", [(1, 1), (1, 6), (5, 1), (40, 50)])
def test_all_ink_is_one_region(size: tuple[int, int]) -> None:
    filled = fill(find_regions(np.zeros(size, np.uint8)), np.zeros(1))
    assert filled.shape == size
    assert (filled == 1).all()


def test_a_large_black_area_is_shared_out() -> None:
    gray = np.zeros((200, 300), np.uint8)
    gray[90:110, :40] = 255
    gray[90:110, 260:] = 255
    filled = fill(find_regions(gray, None, PLAIN), np.zeros(3))
    assert (filled[:, :140] == filled[100, 0]).all()
    assert (filled[:, 160:] == filled[100, 299]).all()


def test_slivers_go_to_the_nearest_region() -> None:
    gray = np.full((30, 30), 255, np.uint8)
    gray[:, 10:20] = 0
    gray[14:16, 12] = 255
    regions = find_regions(gray, None, PLAIN)
    assert regions.count == 2
    assert (fill(regions, np.zeros(3))[14:16, 12] == regions.labels[15, 0]).all()


def test_more_regions_than_sixteen_bits() -> None:
    noise = (np.indices((400, 400)).sum(axis=0) % 2 * 255).astype(np.uint8)
    regions = find_regions(noise, None, Closing(gap=0, least=1))
    assert regions.count > 2**16
    filled = fill(regions, np.zeros(regions.count + 1))
    assert filled.min() >= 1
    assert np.array_equal(filled[noise > 0], regions.labels[noise > 0])
