"""Classes of lines: by hue and saturation, rims included."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.color import rgb2hsv

from animecolor.flats.trace import INK_BELOW, LineKind, classify
from animecolor.stages.ink import ink_gray, paper_of

Picture = NDArray[np.uint8]
COLORS = {
    (0, 0, 0): LineKind.BLACK,
    (38, 30, 34): LineKind.BLACK,
    (90, 90, 90): LineKind.BLACK,
    (110, 60, 70): LineKind.BLACK,  # an outline in a dark version of its paint
    (255, 0, 0): LineKind.RED,
    (200, 40, 50): LineKind.RED,
    (250, 130, 30): LineKind.RED,
    (0, 255, 0): LineKind.GREEN,
    (30, 160, 60): LineKind.GREEN,
    (0, 0, 255): LineKind.BLUE,
    (40, 60, 190): LineKind.BLUE,
    (90, 200, 250): LineKind.BLUE,
}
WHITE, CREAM = (255, 255, 255), (248, 240, 222)


def blank(paper: tuple[int, int, int] = WHITE, size: tuple[int, int] = (60, 80)) -> Picture:
    return np.full((*size, 3), paper, np.uint8)


def kinds_of(picture: Picture) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    gray = ink_gray(picture, paper_of(picture))
    return classify(picture, gray), gray


@pytest.mark.parametrize("paper", [WHITE, CREAM])
@pytest.mark.parametrize("width", [1, 2, 5])
@pytest.mark.parametrize("color", COLORS)
def test_a_line_is_of_one_kind_up_to_its_faintest_rim(
    color: tuple[int, int, int], width: int, paper: tuple[int, int, int]
) -> None:
    picture = blank(paper)
    cv2.line(picture, (3, 5), (75, 41), color, width, cv2.LINE_AA)
    cv2.circle(picture, (40, 30), 17, color, width, cv2.LINE_AA)
    kinds, gray = kinds_of(picture)
    assert (kinds[gray < INK_BELOW] == COLORS[color]).mean() > 0.99
    assert np.array_equal(kinds == LineKind.PAPER, gray >= INK_BELOW)


def test_lines_side_by_side_keep_their_kinds() -> None:
    picture = blank(size=(40, 120))
    colors = [(0, 0, 0), (255, 0, 0), (0, 255, 0), (0, 0, 255)]
    for column, color in enumerate(colors * 3):
        cv2.line(picture, (6 + 9 * column, 0), (8 + 9 * column, 39), color, 2, cv2.LINE_AA)
    kinds, gray = kinds_of(picture)
    for column, kind in enumerate([1, 2, 3, 4] * 3):
        strip = slice(3 + 9 * column, 12 + 9 * column)
        assert set(np.unique(kinds[:, strip][gray[:, strip] < INK_BELOW])) == {kind}


def test_a_crossing_belongs_to_one_of_both() -> None:
    picture = blank()
    cv2.line(picture, (5, 30), (75, 30), (255, 0, 0), 3, cv2.LINE_AA)
    cv2.line(picture, (40, 4), (46, 56), (0, 0, 0), 3, cv2.LINE_AA)
    kinds, _ = kinds_of(picture)
    assert set(np.unique(kinds)) == {LineKind.PAPER, LineKind.BLACK, LineKind.RED}
    assert (kinds[20:27, 41:44] == LineKind.BLACK).all()
    assert (kinds[30, 8:36] == LineKind.RED).all()


def test_hue_agrees_with_scikit_image() -> None:
    rng = np.random.default_rng(0)
    picture = blank(size=(64, 64))
    picture[:32] = rng.integers(0, 256, (32, 64, 3))
    kinds = classify(picture, np.asarray(picture.min(axis=2), np.uint8))[:32]
    hue = rgb2hsv(picture[:32])[..., 0] * 360
    sure = picture[:32].min(axis=2) < 255 - 96
    # HSV's hue goes round a hexagon, which is up to 1.2 degrees off the circle.
    for kind, low, high in ((LineKind.GREEN, 75, 165), (LineKind.BLUE, 165, 300)):
        assert ((hue > low - 1.2) & (hue < high + 1.2))[(kinds == kind) & sure].all()
    assert ((hue < 76.2) | (hue > 298.8))[(kinds == LineKind.RED) & sure].all()
    assert (rgb2hsv(255 - picture[:32])[..., 1] < 0.41)[(kinds == LineKind.BLACK) & sure].all()


def test_compression_leaves_kinds_alone() -> None:
    picture = blank(size=(120, 160))
    cv2.circle(picture, (50, 60), 30, (0, 0, 0), 3, cv2.LINE_AA)
    cv2.circle(picture, (110, 60), 30, (230, 20, 30), 3, cv2.LINE_AA)
    _, file = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 90])
    worn = np.ascontiguousarray(cv2.imdecode(file, cv2.IMREAD_COLOR)[..., ::-1])
    before, after = kinds_of(picture)[0], kinds_of(worn)[0]
    both = (before > 0) & (after > 0)
    assert (before == after)[both].mean() > 0.97


@pytest.mark.parametrize("size", [(1, 1), (1, 7), (5, 1)])
@pytest.mark.parametrize("level", [0, 128, 255])
def test_tiny_pictures(size: tuple[int, int], level: int) -> None:
    gray = np.full(size, level, np.uint8)
    kinds = classify(cv2.merge([gray] * 3).reshape(*size, 3), gray)
    assert (kinds == (LineKind.PAPER if level == 255 else LineKind.BLACK)).all()
