"""Cels in another palette: every region keeps its swatch, no network runs."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from torch import Tensor

from animecolor.cels import painting
from animecolor.cels.recolor import Copyist, exchange_all, exchange_for, exchanged
from animecolor.cels.tasks import Fate
from animecolor.config import Finish, Network, Render
from animecolor.flats.palette import Palette, Swatch
from animecolor.flats.palette_files import write_palette
from animecolor.frame import Shot
from tests.cels.drawings import (
    SHIRT,
    SKIN,
    color,
    contents,
    keys,
    lines,
    painted,
    pixels,
    plan,
    save,
    small_cut,
)

WHITE = (255, 255, 255)
NIGHT_SKIN, NIGHT_SHIRT = (120, 110, 140), (20, 30, 110)
DAY = Palette((Swatch(SKIN, "skin"), Swatch(SHIRT, "shirt"), Swatch(WHITE, "ground")))
NIGHT = Palette((Swatch(NIGHT_SHIRT, "shirt"), Swatch(WHITE, "ground"), Swatch(NIGHT_SKIN, "skin")))


def test_swatches_belong_together_by_name() -> None:
    assert exchange_for(DAY, NIGHT) == {SKIN: NIGHT_SKIN, SHIRT: NIGHT_SHIRT, WHITE: WHITE}


def test_nameless_swatches_belong_together_by_place() -> None:
    old, new = (Palette(tuple(Swatch(s.rgb) for s in p.swatches[:2])) for p in (DAY, NIGHT))
    assert exchange_for(old, new) == {SKIN: NIGHT_SHIRT, SHIRT: WHITE}


def test_other_swatches_do_not_belong_together() -> None:
    assert exchange_for(DAY, Palette(NIGHT.swatches[:2])) is None
    assert exchange_for(DAY, Palette((*NIGHT.swatches, Swatch((1, 2, 3), "ribbon")))) is None
    assert exchange_for(DAY, Palette(tuple(Swatch(s.rgb) for s in NIGHT.swatches))) is None
    twice = Palette((Swatch(SKIN, "skin"), Swatch(SHIRT, "skin"), Swatch(WHITE, "ground")))
    assert exchange_for(twice, twice) is None


def test_two_swatches_of_one_color_must_stay_one() -> None:
    one = Palette((Swatch(SKIN, "arm"), Swatch(SKIN, "leg")))
    assert exchange_for(one, Palette((Swatch(SHIRT, "arm"), Swatch(WHITE, "leg")))) is None
    assert exchange_for(one, Palette((Swatch(SHIRT, "arm"), Swatch(SHIRT, "leg")))) is not None


def test_the_present_palettes_own_colors_stay() -> None:
    assert exchange_all([DAY], None) == {}
    shifted = Palette((*NIGHT.swatches[:2], Swatch(SHIRT, "skin")))
    assert exchange_all([DAY], shifted) == {SKIN: SHIRT}


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
def test_colors_are_exchanged_exactly(dtype: type[np.unsignedinteger]) -> None:
    rng = np.random.default_rng(0)
    colors = np.array([SKIN, SHIRT, (SKIN[0], SKIN[1], 7), (0, 0, 0)], np.uint8)
    after = np.array([NIGHT_SKIN, NIGHT_SHIRT, (SKIN[0], SKIN[1], 7), (0, 0, 0)], np.uint8)
    index = rng.integers(0, 4, (20, 30))
    scale = 1 if dtype is np.uint8 else 257
    picture = (colors[index].astype(np.uint16) * scale).astype(dtype)
    out = exchanged(picture, {SKIN: NIGHT_SKIN, SHIRT: NIGHT_SHIRT})
    assert out.dtype == dtype
    assert (out == after[index].astype(np.uint16) * scale).all()
    assert (picture == colors[index].astype(np.uint16) * scale).all()


@pytest.fixture
def cut(tmp_path: Path) -> Path:
    keys(tmp_path / "keys", a001=4, b001=26)
    write_palette(DAY, tmp_path / "day.toml")
    write_palette(NIGHT, tmp_path / "night.toml")
    return small_cut(tmp_path / "cut")


def run(cut: Path, palette: str, keyframes: str = "keys") -> Render:
    beside = cut.parent
    finish = Finish(palette=beside / f"{palette}.toml")
    small = Network(size=64, device="cpu")
    return Render(network=small, finish=finish, keyframes=beside / keyframes)


def flat(path: Path) -> set[tuple[int, ...]]:
    """The colors of an opaque cel, or of what a transparent one covers."""
    picture = pixels(path).reshape(-1, pixels(path).shape[2])
    covered = picture[picture[:, 3] > 0] if picture.shape[1] == 4 else picture
    return {tuple(color[:3]) for color in covered.tolist()}


INK = (0, 0, 0)


def test_another_light_is_exact_and_needs_no_network(cut: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    fake, _ = color(cut, out, run(cut, "day"))
    assert len(fake.shots) == 2
    day = pixels(out / "A/a002.tga")
    assert flat(out / "A/a002.tga") == {SKIN, SHIRT, WHITE, INK}
    assert flat(out / "B/b002.png") == {SKIN, SHIRT, INK}
    assert plan(cut, out, run(cut, "night")).count(Fate.RECOLOR) == 5
    fake, _ = color(cut, out, run(cut, "night"))
    assert fake.shots == []
    night = pixels(out / "A/a002.tga")
    table = {SKIN: NIGHT_SKIN, SHIRT: NIGHT_SHIRT, WHITE: WHITE, INK: INK}
    expected = [[table[tuple(pixel)] for pixel in row] for row in day.tolist()]
    assert (night == np.array(expected)).all()
    assert flat(out / "B/b002.png") == {NIGHT_SKIN, NIGHT_SHIRT, INK}
    assert plan(cut, out, run(cut, "night")).count(Fate.KEEP) == 5


def test_a_long_layer_is_recolored_in_pieces_and_is_the_same(
    cut: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[int] = []
    begin = Copyist.begin

    def watched(self: Copyist, shot: Shot) -> Mapping[int, Tensor]:
        shown.append(len(shot.keyframes))
        return begin(self, shot)

    monkeypatch.setattr(Copyist, "begin", watched)
    for name, length in (("whole", 16), ("pieces", 2)):
        monkeypatch.setattr(painting, "_PIECE", length)
        color(cut, tmp_path / name, run(cut, "day"))
        color(cut, tmp_path / name, run(cut, "night"))
    assert shown == [3, 2, 2, 1, 2]
    whole, pieces = contents(tmp_path / "whole"), contents(tmp_path / "pieces")
    assert {n: data for n, (data, _) in whole.items()} == {n: d for n, (d, _) in pieces.items()}


def test_a_color_that_changes_its_meaning_is_not_mistaken(cut: Path, tmp_path: Path) -> None:
    """The skin of one palette is the shirt of the other."""
    out = tmp_path / "out"
    color(cut, out, run(cut, "day"))
    shifted = Palette((*NIGHT.swatches[:2], Swatch(SHIRT, "skin")))
    write_palette(shifted, tmp_path / "shifted.toml")
    before = pixels(out / "A/a003.tga")
    color(cut, out, run(cut, "shifted"))
    after = pixels(out / "A/a003.tga")
    assert (after[(before == SKIN).all(2)] == SHIRT).all()
    assert (after[(before == SHIRT).all(2)] == NIGHT_SHIRT).all()


def test_locked_cels_keep_their_light_and_it_is_remarked(cut: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    color(cut, out, run(cut, "day"))
    before = contents(out)
    color(cut, out, run(cut, "night"), approve=("A/a001", "A/a003"))
    assert contents(out)["A/a001.tga"] == before["A/a001.tga"]
    remarks = plan(cut, out, run(cut, "night")).remarks
    assert remarks == ("A: 2 locked cels keep the colors of an earlier palette",)
    save(lines(9), cut / "A/a002.tga")
    color(cut, out, run(cut, "night"))
    assert flat(out / "A/a002.tga") == {NIGHT_SKIN, NIGHT_SHIRT, WHITE, INK}


def test_there_and_back_is_the_same(cut: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    color(cut, out, run(cut, "day"))
    before = {name: data for name, (data, _) in contents(out).items()}
    color(cut, out, run(cut, "night"))
    color(cut, out, run(cut, "day"))
    assert {name: data for name, (data, _) in contents(out).items()} == before


def test_a_drawing_changed_at_night_agrees_with_the_night(cut: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    color(cut, out, run(cut, "day"), approve=())
    color(cut, out, run(cut, "night"))
    save(lines(9), cut / "A/a002.tga")
    fake, _ = color(cut, out, run(cut, "night"))
    assert fake.keyframes == [0, 2]
    assert flat(out / "A/a002.tga") == {NIGHT_SKIN, NIGHT_SHIRT, WHITE, INK}


def test_the_cels_of_the_day_are_keyframes_of_the_night(cut: Path, tmp_path: Path) -> None:
    """A second folder in another light: the first one's cels, approved ones too, say all."""
    color(cut, tmp_path / "out", run(cut, "day"))
    save(painted(12), tmp_path / "out/A/a003.tga")  # a person's correction
    before = contents(tmp_path / "out")
    fake, _ = color(cut, tmp_path / "moon", run(cut, "night", keyframes="out"))
    assert fake.shots == []
    assert contents(tmp_path / "out") == before
    for name in ("A/a001.tga", "A/a002.tga", "A/a003.tga"):
        assert flat(tmp_path / "moon" / name) == {NIGHT_SKIN, NIGHT_SHIRT, WHITE, INK}


def test_a_palette_of_other_swatches_paints_again(cut: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    color(cut, out, run(cut, "day"))
    more = Palette((*DAY.swatches, Swatch((1, 2, 3), "ribbon")))
    write_palette(more, tmp_path / "more.toml")
    assert plan(cut, out, run(cut, "more")).count(Fate.PAINT) == 5
