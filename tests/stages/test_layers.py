"""Layers, piece by piece: a clip's swatches and file names, and what confidence means."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch

from animecolor.cli.checks import imaginary_clip
from animecolor.config import Render
from animecolor.flats.indexed import read_indexed_png
from animecolor.flats.palette import Swatch
from animecolor.flats.palette_files import read_palette
from animecolor.frame import UNPAINTED, Flats, Frame
from animecolor.stages.flats import Flatten
from animecolor.stages.heat import HOTTEST
from animecolor.stages.layers import Swatches, confidence, layers_tape
from tests.stages.inked import CEL, inked, page_of, paint, small


def flats_of(rgb: list[tuple[int, int, int]], names: tuple[str, ...] = ()) -> Flats:
    """A region of a pixel for each color."""
    count = len(rgb)
    swatch = np.concatenate(([UNPAINTED], np.arange(count))).astype(np.uint8)
    return Flats(
        labels=np.arange(1, count + 1, dtype=np.int32)[None],
        swatch=swatch,
        soft=np.zeros(count + 1, np.bool_),
        sure=np.ones(count + 1, np.float32),
        rgb=np.array(rgb, np.uint8),
        names=names or ("",) * count,
        ink=np.zeros((1, count), np.uint8),
    )


def test_an_index_means_the_same_in_every_shot() -> None:
    swatches = Swatches([Swatch((9, 9, 9), "line")])
    one = swatches.table(flats_of([(1, 2, 3), (4, 5, 6)]))
    two = swatches.table(flats_of([(4, 5, 6), (7, 8, 9), (1, 2, 3)]))
    assert one[1:].tolist() == [1, 2]
    assert two[1:].tolist() == [2, 3, 1]
    assert [swatch.rgb for swatch in swatches.all] == [(9, 9, 9), (1, 2, 3), (4, 5, 6), (7, 8, 9)]


def test_one_color_may_have_two_names() -> None:
    swatches = Swatches([Swatch((5, 5, 5), "hair"), Swatch((5, 5, 5), "shoes")])
    table = swatches.table(flats_of([(5, 5, 5), (5, 5, 5)], ("shoes", "hair")))
    assert table[1:].tolist() == [1, 0]


def test_what_the_palette_has_and_no_region_uses_is_not_listed() -> None:
    swatches = Swatches([])
    flats = flats_of([(1, 1, 1), (2, 2, 2)])
    swatches.table(replace(flats, swatch=np.array([255, 1, UNPAINTED], np.uint8)))
    assert [swatch.rgb for swatch in swatches.all] == [(2, 2, 2)]


def test_a_clip_of_too_many_colors_gets_the_nearest(caplog: pytest.LogCaptureFixture) -> None:
    swatches = Swatches([])
    many = [(level, 0, 0) for level in range(250)]
    swatches.table(flats_of(many))
    late = swatches.table(flats_of([(0, level, 0) for level in range(200, 210)]))
    assert len(swatches.all) == 255
    assert late[1:].tolist() == [250, 251, 252, 253, 254, 254, 254, 254, 254, 254]
    assert "more than 255 colors" in caplog.text


def test_confidence_is_the_vote_s_times_the_network_s() -> None:
    flats = replace(
        flats_of([(0, 0, 0), (1, 1, 1), (2, 2, 2)]), sure=np.array([0, 1, 0.5, 0], np.float32)
    )
    picture = torch.zeros(3, 1, 3, dtype=torch.uint8)
    f = Frame(picture, 0, Fraction(1), 0, flats=flats)
    assert confidence(f).tolist() == [[255, 128, 0]]
    half = replace(f, error=torch.full((1, 2, 6), HOTTEST / 2))
    assert confidence(half).tolist() == [[128, 64, 0]]


def test_a_clip_s_files_are_numbered_as_its_keyframes(tmp_path: Path) -> None:
    """At a variable rate two frames may round to one number; none may be lost."""
    page, truth = page_of((64, 64))
    like = replace(imaginary_clip(), rate=Fraction(2), time_base=Fraction(1, 24), start_pts=0)
    frames = inked([page] * 3, [small(truth)] * 3)
    frames = [replace(f, pts=120 + n, index=n) for n, f in enumerate(frames)]
    done = paint([frames[0], *(replace(f, held=True) for f in frames[1:])], Flatten(palette=CEL))
    with layers_tape(tmp_path / "L", like, Render()) as tape:
        for f in done:
            tape(f)
    assert sorted(path.name for path in (tmp_path / "L" / "flats").iterdir()) == [
        "000010.png",
        "000011.png",
        "000012.png",
    ]
    written = read_palette(tmp_path / "L" / "palette.toml").rgb
    index = read_indexed_png(tmp_path / "L" / "flats" / "000012.png")
    assert len(written) == len(np.unique(index))
    with (
        pytest.raises(ValueError, match="not painted as flats"),
        layers_tape(tmp_path / "M", like, Render()) as tape,
    ):
        tape(frames[0])
    assert [path.name for path in tmp_path.iterdir()] == ["L"]
