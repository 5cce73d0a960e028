"""Reading colors: exact counts of what was painted, near-duplicates merged, no mixes, no fades."""

from __future__ import annotations

import subprocess
from pathlib import Path

import cv2
import imageio_ffmpeg
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from skimage.color import deltaE_ciede2000, rgb2lab

from animecolor.errors import UsageError
from animecolor.flats.palette import Palette, read_colors
from animecolor.training.toon import draw_clip, palette

Picture = NDArray[np.uint8]
SIZE = (450, 800)


def counts_of(found: Palette) -> dict[tuple[int, int, int], int]:
    return {swatch.rgb: swatch.count for swatch in found.swatches}


def cel(*colors: tuple[int, int, int], side: int = 20) -> Picture:
    """Squares side by side."""
    picture = np.zeros((side, side * len(colors), 3), np.uint8)
    for number, color in enumerate(colors):
        picture[:, number * side : (number + 1) * side] = color
    return picture


def jpeg(picture: Picture, quality: int) -> Picture:
    data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1], np.uint8)


def toon(seed: int) -> tuple[Picture, dict[tuple[int, int, int], int]]:
    """A drawing, and the pixels of every flat color that its regions have."""
    frame = next(draw_clip(seed, SIZE, 1))
    colors = palette(seed)
    labels, counts = np.unique(frame.regions, return_counts=True)
    true: dict[tuple[int, int, int], int] = {}
    for label, count in zip(labels.tolist(), counts.tolist(), strict=True):
        if label and not colors[label].gradient:
            true[colors[label].rgb] = true.get(colors[label].rgb, 0) + count
    return frame.color, true


def test_counts_are_exact_and_in_order() -> None:
    first = cel((10, 20, 30), (200, 0, 0), (10, 20, 30))
    second = cel((200, 0, 0), (0, 0, 0))
    found = read_colors([first, second])
    assert [s.rgb for s in found.swatches] == [(10, 20, 30), (200, 0, 0), (0, 0, 0)]
    assert [s.count for s in found.swatches] == [800, 800, 400]


def test_near_colors_of_a_lossless_picture_stay_apart() -> None:
    near = ((100, 100, 100), (103, 100, 100), (100, 100, 103))
    assert set(counts_of(read_colors([cel(*near)]))) == set(near)


def test_merging_takes_the_more_frequent_color() -> None:
    picture = cel((100, 100, 100), (100, 100, 100), (103, 100, 100), (0, 0, 200))
    assert counts_of(read_colors([picture], merge=3)) == {
        (100, 100, 100): 1200,
        (0, 0, 200): 400,
    }


@settings(max_examples=10, deadline=None)
@given(
    colors=st.lists(
        st.tuples(*(st.integers(0, 255),) * 3), min_size=2, max_size=8, unique=True
    ).filter(lambda c: min(np.abs(np.subtract(a, b)).max() for a in c for b in c if a != b) > 9)
)
def test_smooth_edges_and_thin_lines_are_no_colors(colors: list[tuple[int, int, int]]) -> None:
    drawn = np.zeros((400, 400 * len(colors), 3), np.uint8)
    for number, color in enumerate(colors):
        cv2.rectangle(drawn, (400 * number, 0), (400 * number + 400, 400), color, -1)
        cv2.circle(drawn, (400 * number + 200, 200), 123, colors[number - 1], -1)
        cv2.circle(drawn, (400 * number + 200, 200), 123, (7, 7, 7), 6)
    smooth = cv2.resize(drawn, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
    assert set(counts_of(read_colors([smooth]))) == set(colors)


@pytest.mark.parametrize("compressed", [None, 90])
def test_fades_do_not_flood_the_palette(compressed: int | None) -> None:
    fade = np.linspace((20, 60, 120), (140, 180, 250), 200).round().astype(np.uint8)
    picture = np.concatenate((np.tile(fade[:, None], (1, 300, 1)), np.full((200, 100, 3), 9)), 1)
    picture = picture.astype(np.uint8) if compressed is None else jpeg(picture, compressed)
    assert len(read_colors([picture]).swatches) == 1


@pytest.mark.parametrize("seed", [1000003, 1000013])
def test_a_toon_has_the_colors_it_was_painted_with(seed: int) -> None:
    picture, true = toon(seed)
    found = counts_of(read_colors([picture]))
    assert {color for color, count in true.items() if count >= 100} <= found.keys()
    assert len(found.keys() - true.keys()) < 5  # wide outlines of their own color
    for color in found.keys() & true.keys():
        assert found[color] == (picture == np.array(color, np.uint8)).all(2).sum()


@pytest.mark.parametrize("quality", [75, 95])
def test_a_jpeg_has_about_the_same_palette(quality: int) -> None:
    """Chroma is halved, every block rings: the mode is near, and neither many nor few remain."""
    picture, true = toon(1000003)
    found = read_colors([jpeg(picture, quality)])
    large = np.array([color for color, count in true.items() if count >= 500], np.uint8)
    away = deltaE_ciede2000(rgb2lab(large)[:, None], rgb2lab(found.rgb)[None]).min(1)
    assert np.median(away) < 1.5
    assert (away < 3).mean() > 0.8
    assert len(found.swatches) < 2 * len(true)


def test_frames_of_h264_have_about_the_same_palette(tmp_path: Path) -> None:
    picture, true = toon(1000013)
    large = np.array([color for color, count in true.items() if count >= 500], np.uint8)
    found = read_colors([h264(picture, tmp_path / "clip.mkv")])
    away = deltaE_ciede2000(rgb2lab(large)[:, None], rgb2lab(found.rgb)[None]).min(1)
    assert np.median(away) < 1.5
    assert (away < 3).mean() > 0.9
    assert len(found.swatches) < 2 * len(true)


def h264(picture: Picture, path: Path) -> Picture:
    """Written and read by FFmpeg as BT.709, chroma halved."""
    height, width = picture.shape[:2]
    tool = [imageio_ffmpeg.get_ffmpeg_exe(), "-nostdin", "-v", "error", "-y"]
    raw = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}"]
    coded = ["-vf", "scale=out_color_matrix=bt709", "-pix_fmt", "yuv420p", "-crf", "18"]
    tool_in = [word for word in tool if word != "-nostdin"]
    subprocess.run([*tool_in, *raw, "-i", "-", *coded, path], input=picture.tobytes(), check=True)
    back = ["-i", path, "-vf", "scale=in_color_matrix=bt709", *raw[:4], "-"]
    done = subprocess.run([*tool, *back], capture_output=True, check=True)
    return np.frombuffer(done.stdout, np.uint8).reshape(picture.shape)


def test_transparent_pixels_have_no_color() -> None:
    solid = cel((10, 20, 30), (200, 0, 0))
    alpha = np.full((20, 40, 1), 255, np.uint8)
    alpha[:, 20:] = 254
    picture = np.concatenate((solid, alpha), 2)
    assert counts_of(read_colors([picture])) == {(10, 20, 30): 400}


def test_more_than_255_colors_are_refused() -> None:
    levels = [(16 * r, 16 * g, 8) for r in range(16) for g in range(16)]
    with pytest.raises(UsageError, match="256 flat colors and a palette has at most 255"):
        read_colors([cel(*levels, side=4)])
    assert len(read_colors([cel(*levels[1:], side=4)]).swatches) == 255


@pytest.mark.parametrize("shape", [(1, 1, 3), (2, 5, 3), (3, 3, 4)])
def test_pictures_too_small_for_an_area(shape: tuple[int, ...]) -> None:
    read_colors([np.full(shape, 255, np.uint8)])
    assert read_colors([]) == Palette(())


def test_noise_has_no_palette() -> None:
    noise = np.random.default_rng(0).integers(0, 256, (120, 120, 3), dtype=np.uint8)
    assert read_colors([noise]) == Palette(())
