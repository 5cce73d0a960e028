"""What one drawing alone has while all else moves, in pictures made here, without any source."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from animecolor.config import Limits
from animecolor.qa.detectors.alone import Alone
from animecolor.qa.measure import Request, measure
from animecolor.qa.sighting import Check, Sighting
from animecolor.video.probe import probe
from tests.qa.reels import Picture, write

COAT, HAT, SKY = (60, 90, 170), (210, 60, 60), (150, 190, 220)
DUST = (30, 160, 60)


def figure(turn: int, coat: tuple[int, int, int] = COAT) -> Picture:
    """A figure that sways before hills, on twos or on ones; nothing but the far sky rests."""
    picture = np.full((180, 320, 3), SKY, np.uint8)
    for hill in range(5):
        at = 80 * hill - 2 * turn, 190
        cv2.ellipse(picture, at, (70, 60), 0, 180, 360, (90, 150 - 8 * hill, 70), -1, cv2.LINE_AA)
    x, y = 90 + 5 * turn, 70 + round(6 * np.sin(turn))
    cv2.rectangle(picture, (x, y), (x + 40, y + 60), coat, -1)
    cv2.rectangle(picture, (x, y), (x + 40, y + 60), (20, 20, 20), 2)
    cv2.ellipse(picture, (x + 20, y - 16), (22, 14), 8 * turn, 0, 360, HAT, -1, cv2.LINE_AA)
    cv2.ellipse(picture, (x + 20, y - 16), (22, 14), 8 * turn, 0, 360, (20, 20, 20), 2, cv2.LINE_AA)
    return picture


def seen(folder: Path, pictures: list[Picture], lossy: bool = False) -> list[Sighting]:
    """All that is told of a clip."""
    write(folder / "clip.mkv", pictures, 24, lossy)
    found = measure(probe(folder / "clip.mkv", Limits()), Request(), watches=[Alone])
    return list(found.sightings)


@pytest.mark.parametrize("lossy", [False, True])
def test_a_moving_coat_in_another_color_is_told(tmp_path: Path, lossy: bool) -> None:
    """For one drawing of a figure that goes on moving, where it is then, and with both colors."""
    pictures = [figure(n, (120, 60, 150) if n == 6 else COAT) for n in range(12)]
    found = seen(tmp_path, pictures, lossy)
    assert [(s.check, s.first, s.last) for s in found] == [(Check.COLOR_JUMP, 6, 6)]
    box = found[0].box
    assert box is not None
    edges = 70 + round(6 * np.sin(6)), 120, 130 + round(6 * np.sin(6)), 160
    given = box.top, box.left, box.bottom, box.right
    assert max(abs(a - b) for a, b in zip(given, edges, strict=True)) <= 5
    assert all(abs(int(found[0].found[i : i + 2], 16) - c) <= 8 for i, c in ((1, 120), (5, 150)))


@pytest.mark.parametrize("lossy", [False, True])
def test_a_hole_in_a_moving_coat_is_told(tmp_path: Path, lossy: bool) -> None:
    """Nine pixels of paper, which compression tints."""
    pictures = [figure(n) for n in range(12)]
    y = 70 + round(6 * np.sin(5))
    pictures[5][y + 30 : y + 33, 130:133] = 255
    found = seen(tmp_path, pictures, lossy)
    assert [s.first for s in found] == [5]
    assert found[0].check in ((Check.HOLE, Check.STRAY) if lossy else (Check.HOLE,))


def test_one_frame_of_a_held_drawing_is_told(tmp_path: Path) -> None:
    """On twos: the first frame of a drawing is wrong, the drawing before lies elsewhere."""
    pictures = [figure(n // 2) for n in range(16)]
    pictures[8] = figure(4, (120, 60, 150))
    assert [(s.first, s.last) for s in seen(tmp_path, pictures)] == [(8, 8)]


def test_what_moves_on_is_left_alone(tmp_path: Path) -> None:
    """The figure alone, on ones and on twos, and behind dust that flies past."""
    assert seen(tmp_path, [figure(n) for n in range(16)]) == []
    assert seen(tmp_path, [figure(n // 2) for n in range(16)]) == []
    dusty = [figure(n) for n in range(16)]
    for n, picture in enumerate(dusty):
        picture[100:104, 20 * n : 20 * n + 4] = DUST
    assert seen(tmp_path, dusty) == []


def test_sparks_are_left_alone(tmp_path: Path) -> None:
    """Of one color, nowhere twice, several at once."""
    rng = np.random.default_rng(7)
    pictures = [figure(n) for n in range(16)]
    for picture in pictures:
        for y, x in zip(rng.integers(4, 60, 6), rng.integers(4, 310, 6), strict=True):
            picture[y : y + 4, x : x + 4] = (250, 240, 120)
    assert seen(tmp_path, pictures) == []


def test_a_mouth_that_opens_is_left_alone(tmp_path: Path) -> None:
    """For one drawing, with an outline, a tongue and teeth: no step is that of another pixel."""
    pictures = [figure(n) for n in range(12)]
    for n, picture in enumerate(pictures):
        at = 110 + 5 * n, 95 + round(6 * np.sin(n))
        if n == 6:
            cv2.ellipse(picture, at, (9, 7), 0, 0, 360, (120, 30, 40), -1)
            cv2.ellipse(picture, (at[0], at[1] + 4), (6, 3), 0, 0, 360, (230, 120, 130), -1)
            cv2.rectangle(picture, (at[0] - 6, at[1] - 5), (at[0] + 6, at[1] - 3), (250,) * 3, -1)
            cv2.ellipse(picture, at, (9, 7), 0, 0, 360, (20, 20, 20), 2)
        else:
            cv2.line(picture, (at[0] - 9, at[1]), (at[0] + 9, at[1]), (20, 20, 20), 2)
    assert seen(tmp_path, pictures) == []
