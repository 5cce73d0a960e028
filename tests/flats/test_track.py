"""Settled colors: held drawings never change, palettes are kept, votes count as far as they go."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from animecolor.flats.palette import Palette, Swatch
from animecolor.flats.regions import Closing, Regions, find_regions
from animecolor.flats.track import Settled, from_painting, settle
from animecolor.flats.vote import Votes, vote

OPEN = Closing(gap=0, least=1)
SIZE = (120, 180)
PLACES = ((15, 20, 30, 30), (15, 80, 35, 25), (70, 20, 25, 40), (65, 80, 34, 24))
COLORS = ((200, 60, 60), (60, 160, 70), (70, 90, 200), (230, 210, 80))
GROUND = (150, 150, 160)
PALETTE = Palette(tuple(Swatch(rgb) for rgb in (*COLORS, GROUND, (20, 20, 25), (250, 180, 150))))


def drawn(*shown: int, down: int = 0, right: int = 0) -> NDArray[np.uint8]:
    """The outlines of some of the places."""
    gray = np.full(SIZE, 255, np.uint8)
    for number in shown or range(len(PLACES)):
        row, column, height, width = PLACES[number]
        corner = column + right, row + down
        cv2.rectangle(gray, corner, (corner[0] + width, corner[1] + height), 0, 1)
    return gray


def painting(*shown: int, down: int = 0, right: int = 0) -> NDArray[np.uint8]:
    """The places in their colors, lines over them."""
    picture = np.full((*SIZE, 3), GROUND, np.uint8)
    for number in shown or range(len(PLACES)):
        row, column, height, width = PLACES[number]
        top, left = row + down, column + right
        picture[top : top + height, left : left + width] = COLORS[number]
    picture[drawn(*shown, down=down, right=right) == 0] = 10
    return picture


def asked(picture: NDArray[np.uint8], regions: Regions, error: float = 0.01) -> Votes:
    color = (picture.astype(np.float32) / 255).transpose(2, 0, 1)
    return vote(regions, np.ascontiguousarray(color), np.full(SIZE, error, np.float32))


def color_at(settled: Settled, number: int, down: int = 0, right: int = 0) -> tuple[int, ...]:
    row, column, height, width = PLACES[number]
    region = settled.regions.labels[row + down + height // 2, column + right + width // 2]
    return tuple(settled.rgb[region].tolist())


def cut(gray: NDArray[np.uint8]) -> Regions:
    return find_regions(gray, None, OPEN)


def test_a_painting_is_read_exactly() -> None:
    picture = cv2.GaussianBlur(painting(), (3, 3), 0)
    settled = from_painting(cut(drawn()), picture)
    assert [color_at(settled, number) for number in range(4)] == list(COLORS)
    assert (settled.index == -1).all()
    assert not settled.soft.any()


def test_a_painting_snaps_to_a_palette() -> None:
    picture = np.minimum(painting().astype(int) + 2, 255).astype(np.uint8)
    settled = from_painting(cut(drawn()), picture, PALETTE)
    assert [color_at(settled, number) for number in range(4)] == list(COLORS)
    assert np.array_equal(PALETTE.rgb[settled.index[1:]], settled.rgb[1:])


def test_a_painted_gradient_is_soft() -> None:
    picture = painting()
    ramp = np.linspace(0, 90, SIZE[0]).astype(np.uint8)[:, None, None]
    ground = (picture == GROUND).all(axis=2)
    picture[ground] = (picture + ramp)[ground]
    regions = cut(drawn())
    settled = from_painting(regions, picture)
    assert np.flatnonzero(settled.soft).tolist() == [regions.labels[0, 0]]


def test_a_painting_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="a painting of"):
        from_painting(cut(drawn()), painting()[:-1])


@pytest.mark.parametrize("palette", [None, PALETTE])
@pytest.mark.parametrize("seed", range(4))
def test_an_unchanged_region_never_changes_color(palette: Palette | None, seed: int) -> None:
    rng = np.random.default_rng(seed)
    first = settle(asked(painting(), cut(drawn())), cut(drawn()), palette, None)
    again = first
    for _ in range(3):
        regions = cut(drawn())
        noise = rng.integers(0, 256, (*SIZE, 3), dtype=np.uint8)
        flat = np.broadcast_to(rng.integers(0, 256, 3, dtype=np.uint8), noise.shape)
        again = settle(asked(flat if seed % 2 else noise, regions, 0.001), regions, palette, again)
        assert np.array_equal(again.rgb, first.rgb)
        assert np.array_equal(again.index, first.index)


@pytest.mark.parametrize("seed", range(6))
def test_no_color_is_off_the_palette(seed: int) -> None:
    rng = np.random.default_rng(seed)
    regions = cut(drawn())
    settled = from_painting(regions, painting()) if seed % 2 else None
    for step in range(4):
        gray = drawn(down=3 * step, right=2 * step)
        blobs = rng.integers(0, 256, (6, 9, 3), dtype=np.uint8)
        picture = cv2.resize(blobs, SIZE[::-1], interpolation=cv2.INTER_CUBIC)
        regions = cut(gray)
        settled = settle(asked(picture, regions), regions, PALETTE, settled)
        flat = settled.rgb[1:][~settled.soft[1:]]
        assert (flat[:, None] == PALETTE.rgb[None]).all(axis=2).any(axis=1).all()
        named = settled.index >= 0
        assert np.array_equal(settled.rgb[named], PALETTE.rgb[settled.index[named]])


def test_a_moved_region_keeps_its_color_against_a_weak_vote() -> None:
    before = from_painting(cut(drawn()), painting(), PALETTE)
    regions = cut(drawn(down=4, right=3))
    wrong = np.full((*SIZE, 3), COLORS[3], np.uint8)
    now = settle(asked(wrong, regions, 0.15), regions, PALETTE, before)
    assert [color_at(now, number, 4, 3) for number in range(4)] == list(COLORS)


def test_strong_evidence_changes_the_color_of_a_new_region() -> None:
    before = from_painting(cut(drawn(0, 1)), painting(0, 1), PALETTE)
    regions = cut(drawn())
    now = settle(asked(painting(), regions, 0.005), regions, PALETTE, before)
    assert [color_at(now, number) for number in range(4)] == list(COLORS)


def test_what_was_hidden_is_painted_as_it_was() -> None:
    first = from_painting(cut(drawn()), painting(), PALETTE)
    regions = cut(drawn(0, 1, 2))
    hidden = settle(asked(painting(0, 1, 2), regions), regions, PALETTE, first)
    regions = cut(drawn(down=1))
    useless = np.full((*SIZE, 3), 128, np.uint8)
    back = settle(asked(useless, regions, 0.2), regions, PALETTE, hidden)
    assert color_at(back, 3, 1) == COLORS[3]


def test_a_color_that_the_palette_lacks_is_told() -> None:
    picture = painting()
    picture[(picture == COLORS[2]).all(axis=2)] = (255, 0, 255)
    regions = cut(drawn())
    settled = settle(asked(picture, regions, 0.005), regions, PALETTE, None)
    lacking = int(regions.labels[82, 40])
    assert np.flatnonzero(settled.index[1:] < 0).tolist() == [lacking - 1]
    assert (settled.rgb[lacking] == PALETTE.rgb).all(axis=1).any()


def test_without_a_palette_colors_seen_are_used_again_exactly() -> None:
    before = from_painting(cut(drawn(0, 1, 2)), painting(0, 1, 2))
    regions = cut(drawn())
    picture = painting()
    nearly, new = (202, 61, 61), (130, 20, 140)
    picture[(picture == COLORS[3]).all(axis=2)] = nearly
    settled = settle(asked(picture, regions), regions, None, before)
    assert color_at(settled, 3) == COLORS[0]
    picture[(picture == nearly).all(axis=2)] = new
    fresh = settle(asked(picture, regions, 0.005), regions, None, before)
    assert np.abs(np.subtract(color_at(fresh, 3), new)).max() <= 2


def test_a_gradient_stays_one_though_drawings_vote_it_flat() -> None:
    """A stain makes a network's sky look flat; it must not turn flat in the middle of a shot."""
    settled = None
    seen = []
    for number in range(20):
        down = number % 2  # never the very same pixels, which would settle it
        regions = cut(drawn(down=down))
        votes = asked(painting(down=down), regions)
        soft = np.zeros(regions.count + 1, np.bool_)
        soft[1] = number == 0  # the ground
        settled = settle(replace(votes, soft=soft), regions, None, settled)
        seen.append(bool(settled.soft[1]))
        assert not settled.soft[2:].any()
    assert all(seen)
