"""Faults beside a grey source, in a pan over a textured picture where every pixel moves."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest

from animecolor.qa.detectors.blots import departure
from animecolor.qa.detectors.departures import Departures
from animecolor.qa.detectors.tints import Tints
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import View
from tests.qa.reels import Picture, gray_of
from tests.qa.watching import RATE, Beside, watch

COUNT = 14


@pytest.fixture(scope="module")
def clip() -> list[Picture]:
    """A pan by 3 pixels a frame over smooth patches of many colors."""
    rng = np.random.default_rng(5)
    coarse = rng.integers(40, 216, (16, 26, 3)).astype(np.uint8)
    large = cv2.resize(coarse, (416, 256), interpolation=cv2.INTER_CUBIC)
    return [np.ascontiguousarray(large[20:200, 3 * n : 3 * n + 320]) for n in range(COUNT)]


def grays(clip: Sequence[Picture]) -> list[Picture]:
    """Grey copies."""
    return [np.repeat(gray_of(picture)[..., None], 3, axis=2) for picture in clip]


def seen(pictures: Sequence[Picture], clean: Sequence[Picture]) -> list[Sighting]:
    """Sightings of a visible size, the clean clip's luma being the source."""
    found = watch(pictures, [Departures.watch, Tints.watch], Beside(grays(clean), "gray"))
    return [s for s in found.sightings if s.value >= 4]


def patched(clip: Sequence[Picture], frames: range, side: int, by: Sequence[int]) -> list[Picture]:
    """A square whose color is off, at the same place."""
    changed = [picture.copy() for picture in clip]
    for frame in frames:
        square = changed[frame][60 : 60 + side, 100 : 100 + side]
        square[:] = np.clip(square.astype(int) + by, 0, 255)
    return changed


def covers(sighting: Sighting, side: int) -> bool:
    """Whether a box is about the square, and no more than 8 pixels larger each way."""
    box = sighting.box
    assert box is not None
    inside = box.top < 60 + side and box.bottom > 60 and box.left < 100 + side and box.right > 100
    return inside and box.bottom - box.top <= side + 8 and box.right - box.left <= side + 8


def test_motion_alone_is_no_fault(clip: list[Picture]) -> None:
    assert seen(clip, clip) == []


@pytest.mark.parametrize("side", [2, 3, 5])
def test_a_spot_of_one_frame_is_found_at_its_frame_and_place(
    clip: list[Picture], side: int
) -> None:
    found = seen(patched(clip, range(6, 7), side, (-60, 30, 90)), clip)
    # By its luma, and a larger one by its chroma as well.
    assert {(s.first, s.last) for s in found} == {(6, 6)}
    assert found[0].check in (Check.HOLE, Check.STRAY)
    assert covers(found[0], side)


def test_a_spot_that_is_always_there_is_one_sighting(clip: list[Picture]) -> None:
    found = seen(patched(clip, range(COUNT), 4, (70, 70, 70)), clip)
    assert [(s.first, s.last) for s in found] == [(0, COUNT - 1)]


def test_an_area_of_every_other_frame_is_one_jump(clip: list[Picture]) -> None:
    found = seen(patched(clip, range(3, 9, 2), 20, (12, 12, 12)), clip)
    assert [(s.check, s.first, s.last) for s in found] == [(Check.COLOR_JUMP, 3, 7)]
    assert covers(found[0], 20)


def test_an_area_that_stays_off_has_changed(clip: list[Picture]) -> None:
    found = seen(patched(clip, range(4, COUNT), 20, (16, 16, 16)), clip)
    assert [(s.check, s.first, s.last) for s in found] == [(Check.COLOR_CHANGE, 4, COUNT - 1)]


def test_an_area_of_the_same_luma_is_found_by_its_chroma(clip: list[Picture]) -> None:
    # 0.2126 * 37 = 0.7152 * 11, but for rounding
    off = patched(clip, range(6, 7), 24, (37, -11, 0))
    assert all(
        int(cv2.absdiff(gray_of(a), gray_of(b)).max()) <= 1 for a, b in zip(off, clip, strict=True)
    )
    found = seen(off, clip)
    assert {(s.check, s.first, s.last) for s in found} == {(Check.COLOR_JUMP, 6, 6)}
    assert all(covers(s, 24) for s in found)


def test_beside_a_source_in_color_chroma_departs_as_luma_does(clip: list[Picture]) -> None:
    """From the first frame to the last, of the same luma: only the source tells."""
    off = patched(clip, range(2, COUNT), 24, (37, -11, 0))
    beside = Beside(clip, "color")
    (change,) = watch(off, [Departures.watch], beside).sightings
    assert (change.check, change.first, change.last) == (Check.COLOR_CHANGE, 2, COUNT - 1)
    assert covers(change, 24)
    assert watch(clip, [Departures.watch], beside).sightings == ()
    assert watch(off, [Departures.watch], Beside(grays(clip), "gray")).sightings == ()


def test_compressed_edges_on_a_flat_ground_are_no_spots() -> None:
    """Coding errs at edges by as much in a picture whose usual error is none."""
    rng = np.random.default_rng(3)
    flat = np.full((180, 320, 3), 230, np.uint8)
    flat[60:100, 80:200] = (60, 70, 120)
    noisy = flat.copy()
    edge = cv2.morphologyEx(flat[..., 0], cv2.MORPH_GRADIENT, np.ones((7, 7), np.uint8)) > 0
    coarse = rng.normal(0, 3, (60, 107))
    noise = cv2.resize(coarse, (320, 180), interpolation=cv2.INTER_LINEAR)
    noisy[edge] = np.clip(flat[edge] + noise[edge][:, None], 0, 255).astype(np.uint8)
    beside = Beside(grays([flat] * 3), "gray", lossy=True)
    assert watch([noisy] * 3, [Departures.watch], beside).sightings == ()
    hole = noisy.copy()
    hole[75:79, 130:134] = 255
    found = watch([noisy, hole, noisy], [Departures.watch], beside).sightings
    assert [(s.check, s.first, s.last) for s in found] == [(Check.HOLE, 1, 1)]


def test_a_result_with_a_luma_of_its_own_tells_nothing(clip: list[Picture]) -> None:
    inverted = View(0, 0, 1 / RATE, 0, 255 - clip[0], 1.0, None, clip[0])
    assert departure(inverted) is None
    darker = [np.asarray(picture // 2, np.uint8) for picture in clip]
    assert [s for s in seen(darker, clip) if s.check is not Check.COLOR_CHANGE] == []
