"""Flats: exact colors whatever the network says, ink untouched, cels transparent outside."""

from __future__ import annotations

from collections.abc import Iterable
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

from animecolor.config import Finish, Lines, LineSource, LinesOver
from animecolor.flats.palette import Palette, Swatch
from animecolor.frame import UNPAINTED, Frame, Keyframe, from_array, to_array
from animecolor.metrics.flicker import static_flicker
from animecolor.stages.finish import finish
from animecolor.stages.flats import Flatten
from animecolor.stages.lines import draw_lines, ink_plane
from animecolor.stages.originals import Originals
from animecolor.stages.sizing import shrink, unit, working_size
from tests.stages.drawings import Picture, figure, frame

Size = tuple[int, int]
INK = Lines(source=LineSource.INK)
SIZE = 180, 320
SHORT = 90
RED, SHADE, BLUE, WHITE = (220, 60, 50), (120, 20, 40), (40, 60, 180), (255, 255, 255)
CEL = Palette((Swatch(RED, "cloak"), Swatch(SHADE, "cloak.shadow"), Swatch(BLUE, "sky")))


def inked(pages: Iterable[NDArray[Any]], colors: Iterable[torch.Tensor]) -> list[Frame]:
    """Drawings of one shot, as the artist inked them, and what a network painted on them."""
    drawn = (frame(page, n, opens_shot=n == 0) for n, page in enumerate(pages))
    lined = draw_lines(drawn, INK, SHORT)
    return [replace(f, color=color) for f, color in zip(lined, colors, strict=True)]


def small(picture: NDArray[Any]) -> torch.Tensor:
    """What a perfect network would paint."""
    return from_array(unit(shrink(picture, working_size(picture.shape[:2], SHORT))))


def noisy(picture: NDArray[Any], seed: int, sigma: float) -> torch.Tensor:
    """What a network that is as wrong as this would."""
    rng = np.random.default_rng(seed)
    clean = small(picture)
    wrong = rng.normal(0, sigma, tuple(clean.shape)).astype(np.float32)
    return (clean + torch.from_numpy(wrong)).clamp(0, 1)


def paint(frames: list[Frame], flatten: Flatten | None = None) -> list[Frame]:
    return list(finish(frames, INK, flatten or Flatten()))


def painted(f: Frame) -> NDArray[Any]:
    assert f.painted is not None
    picture = to_array(f.painted)
    assert (picture.dtype, picture.shape) == (to_array(f.image).dtype, to_array(f.image).shape)
    return picture


def layer(f: Frame) -> Picture:
    """(H, W, 3) the flats layer in color; magenta where no swatch tells."""
    assert f.flats is not None
    table = np.full((256, 3), (255, 0, 255), np.uint8)
    table[: len(f.flats.rgb)] = f.flats.rgb
    return table[f.flats.swatch[f.flats.labels]]


def page_of(size: Size = SIZE) -> tuple[Picture, Picture]:
    """A cloak with a shadow in a sky: the inked drawing with a blue trace line, and the truth."""
    height, width = size
    page, truth = (np.full((height, width, 3), fill, np.uint8) for fill in (WHITE, BLUE))
    middle, axes = (width // 2, height // 2), (width // 5, height // 3)
    cv2.ellipse(truth, middle, axes, 0, 0, 360, RED, -1)
    cv2.ellipse(truth, middle, axes, 0, -90, 90, SHADE, -1)
    top, bottom = (middle[0], middle[1] - axes[1]), (middle[0], middle[1] + axes[1])
    cv2.line(page, top, bottom, (0, 0, 255), 2)
    cv2.ellipse(page, middle, axes, 0, 0, 360, (0, 0, 0), 2, cv2.LINE_AA)
    return page, truth


def away_from_lines(page: Picture) -> NDArray[np.bool_]:
    dark = (page.min(axis=2) < 255).astype(np.uint8)
    return np.asarray(cv2.dilate(dark, np.ones((5, 5), np.uint8)) == 0)


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


def test_a_scanned_drawing_has_paper_that_is_no_ink() -> None:
    page, truth = page_of()
    grain = np.random.default_rng(2).integers(-3, 4, (*page.shape[:2], 1))
    scan = np.clip(page * 0.92 + grain, 0, 255).astype(np.uint8)
    (f,) = paint(inked([scan], [small(truth)]), Flatten(palette=CEL))
    right = away_from_lines(page)
    assert np.array_equal(painted(f)[right], truth[right])


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


def key(folder: Path, picture: NDArray[Any], index: int = 0) -> Keyframe:
    folder.mkdir(exist_ok=True)
    path = folder / f"{index:06d}.png"
    order = [2, 1, 0, *range(3, picture.shape[2])]
    assert cv2.imwrite(str(path), picture[..., order])
    plane = ink_plane(picture[..., :3].max(axis=2), working_size(SIZE, SHORT))
    lined = torch.from_numpy(np.where(plane < 0.4, 0, 1).astype(np.float32))[None]
    return Keyframe(index, lined, torch.zeros(3, 4, 4), path)


def inside(page: Picture, truth: Picture) -> Picture:
    """A painting: colors under the drawing's black lines, the trace line painted over."""
    black = (page.max(axis=2, keepdims=True) < 255) & (page[..., 2:] < 255)
    return np.where(black, 0, truth).astype(np.uint8)


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
