"""What a source is, over drawn scenes: lines and grey copies, compressed too, and hard cases."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
import pytest

from animecolor.config import Limits
from animecolor.qa.request import Request
from animecolor.qa.views import Views, source_kind
from animecolor.video.probe import probe
from tests.qa.reels import Picture, Reel, gray_of, read, toon_reel, write

SEEDS = range(3000000, 3000006)


@pytest.fixture(scope="module")
def reels() -> list[Reel]:
    """Drawn scenes, six frames each."""
    return [toon_reel(seed, "kinds", 360, 6, 2) for seed in SEEDS]


def rgb(planes: Sequence[Picture]) -> list[Picture]:
    return [np.repeat(p[..., None], 3, axis=2) if p.ndim == 2 else p for p in planes]


def scaled(planes: Sequence[Picture], by: float, onto: int = 0) -> list[Picture]:
    return rgb([np.rint(p * by + onto * (1 - by)).astype(np.uint8) for p in planes])


def coded(planes: Sequence[Picture], path: Path) -> list[Picture]:
    write(path, planes, 24, lossy=True)
    return list(read(path))


def test_lines_are_lines_and_grey_copies_grey(reels: list[Reel], tmp_path: Path) -> None:
    for reel in reels:
        for kind, planes in (
            ("line", reel.source),
            ("gray", [gray_of(picture) for picture in reel.pictures]),
        ):
            assert source_kind(rgb(planes)) == kind, reel.name
            assert source_kind(coded(planes, tmp_path / f"{reel.name}.{kind}.mkv")) == kind


def test_pictures_in_color_are_in_color(reels: list[Reel]) -> None:
    assert {source_kind(reel.pictures) for reel in reels} == {"color"}


def test_small_dense_lines_are_lines(reels: list[Reel]) -> None:
    """Lines run together at a size at which nobody draws."""
    small = [cv2.resize(p, (256, 144), interpolation=cv2.INTER_AREA) for p in reels[0].source]
    assert source_kind(rgb([np.asarray(p, np.uint8) for p in small])) == "line"


@pytest.mark.parametrize("paper", [235, 180, 140])
def test_a_pencil_drawing_on_grey_paper_is_one(reels: list[Reel], paper: int) -> None:
    rng = np.random.default_rng(paper)
    grain = rng.normal(0, 1.5, reels[1].source[0].shape)
    drawn = 40 + reels[1].source[0] * ((paper - 40) / 255) + grain
    assert source_kind(rgb([np.clip(np.rint(drawn), 0, 255).astype(np.uint8)])) == "line"


def test_a_night_scene_is_grey(reels: list[Reel]) -> None:
    for reel in reels:
        assert source_kind(scaled([gray_of(p) for p in reel.pictures], 0.35)) == "gray"


def test_white_lines_on_black_are_no_drawing_that_could_be_read(reels: list[Reel]) -> None:
    """A film may open with white titles on black, and every reader of lines wants dark ink."""
    assert source_kind(rgb([255 - p for p in reels[0].source])) == "gray"


@pytest.mark.parametrize("onto", [0, 255])
def test_what_fades_in_is_judged_when_it_shows(reels: list[Reel], onto: int) -> None:
    grays = [gray_of(picture) for picture in reels[2].pictures]
    blank = [np.full_like(grays[0], onto)] * 30
    faded = [scaled([grays[0]], share / 10, onto)[0] for share in range(1, 11)]
    assert source_kind([*rgb(blank), *faded]) == "gray"
    assert source_kind(rgb([*blank, *reels[2].source])) == "line"


def test_nothing_is_no_drawing() -> None:
    assert source_kind([np.full((90, 160, 3), 255, np.uint8)] * 3) == "gray"
    assert source_kind([]) is None


def test_looking_reads_no_more_than_it_needs(reels: list[Reel], tmp_path: Path) -> None:
    """Four pictures tell; what is measured is counted apart."""
    clip, source = tmp_path / "clip.mkv", tmp_path / "source.mkv"
    write(clip, reels[0].pictures, 24)
    write(source, reels[0].source, 24)
    views = Views(probe(clip, Limits()), Request(source=probe(source, Limits())))
    pictures = views.sources()
    assert source_kind(pictures) == "line"
    assert len(list(pictures)) == len(reels[0].source) - 4
    assert views.read == {}
    assert list(Views(probe(clip, Limits()), Request()).sources()) == []
