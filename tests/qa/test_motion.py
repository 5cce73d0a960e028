from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from animecolor.qa.detectors.stills import Still, Stills
from animecolor.qa.motion import Motion, recoded, same
from animecolor.qa.view import Picture, View
from animecolor.training.toon.scene import plan
from tests.qa.reels import read, scene_reel, write
from tests.qa.watching import RATE

Fault = Callable[[Picture], Picture]


@cache
def drawing() -> Picture:
    """(180, 320, 3) toon frame."""
    return scene_reel(plan(3000020), "toon", "toon", 180, 1).pictures[0]


def coded(tmp_path: Path, pictures: list[Picture]) -> list[Picture]:
    """As H.264 at CRF 18."""
    write(tmp_path / "clip.mkv", pictures, 24, lossy=True)
    return list(read(tmp_path / "clip.mkv"))


def spotted(picture: Picture, side: int) -> Picture:
    found = picture.copy()
    found[90 : 90 + side, 40 : 40 + side] = 255 - found[90, 40]
    return found


def lined(picture: Picture, at: int) -> Picture:
    found = picture.copy()
    cv2.line(found, (at, 30), (at + 20, 150), (20, 20, 20), 2, cv2.LINE_AA)
    return found


def brighter(picture: Picture) -> Picture:
    return np.asarray(np.clip(picture * 1.01, 0, 255).round(), np.uint8)


def test_a_held_drawing_that_was_coded_again_is_known(tmp_path: Path) -> None:
    frames = coded(tmp_path, [drawing()] * 10)
    changes = [int(cv2.absdiff(frames[0], frame).max()) for frame in frames]
    assert max(changes) > 6  # the codec did change it
    assert all(recoded(frames[0], frame) for frame in frames)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: spotted(p, 2),
        lambda p: spotted(p, 5),
        lambda p: lined(drawing(), 101),
        brighter,
        lambda p: np.roll(p, 1, axis=1),
    ],
    ids=["four pixels", "hole", "moved line", "1 % of light", "pan"],
)
def test_what_changes_within_a_hold_is_not_the_codec(tmp_path: Path, change: Fault) -> None:
    held = lined(drawing(), 100)
    faulty = change(held)
    frames = coded(tmp_path, [held] * 5 + [faulty] + [held] * 4)
    assert not recoded(frames[0], frames[5])
    assert not recoded(frames[5], frames[6])


def test_only_what_was_coded_with_loss_is_given_room() -> None:
    # A third of a pixel: less than a codec does to the edges.
    move = np.array([[1, 0, 0.3], [0, 1, 0]], np.float32)
    moved = np.asarray(cv2.warpAffine(drawing(), move, (320, 180)), np.uint8)
    assert not same(drawing(), moved, lossy=False)
    assert same(drawing(), drawing().copy(), lossy=False)


def test_no_motion_is_measured_in_a_hold(tmp_path: Path) -> None:
    frames = coded(tmp_path, [drawing()] * 6)
    views = [View(n, n, 1 / RATE, 0, frame, 1.0) for n, frame in enumerate(frames)]
    motion = Motion(lossy=True)
    steps = [motion.step(*pair) for pair in zip(views, views[1:], strict=False)]
    assert all(step.still and step.back is None for step in steps)


def test_a_still_is_left_as_it_ended(tmp_path: Path) -> None:
    held = drawing()
    frames = coded(tmp_path, [held] * 6 + [spotted(held, 9)] * 3)
    views = [View(n, n, 1 / RATE, 0, frame, 1.0) for n, frame in enumerate(frames)]
    stills, motion, ended = Stills(lossy=True), Motion(lossy=True), list[Still]()
    stills.begin(views[0])
    for pair in zip(views, views[1:], strict=False):
        if (still := stills.push(motion.step(*pair))) is not None:
            ended.append(still)
    assert (ended[0].first, ended[0].last) == (0, 5)
    assert ended[0].view is views[0]
    assert ended[0].ending is views[5]
    lab = cv2.cvtColor(frames[5], cv2.COLOR_RGB2Lab)
    np.testing.assert_array_equal(ended[0].ending_lab, lab)
    assert not np.array_equal(ended[0].lab, lab)
