"""Working size, and the luma at it."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from animecolor.color import luma
from animecolor.stages.luma import take_luma
from animecolor.stages.sizing import native_luma, shrink, working_luma, working_size
from tests.stages.drawings import Picture, film, frame


@pytest.mark.parametrize(
    ("native", "size"),
    [
        ((1080, 1920), (256, 456)),
        ((720, 1280), (256, 456)),
        ((1920, 1080), (456, 256)),
        ((576, 720), (256, 320)),
        ((90, 120), (256, 340)),
        ((1, 1), (256, 256)),
        ((16, 256), (256, 4096)),
        ((16, 8192), (8, 4096)),
        ((8192, 1), (4096, 4)),
    ],
)
def test_known_sizes(native: tuple[int, int], size: tuple[int, int]) -> None:
    assert working_size(native, 256) == size


@given(st.integers(1, 8192), st.integers(1, 8192), st.integers(64, 2048))
def test_sides_are_multiples_and_the_aspect_is_kept(height: int, width: int, short: int) -> None:
    h, w = working_size((height, width), short)
    assert h % 4 == w % 4 == 0
    assert max(h, w) <= 16 * short
    if max(height, width) <= 16 * min(height, width):
        assert abs(min(h, w) - short) <= 2
        assert abs(max(h, w) - max(height, width) * short / min(height, width)) <= 2
    assert (h <= w) == (height <= width) or abs(h - w) <= 4


def test_shrinking_is_the_area_mean() -> None:
    picture = np.random.default_rng(0).random((8, 12)).astype(np.float32)
    mean = picture.reshape(4, 2, 6, 2).mean(axis=(1, 3))
    np.testing.assert_allclose(shrink(picture, (4, 6)), mean, atol=1e-6)
    assert shrink(picture, (8, 12)) is picture


@pytest.fixture
def picture() -> Picture:
    return film()[1]


def test_luma_is_bt709(picture: Picture) -> None:
    f = frame(picture)
    exact = luma(f.image.float() / 255)[0].numpy()
    np.testing.assert_allclose(working_luma(f, 720), exact, atol=1e-5)
    np.testing.assert_allclose(native_luma(f), exact * 255, atol=0.51)


def test_sixteen_bits_give_the_same_luma(picture: Picture) -> None:
    deep = frame(picture.astype(np.uint16) * 257)
    np.testing.assert_array_equal(native_luma(deep), native_luma(frame(picture)))
    np.testing.assert_allclose(
        working_luma(deep, 256), working_luma(frame(picture), 256), atol=0.6 / 255
    )


def test_transparent_is_white_paper() -> None:
    black = np.zeros((8, 8, 3), np.uint8)
    alpha = torch.zeros(1, 8, 8, dtype=torch.uint8)
    alpha[:, :, 4:] = 255
    f = frame(black, alpha=alpha)
    assert native_luma(f)[0].tolist() == [255] * 4 + [0] * 4
    np.testing.assert_allclose(working_luma(f, 8)[0], [1] * 4 + [0] * 4)


def test_take_luma_sets_the_plane_only(picture: Picture) -> None:
    f = frame(picture)
    (out,) = take_luma([f], 256)
    assert out.plane is not None
    assert out.plane.shape == (1, 256, 456)
    assert out.plane.dtype == torch.float32
    assert out.line is None
    assert out.image is f.image
    assert f.plane is None
