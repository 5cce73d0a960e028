"""Gaps in drawn lines: as long as asked, as many as asked, nothing else touched."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from scipy.ndimage import distance_transform_edt, label

from animecolor.training.toon import draw_clip
from animecolor.training.toon.gaps import broken


def test_a_gap_is_as_long_as_asked() -> None:
    paper = np.full((60, 400), 255, np.uint8)
    cv2.line(paper, (0, 10), (399, 50), 0, 3)
    for length in (2.0, 4.0, 8.0):
        gapped = broken(paper, np.random.default_rng(2), (length, length), 150.0)
        pieces, count = label(gapped < 128, np.ones((3, 3)))
        assert count > 1
        nearest = [
            distance_transform_edt(pieces != one)[(pieces > 0) & (pieces != one)].min()
            for one in range(1, count + 1)
        ]
        # Pixels that touch are 1 apart.
        assert np.mean(nearest) - 1 == pytest.approx(length, abs=0.8)


def test_only_short_pieces_of_ink_go_and_the_input_stays() -> None:
    ink = next(draw_clip(11, (128, 228), 1)).ink
    before = ink.copy()
    gapped = broken(ink, np.random.default_rng(0))
    assert np.array_equal(ink, before)
    changed = gapped != ink
    assert (gapped[changed] == 255).all()
    assert 0.01 < (gapped < 128).sum() / (ink < 128).sum() < 0.99
    assert np.array_equal(gapped, broken(ink, np.random.default_rng(0)))


@pytest.mark.parametrize("level", [255, 0])
def test_a_drawing_without_lines_has_no_gaps(level: int) -> None:
    plain = np.full((9, 13), level, np.uint8)
    gapped = broken(plain, np.random.default_rng(0))
    assert np.array_equal(gapped, plain)
