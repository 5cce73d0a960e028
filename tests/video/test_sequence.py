from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from animecolor.config import Limits
from animecolor.errors import AnimecolorError, UsageError
from animecolor.frame import Frame
from animecolor.video.probe import Kind, probe
from animecolor.video.sequence import NamePattern, find_images, parse_pattern

LIMITS = Limits()


@given(
    prefix=st.text("ab%#._-1", max_size=6), number=st.integers(0, 10**6), digits=st.integers(1, 6)
)
def test_a_number_comes_back_from_its_name(prefix: str, number: int, digits: int) -> None:
    pattern = NamePattern(Path("x"), prefix, digits, ".png")
    assert pattern.number_of(pattern.path_of(number).name) == number


@pytest.mark.parametrize(
    ("text", "name"),
    [("a.%04d.png", "a.0007.png"), ("a.####.exr", "a.0007.exr"), ("%d.tif", "7.tif"),
     ("100%_#.png", "100%_7.png"), ("a%02db%03d.png", "a%02db007.png")],
)  # fmt: skip
def test_patterns(text: str, name: str) -> None:
    pattern = parse_pattern(Path("dir") / text)
    assert pattern is not None
    assert pattern.path_of(7).name == name


@pytest.fixture
def folder(tmp_path: Path, ffmpeg: Callable[..., bytes]) -> Path:
    """Images 8, 9, 10, 12 in a folder whose name is full of traps."""
    where = tmp_path / "in 100%d #"
    where.mkdir()
    for number in (8, 9, 10, 12):
        ffmpeg(
            "-f", "lavfi", "-i", f"color=0x{number:02x}4080:size=10x6,format=rgb24", "-frames:v", 1,
            "-update", 1, tmp_path / "one.png",
        )  # fmt: skip
        (tmp_path / "one.png").rename(where / f"ink.{number:04d}.png")
    return where


@pytest.mark.parametrize("name", ["", "ink.%04d.png", "ink.####.png"])
def test_a_sequence_keeps_numbers_and_time(
    folder: Path, name: str, read: Callable[..., list[Frame]]
) -> None:
    info = probe(folder / name if name else folder, LIMITS, rate=Fraction(25))
    assert info.kind is Kind.SEQUENCE
    assert (info.width, info.height, info.rate, info.frames) == (10, 6, 25, 4)
    assert any("missing" in warning and "11" in warning for warning in info.warnings)
    frames = read(folder / name if name else folder)
    assert [frame.pts for frame in frames] == [0, 1, 2, 4]
    assert [frame.duration for frame in frames] == [1, 1, 2, 1]
    assert [int(frame.image[0, 0, 0]) for frame in frames] == [8, 9, 10, 12]


def test_what_is_no_sequence_is_said(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(UsageError, match="no image fits"):
        find_images(folder / "other.%04d.png")
    with pytest.raises(UsageError, match="no such folder"):
        find_images(tmp_path / "nowhere" / "a.%04d.png")
    (folder / "paint.0001.png").touch()
    with pytest.raises(UsageError, match="several image sequences"):
        find_images(folder)


def test_a_broken_image_is_named(folder: Path, read: Callable[..., list[Frame]]) -> None:
    path = folder / "ink.0009.png"
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(AnimecolorError, match=r"ink\.0009\.png"):
        read(folder)


def test_a_missing_sequence_is_missing() -> None:
    with pytest.raises(UsageError, match="no image fits"):
        probe("nowhere.####.png", LIMITS)
