"""Faults of paint beside a line drawing that moves: found where lines prove them, else silence."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
import pytest
from skimage.color import deltaE_ciede2000, rgb2lab

from animecolor.qa.detectors.cells import Cells
from animecolor.qa.sighting import Check, Sighting
from tests.qa.watching import Beside, Picture, watch

PAINT, OTHER = (90, 140, 200), (150, 120, 190)
SHAPE = (140, 220)
ATS = [50 + 4 * frame for frame in range(9)]


def lines(at: int) -> Picture:
    """A circle that travels, and a house that stands, in ink on paper."""
    paper = np.full((*SHAPE, 3), 255, np.uint8)
    cv2.circle(paper, (at, 70), 28, (0, 0, 0), 2, cv2.LINE_AA)
    cv2.line(paper, (at, 42), (at + 10, 98), (0, 0, 0), 2, cv2.LINE_AA)
    cv2.rectangle(paper, (160, 30), (205, 110), (0, 0, 0), 2)
    return paper


def painted(at: int, fill: tuple[int, int, int] = PAINT, wall: Sequence[int] = ()) -> Picture:
    """The same in color."""
    picture = np.full((*SHAPE, 3), (230, 225, 200), np.uint8)
    cv2.circle(picture, (at, 70), 28, fill, -1)
    cv2.rectangle(picture, (160, 30), (205, 110), tuple(wall) or (200, 90, 60), -1)
    return np.minimum(picture, lines(at))


def seen(clip: Sequence[Picture], lossy: bool = False) -> list[Sighting]:
    """What is found in one shot beside its lines."""
    beside = Beside(source=[lines(at) for at in ATS], kind="line", lossy=lossy)
    return list(watch(clip, [Cells.watch], beside).sightings)


def coded(picture: Picture) -> Picture:
    """As JPEG of high quality leaves it: noise along lines, chroma at half size."""
    quality = [cv2.IMWRITE_JPEG_QUALITY, 92]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), quality)
    assert done
    return np.asarray(cv2.cvtColor(cv2.imdecode(data, 1), cv2.COLOR_BGR2RGB), np.uint8)


@pytest.mark.parametrize("lossy", [False, True])
def test_what_moves_is_left_alone(lossy: bool) -> None:
    """A figure on ones, lossless and coded."""
    clip = [painted(at) for at in ATS]
    assert seen([coded(p) for p in clip] if lossy else clip, lossy) == []


@pytest.mark.parametrize("lossy", [False, True])
def test_a_cell_that_moves_may_not_change(lossy: bool) -> None:
    """One drawing has another color within its lines: frame, place, and scikit-image's ΔE."""
    clip = [painted(at) for at in ATS]
    clip[4] = painted(ATS[4], OTHER)
    found = seen([coded(p) for p in clip] if lossy else clip, lossy)
    assert {(s.check, s.first, s.last) for s in found} == {(Check.COLOR_JUMP, 4, 4)}
    told = rgb2lab(np.array([[PAINT, OTHER]], np.uint8))
    delta = float(deltaE_ciede2000(told[:, 0], told[:, 1])[0])
    for sighting in found:
        assert sighting.value == pytest.approx(delta, abs=1.5)
        assert sighting.box is not None
        assert sighting.box.left >= 36
        assert sighting.box.right <= 97


@pytest.mark.parametrize("side", [2, 3, 5])
def test_a_hole_in_what_stands_is_found(side: int) -> None:
    """Though something moves elsewhere in the drawing."""
    clip = [painted(at) for at in ATS]
    clip[5][60 : 60 + side, 180 : 180 + side] = 255
    found = seen(clip)
    assert [(s.check, s.first, s.last) for s in found] == [(Check.HOLE, 5, 5)]
    box = found[0].box
    assert box is not None
    assert (box.top, box.left, box.bottom, box.right) == (60, 180, 60 + side, 180 + side)


def test_several_drawings_and_to_the_end() -> None:
    """What comes back has jumped, what does not has changed."""
    wall = [(170, 100, 90) if 3 <= frame < 6 else () for frame in range(len(ATS))]
    clip = [painted(at, wall=color) for at, color in zip(ATS, wall, strict=True)]
    assert [(s.check, s.first, s.last) for s in seen(clip)] == [(Check.COLOR_JUMP, 3, 5)]
    wall = [(170, 100, 90) if frame >= 4 else () for frame in range(len(ATS))]
    clip = [painted(at, wall=color) for at, color in zip(ATS, wall, strict=True)]
    assert [(s.check, s.first, s.last) for s in seen(clip)] == [(Check.COLOR_CHANGE, 4, 8)]


def test_light_is_not_paint() -> None:
    """Every color changes at once, and back, or for good: a flash, a lamp."""
    clip = [painted(at) for at in ATS]
    clip[4] = np.asarray(cv2.convertScaleAbs(clip[4], alpha=0.7), np.uint8)
    assert [s for s in seen(clip) if s.last > 4] == []
    for frame in range(5, len(ATS)):
        clip[frame] = np.asarray(cv2.convertScaleAbs(clip[frame], alpha=0.7), np.uint8)
    assert [s for s in seen(clip) if s.check is Check.COLOR_CHANGE] == []


def test_what_the_lines_have_too_was_meant() -> None:
    """A mark drawn in ink around it comes for one drawing."""
    clip, source = [painted(at) for at in ATS], [lines(at) for at in ATS]
    cv2.circle(source[4], (182, 70), 9, (0, 0, 0), 2, cv2.LINE_AA)
    cv2.circle(clip[4], (182, 70), 9, (250, 240, 60), -1)
    clip[4] = np.minimum(clip[4], source[4])
    beside = Beside(source=source, kind="line")
    assert watch(clip, [Cells.watch], beside).sightings == ()


def test_only_beside_lines() -> None:
    """A gray source has luma of its own, which tells more."""
    clip = [painted(at) for at in ATS]
    clip[4] = painted(ATS[4], OTHER)
    assert watch(clip, [Cells.watch], Beside(source=clip, kind="gray")).sightings == ()
