"""Regions: a partition of the paper, tables that agree with scikit-image, and drawn truth."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import scipy.ndimage
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.measure import label, regionprops

from animecolor.errors import UsageError
from animecolor.flats.regions import Closing, Regions, find_regions
from animecolor.flats.trace import INK_BELOW, LineKind, classify

Gray = NDArray[np.uint8]
WHOLE = Closing(gap=0, least=1)


@st.composite
def drawings(draw: st.DrawFn) -> Gray:
    """Lines, soft ones too, circles and grain on paper of any size."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    size = draw(st.integers(1, 40)), draw(st.integers(1, 40))
    gray = np.full(size, 255, np.uint8)
    for _ in range(draw(st.integers(0, 8))):
        ends = rng.integers(-5, 45, 4).tolist()
        level, width = int(rng.integers(0, 230)), int(rng.integers(1, 4))
        kind = cv2.LINE_AA if rng.random() < 0.5 else cv2.LINE_8
        cv2.line(gray, tuple(ends[:2]), tuple(ends[2:]), level, width, kind)
        cv2.circle(gray, tuple(ends[:2]), int(rng.integers(1, 12)), level, width, kind)
    gray[rng.random(size) < draw(st.sampled_from([0.0, 0.0, 0.02, 0.5]))] = 100
    return gray


def check(regions: Regions, gray: Gray, least: int) -> None:
    """What holds of all regions, whatever was drawn."""
    count = regions.count
    assert regions.labels.dtype == np.int32
    assert regions.kinds.dtype == np.uint8
    assert regions.area.shape == (count + 1,)
    assert regions.box.shape == (count + 1, 4)
    assert set(np.unique(regions.labels).tolist()) - {0} == set(range(1, count + 1))
    assert not (regions.labels[gray < INK_BELOW] > 0).any()
    assert np.array_equal(regions.kinds == LineKind.PAPER, gray >= INK_BELOW)
    assert regions.area.sum() == gray.size
    assert (np.diff(regions.area[1:]) <= 0).all()
    for one in regionprops(regions.labels):
        assert regions.area[one.label] == one.area
        assert tuple(regions.box[one.label]) == one.bbox
        whole = label(one.image, connectivity=2).max() == 1
        pieces = regionprops(label(one.image, connectivity=1))
        assert whole or max(piece.area for piece in pieces) < least


@settings(max_examples=80, deadline=None)
@given(gray=drawings())
def test_without_closing_regions_are_the_connected_paper(gray: Gray) -> None:
    regions = find_regions(gray, None, WHOLE)
    check(regions, gray, 1)
    # The same partition, by two programs that we did not write.
    for others in (
        label(gray >= INK_BELOW, connectivity=1),
        scipy.ndimage.label(gray >= INK_BELOW)[0] if (gray >= INK_BELOW).any() else None,
    ):
        if others is not None:
            pairs = np.unique(np.stack([regions.labels.ravel(), others.ravel()]), axis=1)
            assert pairs.shape[1] == len(np.unique(others)) == len(np.unique(regions.labels))
    for one in regionprops(regions.labels):
        assert label(one.image, connectivity=1).max() == 1
    assert len(regions.closed) == 0


@settings(max_examples=60, deadline=None)
@given(gray=drawings(), gap=st.integers(1, 9), least=st.integers(1, 12))
def test_closing_only_cuts_and_names_what_it_cut(gray: Gray, gap: int, least: int) -> None:
    regions = find_regions(gray, None, Closing(gap, least))
    check(regions, gray, least)
    rooms = label(gray >= INK_BELOW, connectivity=1)
    pieces = label(regions.labels, connectivity=1, background=0)
    inside = pieces > 0
    room = np.zeros(pieces.max() + 1, int)
    room[pieces[inside]] = rooms[inside]
    assert np.array_equal(room[pieces[inside]], rooms[inside])
    cut = set(regions.closed.tolist())
    assert cut <= set(range(1, regions.count + 1))
    if least == 1:  # no slivers: two regions in one room, and a gap was closed between them
        room = np.zeros(regions.count + 1, int)
        room[regions.labels[inside]] = rooms[inside]
        shared = np.bincount(room[1:], minlength=1)[room[1:]] > 1
        assert cut == set((np.flatnonzero(shared) + 1).tolist())


def test_only_slivers_are_left_out() -> None:
    gray = np.zeros((40, 60), np.uint8)
    gray[3:5, 3:6] = 255  # 6 pixels, 2 wide: a sliver
    gray[10, 3:11] = 255  # 8 pixels, long enough
    gray[20:23, 4] = gray[21, 3:6] = 255  # 5 pixels, but a ball has room in it
    gray[30:38, 30:50] = 255
    regions = find_regions(gray, None, Closing(gap=0, least=8))
    assert regions.area[1:].tolist() == [160, 8, 5]
    assert (regions.labels[3:5, 3:6] == 0).all()
    assert (regions.kinds[3:5, 3:6] == LineKind.PAPER).all()


def test_a_strip_pinched_into_slivers_is_one_region() -> None:
    gray = np.zeros((40, 60), np.uint8)
    gray[30:38, 30:50] = 255
    for column in range(4, 24, 5):
        gray[5, column : column + 4] = 255  # four slivers of 4 pixels, a pixel apart
    gray[20, 5:8] = gray[20, 15:18] = 255  # two that are too far apart
    regions = find_regions(gray, None, Closing(gap=0, least=8))
    assert regions.area[1:].tolist() == [160, 16]
    assert regions.box[2].tolist() == [5, 4, 6, 23]
    assert (regions.labels[20] == 0).all()


def test_slivers_are_regions_where_there_is_nothing_else() -> None:
    gray = np.zeros((40, 60), np.uint8)
    gray[3:5, 3:6] = gray[9, 9:11] = 255
    for gap in range(10):
        assert find_regions(gray, None, Closing(gap, least=8)).area[1:].tolist() == [6, 2]


def test_a_faint_thin_line_does_not_leak() -> None:
    gray = np.full((50, 70), 255, np.uint8)
    cv2.circle(gray, (35, 25), 18, 235, 1)  # a line that covers a twelfth of each pixel
    assert find_regions(gray, None, WHOLE).count == 2


def test_trace_lines_bound_regions_and_keep_their_kind() -> None:
    gray = np.full((40, 60), 255, np.uint8)
    kinds = np.zeros_like(gray)
    kinds[:, 20] = LineKind.RED
    gray[:, 20] = 0
    gray[:, 40] = 0
    regions = find_regions(gray, kinds, WHOLE)
    assert regions.count == 3
    assert (regions.kinds[:, 20] == LineKind.RED).all()
    assert (regions.kinds[:, 40] == LineKind.BLACK).all()


def test_order_in_memory_does_not_matter() -> None:
    picture = np.full((40, 60, 3), 255, np.uint8)
    cv2.circle(picture, (25, 20), 12, (255, 0, 0), 2, cv2.LINE_AA)
    cv2.line(picture, (0, 9), (59, 30), (0, 0, 0), 2, cv2.LINE_AA)
    turned = np.asfortranarray(picture)
    found = []
    for one in (picture, turned):
        gray = one.min(axis=2)
        kinds = classify(one, gray)
        found.append((kinds, find_regions(gray, kinds).labels))
    assert not turned.min(axis=2).flags.c_contiguous
    assert np.array_equal(found[0][0], found[1][0])
    assert np.array_equal(found[0][1], found[1][1])


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (7, 1), (33, 51)])
@pytest.mark.parametrize("gap", [0, 1, 4, 64])
def test_blank_is_one_region_and_ink_none(size: tuple[int, int], gap: int) -> None:
    blank = find_regions(np.full(size, 255, np.uint8), None, Closing(gap, least=1))
    assert blank.count == 1
    assert blank.box[1].tolist() == [0, 0, *size]
    assert (blank.labels == 1).all()
    ink = find_regions(np.zeros(size, np.uint8), None, Closing(gap))
    assert ink.count == 0
    assert ink.area.tolist() == [size[0] * size[1]]
    assert len(ink.closed) == 0


def test_blank_is_one_region_however_small() -> None:
    assert find_regions(np.full((1, 1), 255, np.uint8)).count == 1


def test_noise_is_not_closed_but_cut_all_the_same() -> None:
    noise = (np.indices((400, 400)).sum(axis=0) % 2 * 255).astype(np.uint8)
    regions = find_regions(noise, None, Closing(gap=4, least=1))
    assert regions.count == 80_000
    assert len(regions.closed) == 0


def test_the_gap_widens_with_the_picture() -> None:
    gaps = [Closing.for_height(height).gap for height in (1, 64, 256, 1080, 2160)]
    assert gaps == [0, 2, 8, 8, 11]


@pytest.mark.parametrize("wrong", [{"gap": -1}, {"gap": 65}, {"least": 0}])
def test_closing_refuses_nonsense(wrong: dict[str, int]) -> None:
    with pytest.raises(UsageError, match=str(next(iter(wrong.values())))):
        Closing(**wrong)
