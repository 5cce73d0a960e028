"""Ink over colors: the line layer is the drawing's own ink, at its own depth."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch

from animecolor.frame import UNPAINTED, from_array, to_array
from animecolor.stages.flats import Flatten
from tests.stages.inked import CEL, away_from_lines, inked, layer, page_of, paint, painted, small


def test_the_line_layer_is_the_input_s_black_ink() -> None:
    """Laid over white it is the drawing again, grey rims and all; the trace line is not in it."""
    page, truth = page_of()
    (f,) = paint(inked([page], [small(truth)]))
    assert f.flats is not None
    traced = cv2.dilate((page[..., 0] < page[..., 2]).astype(np.uint8), np.ones((3, 3))) > 0
    again = 255 - f.flats.ink
    assert np.array_equal(again[~traced], page[..., 0][~traced])
    assert (f.flats.ink[(page == (0, 0, 255)).all(axis=2)] == 0).all()
    laid = np.rint(layer(f) * (again[..., None] / 255))
    assert np.abs(painted(f) - laid).max() <= 1


@pytest.mark.parametrize("clear", [False, True], ids=["paper", "cel"])
def test_ink_of_16_bits_stays_ink_of_16_bits(clear: bool) -> None:
    """Levels between those of 8 bits are kept in the line layer, the result and its alpha."""
    page, truth = page_of()
    grey = cv2.GaussianBlur(page.max(axis=2).astype(np.uint16) * 257, (3, 3), 0)
    (f,) = inked([np.dstack((grey,) * 3)], [small(truth)])
    if clear:
        alpha = from_array((65535 - grey)[..., None])
        f = replace(f, image=torch.zeros_like(f.image), alpha=alpha)
    (done,) = paint([f], Flatten(palette=CEL))
    assert done.flats is not None
    assert (grey % 257 != 0).any()
    assert np.array_equal(65535 - done.flats.ink, grey)
    outside = (done.flats.swatch == UNPAINTED)[done.flats.labels]
    assert outside.any() == clear
    under = layer(done).astype(np.float64) * 257
    if clear:
        assert done.cover is not None
        assert np.array_equal(to_array(done.cover)[outside, 0], (65535 - grey)[outside])
    dark = (under * (grey[..., None] / 65535))[~outside]
    assert np.abs(painted(done)[~outside] - dark).max() < 1


def test_a_scanned_drawing_has_paper_that_is_no_ink() -> None:
    page, truth = page_of()
    grain = np.random.default_rng(2).integers(-3, 4, (*page.shape[:2], 1))
    scan = np.clip(page * 0.92 + grain, 0, 255).astype(np.uint8)
    (f,) = paint(inked([scan], [small(truth)]), Flatten(palette=CEL))
    right = away_from_lines(page)
    assert np.array_equal(painted(f)[right], truth[right])
