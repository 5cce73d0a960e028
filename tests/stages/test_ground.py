"""Cels on transparent ground: clear outside and in their holes, opaque where they are painted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from animecolor.frame import UNPAINTED, Frame, from_array, to_array
from animecolor.stages.flats import Flatten
from animecolor.stages.originals import Originals
from tests.stages.drawings import Picture
from tests.stages.inked import (
    BLUE,
    CEL,
    RED,
    SIZE,
    WHITE,
    away_from_lines,
    inked,
    inside,
    key,
    noisy,
    paint,
    painted,
    small,
)


def cel(page: Picture) -> NDArray[Any]:
    """The drawing's ink alone, on transparent ground."""
    return (255 - page.min(axis=2, keepdims=True)).astype(np.uint8)


def on_clear(page: Picture, color: torch.Tensor, index: int = 0) -> Frame:
    (f,) = inked([page], [color])
    black = np.zeros_like(page)
    blue = (page[..., 2:] == 255) & (page[..., :1] < 255)
    image = np.where(blue, page, black).astype(np.uint8)
    return replace(
        f, image=from_array(image), alpha=from_array(cel(page)), opens_shot=index == 0, index=index
    )


def ring() -> tuple[Picture, Picture, NDArray[np.bool_]]:
    """A red ring on white with a white eye in it: drawing, truth, and where it has a hole."""
    page, truth = (np.full((*SIZE, 3), 255, np.uint8) for _ in range(2))
    middle = SIZE[1] // 2, SIZE[0] // 2
    cv2.circle(truth, middle, 80, RED, -1)
    cv2.circle(truth, middle, 30, WHITE, -1)
    eye = middle[0] - 55, middle[1]
    cv2.circle(truth, eye, 12, WHITE, -1)
    for where, radius in ((middle, 80), (middle, 30), (eye, 12)):
        cv2.circle(page, where, radius, (0, 0, 0), 2)
    hole = cv2.circle(np.zeros(SIZE, np.uint8), middle, 27, 1, -1) > 0
    return page, truth, hole


def cover(f: Frame) -> NDArray[Any]:
    assert f.cover is not None
    return to_array(f.cover)[..., 0]


def test_a_cel_is_transparent_outside_and_opaque_where_it_is_painted() -> None:
    page, truth, hole = ring()
    (f,) = paint([on_clear(page, small(truth))])
    outside = away_from_lines(page) & (truth == 255).all(axis=2)
    corner = np.zeros(SIZE, np.bool_)
    corner[:5] = True
    assert (cover(f)[corner & outside] == 0).all()
    assert (cover(f)[(truth == RED).all(axis=2)] == 255).all()
    assert (cover(f)[hole] == 255).all()  # nobody said that it is one
    assert (cover(f)[page[..., 0] == 0] == 255).all()
    assert f.flats is not None
    assert (f.flats.swatch[f.flats.labels][corner] == UNPAINTED).all()


def test_a_transparent_painting_says_what_is_a_hole_and_that_is_kept(tmp_path: Path) -> None:
    page, truth, hole = ring()
    alpha = np.full((*SIZE, 1), 255, np.uint8)
    outside = cv2.floodFill((page[..., 0] < 128).astype(np.uint8), None, (0, 0), 2)[1] == 2
    alpha[outside | hole] = 0
    keys = {0: (key(tmp_path / "k", np.dstack((inside(page, truth), alpha))),)}
    frames = [on_clear(page, small(truth)), on_clear(np.roll(page, 3, 1), small(truth), 1)]
    for f in paint(frames, Flatten(originals=Originals(keys))):
        moved = np.roll(hole, 3 * f.index, 1)
        assert (cover(f)[moved & away_from_lines(np.roll(page, 3 * f.index, 1))] == 0).all()
        eye = SIZE[0] // 2, SIZE[1] // 2 - 55 + 3 * f.index
        assert cover(f)[eye] == 255
        assert painted(f)[eye].tolist() == [255, 255, 255]


def test_the_ground_stays_clear_whatever_the_network_and_the_palette_say() -> None:
    """No swatch is white; the figure is cut off by the picture's edge, and painted."""
    page, truth, _ = ring()
    page, truth = (np.roll(picture, 60, axis=0) for picture in (page, truth))
    page[:40], truth[:40] = 255, 255
    sky = np.where((truth == 255).all(axis=2, keepdims=True), BLUE, truth).astype(np.uint8)
    frames = [on_clear(page, small(sky)), on_clear(np.roll(page, 2, 1), noisy(sky, 1, 0.2), 1)]
    for f in paint(frames, Flatten(palette=CEL)):
        assert (cover(f)[:20] == 0).all()
        assert (cover(f)[-3:, SIZE[1] // 2 - 50 : SIZE[1] // 2 - 40] == 255).all()


def test_an_opaque_drawing_has_no_cover_unless_white_means_transparent() -> None:
    page, truth, _ = ring()
    frames = inked([page], [small(truth)])
    assert paint(frames)[0].cover is None
    (f,) = paint(frames, Flatten(keyed=True))
    assert cover(f)[0, 0] == 0
    assert painted(f)[0, 0].tolist() == [255, 255, 255]
    assert cover(f)[SIZE[0] // 2, SIZE[1] // 2] == 255
