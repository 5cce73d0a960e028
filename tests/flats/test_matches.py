"""Matches: regions are found again where they moved, split, turned or came back."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.matches import match
from animecolor.flats.regions import Closing, Regions, find_regions

OPEN = Closing(gap=0, least=1)
BOXES = ((20, 20, 30, 30), (20, 70, 30, 20), (70, 20, 20, 30), (65, 75, 34, 24), (25, 120, 24, 30))


def boxes(*places: tuple[int, int, int, int], size: tuple[int, int] = (120, 180)) -> Regions:
    """Outlined boxes (row, column, height, width) on paper."""
    gray = np.full(size, 255, np.uint8)
    for row, column, height, width in places:
        cv2.rectangle(gray, (column, row), (column + width, row + height), 0, 1)
    return find_regions(gray, None, OPEN)


def inside(regions: Regions, place: tuple[int, int, int, int]) -> int:
    row, column, height, width = place
    return int(regions.labels[row + height // 2, column + width // 2])


def moved(place: tuple[int, int, int, int], down: int, right: int) -> tuple[int, int, int, int]:
    return (place[0] + down, place[1] + right, place[2], place[3])


def test_an_unchanged_drawing_matches_itself_exactly() -> None:
    regions, again = boxes(*BOXES), boxes(*BOXES)
    found = match(again, regions)
    assert np.array_equal(found.of, np.arange(regions.count + 1))
    assert (found.score[1:] == 1).all()


def test_only_what_changed_scores_below_one() -> None:
    before, now = boxes(*BOXES), boxes(moved(BOXES[0], 2, 1), *BOXES[1:])
    found = match(now, before)
    changed = {inside(now, moved(BOXES[0], 2, 1)), int(now.labels[0, 0])}
    for number in range(1, now.count + 1):
        assert (found.score[number] < 1) == (number in changed)


def test_a_pan_is_followed_beyond_the_regions_own_size() -> None:
    sizes = ((9, 10, 12), (45, 8, 15), (76, 12, 9), (98, 13, 14), (133, 9, 9))
    strip = tuple((30 + i * 9, column, *size) for i, (column, *size) in enumerate(sizes))
    panned = tuple(moved(place, 4, 16) for place in strip)
    before, now = boxes(*strip), boxes(*panned)
    found = match(now, before)
    right = [found.of[inside(now, b)] == inside(before, a) for a, b in zip(strip, panned, strict=1)]
    assert all(right)


def test_both_parts_of_a_split_region_are_it() -> None:
    whole, split = boxes(BOXES[0], BOXES[4]), boxes(BOXES[0], BOXES[4], (20, 20, 12, 30))
    found = match(split, whole)
    old = inside(whole, BOXES[0])
    assert found.of[split.labels[25, 35]] == old
    assert found.of[split.labels[45, 35]] == old


def test_a_swinging_arm_is_offered_what_nobody_else_matches() -> None:
    def arm(angle: float) -> Regions:
        gray = np.full((120, 180), 255, np.uint8)
        cv2.rectangle(gray, (10, 10), (40, 30), 0, 1)
        corners = cv2.boxPoints(((90.0, 60.0), (44.0, 12.0), angle))
        corners += np.float32([[20 * np.sin(np.deg2rad(angle)), -20]])
        cv2.polylines(gray, [np.rint(corners).astype(np.int32)], True, 0, 1)
        return find_regions(gray, None, OPEN)

    before, now = arm(0), arm(90)
    smallest: NDArray[np.intp] = np.argsort(now.area[1:])[:2] + 1
    limb = next(int(n) for n in smallest if now.box[n, 1] > 60)
    old = next(int(n) for n in range(1, before.count + 1) if before.box[n, 1] > 60)
    assert found_among(match(now, before).candidates[limb], old)


def found_among(candidates: NDArray[np.int32], number: int) -> bool:
    return number in candidates.tolist()


def test_drawings_of_other_sizes_or_without_regions_do_not_break_it() -> None:
    regions, larger = boxes(*BOXES), boxes(*BOXES, size=(150, 200))
    assert (match(larger, regions).score < 1).all()
    black = find_regions(np.zeros((120, 180), np.uint8), None, OPEN)
    assert (match(regions, black).of == 0).all()
    assert len(match(black, regions).of) == 1


def test_a_figure_that_leaps_onto_another_is_found_again() -> None:
    """Five parts leap 50 pixels to where five others stood, which stay and are half hidden."""
    parts = ((10, 10, 8, 20), (22, 8, 14, 9), (22, 24, 10, 15), (40, 12, 18, 7), (40, 26, 17, 11))
    ground = tuple((row, column + 95, width, height) for row, column, height, width in parts)
    leapt = tuple(moved(part, 3, 50) for part in parts)
    before, now = boxes(*parts, *ground), boxes(*leapt, *ground)
    found = match(now, before)
    for part, place in zip(parts, leapt, strict=True):
        assert found.of[inside(now, place)] == inside(before, part)
        assert found.score[inside(now, place)] > 0.5
    for place in ground:
        assert found.score[inside(now, place)] == 1
