"""run LAYERS --palette-swap: night in a moment, no network; what is wrong is one sentence."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from animecolor.cli import main
from animecolor.flats.palette import Palette, Swatch
from animecolor.flats.palette_files import read_palette, write_palette
from tests.stages.drawings import figure

Capture = pytest.CaptureFixture[str]
SIZE = 96, 128
DAY = ((240, 200, 180), "skin"), ((30, 60, 200), "coat"), ((250, 250, 240), "paper")
NIGHT = ((20, 20, 60), "paper"), ((90, 70, 110), "skin"), ((5, 10, 70), "coat")


def palette_of(*colors: tuple[tuple[int, int, int], str]) -> Palette:
    return Palette(tuple(Swatch(rgb, name) for rgb, name in colors))


@pytest.fixture
def layers(tmp_path: Path, doubting: list[str]) -> Path:
    """Two inked cels, painted once with a network, their layers kept."""
    cels = tmp_path / "A"
    cels.mkdir()
    for number in (1, 2):
        Image.fromarray(figure(4, number / 4, SIZE, setting=False)).save(
            cels / f"a{number:04d}.png"
        )
    write_palette(palette_of(*DAY), tmp_path / "day.toml")
    write_palette(palette_of(*NIGHT), tmp_path / "night.gpl")
    argv = ["run", str(cels), *doubting, "--cuts", "none", "--lines", "ink", "--encode", "png"]
    argv += ["--palette", str(tmp_path / "day.toml"), "-o", str(tmp_path / "day")]
    assert main([*argv, "--layers", str(tmp_path / "layers")]) == 0
    return tmp_path / "layers"


def swap(layers: Path, *argv: object) -> int:
    return main(["run", str(layers), "--palette-swap", *map(str, argv)])


def colors(path: Path) -> set[tuple[int, ...]]:
    return {tuple(rgb) for rgb in np.asarray(Image.open(path)).reshape(-1, 3).tolist()}


def test_night_comes_without_a_network(
    layers: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("animecolor.models.registry.load_model", None)
    capsys.readouterr()
    room = layers.parent
    assert swap(layers, room / "night.gpl", "--encode", "png", "--progress", "none") == 0
    out = room / "layers.night"
    assert capsys.readouterr().out == f"{out} (2 frames)\n"
    assert sorted(path.name for path in out.iterdir()) == ["a0001.png", "a0002.png"]
    for name in ("a0001.png", "a0002.png"):
        day = np.asarray(Image.open(room / "day" / name))
        night = np.asarray(Image.open(out / name))
        index = np.asarray(Image.open(layers / "flats" / name))
        clear = np.asarray(Image.open(layers / "lines" / name))[..., 3] == 0
        assert np.array_equal(day[clear], palette_of(*DAY).rgb[index[clear]])
        named = {name: rgb for rgb, name in NIGHT}
        table = np.array([named[name] for _, name in DAY], np.uint8)
        assert np.array_equal(night[clear], table[index[clear]])
    assert colors(out / "a0001.png") != colors(room / "day" / "a0001.png")


def test_the_same_palette_gives_the_same_pictures(layers: Path) -> None:
    room = layers.parent
    out = room / "again"
    assert swap(layers, layers / "palette.toml", "--encode", "png", "-o", out) == 0
    for path in out.iterdir():
        same = np.asarray(Image.open(room / "day" / path.name))
        assert np.array_equal(np.asarray(Image.open(path)), same)


def test_a_dry_run_writes_nothing(layers: Path, capsys: Capture) -> None:
    before = sorted(layers.parent.rglob("*"))
    capsys.readouterr()
    assert swap(layers, layers.parent / "night.gpl", "-n") == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"layers   {layers}, 2 frames of 128x96"
    assert said[2] == f"output   {layers.parent / 'layers.night.mp4'}"
    assert sorted(layers.parent.rglob("*")) == before


def test_what_is_wrong_is_said_and_nothing_is_written(layers: Path, capsys: Capture) -> None:
    room = layers.parent
    write_palette(palette_of(*NIGHT[:1]), room / "poor.toml")
    night = room / "night.gpl"
    before = sorted(room.rglob("*"))
    for argv, said in (
        ([layers, room / "none.toml"], "cannot read the palette"),
        ([layers, room / "poor.toml"], "the palette has no color called"),
        ([room / "day", night], "holds no layers that --layers wrote"),
        ([room / "none", night], "holds no layers that --layers wrote"),
        ([layers, night, "-o", layers / "night"], "lies in the layers"),
        ([layers, night, "-o", room / "day", "--encode", "png"], "is not empty; pass -y"),
        ([layers, night, "--palette", night], "--palette is no matter of --palette-swap"),
        ([layers, night, "--layers", room / "more"], "--layers is no matter"),
        ([layers, night, "--mode", "gray"], "--mode is no matter"),
        ([layers, night, "--no-hold"], "--no-hold is no matter"),
        ([layers, night, "--size", 96], "--size is no matter"),
        ([layers, night, "--approve", "A/*"], "--approve is no matter"),
        ([layers, night, "--encode", "tiff"], "--encode"),
    ):
        capsys.readouterr()
        assert swap(*argv) == 2, argv
        err = capsys.readouterr().err
        assert said in err, argv
        assert "bug" not in err
    assert sorted(room.rglob("*")) == before
    assert len(read_palette(layers / "palette.toml").swatches) == 3
