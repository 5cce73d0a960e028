"""Another palette from layers alone: what painting anew in those colors would have given."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from animecolor.config import Finish, FinishKind, Limits, LinesOver, Output, Render
from animecolor.errors import AnimecolorError, UsageError
from animecolor.flats.palette import Palette, Swatch
from animecolor.frame import UNPAINTED, Flats, Frame, from_array, to_array
from animecolor.stages.layers import layers_tape
from animecolor.stages.overlay import Lines, compose, darker
from animecolor.stages.recolor import read_layers, recolor, recolored
from animecolor.video.probe import probe

SIZE = 40, 60
DAY = Palette(
    (Swatch((250, 200, 180), "skin"), Swatch((40, 60, 200), "coat"), Swatch((90, 200, 90), "sky"))
)
NIGHT = Palette(
    (Swatch((20, 60, 60), "sky"), Swatch((110, 90, 120), "skin"), Swatch((20, 10, 70), "coat"))
)
RGB = NDArray[np.uint8]


def colors_of(palette: Palette, names: Sequence[str]) -> RGB:
    named = {swatch.name: swatch.rgb for swatch in palette.swatches}
    return np.array([named[name] for name in names], np.uint8)


def drawing(
    seed: int, rgb: RGB, over: LinesOver, *, deep: bool = False, cel: bool = False, fade: int = -1
) -> Frame:
    """A painted frame: blocks in the colors of DAY, or in others, smooth lines between them.

    Args:
        cel: the first column of blocks is transparent.
        fade: the region that is painted with a gradient.
    """
    chance = np.random.default_rng(seed)
    coarse = chance.integers(1, 9, (4, 6), dtype=np.int32)
    coarse[:, 0] = 9
    labels = np.kron(coarse, np.ones((10, 10), np.int32))
    swatch = np.array([0, *(chance.permutation(8) % 3), UNPAINTED if cel else 0], np.uint8)
    soft = np.zeros(10, np.bool_)
    if fade > 0:
        soft[fade], swatch[fade] = True, UNPAINTED
    edges = (labels != np.roll(labels, 1, 1)) | (labels != np.roll(labels, 1, 0))
    ink = cv2.GaussianBlur(edges.astype(np.uint8) * 255, (3, 3), 0)
    flats = Flats(
        labels, swatch, soft, np.ones(10, np.float32), rgb, tuple(s.name for s in DAY.swatches), ink
    )
    lines = Lines(None if over is LinesOver.NONE else ink)
    if over is LinesOver.COLORED:
        lines = Lines(ink, darker(rgb)[chance.integers(0, 3, (4, 6)).repeat(10, 0).repeat(10, 1)])
    depth = np.uint16 if deep else np.uint8
    image = np.full((*SIZE, 3), np.iinfo(depth).max, depth)
    alpha = from_array(np.full((*SIZE, 1), np.iinfo(depth).max, depth)) if cel else None
    frame = Frame(
        image=from_array(image),
        pts=seed,
        time_base=Fraction(1, 24),
        index=seed,
        alpha=alpha,
        line=from_array(ink[..., None]),
        inked=True,
        color=from_array(np.random.default_rng(9).random((20, 30, 3), np.float32)),
    )
    return compose(frame, flats, lines)


def lay(folder: Path, frames: Sequence[Frame], over: LinesOver) -> Path:
    """The layers that a run would write of these frames."""
    source = folder / "source"
    source.mkdir()
    for number, frame in enumerate(frames):
        Image.fromarray(np.zeros((*frame.size, 3), np.uint8)).save(
            source / f"a{number + 3:04d}.png"
        )
    like = probe(source, Limits(), Fraction(12))
    render = Render(finish=Finish(kind=FinishKind.FLATS, lines_over=over))
    with layers_tape(folder / "layers", like, render) as tape:
        for frame in frames:
            tape(frame)
    return folder / "layers"


def cover_of(frame: Frame) -> NDArray[Any] | None:
    alpha = frame.cover if frame.cover is not None else frame.alpha
    return None if alpha is None else to_array(alpha)


KINDS = [
    {},
    {"deep": True},
    {"cel": True},
    {"fade": 4},
    {"deep": True, "cel": True, "fade": 3},
]


@pytest.mark.parametrize("over", list(LinesOver))
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: "+".join(kind) or "plain")
@pytest.mark.parametrize("palette", [DAY, NIGHT], ids=["same", "night"])
def test_recoloring_is_painting_in_other_colors(
    over: LinesOver, kind: dict[str, Any], palette: Palette, tmp_path: Path
) -> None:
    frames = [drawing(seed, DAY.rgb, over, **kind) for seed in range(2)]
    rgb = colors_of(palette, [swatch.name for swatch in DAY.swatches])
    layers = read_layers(lay(tmp_path, frames, over))
    found = list(recolored(layers, palette))
    for seed, (was, now) in enumerate(zip(frames, found, strict=True)):
        expected = drawing(seed, rgb, over, **kind)
        assert now.painted is not None
        assert expected.painted is not None
        picture, truth = to_array(now.painted), to_array(expected.painted)
        assert picture.dtype == truth.dtype
        seen = np.ones(SIZE, np.bool_)
        if (cover := cover_of(expected)) is not None:
            alpha = cover_of(now)
            assert alpha is not None
            assert np.array_equal(alpha, cover)
            seen = cover[..., 0] > 0
        if palette is DAY or over is not LinesOver.COLORED:
            assert np.array_equal(picture[seen], truth[seen])
            continue
        # A faint rim may have been drawn in the shade of either of two colors.
        levels = np.abs(picture.astype(np.int32) - truth).max(2) / (257 if "deep" in kind else 1)
        assert np.percentile(levels[seen], 97) <= 1
        assert was.flats is not None
        assert (levels[(was.flats.ink == 0) & seen] == 0).all()


def test_gradients_are_said_to_stay(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    frames = [drawing(0, DAY.rgb, LinesOver.NONE, fade=4)]
    list(recolored(read_layers(lay(tmp_path, frames, LinesOver.NONE)), NIGHT))
    assert [record.message for record in caplog.records] == [
        "gradients have no swatch and keep their colors"
    ]


def test_a_clip_is_written_as_any_result(tmp_path: Path) -> None:
    frames = [drawing(seed, DAY.rgb, LinesOver.ORIGINAL) for seed in range(3)]
    layers = read_layers(lay(tmp_path, frames, LinesOver.ORIGINAL))
    seen: list[int] = []
    watch = lambda frame: seen.append(frame.index)  # noqa: E731
    assert recolor(layers, NIGHT, tmp_path / "out", Output(preset="tga"), watch) == 3
    assert seen == [0, 1, 2]
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["a0003.tga", "a0004.tga", "a0005.tga"]
    with Image.open(tmp_path / "out" / "a0004.tga") as picture:
        colors = {color for _, color in picture.convert("RGB").getcolors(1 << 16)}
    assert {swatch.rgb for swatch in NIGHT.swatches} <= colors
    assert recolor(layers, NIGHT, tmp_path / "night.mkv", Output(preset="master")) == 3
    assert probe(tmp_path / "night.mkv", Limits()).rate == 12


@pytest.mark.parametrize(
    ("palette", "said"),
    [
        (Palette(NIGHT.swatches[:2]), "no color called coat, which is used"),
        (Palette((Swatch((1, 1, 1)), Swatch((2, 2, 2)))), "none in the place of color 2, #5ac85a"),
        (Palette((*NIGHT.swatches, Swatch((1, 1, 1), "coat"))), "several colors called coat"),
    ],
)
def test_a_color_without_a_counterpart_is_named(
    palette: Palette, said: str, tmp_path: Path
) -> None:
    frames = [drawing(0, DAY.rgb, LinesOver.NONE)]
    layers = read_layers(lay(tmp_path, frames, LinesOver.NONE))
    with pytest.raises(UsageError, match=said):
        recolor(layers, palette, tmp_path / "out", Output(preset="png"))
    assert sorted(path.name for path in tmp_path.iterdir()) == ["layers", "source"]


def test_what_is_not_used_needs_no_counterpart(tmp_path: Path) -> None:
    frames = [drawing(0, DAY.rgb, LinesOver.NONE)]
    folder = lay(tmp_path, frames, LinesOver.NONE)
    with (folder / "palette.toml").open("a") as file:
        file.write('\n[[swatch]]\nrgb = "#010203"\nname = "shoe"\n')
    assert len(list(recolored(read_layers(folder), NIGHT))) == 1


def test_without_names_colors_take_their_places(tmp_path: Path) -> None:
    frames = [drawing(0, DAY.rgb, LinesOver.NONE)]
    nameless = Palette(tuple(replace(swatch, name="") for swatch in NIGHT.swatches))
    (found,) = recolored(read_layers(lay(tmp_path, frames, LinesOver.NONE)), nameless)
    expected = drawing(0, NIGHT.rgb, LinesOver.NONE)
    assert found.painted is not None
    assert expected.painted is not None
    assert np.array_equal(to_array(found.painted), to_array(expected.painted))


def test_damaged_layers_are_said(tmp_path: Path) -> None:
    folder = lay(tmp_path, [drawing(0, DAY.rgb, LinesOver.ORIGINAL)], LinesOver.ORIGINAL)
    about, lines, flats = folder / "layers.toml", folder / "lines", folder / "flats"
    text = about.read_text()

    def fails(said: str) -> None:
        with pytest.raises(AnimecolorError, match=said):
            list(recolored(read_layers(folder), NIGHT))

    for broken, said in (
        ("lines_over = 'some'", "layers.toml is damaged"),
        (text.replace('rate = "12"', 'rate = "0"'), "the rate is 0"),
        (text.replace('rate = "12"', 'rate = "1/0"'), "layers.toml is damaged"),
        ("x = " + "[" * 9000, "layers.toml is damaged"),
    ):
        about.write_text(broken)
        fails(said)
    about.unlink()
    fails("holds no layers that --layers wrote")
    about.write_text(text)
    (line,) = lines.iterdir()
    whole = line.read_bytes()
    Image.new("RGB", SIZE[::-1]).save(line)
    fails("has no alpha")
    Image.new("RGBA", SIZE).save(line)
    fails("differ in size")
    line.write_bytes(whole)
    (flat,) = flats.iterdir()
    Image.new("P", (3, 3)).save(flat)
    fails("differ in size")
    Image.new("RGB", SIZE[::-1]).save(flat)
    fails("no indices")
    flat.unlink()
    fails("cannot read")


def test_a_folder_that_is_no_layers(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "none"):
        with pytest.raises(UsageError, match="holds no layers that --layers wrote"):
            read_layers(folder)
