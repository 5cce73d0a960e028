"""Holds are found through a codec's noise; a small mouth that moves is not one."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from animecolor.config import Lines, LineSource
from animecolor.frame import Frame
from animecolor.stages.lines import draw_lines
from animecolor.stages.luma import take_luma
from animecolor.stages.unique import mark_held
from tests.stages.drawings import Picture, clip, figure, film, frame, reencoded

SIZE = (720, 1280)
KINDS = ["canny", "ink", "gray"]


def ready(pictures: list[Picture], kind: str, cuts: tuple[int, ...] = (0,)) -> list[Frame]:
    frames = [replace(f, opens_shot=f.index in cuts) for f in clip(pictures)]
    if kind == "gray":
        return list(take_luma(frames, 256))
    return list(draw_lines(frames, Lines(source=LineSource(kind)), 256))


def held(frames: list[Frame]) -> list[bool]:
    return [f.held for f in mark_held(frames)]


def drawing(kind: str, mouth: float = 0.0, pose: float = 0.3) -> Picture:
    return figure(4, pose, SIZE, paint=kind != "ink", mouth=mouth)


@pytest.mark.parametrize("kind", KINDS)
def test_identical_drawings_are_held(kind: str) -> None:
    pictures = [drawing(kind, pose=p) for p in (0.1, 0.1, 0.1, 0.5, 0.5, 0.9)]
    assert held(ready(pictures, kind)) == [False, True, True, False, True, False]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("crf", [18, 28])
def test_codec_noise_does_not_end_a_hold_and_a_mouth_does(kind: str, crf: int) -> None:
    shut, open_ = drawing(kind), drawing(kind, mouth=0.2)
    found = held(ready(reencoded([shut] * 8 + [open_] * 6, crf), kind))
    assert found[:8] == [False] + [True] * 7
    assert not found[8]
    # The codec takes a frame or two to settle after a change; each is drawn anew at worst.
    assert sum(found[9:]) >= 3


@pytest.mark.parametrize("kind", KINDS)
def test_a_hold_never_crosses_a_cut(kind: str) -> None:
    frames = ready([drawing(kind)] * 5, kind, cuts=(0, 3))
    assert held(frames) == [False, True, True, False, True]


def test_slow_motion_adds_up() -> None:
    wide = figure(4, 0.3, (720, 1400))
    steps = [wide[:, x : x + 1280].copy() for x in range(8)]
    found = held(ready(steps, "ink"))
    assert not all(found[1:])
    assert found.count(False) >= 3


@pytest.mark.parametrize("kind", ["canny", "gray"])
def test_film_is_not_held(kind: str) -> None:
    assert not any(held(ready(list(film(0, 6, 2)), kind)))


def test_same_frames_otherwise() -> None:
    frames = ready([drawing("ink")] * 2, "ink")
    marked = list(mark_held(frames))
    assert marked[0] is frames[0]
    assert marked[1].plane is frames[1].plane
    assert not frames[1].held


@pytest.mark.parametrize("kind", KINDS)
def test_a_very_long_picture_is_compared_too(kind: str) -> None:
    strip, other = (np.full((16, 4096, 3), level, np.uint8) for level in (250, 90))
    assert held(ready([strip, strip, other], kind)) == [False, True, False]


def test_wants_a_plane() -> None:
    with pytest.raises(ValueError, match="draw lines or take luma"):
        list(mark_held([frame(np.zeros((8, 8, 3), np.uint8))]))
