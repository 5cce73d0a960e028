"""Areas that change by themselves, in pictures made here, without any source."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from animecolor.config import Limits
from animecolor.qa.detectors.alone import Alone
from animecolor.qa.measure import Request, measure
from animecolor.qa.sighting import Check, Sighting
from animecolor.video.probe import probe
from tests.qa.reels import Picture, write

COLOR = (200, 60, 90)


def backdrop(width: int = 320) -> Picture:
    """Boxes of many colors on a wall, the same ones every time."""
    rng = np.random.default_rng(4)
    picture = np.full((180, width, 3), (150, 170, 120), np.uint8)
    for _ in range(width // 5):
        y, x = int(rng.integers(100, 170)), int(rng.integers(0, width - 12))
        picture[y : y + 10, x : x + 12] = rng.integers(0, 256, 3)
    return picture


def filled(picture: Picture, top: int, left: int, side: int) -> Picture:
    """With a square of another color."""
    changed = picture.copy()
    changed[top : top + side, left : left + side] = COLOR
    return changed


def seen(folder: Path, pictures: Sequence[Picture], lossy: bool = False) -> list[Sighting]:
    """All that is told of a clip."""
    write(folder / "clip.mkv", pictures, 24, lossy)
    found = measure(probe(folder / "clip.mkv", Limits()), Request(), watches=[Alone])
    return list(found.sightings)


@pytest.mark.parametrize("lossy", [False, True])
def test_what_comes_and_goes_is_told_once(tmp_path: Path, lossy: bool) -> None:
    """For one frame, for several, and in every other one: one sighting, from first to last."""
    still = backdrop()
    for wrong in ((6,), (5, 6, 7, 8), (4, 6, 8)):
        pictures = [filled(still, 40, 60, 20) if n in wrong else still for n in range(16)]
        found = seen(tmp_path, pictures, lossy)
        told = [(s.check, s.first, s.last) for s in found]
        assert told == [(Check.COLOR_JUMP, wrong[0], wrong[-1])]
        box = found[0].box
        assert box is not None
        assert max(abs(box.top - 40), abs(box.left - 60), abs(box.bottom - 60)) <= 4


def test_what_stays_has_changed(tmp_path: Path) -> None:
    """To the end of a shot at rest: a change, not a jump."""
    still = backdrop()
    pictures = [filled(still, 40, 60, 20) if n >= 5 else still for n in range(20)]
    found = [(s.check, s.first, s.last) for s in seen(tmp_path, pictures)]
    assert found == [(Check.COLOR_CHANGE, 5, 19)]


def test_under_a_camera_that_travels(tmp_path: Path) -> None:
    """A spot is told in a pan as well; the pan itself is not."""
    wide = backdrop(640)
    wide[20:80:9, ::17] = (90, 60, 40)
    pictures = [wide[:, 3 * n : 3 * n + 320].copy() for n in range(16)]
    assert seen(tmp_path, pictures) == []
    pictures[7] = filled(pictures[7], 88, 200, 4)
    found = seen(tmp_path, pictures)
    assert [(s.first, s.last) for s in found] == [(7, 7)]
    assert found[0].check in (Check.STRAY, Check.HOLE)


def test_what_moves_is_left_alone(tmp_path: Path) -> None:
    """A ball that crosses the wall, and sparks that are nowhere twice."""
    still = backdrop()
    ball = [filled(still, 40, 10 + 8 * n, 12) for n in range(16)]
    assert seen(tmp_path, ball) == []
    rng = np.random.default_rng(5)
    sparks = []
    for _ in range(16):
        picture = still
        for _ in range(12):
            y, x = int(rng.integers(0, 170)), int(rng.integers(0, 310))
            picture = filled(picture, y, x, 3)
        sparks.append(picture)
    assert seen(tmp_path, sparks) == []
