"""Canny against Kornia and OpenCV; ink; and which of the two a clip is."""

from __future__ import annotations

import logging
from dataclasses import replace

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from animecolor.config import Lines, LineSource
from animecolor.stages.canny import hysteresis, kornia_edges, opencv_edges, quick_edges
from animecolor.stages.lines import canny_plane, draw_lines, ink_plane, native_line
from animecolor.stages.sizing import native_luma, working_luma
from tests.stages.drawings import Picture, clip, figure, film, frame

CANNY = Lines(source=LineSource.CANNY)
INK = Lines(source=LineSource.INK)


def agreement(first: NDArray[np.bool_], second: NDArray[np.bool_]) -> float:
    """F1 of two edge maps where a pixel may lie one off."""
    near = np.ones((3, 3), np.uint8)
    precision = first[cv2.dilate(second.astype(np.uint8), near) > 0].sum() / first.sum()
    recall = second[cv2.dilate(first.astype(np.uint8), near) > 0].sum() / second.sum()
    return float(2 * precision * recall / (precision + recall))


@pytest.mark.parametrize("short", [256, 720])
def test_backends_agree(short: int) -> None:
    drawn = figure(3, size=(720, 1280), paint=True)
    for picture in (*film()[::2], drawn):
        luma = working_luma(frame(picture), short)
        ours = opencv_edges(luma, Lines()) > 0
        theirs = kornia_edges(torch.from_numpy(luma), Lines()).numpy() > 0
        assert agreement(ours, theirs) >= 0.98
        # Flat artwork has ties between neighbours, which the two break differently.
        same = (ours & theirs).sum() / (ours | theirs).sum()
        assert same >= 0.99 or picture is drawn


def test_native_edges_agree_within_a_pixel() -> None:
    f = frame(film()[1])
    theirs = kornia_edges(torch.from_numpy(working_luma(f, 720)), Lines()).numpy() > 0
    assert agreement(quick_edges(native_luma(f), Lines()) > 0, theirs) >= 0.97


@given(st.integers(0, 2**32 - 1), st.sampled_from([0.6, 1.0, 2.0]))
@settings(max_examples=15, deadline=None)
def test_hysteresis_equals_kornia(seed: int, sigma: float) -> None:
    from kornia.filters import canny

    rng = np.random.default_rng(seed)
    luma = cv2.GaussianBlur(rng.random((40, 56)).astype(np.float32), (0, 0), 1.5)
    lines = Lines(sigma=sigma, low=0.1, high=0.25)
    side = 2 * round(3 * sigma) + 1
    _, theirs = canny(torch.from_numpy(luma)[None, None], 0.1, 0.25, (side, side), (sigma, sigma))
    torch.testing.assert_close(kornia_edges(torch.from_numpy(luma), lines), theirs[0, 0])


def test_hysteresis_follows_corners_and_drops_the_unsure() -> None:
    candidate = np.array([[1, 0, 0, 1], [0, 1, 0, 0], [0, 0, 1, 0]], bool)
    strong = np.zeros_like(candidate)
    strong[2, 2] = True
    kept = hysteresis(candidate, strong)
    assert kept.tolist() == [[True, False, False, False], [False, True, False, False],
                             [False, False, True, False]]  # fmt: skip
    assert not hysteresis(candidate, np.zeros_like(candidate)).any()


def test_eight_bits_and_floats_draw_the_same_plane() -> None:
    luma = native_luma(frame(figure(2, paint=True)))
    plane = canny_plane(luma, Lines())
    np.testing.assert_array_equal(plane, canny_plane(luma.astype(np.float32) / 255, Lines()))
    assert plane.dtype == np.float32
    assert set(np.unique(plane)) == {0.0, 1.0}
    assert plane.mean() > 0.8  # mostly paper


def test_a_step_is_one_line_where_the_step_is() -> None:
    step = np.zeros((32, 32), np.uint8)
    step[:, 16:] = 200
    rows, columns = np.nonzero(canny_plane(step, Lines()) == 0)
    assert set(columns.tolist()) <= {15, 16}
    assert set(rows.tolist()) == set(range(32))


def test_canny_draws_at_both_sizes() -> None:
    f = frame(film()[1])
    (out,) = draw_lines([f], CANNY, 256)
    line = native_line(f, CANNY)
    assert out.plane is not None
    assert out.luma is not None
    assert (tuple(out.plane.shape), tuple(line.shape)) == ((1, 256, 456), (1, 720, 1280))
    assert (out.plane.dtype, line.dtype) == (torch.float32, torch.uint8)
    assert not out.inked
    np.testing.assert_array_equal(out.luma[0], working_luma(f, 256))
    np.testing.assert_array_equal(out.plane[0], canny_plane(working_luma(f, 256), CANNY))


def test_ink_plane_at_scale_one_changes_nothing() -> None:
    gray = figure(1)[..., 0]
    np.testing.assert_allclose(ink_plane(gray, gray.shape), gray / 255, atol=1e-6)


def test_thin_lines_of_a_large_drawing_do_not_fade() -> None:
    def darkness(side: int, thick: int) -> float:
        page = np.full((side, side), 255, np.uint8)
        cv2.line(page, (side // 5, 0), (side // 2, side), 0, thick)
        plane = 1 - ink_plane(page, (256, 256))
        return float(plane[40:200].sum(axis=1).mean())

    small, large, huge = darkness(256, 1), darkness(1080, 2), darkness(2160, 3)
    assert 0.75 < large / small < 1.35
    assert 0.75 < huge / small < 1.35


def ink(picture: Picture, **more: torch.Tensor) -> NDArray[np.uint8]:
    (out,) = draw_lines([frame(picture, opens_shot=True, **more)], INK, 256)
    assert out.line is not None
    assert out.inked
    return out.line[0].numpy()


@pytest.mark.parametrize("color", [(220, 20, 20), (20, 180, 40), (30, 30, 230), (15, 15, 15)])
def test_trace_lines_of_any_color_are_ink(color: tuple[int, int, int]) -> None:
    page = np.full((120, 160, 3), 255, np.uint8)
    page[60] = color
    line = ink(page)
    assert line[60].min() > 220
    assert line[:59].max() == line[62:].max() == 0


@pytest.mark.parametrize("paper", [(255, 255, 255), (236, 230, 205), (190, 192, 195)])
def test_scanned_paper_becomes_white(paper: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(1)
    page = figure(1).astype(np.float32) / 255 * paper + rng.normal(0, 1.5, (360, 640, 1))
    line = ink(np.clip(page, 0, 255).astype(np.uint8))
    blank = figure(1)[..., 0] == 255
    assert np.mean(line[blank] > 8) < 0.01
    assert line[figure(1)[..., 0] < 30].min() > 200


def test_cel_with_alpha_is_ink_on_white() -> None:
    page = figure(1)
    alpha = 255 - page[..., :1]
    line = ink(np.zeros_like(page), alpha=torch.from_numpy(alpha).permute(2, 0, 1))
    np.testing.assert_allclose(line, 255 - page[..., 0], atol=10)


def test_sixteen_bit_drawing_gives_the_same_line() -> None:
    page = figure(4)
    np.testing.assert_array_equal(ink(page), ink(page.astype(np.uint16) * 257))


def chosen(pictures: list[Picture], caplog: pytest.LogCaptureFixture) -> str:
    with caplog.at_level(logging.INFO, logger="animecolor"):
        frames = list(draw_lines(clip(pictures), Lines(), 64))
    assert [f.index for f in frames] == list(range(len(pictures)))
    if not caplog.records:
        return "nothing"
    (record,) = caplog.records
    return record.getMessage().split(":")[1].split(",")[0].strip()


@pytest.mark.parametrize("size", [(256, 456), (720, 1280), (1080, 1920)])
def test_auto_knows_a_drawing(size: tuple[int, int], caplog: pytest.LogCaptureFixture) -> None:
    assert chosen([figure(5, pose, size) for pose in (0.0, 0.5)], caplog) == "ink"


def test_auto_knows_a_drawing_on_yellow_paper_with_trace_lines_and_solid_black(
    caplog: pytest.LogCaptureFixture,
) -> None:
    page = (figure(6, size=(720, 1280)) * np.array([0.94, 0.91, 0.8])).astype(np.uint8)
    cv2.line(page, (100, 600), (900, 100), (220, 30, 30), 3, cv2.LINE_AA)
    cv2.circle(page, (700, 300), 50, (12, 12, 12), -1)
    assert chosen([page], caplog) == "ink"


@pytest.mark.parametrize("seed", range(6))
def test_auto_is_not_fooled_by_a_cartoon_on_white(
    seed: int, caplog: pytest.LogCaptureFixture
) -> None:
    cartoon = figure(seed, size=(720, 1280), paint=True, setting=False)
    assert chosen([cartoon], caplog) == "canny"
    caplog.clear()
    gray = cv2.cvtColor(cv2.cvtColor(cartoon, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    assert chosen([np.asarray(gray, np.uint8)], caplog) == "canny"


def test_auto_knows_film(caplog: pytest.LogCaptureFixture) -> None:
    assert chosen(list(film()), caplog) == "canny"


def test_auto_waits_while_nothing_is_shown(caplog: pytest.LogCaptureFixture) -> None:
    white, black = np.full((360, 640, 3), 255, np.uint8), np.zeros((360, 640, 3), np.uint8)
    assert chosen([black] * 2 + [white] * 12 + [figure(2)], caplog) == "ink"
    caplog.clear()
    assert chosen([white] * 3, caplog) == "nothing"
    caplog.clear()
    assert chosen([], caplog) == "nothing"


def test_tinted_paper_after_blank_frames_becomes_white() -> None:
    tint = np.array([0.94, 0.91, 0.8])
    blank = np.full((360, 640, 3), 250, np.uint8)
    page = (figure(2) * tint).astype(np.uint8)
    frames = [replace(f, opens_shot=f.index == 0) for f in clip([blank, blank, page, page])]
    *_, third, last = draw_lines(frames, Lines(), 64)
    for out in (third, last):
        assert out.inked
        assert out.line is not None
        assert out.line[0].numpy()[figure(2)[..., 0] == 255].max() == 0
