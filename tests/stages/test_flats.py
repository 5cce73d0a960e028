"""Flats: exact colors whatever the network says, and the artist's ink as it was."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from animecolor.config import Finish, Lines, LineSource, LinesOver
from animecolor.errors import UsageError
from animecolor.flats.palette import Palette
from animecolor.frame import UNPAINTED, to_array
from animecolor.metrics.flicker import static_flicker
from animecolor.stages.finish import finish
from animecolor.stages.flats import Flatten
from animecolor.stages.lines import draw_lines
from animecolor.stages.originals import Originals
from animecolor.training.toon import draw_clip
from tests.stages.drawings import figure, frame
from tests.stages.inked import (
    BLUE,
    CEL,
    RED,
    SHADE,
    SHORT,
    SIZE,
    away_from_lines,
    inked,
    inside,
    key,
    layer,
    noisy,
    page_of,
    paint,
    painted,
    small,
)


@given(st.integers(0, 2**31), st.integers(0, 9), st.floats(0, 0.5))
@settings(max_examples=10, deadline=None)
def test_no_pixel_of_the_flats_layer_is_off_the_palette(seed: int, who: int, sigma: float) -> None:
    truth = figure(who, size=SIZE, paint=True)
    pages = [figure(who, pose, size=SIZE) for pose in (0.0, 0.3)]
    frames = inked(pages, [noisy(truth, seed + n, sigma) for n in range(2)])
    for f in paint(frames, Flatten(palette=CEL)):
        assert f.flats is not None
        assert not f.flats.soft.any() or sigma < 0.05
        index = f.flats.swatch[f.flats.labels]
        assert index[~f.flats.soft[f.flats.labels]].max() < len(CEL.swatches)
        assert np.array_equal(f.flats.rgb, CEL.rgb)
        clean = away_from_lines(to_array(f.image)) & ~f.flats.soft[f.flats.labels]
        used = np.unique(painted(f)[clean], axis=0)
        assert {tuple(rgb) for rgb in used.tolist()} <= {s.rgb for s in CEL.swatches}


@given(st.integers(0, 2**31), st.integers(0, 9), st.sampled_from([None, CEL]))
@settings(max_examples=6, deadline=None)
def test_an_unchanged_region_never_changes_color(
    seed: int, who: int, palette: Palette | None
) -> None:
    """Only the mouth moves; the network is as wrong as can be."""
    truth = figure(who, size=SIZE, paint=True)
    pages = [figure(who, size=SIZE, mouth=mouth) for mouth in (0.0, 0.0, 0.5, 1.0)]
    frames = inked(pages, [noisy(truth, seed + n, 0.5) for n in range(4)])
    flatten, memory, unchanged = Flatten(palette=palette), None, 0
    for f in frames:
        before, (_, memory) = memory, flatten(f, memory)
        one, two = (before or memory).settled, memory.settled
        for region in range(1, two.regions.count + 1):
            here = two.regions.labels == region
            number = int(one.regions.labels[here][0])
            if number and np.array_equal(one.regions.labels == number, here):
                unchanged += before is not None
                assert np.array_equal(one.rgb[number], two.rgb[region])
    assert unchanged > 9


@given(st.integers(0, 2**31), st.sampled_from([None, CEL]))
@settings(max_examples=4, deadline=None)
def test_inspection_finds_no_flicker_where_the_drawing_stands_still(
    seed: int, palette: Palette | None
) -> None:
    """A ball crosses the sky, the network flickers by 20 levels; the metric says 0."""
    page, truth = page_of()
    pages, colors = [], []
    for n in range(4):
        balls = page.copy(), truth.copy()
        cv2.circle(balls[1], (30 + 4 * n, 40), 12, SHADE, -1)
        cv2.circle(balls[0], (30 + 4 * n, 40), 12, (0, 0, 0), 2)
        pages.append(balls[0])
        colors.append(noisy(balls[1], seed + n, 0.08))
    frames = inked(pages, colors)
    done = paint(frames, Flatten(palette=palette))
    clip = torch.stack([f.painted.float() / 255 for f in done if f.painted is not None])
    planes = torch.stack([1 - f.line.float() / 255 for f in frames if f.line is not None])
    assert static_flicker(clip, planes) == 0
    assert len(np.unique(painted(done[0])[:30, :10].reshape(-1, 3), axis=0)) == 1


def test_a_held_drawing_is_the_very_same_picture() -> None:
    page, truth = page_of()
    one, two = inked([page, page], [small(truth), noisy(truth, 1, 0.5)])
    first, second = paint([one, replace(two, held=True)])
    assert first.painted is second.painted
    assert first.flats is second.flats


@pytest.mark.parametrize("deep", [False, True], ids=["8 bits", "16 bits"])
def test_regions_have_their_colors_exactly_and_the_trace_line_is_filled(deep: bool) -> None:
    page, truth = page_of()
    source = page.astype(np.uint16) * 257 if deep else page
    (f,) = paint(inked([source], [small(truth)]), Flatten(palette=CEL))
    picture = painted(f)
    right = away_from_lines(page)
    if deep:
        assert (picture[right] % 257 == 0).all()
        picture = (picture // 257).astype(np.uint8)
    assert np.array_equal(picture[right], truth[right])
    traced = (page == (0, 0, 255)).all(axis=2)
    middle = slice(SIZE[0] // 3, 2 * SIZE[0] // 3)
    assert (picture[middle][traced[middle]] == SHADE).all()  # the darker of its two sides
    assert set(map(tuple, layer(f).reshape(-1, 3).tolist())) == {RED, SHADE, BLUE}


def test_without_a_palette_colors_are_registered_as_they_come() -> None:
    page, truth = page_of()
    wide = figure(3, size=SIZE)
    frames = inked([page, page, wide], [noisy(truth, n, 0.01) for n in range(3)])
    one, two, three = paint(frames)
    assert one.flats is not None
    assert two.flats is not None
    assert three.flats is not None
    assert len(one.flats.rgb) == 3
    assert np.array_equal(one.flats.rgb, two.flats.rgb)
    assert np.array_equal(layer(one), layer(two))
    assert np.array_equal(three.flats.rgb[:3], one.flats.rgb)
    for color in (RED, SHADE, BLUE):
        assert np.abs(one.flats.rgb.astype(int) - color).max(axis=1).min() <= 4


def test_painted_keyframes_give_exact_colors_and_their_palette(tmp_path: Path) -> None:
    page, truth = page_of()
    near = np.where((truth == RED).all(axis=2, keepdims=True), (221, 61, 50), truth)
    shots = {0: (key(tmp_path / "k", inside(page, near.astype(np.uint8))),)}
    moved = np.roll(page, 6, axis=1)
    frames = inked([page, moved], [noisy(truth, n, 0.06) for n in range(2)])
    one, two = paint(frames, Flatten(originals=Originals(shots)))
    assert one.flats is not None
    assert np.array_equal(painted(one)[away_from_lines(page)], near[away_from_lines(page)])
    assert (one.flats.sure[1:] == 1).all()
    right = away_from_lines(moved)
    assert np.array_equal(painted(two)[right], np.roll(near, 6, axis=1)[right])


def test_what_no_keyframe_has_is_a_new_color(tmp_path: Path) -> None:
    """A box that only the first drawing has, and the painted second one lacks."""
    page, truth = page_of()
    shots = {0: (key(tmp_path / "k", inside(page, truth), 1),)}
    more, new = page.copy(), truth.copy()
    more[10:60, 10:60], new[10:60, 10:60] = 0, 0
    more[12:58, 12:58], new[12:58, 12:58] = 255, (240, 230, 40)
    frames = inked([more, page], [small(new), small(truth)])
    one, two = paint(frames, Flatten(originals=Originals(shots)))
    assert np.abs(painted(one)[35, 35].astype(int) - (240, 230, 40)).max() <= 3
    assert tuple(painted(one)[5, 5].tolist()) == BLUE
    assert one.flats is not None
    assert two.flats is not None
    assert len(two.flats.rgb) == len(one.flats.rgb) == 4
    (closed,) = paint(frames[:1], Flatten(palette=CEL))
    assert closed.flats is not None
    boxed = closed.flats.labels[35, 35]
    assert tuple(painted(closed)[35, 35].tolist()) in {s.rgb for s in CEL.swatches}
    assert closed.flats.sure[boxed] == 0


def test_a_keyframe_of_more_colors_than_a_palette_is_no_obstacle(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    page, truth = page_of()
    levels = np.arange(400)
    tints = np.stack((levels % 20 * 12, levels // 20 * 12, levels % 7 * 30), axis=1)
    tiles = tints.astype(np.uint8).reshape(20, 20, 3).repeat(9, 0).repeat(16, 1)
    frames = inked([page, page], [small(truth)] * 2)
    one, two = paint(frames, Flatten(originals=Originals({0: (key(tmp_path / "k", tiles),)})))
    assert "the keyframes of shot 0 give no palette" in caplog.text
    assert one.flats is not None
    assert len(one.flats.rgb) <= 255
    assert two.painted is not None


def test_a_keyframe_that_is_gone_is_an_error(tmp_path: Path) -> None:
    """Not a shot without keyframes, which would be painted in other colors."""
    page, truth = page_of()
    painting = key(tmp_path / "k", inside(page, truth))
    assert painting.path is not None
    painting.path.unlink()
    (f,) = inked([page], [small(truth)])
    with pytest.raises(UsageError, match="000000"):
        Originals({0: (painting,)}).colors(f)


def test_a_painting_of_a_held_frame_is_the_drawing_s(tmp_path: Path) -> None:
    """Frame 1 was painted, which shows the drawing of frame 0, and so does frame 3 again."""
    page, truth = page_of()
    wrong = noisy(truth[..., ::-1].copy(), 0, 0.1)
    frames = inked([page, page, np.roll(page, 9, axis=1), page], [wrong] * 4)
    frames[1] = replace(frames[1], held=True)
    painting = key(tmp_path / "k", inside(page, truth), 1)
    assert frames[1].plane is not None
    shots = {0: (replace(painting, plane=frames[1].plane),)}
    done = paint(frames, Flatten(originals=Originals(shots)))
    right = away_from_lines(page)
    for f in (done[0], done[1], done[3]):
        assert np.array_equal(painted(f)[right], truth[right])
        assert f.flats is not None
        assert (f.flats.sure[1:] == 1).all()
    assert done[2].flats is not None
    assert (done[2].flats.sure[1:] < 1).any()


def test_a_keyframe_of_another_size_is_fitted_without_mixing_colors(tmp_path: Path) -> None:
    page, truth = page_of()
    large = inside(page, truth).repeat(2, 0).repeat(2, 1)
    (f,) = paint(
        inked([page], [small(truth)]),
        Flatten(originals=Originals({0: (key(tmp_path / "k", large),)})),
    )
    right = away_from_lines(page)
    assert np.array_equal(painted(f)[right], truth[right])


def test_nothing_crosses_a_cut() -> None:
    page, truth = page_of()
    other = np.ascontiguousarray(truth[..., ::-1])
    frames = inked([page, page], [small(truth), small(other)])
    second = replace(frames[1], opens_shot=True, shot=1)
    _, after = paint([frames[0], second])
    (alone,) = paint([second])
    assert np.array_equal(painted(after), painted(alone))
    _, carried = paint(frames)
    assert not np.array_equal(painted(carried), painted(alone))


def test_a_gradient_stays_one() -> None:
    page, truth = page_of((270, 480))
    ramp = np.linspace(60, 220, 480).astype(np.uint8)[None, :, None].repeat(270, 0)
    sky = np.concatenate((ramp // 2, ramp, ramp), axis=2)
    ground = (truth == BLUE).all(axis=2, keepdims=True)
    (f,) = paint(inked([page], [small(np.where(ground, sky, truth))]))
    assert f.flats is not None
    soft = f.flats.soft[f.flats.labels]
    assert soft[0, 0]
    assert not soft[135, 200]
    assert f.flats.swatch[f.flats.labels][0, 0] == UNPAINTED
    assert np.abs(painted(f)[20].astype(int) - sky[20]).mean() < 3
    assert len(np.unique(painted(f)[100:170, 170:210].reshape(-1, 3), axis=0)) == 1


def test_lines_may_be_left_out_or_take_the_color_beside_them() -> None:
    page, truth = page_of()
    frames = inked([page], [small(truth)])
    bare, tinted = (
        paint(frames, Flatten(Finish(lines_over=over), CEL))[0]
        for over in (LinesOver.NONE, LinesOver.COLORED)
    )
    assert np.array_equal(painted(bare), layer(bare))
    right = away_from_lines(page)
    assert np.array_equal(painted(tinted)[right], truth[right])
    black = (page == 0).all(axis=2)
    left = black[:, : SIZE[1] // 2 - 4]
    lines = painted(tinted)[:, : SIZE[1] // 2 - 4][left]
    assert len(lines) > 100
    assert (lines > 0).any(axis=1).all()
    assert lines.max() < 128


def test_flats_of_canny_lines_draw_no_ink_over() -> None:
    _, truth = page_of()
    canny = Lines(source=LineSource.CANNY)
    (f,) = draw_lines([frame(truth, opens_shot=True)], canny, SHORT)
    (done,) = finish([replace(f, color=small(truth))], canny, Flatten(palette=CEL))
    assert np.array_equal(painted(done), layer(done))
    assert (painted(done) == truth).all(axis=2).mean() > 0.97


@pytest.mark.parametrize("level", [0, 255])
def test_a_drawing_of_nothing_is_one_region(level: int) -> None:
    blank = np.full((*SIZE, 3), level, np.uint8)
    (f,) = paint(inked([blank], [small(np.full_like(blank, 128))]))
    assert len(np.unique(painted(f).reshape(-1, 3), axis=0)) <= 2


def test_colors_are_needed() -> None:
    with pytest.raises(ValueError, match="no colors"):
        paint([frame(figure(1))])


@pytest.mark.parametrize("seed", [1_000_000, 1_000_002])
def test_a_cartoon_keeps_to_its_palette_and_its_ink(seed: int) -> None:
    """The cartoon generator's soft grey lines are ink as any; the colors are mostly noise."""
    toons = list(draw_clip(seed, SIZE, 3, fps=8))
    pages = [np.repeat(toon.ink[..., None], 3, axis=2) for toon in toons]
    colors = [noisy(toon.color, n, 0.3) for n, toon in enumerate(toons)]
    for page, f in zip(pages, paint(inked(pages, colors), Flatten(palette=CEL)), strict=True):
        assert f.flats is not None
        assert np.array_equal(255 - f.flats.ink, page[..., 0])
        hard = ~f.flats.soft[f.flats.labels]
        assert f.flats.swatch[f.flats.labels][hard].max() < len(CEL.swatches)
        flat = layer(f)[hard]
        dark = np.rint(flat * (page[..., :1][hard] / 255))
        assert np.abs(painted(f)[hard] - dark).max() <= 1
