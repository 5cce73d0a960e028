"""Cels as studios hand them on: names and numbers kept, alpha, and RETAS's white; Pillow reads."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from animecolor.config import Limits, Output
from animecolor.errors import UsageError
from animecolor.frame import Frame, from_array, to_array
from animecolor.video.clip import coded_picture
from animecolor.video.encode import check, encode
from animecolor.video.info import VideoInfo
from animecolor.video.paint import PictureWriter, output_tags
from animecolor.video.plan import plan_output
from animecolor.video.probe import probe
from animecolor.video.retas import on_white
from tests.stages.drawings import frame

LIMITS = Limits()


def cel(folder: Path, numbers: tuple[int, ...] = (3, 4, 7), mode: str = "RGBA") -> VideoInfo:
    """A studio's folder of one layer: a003.tga and so on, a black bar on transparent ground."""
    picture = np.zeros((8, 12, 4), np.uint8)
    picture[3:5] = (0, 0, 0, 255)
    folder.mkdir()
    for number in numbers:
        Image.fromarray(picture).convert(mode).save(folder / f"a{number:03d}.tga")
    return probe(folder, LIMITS)


def painted(info: VideoInfo) -> list[Frame]:
    """Left half red and opaque, right half white: a painted white above, nothing below."""
    color = np.full((info.height, info.width, 3), 255, np.uint8)
    color[:, : info.width // 2] = (200, 10, 20)
    cover = np.full((info.height, info.width, 1), 255, np.uint8)
    cover[info.height // 2 :, info.width // 2 :] = 0
    blank = np.zeros_like(color)
    alpha = np.zeros_like(cover)
    assert info.images is not None
    first = info.images.numbers[0]
    return [
        replace(
            frame(blank, index),
            pts=number - first,
            alpha=from_array(alpha),
            painted=from_array(color),
            cover=from_array(cover),
        )
        for index, number in enumerate(info.images.numbers)
    ]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("preset", ["png", "tga"])
def test_a_sequence_keeps_its_names_and_the_alpha_that_was_painted(
    tmp_path: Path, preset: str
) -> None:
    info = cel(tmp_path / "A")
    assert encode(painted(info), tmp_path / "out", Output(preset=preset), info) == 3
    assert names(tmp_path / "out") == [f"a{n:03d}.{preset}" for n in (3, 4, 7)]
    with Image.open(tmp_path / "out" / f"a007.{preset}") as image:
        assert image.mode == "RGBA"
        read = np.asarray(image)
    assert read[0, 0].tolist() == [200, 10, 20, 255]
    assert read[0, -1].tolist() == [255, 255, 255, 255]
    assert read[-1, -1, 3] == 0


@pytest.mark.parametrize("preset", ["web", "tga"])
def test_a_pattern_names_the_result_and_its_extension_the_format(
    tmp_path: Path, preset: str
) -> None:
    info, output = cel(tmp_path / "A"), Output(preset=preset)
    target = tmp_path / "out" / "A####.tga"
    assert check(target, output, info).codec == "targa"
    encode(painted(info), target, output, info)
    assert names(tmp_path / "out") == ["A0003.tga", "A0004.tga", "A0007.tga"]


def test_retas_gets_white_for_nothing_and_nearly_white_for_white(tmp_path: Path) -> None:
    info = cel(tmp_path / "A")
    encode(painted(info), tmp_path / "out", Output(preset="tga", retas=True), info)
    with Image.open(tmp_path / "out" / "a003.tga") as image:
        assert image.mode == "RGB"  # 24 bits
        read = np.asarray(image)
    assert read[0, 0].tolist() == [200, 10, 20]
    assert read[0, -1].tolist() == [254, 254, 254]
    assert read[-1, -1].tolist() == [255, 255, 255]


@given(st.integers(0, 2**32 - 1), st.booleans())
@settings(max_examples=20, deadline=None)
def test_no_pixel_but_a_transparent_one_is_white(seed: int, deep: bool) -> None:
    rng = np.random.default_rng(seed)
    scale, kind = (257, np.uint16) if deep else (1, np.uint8)
    color = rng.choice([0, 128, 254, 255], (6, 7, 3)).astype(kind) * kind(scale)
    cover = rng.choice([0, 127, 128, 255], (6, 7, 1)).astype(kind) * kind(scale)
    before = color.copy()
    f = replace(frame(color), painted=from_array(color), cover=from_array(cover))
    out = to_array(on_white(f).painted)  # type: ignore[arg-type]
    assert np.array_equal(color, before)
    clear = cover[..., 0] <= 127 * scale
    assert out.dtype == np.uint8
    assert np.array_equal((out == 255).all(axis=2), clear)
    eight = (color // scale).astype(int)
    assert np.abs(out.astype(int) - eight)[~clear].max(initial=0) <= 1


def test_an_opaque_picture_has_no_pure_white_for_retas() -> None:
    f = frame(np.full((4, 4, 3), 255, np.uint8))
    out = on_white(f)
    assert out.painted is not None
    assert torch.equal(out.painted, torch.full((3, 4, 4), 254, dtype=torch.uint8))


@pytest.mark.parametrize("deep", [False, True])
def test_a_cel_lies_on_white_where_a_video_holds_no_alpha(deep: bool) -> None:
    scale, kind = (257, np.uint16) if deep else (1, np.uint8)
    color = np.zeros((2, 3, 3), kind)
    color[:, 2] = 40 * scale
    cover = (np.array([[0, 100, 255]] * 2) * scale).astype(kind)[..., None]
    f = replace(frame(color), painted=from_array(color), cover=from_array(cover))
    coded = coded_picture(f, PictureWriter("rgb24", output_tags("rgb24", "png")))
    assert coded.to_ndarray()[0, :, 0].tolist() == [255, 155, 40]
    kept = coded_picture(f, PictureWriter("rgba", output_tags("rgba", "png")))
    assert kept.to_ndarray()[0, :, 3].tolist() == [0, 100, 255]


@pytest.mark.parametrize(
    ("target", "output", "said"),
    [
        ("A####.tga", Output(preset="png"), "the preset png writes .png"),
        ("A####.jpg", Output(), "images are written as .png, .tga or .exr"),
        ("a.mp4", Output(retas=True), "write png or tga, not web"),
        ("a.mp4", Output(preset="exr", retas=True), "not exr"),
        ("-", Output(retas=True), "not y4m"),
    ],
)
def test_wrong_names_are_refused(tmp_path: Path, target: str, output: Output, said: str) -> None:
    info = cel(tmp_path / "A", mode="RGB")
    with pytest.raises(UsageError, match=said):
        plan_output(target if target == "-" else tmp_path / target, output, info)
