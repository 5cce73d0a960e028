"""While a drawing is held its paint may not change: found to the frame, and nothing else is."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from animecolor.qa.detectors.holds import Holds
from animecolor.qa.sighting import Check, Sighting
from tests.qa.watching import Beside, Picture, watch

PAINT, OTHER = (90, 140, 200), (120, 150, 190)
SHAPE = (120, 160)


def lines(at: int = 60) -> Picture:
    """A circle and a box in ink on paper; the circle stands at a column."""
    paper = np.full((*SHAPE, 3), 255, np.uint8)
    cv2.circle(paper, (at, 60), 30, (0, 0, 0), 2, cv2.LINE_AA)
    cv2.rectangle(paper, (110, 20), (150, 100), (0, 0, 0), 2)
    return paper


def painted(at: int = 60, fill: tuple[int, int, int] = PAINT) -> Picture:
    """The same in color."""
    picture = np.full((*SHAPE, 3), (230, 225, 200), np.uint8)
    cv2.circle(picture, (at, 60), 30, fill, -1)
    ink = lines(at)
    return np.minimum(picture, ink)


def seen(clip: Sequence[Picture], source: Sequence[Picture], lossy: bool = False) -> list[Sighting]:
    """What is found in one shot."""
    beside = Beside(source=source, kind="line", lossy=lossy)
    return list(watch(clip, [Holds.watch], beside).sightings)


def noisy(clip: Sequence[Picture], sigma: float = 1.0) -> list[Picture]:
    """With noise of its own in every frame, as compression leaves."""
    rng = np.random.default_rng(1)
    return [
        np.clip(np.rint(p + rng.normal(0, sigma, p.shape)), 0, 255).astype(np.uint8) for p in clip
    ]


def test_a_moving_figure_is_left_alone() -> None:
    """On ones or on twos, whatever changes with the lines is no fault."""
    for hold in (1, 2):
        ats = [60 + 3 * (frame // hold) for frame in range(8)]
        assert seen([painted(at) for at in ats], [lines(at) for at in ats]) == []


@pytest.mark.parametrize("lossy", [False, True])
def test_an_area_that_comes_back_has_jumped(lossy: bool) -> None:
    """For two frames of a held drawing: the frames, the place, and scikit-image's ΔE."""
    clip = [painted() for _ in range(8)]
    clip[3] = clip[4] = painted(fill=OTHER)
    source = [lines()] * 8
    found = seen(noisy(clip) if lossy else clip, source, lossy)
    assert [(s.check, s.first, s.last) for s in found] == [(Check.COLOR_JUMP, 3, 4)]
    told = rgb2lab(np.array([[PAINT, OTHER]], np.uint8))
    assert found[0].value == pytest.approx(
        float(deltaE_ciede2000(told[:, 0], told[:, 1])[0]), abs=0.6
    )
    box = found[0].box
    assert box is not None
    assert max(abs(box.top - 31), abs(box.left - 31), abs(box.bottom - 90)) <= 3


def test_what_stays_has_changed() -> None:
    """To the end of the drawing."""
    clip = [painted(fill=PAINT if frame < 5 else OTHER) for frame in range(8)]
    found = seen(clip, [lines()] * 8)
    assert [(s.check, s.first, s.last) for s in found] == [(Check.COLOR_CHANGE, 5, 7)]


@pytest.mark.parametrize("side", [2, 3, 5])
def test_a_spot_keeps_its_name(side: int) -> None:
    """Paper in the paint is a hole however long it is there."""
    clip = [painted() for _ in range(6)]
    for picture in clip[3:]:
        picture[60 : 60 + side, 60 : 60 + side] = 255
    found = seen(clip, [lines()] * 6)
    assert [(s.check, s.first, s.last, s.area) for s in found] == [(Check.HOLE, 3, 5, side**2)]


def test_noise_and_light_are_not_paint() -> None:
    """Noise is held against the picture's own; what changes everywhere is light."""
    clip = [painted() for _ in range(6)]
    source = [lines()] * 6
    assert seen(noisy(clip), source, lossy=True) == []
    assert seen(noisy(clip, 3.0), source, lossy=True) == []
    lit = [
        np.minimum(255, p.astype(np.int16) + 10 * n).astype(np.uint8) for n, p in enumerate(clip)
    ]
    assert seen(lit, source) == []


def test_lines_that_change_are_another_drawing() -> None:
    """A mark that the lines have too was meant; one pixel of ink that moves is enough."""
    clip, source = [painted() for _ in range(6)], [lines() for _ in range(6)]
    for frame in (3, 4, 5):
        cv2.circle(source[frame], (60, 60), 8, (0, 0, 0), 2)
        cv2.circle(clip[frame], (60, 60), 8, (200, 40, 40), -1)
    assert seen(clip, source) == []


def test_only_beside_lines() -> None:
    """A gray source has luma of its own, which tells more."""
    clip = [painted(), painted(fill=OTHER)]
    assert watch(clip, [Holds.watch], Beside(source=clip, kind="gray")).sightings == ()
    assert watch(clip, [Holds.watch]).sightings == ()
