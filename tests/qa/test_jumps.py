"""Spots, jumps, lasting changes and frames out of order, in small clips where all is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from animecolor.config import Limits
from animecolor.qa.detectors.departures import Departures
from animecolor.qa.detectors.frozen import Frozen
from animecolor.qa.detectors.jumps import watch_jumps
from animecolor.qa.detectors.outliers import Hull
from animecolor.qa.measure import Request, measure
from animecolor.qa.sighting import Check, Sighting
from animecolor.video.probe import probe
from tests.qa.reels import Picture, Reel, gray_of, toon_reel, write


@pytest.fixture(scope="module")
def cartoon() -> Reel:
    """A figure on twos before a backdrop that stands still, with its lines."""
    return toon_reel(3000008, "test", 240, 16, 2, still=True)


def seen(
    folder: Path, pictures: Sequence[Picture], source: Sequence[Picture] | None
) -> list[Sighting]:
    """What jumps and frozen frames are found, of a visible size."""
    write(folder / "clip.mkv", pictures, 24)
    told = None
    if source is not None:
        write(folder / "source.mkv", source, 24)
        told = probe(folder / "source.mkv", Limits())
    clip = probe(folder / "clip.mkv", Limits())
    found = measure(
        clip, Request(source=told), watches=[watch_jumps, Departures.watch, Frozen.watch]
    )
    return [s for s in found.sightings if s.value >= 4 or s.check is Check.FROZEN]


def dotted(pictures: Sequence[Picture], frames: range, side: int = 4) -> list[Picture]:
    """A magenta square in a corner where nothing moves."""
    changed = list(pictures)
    for frame in frames:
        changed[frame] = changed[frame].copy()
        changed[frame][20 : 20 + side, 30 : 30 + side] = (250, 20, 240)
    return changed


def test_a_clean_cartoon_is_left_alone(cartoon: Reel, tmp_path: Path) -> None:
    """Nothing is found where nothing is wrong, with lines or without them."""
    assert seen(tmp_path, cartoon.pictures, cartoon.source) == []


@pytest.mark.parametrize("sourced", [True, False])
def test_a_spot_is_found_where_it_is(cartoon: Reel, tmp_path: Path, sourced: bool) -> None:
    """A square of 16 pixels in one drawing: frame, place, size and color."""
    pictures = dotted(cartoon.pictures, range(6, 8))
    found = seen(tmp_path, pictures, cartoon.source if sourced else None)
    spots = [s for s in found if s.check in (Check.HOLE, Check.STRAY)]
    assert [(s.first, s.last) for s in spots] == [(6, 7)]
    box = spots[0].box
    assert box is not None
    assert max(abs(box.top - 20), abs(box.left - 30), abs(box.bottom - 24)) <= 2
    assert 9 <= spots[0].area <= 25
    red, green, blue = bytes.fromhex(spots[0].found[1:])
    assert red > 220
    assert green < 60
    assert blue > 210


def test_a_hole_shows_paper(cartoon: Reel, tmp_path: Path) -> None:
    """White in the paint is a hole, not a stray color."""
    base = [picture.copy() for picture in cartoon.pictures]
    for picture in base:
        picture[96:108, 36:48] = (60, 90, 40)
    base[7][100:103, 40:43] = 255
    found = seen(tmp_path, base, None)
    assert [(s.check, s.first) for s in found if s.first == 7] == [(Check.HOLE, 7)]


def test_a_large_square_has_jumped_or_changed(cartoon: Reel, tmp_path: Path) -> None:
    """For one drawing and for several it jumps; to the end of the shot it has changed."""
    for frames, check in (
        (range(6, 8), Check.COLOR_JUMP),
        (range(4, 10), Check.COLOR_JUMP),
        (range(8, 16), Check.COLOR_CHANGE),
    ):
        pictures = dotted(cartoon.pictures, frames, 14)
        found = [s for s in seen(tmp_path, pictures, cartoon.source) if s.area > 100]
        assert [(s.check, s.first, s.last) for s in found] == [(check, frames[0], frames[-1])]


def test_grey_sources_tell_luma_from_motion(cartoon: Reel, tmp_path: Path) -> None:
    """A change of luma inside what moves is found, as the grey source has none there."""
    source = [gray_of(picture) for picture in cartoon.pictures]
    assert seen(tmp_path, cartoon.pictures, source) == []
    pictures = list(cartoon.pictures)
    pictures[6] = pictures[6].copy()
    block = pictures[6][118:126, 206:214].astype(np.int16)
    pictures[6][118:126, 206:214] = np.clip(block + 40, 0, 255).astype(np.uint8)
    found = seen(tmp_path, pictures, source)
    assert any(s.first == 6 and s.box is not None and s.box.top >= 112 for s in found)


def test_frames_out_of_order(cartoon: Reel, tmp_path: Path) -> None:
    """Repeated and swapped frames are found; frames in order are not."""
    late = list(cartoon.pictures)
    late[6] = late[5]
    frozen = [s for s in seen(tmp_path, late, cartoon.source) if s.check is Check.FROZEN]
    assert [(s.first, s.last, s.value) for s in frozen] == [(6, 6, 1.0)]
    swapped = list(cartoon.pictures)
    swapped[7], swapped[8] = swapped[8], swapped[7]
    frozen = [s for s in seen(tmp_path, swapped, cartoon.source) if s.check is Check.FROZEN]
    assert [(s.first, s.last) for s in frozen] == [(7, 8)]


def test_a_fade_lies_within_its_hull() -> None:
    """What changes steadily is no outlier; what comes and goes is, by as much as it sticks out."""
    rng = np.random.default_rng(0)
    first = rng.integers(40, 200, (20, 30), np.uint8)
    hull = Hull.around(first, None, 0).joined(Hull.around(first + 20, None, 0))
    assert not hull.beyond(first + 10).any()
    assert (hull.beyond(first + 27) == 7).all()
    near = Hull.around(first, None, 1).beyond(np.roll(first, 1, axis=0))
    assert not near[1:].any()


def test_units_are_those_of_lab() -> None:
    """8-bit Lab beyond the hull is told in units of CIE Lab, as OpenCV's float Lab has them."""
    one = np.full((4, 4, 3), (120, 60, 90), np.uint8)
    other = np.full((4, 4, 3), (150, 60, 90), np.uint8)
    eight = [np.asarray(cv2.cvtColor(p, cv2.COLOR_RGB2Lab), np.uint8) for p in (one, other)]
    exact = [cv2.cvtColor(p.astype(np.float32) / 255, cv2.COLOR_RGB2Lab) for p in (one, other)]
    beyond = Hull.around(eight[0], None, 0).beyond(eight[1])
    assert beyond[0, 0] == pytest.approx(np.abs(exact[1] - exact[0])[0, 0].sum(), abs=2)
