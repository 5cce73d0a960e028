"""Holes that only alpha knows of."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.clearings import Clearings
from animecolor.qa.request import Request
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Step, View

Cover = NDArray[np.uint8]
COUNT = 12


def cel(frame: int) -> Cover:
    """A disc that moves, with an arm whose gap opens and closes."""
    alpha = np.zeros((120, 200), np.uint8)
    cv2.circle(alpha, (60 + 4 * frame, 60), 30, 255, -1)
    tip = 60 + 4 * frame + 20 + abs(frame - 6)
    cv2.line(alpha, (60 + 4 * frame + 25, 30), (tip + 30, 100), 255, 7)
    return alpha


def seen(covers: Sequence[Cover], paint: int = 130) -> list[Sighting]:
    """What is told of covers over one flat paint."""
    notes = Notes()
    watcher = Clearings(Setting(Request(), Fraction(24), 120, 200, False, None), notes)
    before: View | None = None
    for index, alpha in enumerate(covers):
        rgb = np.where(alpha[..., None] > 127, paint, 255).astype(np.uint8).repeat(3, axis=2)
        view = View(index, index, Fraction(1, 24), 0, rgb, 1.0, alpha)
        if before is None:
            watcher.begin(view)
        else:
            watcher.push(Step(before, view, False, None, None, None))
        before = view
    watcher.end()
    watcher.finish(Lengths(len(covers)))
    return list(notes.sightings())


def test_a_moving_cel_has_no_hole() -> None:
    assert seen([cel(frame) for frame in range(COUNT)]) == []


@pytest.mark.parametrize("side", [2, 3, 5])
@pytest.mark.parametrize("frames", [range(1), range(5, 6), range(4, 8)])
def test_a_hole_is_found_at_its_frame_and_place(side: int, frames: range) -> None:
    still = [cel(3)] * COUNT
    covers = [alpha.copy() if frame in frames else alpha for frame, alpha in enumerate(still)]
    for frame in frames:
        covers[frame][60 : 60 + side, 70 : 70 + side] = 0
    (hole,) = seen(covers)
    assert (hole.check, hole.first, hole.last) == (Check.HOLE, frames[0], frames[-1])
    assert hole.area == side * side
    assert hole.box is not None
    assert (hole.box.top, hole.box.left, hole.box.bottom, hole.box.right) == (
        (60, 70, 60 + side, 70 + side)
    )


def test_a_hole_of_one_frame_is_found_in_what_moves() -> None:
    covers = [cel(frame) for frame in range(COUNT)]
    covers[5][58:61, 78:81] = 0
    assert [(s.first, s.last, s.area) for s in seen(covers)] == [(5, 5, 9)]


def test_a_hole_in_white_paint_shows_what_lies_below() -> None:
    covers = [cel(3)] * 3 + [cel(3).copy()] + [cel(3)] * 3
    covers[3][60:63, 70:73] = 0
    (hole,) = seen(covers, paint=255)
    assert hole.value > 90
    assert (hole.found, hole.expected) == ("#000000", "#ffffff")
