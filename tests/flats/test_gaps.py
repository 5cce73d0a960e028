"""Trapped balls: gaps as wide as asked are closed, nothing else is cut."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.measure import label
from skimage.segmentation import watershed

from animecolor.flats import gaps
from animecolor.flats.gaps import trapped

Mask = NDArray[np.uint8]


@pytest.fixture(params=["small", "large"], autouse=True)
def size(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Every drawing once as if it were large."""
    if request.param == "large":
        monkeypatch.setattr(gaps, "_LARGE", 0)
    return str(request.param)


def sheet(size: tuple[int, int] = (120, 160)) -> Mask:
    return np.ones(size, np.uint8)


def parted(paper: Mask, gap: int) -> NDArray[np.uint16]:
    marks = trapped(paper, gap)
    assert marks is not None
    assert np.array_equal(marks > 0, paper > 0)
    return marks


def gapped_ring(width: int, angle: float = 0.0) -> Mask:
    """A circle with a gap of so many pixels between its ends."""
    paper = sheet()
    cv2.circle(paper, (80, 60), 40, 0, 2)
    along = np.array([np.cos(angle), np.sin(angle)])
    across = np.array([-along[1], along[0]]) * (width - 1) / 2
    ends = np.array([80, 60]) + 40 * along
    corners = [ends + 5 * along + across, ends + 5 * along - across]
    corners += [ends - 5 * along - across, ends - 5 * along + across]
    cv2.fillConvexPoly(paper, np.rint(corners).astype(np.int32), 1)
    return paper


@pytest.mark.parametrize("width", range(1, 13))
def test_a_gap_is_closed_as_wide_as_asked_and_no_wider(width: int) -> None:
    paper = sheet()
    paper[60:63] = 0
    paper[60:63, 70 : 70 + width] = 1
    for turned in (paper, np.ascontiguousarray(paper.T)):
        assert label(turned, connectivity=1).max() == 1
        for gap in range(1, 15):
            # An odd gap is closed with the ball of the even one above it.
            assert parted(turned, gap).max() == (2 if width <= gap + gap % 2 else 1)


@pytest.mark.parametrize("angle", np.linspace(0, np.pi, 7))
def test_gaps_are_as_wide_in_every_direction(angle: float) -> None:
    paper = gapped_ring(7, angle)
    assert label(paper, connectivity=1).max() == 1
    assert parted(paper, 4).max() == 1
    assert parted(paper, 10).max() == 2


def test_the_cut_lies_in_the_gap() -> None:
    for angle in np.linspace(0, 2 * np.pi, 9):
        closed, whole = parted(gapped_ring(5, angle), 8), sheet()
        cv2.circle(whole, (80, 60), 40, 0, 2)
        inside, outside = label(whole, connectivity=1)[60, 80], label(whole, connectivity=1)[0, 0]
        truth = np.where(label(whole, connectivity=1) == inside, closed[60, 80], closed[0, 0])
        assert closed[60, 80] != closed[0, 0]
        assert outside != inside
        wrong = (closed != truth) & (whole > 0)
        assert wrong.sum() <= 16  # the gap itself has 5 by 4 pixels


def test_agrees_with_watershed() -> None:
    paper = gapped_ring(4, 0.7)
    closed = parted(paper, 8)
    seeds = np.zeros(paper.shape, np.int32)
    seeds[60, 80], seeds[0, 0] = closed[60, 80], closed[0, 0]
    depth = cv2.distanceTransform(paper, cv2.DIST_L2, 5)
    flooded = watershed(-depth, seeds, mask=paper > 0)
    assert (closed == flooded)[paper > 0].mean() > 0.999


def test_a_pocket_behind_a_narrow_gap_is_a_region() -> None:
    paper = sheet()
    cv2.circle(paper, (80, 60), 7, 0, 1)  # too small for the largest ball
    paper[60, 86:89] = 1
    assert label(paper, connectivity=1).max() == 1
    marks = parted(paper, 20)
    assert marks.max() == 2
    assert marks[60, 80] != marks[0, 0]


def test_strands_and_corners_are_not_cut_off() -> None:
    paper = np.zeros((120, 160), np.uint8)
    cv2.fillConvexPoly(paper, np.array([[5, 5], [5, 70], [155, 8]], np.int32), 1)  # a spike
    for gap in (2, 4, 8, 12):
        assert parted(paper, gap).max() == 1
    hair = np.zeros((120, 160), np.uint8)
    cv2.polylines(hair, [np.array([[10, 10], [60, 90], [150, 100]], np.int32)], False, 1, 6)
    for gap in (2, 4, 8, 12):
        assert parted(hair, gap).max() == 1


def test_a_line_that_stops_short_of_the_edge_still_parts() -> None:
    paper = sheet()
    paper[3:, 80] = 0
    assert parted(paper, 2).max() == 1
    assert parted(paper, 6).max() == 2


def test_thin_walls_hold_diagonally() -> None:
    paper = sheet((40, 40))
    paper[np.arange(40), np.arange(40)] = 0
    for gap in (1, 2, 3, 4, 8):
        marks = parted(paper, gap)
        assert marks[0, 39] != marks[39, 0]
        assert marks.max() == label(paper, connectivity=1).max() == 2


def test_parts_never_cross_a_line() -> None:
    rng = np.random.default_rng(4)
    for _ in range(20):
        paper = sheet((90, 130))
        for _ in range(12):
            ends = rng.integers(0, 130, 4).tolist()
            cv2.line(paper, tuple(ends[:2]), tuple(ends[2:]), 0, int(rng.integers(1, 4)))
        rooms = label(paper, connectivity=1)
        for gap in (1, 4, 9):
            marks = parted(paper, gap)
            pairs = np.unique(np.stack([marks[paper > 0], rooms[paper > 0]]), axis=1)
            assert len(np.unique(pairs[0])) == pairs.shape[1]  # one room to a part
            for part in np.unique(marks[marks > 0]).tolist():
                assert label(marks == part, connectivity=2).max() == 1


def test_noise_has_too_many_parts() -> None:
    noise = (np.indices((400, 400)).sum(axis=0) % 2).astype(np.uint8)
    assert trapped(noise, 4) is None


def test_nothing_to_part() -> None:
    assert trapped(np.zeros((7, 9), np.uint8), 4).max() == 0  # type: ignore[union-attr]
    assert trapped(np.ones((1, 1), np.uint8), 4).tolist() == [[1]]  # type: ignore[union-attr]
    assert trapped(np.ones((3, 1), np.uint8), 8).tolist() == [[1], [1], [1]]  # type: ignore[union-attr]
