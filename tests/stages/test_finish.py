"""Native size: luma kept, colors on their side of the line, ink over them, holds exactly still."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from animecolor.color import LUMA_709
from animecolor.config import Finish, Lines, LineSource, LinesOver
from animecolor.frame import Frame, from_array, to_array
from animecolor.stages.finish import Chosen, Smooth, finish, plain
from animecolor.stages.flats import Flatten
from animecolor.stages.lines import draw_lines, native_line
from animecolor.stages.luma import take_luma
from animecolor.stages.sizing import shrink, unit, working_size
from tests.stages.drawings import Picture, figure, film, frame


def small(picture: NDArray[Any], short: int = 256) -> torch.Tensor:
    """What a perfect network would paint."""
    return from_array(unit(shrink(picture, working_size(picture.shape[:2], short))))


def finished(f: Frame) -> NDArray[Any]:
    (out,) = finish([f])
    assert out.painted is not None
    painted = to_array(out.painted)
    assert painted.flags.c_contiguous
    assert (painted.dtype, painted.shape) == (to_array(f.image).dtype, to_array(f.image).shape)
    return painted


def gray_frame(picture: NDArray[Any], color: torch.Tensor | None = None) -> Frame:
    (f,) = take_luma([frame(picture)], 256)
    return replace(f, color=small(picture) if color is None else color)


def luma_of(picture: NDArray[Any]) -> NDArray[np.float64]:
    return picture.astype(np.float64) @ np.array(LUMA_709)


def psnr(one: NDArray[Any], other: NDArray[Any]) -> float:
    return float(10 * np.log10(255**2 / np.mean((one.astype(float) - other.astype(float)) ** 2)))


def enlarged(f: Frame) -> NDArray[np.uint8]:
    """The network's picture, bilinear: what the finish must beat."""
    assert f.color is not None
    picture = cv2.resize(f.color.permute(1, 2, 0).numpy(), (f.size[1], f.size[0]))
    return np.clip(np.rint(picture * 255), 0, 255).astype(np.uint8)


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=12, deadline=None)
def test_luma_is_kept_whatever_the_network_says(seed: int) -> None:
    rng = np.random.default_rng(seed)
    gray = rng.integers(0, 256, (70, 90, 1), dtype=np.uint8).repeat(3, axis=2)
    color = torch.from_numpy(rng.random((3, 256, 328), dtype=np.float32))
    painted = finished(gray_frame(gray, color))
    assert np.abs(luma_of(painted) - gray[..., 0]).max() <= 0.51


def test_saturated_color_is_reduced_and_never_clipped() -> None:
    ramp = np.linspace(0, 255, 256).astype(np.uint8)[None, :, None].repeat(64, 0).repeat(3, 2)
    red = torch.tensor([1.0, 0.0, 0.0]).view(3, 1, 1).expand(3, 256, 1024).contiguous()
    painted = finished(gray_frame(ramp, red)).astype(float)
    assert np.abs(luma_of(painted) - ramp[..., 0]).max() <= 0.51
    assert painted[0, 0].tolist() == [0, 0, 0]
    assert painted[0, -1].tolist() == [255, 255, 255]
    middle = painted[32, 54]  # the luma of pure red: all of it fits
    assert middle[0] > 230
    assert middle[1:].max() < 15
    assert (painted[..., 0] >= painted[..., 1]).all()
    assert np.abs(painted[..., 1] - painted[..., 2]).max() <= 1  # the hue stays


def test_sixteen_bits_keep_their_luma_too() -> None:
    rng = np.random.default_rng(3)
    gray = rng.integers(0, 65536, (70, 90, 1), dtype=np.uint16).repeat(3, axis=2)
    painted = finished(gray_frame(gray, torch.rand(3, 256, 328)))
    assert np.abs(luma_of(painted) - gray[..., 0]).max() <= 0.6


def test_native_chroma_beats_plain_enlarging() -> None:
    picture = film()[1]
    f = gray_frame(picture)
    assert psnr(finished(f), picture) > psnr(enlarged(f), picture) + 4


def test_gray_hold_keeps_chroma_under_its_own_luma() -> None:
    one = gray_frame(film()[1])
    darker = (film()[1] * 0.97).astype(np.uint8)
    other = replace(gray_frame(darker, torch.rand(3, 256, 456)), held=True)
    _, out = finish([one, other])
    assert out.painted is not None
    painted = to_array(out.painted)
    assert np.abs(luma_of(painted) - luma_of(darker)).max() <= 1.01
    assert psnr(painted, darker) > 30


def two_sides(size: tuple[int, int], *, drawn: bool) -> tuple[Frame, Picture, NDArray[np.bool_]]:
    """A slanted line parts orange from blue; the truth, and where the line is past."""
    height, width = size
    ends = (width // 3, -10), (width // 2, height + 10)
    rows, columns = np.mgrid[:height, :width]
    slope = (ends[1][0] - ends[0][0]) / (ends[1][1] - ends[0][1])
    across = columns - ends[0][0] - slope * (rows - ends[0][1])
    truth = np.where(across[..., None] < 0, (230, 140, 60), (40, 50, 160)).astype(np.uint8)
    page = np.full((height, width, 3), 255, np.uint8) if drawn else truth.copy()
    if drawn:
        cv2.line(page, *ends, (0, 0, 0), 2, cv2.LINE_AA)
    source = LineSource.INK if drawn else LineSource.CANNY
    (f,) = draw_lines([frame(page, opens_shot=True)], Lines(source=source), 256)
    return replace(f, color=small(truth)), truth, np.abs(across) > (3 if drawn else 1.5)


@pytest.mark.parametrize("size", [(360, 640), (720, 1280), (1080, 1920)])
@pytest.mark.parametrize("drawn", [True, False], ids=["ink", "canny"])
def test_colors_do_not_cross_a_line(size: tuple[int, int], drawn: bool) -> None:
    f, truth, beside = two_sides(size, drawn=drawn)
    error = np.abs(finished(f).astype(int) - truth).max(axis=2)[beside]
    plain = np.abs(enlarged(f).astype(int) - truth).max(axis=2)[beside]
    assert error.mean() <= (0.4 if drawn else 0.7) * plain.mean()
    assert np.percentile(error, 99.5) <= 12 or not drawn


def test_canny_enlarging_beats_plain_enlarging_on_film() -> None:
    picture = film()[1]
    (f,) = draw_lines([frame(picture)], Lines(source=LineSource.CANNY), 256)
    f = replace(f, color=small(picture))
    assert psnr(finished(f), picture) > psnr(enlarged(f), picture) + 0.3


def ink_frame(picture: NDArray[Any], color: torch.Tensor) -> Frame:
    f = frame(picture, opens_shot=True)
    (f,) = draw_lines([f], Lines(source=LineSource.INK), 256)
    return replace(f, color=color)


@pytest.mark.parametrize("deep", [False, True])
def test_ink_is_drawn_over_flat_color(deep: bool) -> None:
    page = figure(2)
    tint = torch.tensor([0.2, 0.6, 0.9]).view(3, 1, 1).expand(3, 256, 456)
    expected = page / 255 * np.array([51, 153, 229.5])
    source = page.astype(np.uint16) * 257 if deep else page
    painted = finished(ink_frame(source, tint)) / (257 if deep else 1)
    assert np.abs(painted - expected).max() < 12  # grain removal lifts the palest rim
    assert np.abs(painted - expected)[page[..., 0] == 255].max() <= 1


def test_colored_trace_lines_keep_their_color() -> None:
    page = np.full((256, 256, 3), 255, np.uint8)
    page[100:103] = (230, 0, 0)
    page[150:153] = (0, 0, 0)
    tint = torch.tensor([0.2, 0.6, 0.9]).view(3, 1, 1).expand(3, 256, 256)
    painted = finished(ink_frame(page, tint))
    assert painted[101, 50].tolist() == [230, 0, 0]
    assert painted[151, 50].tolist() == [0, 0, 0]


def test_held_drawing_is_the_very_same_picture() -> None:
    page = figure(2)
    f = ink_frame(page, small(figure(2, paint=True)))
    frames = [f, replace(f, held=True, color=torch.rand(3, 256, 456)), replace(f, held=True)]
    one, two, three = finish(frames)
    assert one.painted is two.painted is three.painted


def test_held_canny_draws_its_native_lines_once(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Lines] = []

    def counted(f: Frame, lines: Lines) -> torch.Tensor:
        drawn.append(lines)
        return native_line(f, lines)

    monkeypatch.setattr("animecolor.stages.finish.native_line", counted)
    canny = Lines(source=LineSource.CANNY, sigma=2)
    page = figure(2, paint=True)
    first, held, moved = draw_lines([frame(page)] * 3, canny, 256)
    frames = [replace(first, color=small(page)), replace(held, held=True, color=small(page))]
    one, two, three = finish([*frames, replace(moved, color=small(page))], canny)
    assert drawn == [canny] * 2
    assert one.line is not None
    assert torch.equal(one.line, native_line(frame(page), canny))
    assert one.line is two.line is not three.line
    assert one.painted is two.painted


def negative(f: Frame) -> Frame:
    return replace(f, painted=255 - f.image)


def test_how_line_art_is_painted_is_a_choice() -> None:
    f = ink_frame(figure(2), torch.rand(3, 256, 456))
    (out,) = finish([f], paint=lambda frame, memory: (negative(frame), memory))
    assert torch.equal(out.painted, 255 - f.image)  # type: ignore[arg-type]


def test_flats_and_smooth_may_follow_one_another(caplog: pytest.LogCaptureFixture) -> None:
    """Blank frames before the first drawing are Canny's, in the same shot."""
    page = figure(2)
    blank = frame(np.full_like(page, 255), opens_shot=True)
    drawn = [blank, *(frame(figure(2, pose), n) for n, pose in ((1, 0.0), (2, 0.1)))]
    lined = draw_lines(drawn, Lines(), 256)
    frames = [replace(f, color=torch.rand(3, 256, 456)) for f in lined]
    assert [f.inked for f in frames] == [False, True, True]
    with caplog.at_level("INFO", "animecolor"):
        done = list(finish(frames, paint=Chosen(Finish(palette=Path("p.toml")), Flatten())))
    assert caplog.text.count("the palette is not followed") == 1
    assert [f.flats is not None for f in done] == [False, True, True]
    said = [line for line in caplog.messages if line.startswith("finish")]
    assert [line.split()[1] for line in said] == ["smooth,", "flats,"]


def test_nothing_of_the_picture_is_kept_where_the_finish_is_none() -> None:
    for f in (gray_frame(film()[1]), ink_frame(figure(2), torch.rand(3, 256, 456))):
        (out,) = finish([f], paint=plain)
        assert out.painted is not None
        assert np.array_equal(to_array(out.painted), enlarged(f))


@pytest.mark.parametrize("over", [LinesOver.NONE, LinesOver.COLORED])
def test_smooth_colors_may_do_without_black_lines(over: LinesOver) -> None:
    page = figure(2)
    tint = torch.tensor([0.2, 0.6, 0.9]).view(3, 1, 1).expand(3, 256, 456)
    (out,) = finish([ink_frame(page, tint)], paint=Smooth(over))
    assert out.painted is not None
    black = (page.max(axis=2) < 30) & (page.min(axis=2) < 30)
    lines = to_array(out.painted)[black] / np.array([51, 153, 229.5])
    assert np.abs(lines - 1).max() < 0.03 if over is LinesOver.NONE else lines.max() < 0.6
    assert lines.min() > 0.4


def test_nothing_is_mutated() -> None:
    page = figure(2)
    f = ink_frame(page.copy(), torch.rand(3, 256, 456))
    assert f.color is not None
    assert f.line is not None
    before = [t.clone() for t in (f.image, f.color, f.line)]
    finished(f)
    assert all(torch.equal(*pair) for pair in zip(before, (f.image, f.color, f.line), strict=True))
    assert f.painted is None


def test_colors_are_needed() -> None:
    (f,) = draw_lines([frame(figure(1))], Lines(source=LineSource.CANNY), 256)
    with pytest.raises(ValueError, match="no colors"):
        list(finish([f]))
    with pytest.raises(ValueError, match="no colors"):
        list(finish([frame(figure(1))]))
