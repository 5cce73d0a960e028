"""``run`` with a finish, a palette and layers, end to end; Pillow reads what was written."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from animecolor.cli import main
from animecolor.flats.palette_files import read_palette
from animecolor.stages.layers import LayersTape
from tests.stages.drawings import figure

Capture = pytest.CaptureFixture[str]
SIZE = 96, 128
GIMP = "GIMP Palette\nName: cast\n#\n240 200 180\tskin\n 30  60 200\tcoat\n250 250 240\tpaper\n"
NAMES = ["skin", "coat", "paper"]
SWATCHES = [(240, 200, 180), (30, 60, 200), (250, 250, 240)]


@pytest.fixture
def cels(tmp_path: Path) -> Path:
    """A studio's folder: three inked drawings, the second held, a number missing."""
    folder = tmp_path / "A"
    folder.mkdir()
    for number, pose in ((3, 0.0), (4, 0.0), (6, 0.5)):
        picture = figure(4, pose, SIZE, setting=False)
        Image.fromarray(picture).save(folder / f"a{number:03d}.tga")
    return folder


@pytest.fixture
def palette(tmp_path: Path) -> Path:
    path = tmp_path / "cast.gpl"
    path.write_text(GIMP)
    return path


def run(source: Path, flags: list[str], *more: object) -> int:
    return main(["run", str(source), *flags, "--cuts", "none", *map(str, more)])


def listed(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


def test_layers_of_a_cel_folder(
    cels: Path, palette: Path, doubting: list[str], capsys: Capture
) -> None:
    """The drawing that is missing is written as often as the source has frames."""
    out, layers = cels.with_name("out"), cels.with_name("layers")
    more = ["--lines", "ink", "--palette", palette, "--encode", "png", "-o", out]
    assert run(cels, doubting, *more, "--layers", layers) == 0, capsys.readouterr().err
    files = [path.name for path in sorted(out.iterdir())]
    assert files == ["a003.png", "a004.png", "a006.png"]
    folders = ("confidence", "flats", "lines", "result")
    expected = [f"{folder}/{name}" for folder in folders for name in files]
    assert listed(layers) == sorted([*expected, "layers.toml", "palette.toml"])
    written = read_palette(layers / "palette.toml").swatches
    assert read_palette(layers / "palette.toml").name == "cast"
    assert [(s.rgb, s.name) for s in written] == list(zip(SWATCHES, NAMES, strict=True))
    for name in files:
        with Image.open(layers / "flats" / name) as flats:
            assert flats.mode == "P"
            table = np.reshape(flats.getpalette(), (-1, 3))
            assert [tuple(rgb) for rgb in table[:3].tolist()] == SWATCHES
            index = np.asarray(flats)
        assert index.max() < 3
        with Image.open(layers / "lines" / name) as lines:
            assert lines.mode == "RGBA"
            ink = np.asarray(lines)
        drawing = np.asarray(Image.open(cels / name.replace("png", "tga")).convert("L"))
        assert np.array_equal(255 - ink[..., 3], drawing)
        assert (ink[..., :3] == 0).all()
        with Image.open(layers / "confidence" / name) as sure:
            assert sure.mode == "L"
        result = np.asarray(Image.open(layers / "result" / name))
        assert np.array_equal(result, np.asarray(Image.open(out / name)))
        flat = table[index]
        clear = ink[..., 3] == 0
        assert np.array_equal(result[clear], flat[clear])
    about = tomllib.loads((layers / "layers.toml").read_text())
    assert (about["count"], about["first"], about["prefix"], about["digits"]) == (3, 3, "a", 3)
    assert about["lines_over"] == "original"
    lines = [(layers / "lines" / name).read_bytes() for name in files]
    assert lines[0] == lines[1] != lines[2]


def test_layers_of_transparent_cels_have_a_transparent_index(
    tmp_path: Path, doubting: list[str]
) -> None:
    folder = tmp_path / "B"
    folder.mkdir()
    ink = 255 - figure(4, 0.0, SIZE, setting=False)
    for number in (1, 2):
        cel = np.dstack((np.zeros_like(ink), ink[..., 0]))
        Image.fromarray(cel).save(folder / f"b{number:04d}.png")
    keys = tmp_path / "keys"
    keys.mkdir()
    painted = figure(4, 0.0, SIZE, setting=False, paint=True)
    Image.fromarray(painted).save(keys / "000000.png")
    more = ["--keyframes", keys, "--encode", "tga", "-o", tmp_path / "out"]
    assert run(folder, doubting, *more, "--lines", "ink", "--layers", tmp_path / "layers") == 0
    with Image.open(tmp_path / "layers" / "flats" / "b0002.png") as flats:
        assert flats.mode == "P"
        assert flats.convert("RGBA").getpixel((0, 0))[3] == 0
        assert flats.getpixel((0, 0)) == 255
    with Image.open(tmp_path / "out" / "b0002.tga") as result:
        assert result.mode == "RGBA"
        cover = np.asarray(result)[..., 3]
    assert cover[0, 0] == 0
    assert (cover[ink[..., 0] == 255] == 255).all()
    assert 0.05 < (cover == 255).mean() < 0.95


def test_layers_are_replaced_only_when_they_are_ours(
    cels: Path, doubting: list[str], capsys: Capture
) -> None:
    layers, out = cels.with_name("layers"), cels.with_name("out.mp4")
    more = ["--lines", "ink", "-o", out, "--layers", layers]
    assert run(cels, doubting, *more) == 0
    assert run(cels, doubting, *more, "-y") == 0
    before = listed(layers)
    assert len(before) == 3 * 4 + 2
    out.unlink()
    out.with_name("out.mp4.run.toml").unlink()
    assert run(cels, doubting, *more) == 2
    assert "is a folder that is not empty; pass -y" in capsys.readouterr().err
    (layers / "flats" / "notes.txt").write_text("mine")
    assert run(cels, doubting, *more, "-y") == 2
    assert "holds flats/notes.txt too" in capsys.readouterr().err
    assert listed(layers) == sorted([*before, "flats/notes.txt"])


@pytest.mark.parametrize("broken", ["__call__", "finish"])
def test_a_run_that_breaks_off_leaves_no_half_of_the_layers(
    broken: str, cels: Path, doubting: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole: Callable[..., None] = getattr(LayersTape, broken)

    def stop(tape: LayersTape, *more: object) -> None:
        whole(tape, *more)
        if tape.written == 3:
            raise KeyboardInterrupt

    monkeypatch.setattr(LayersTape, broken, stop)
    layers = cels.with_name("layers")
    target = cels.with_name("out.mp4")
    assert run(cels, doubting, "--lines", "ink", "-o", target, "--layers", layers) == 130
    assert not [path for path in cels.parent.iterdir() if "layers" in path.name]


@pytest.mark.usefixtures("cels")
@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["--palette", "no.toml"], "no.toml: No such file"),
        (["--palette", "torn.ase"], "torn.ase is not a .ase palette"),
        (["--palette", "a.act"], "a.act"),
        (["--palette", "cast.gpl", "--finish", "smooth"], "--finish smooth follows no palette"),
        (["--palette", "cast.gpl", "--mode", "gray"], "--mode gray paints none"),
        (["--finish", "flats", "--mode", "gray"], "--mode gray reads none"),
        (["--layers", "L", "--mode", "gray"], "--mode gray reads none"),
        (["--layers", "L", "--finish", "none"], "layers are made of flats, not of --finish none"),
        (["--layers", "cast.gpl"], "cast.gpl is a file; layers are written into a folder"),
        (["--layers", "A"], "A holds the input"),
        (["--layers", "no/L"], "no: no such folder"),
        (["-o", "out/a##.tga", "--layers", "out"], "lie in one another"),
        (["-o", "out/a##.tga", "--encode", "png"], "the preset png writes .png"),
        (["--reference", "o/1.png", "-o", "o", "--encode", "png"], "o/1.png, which is read"),
        (["--retas"], "RETAS reads images of 24 bits"),
        (["--gap", "-1"], "finish.gap = -1"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(
    flags: list[str],
    sentence: str,
    palette: Path,
    doubting: list[str],
    capsys: Capture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(palette.parent)
    Path("torn.ase").write_bytes(b"ASEF\0\1\0\0\xff\xff\xff\xff")
    before = listed(palette.parent)
    assert run(Path("A"), doubting, *flags) == 2
    *notices, said = capsys.readouterr().err.splitlines()
    assert sentence in said
    assert all("images are missing" in notice for notice in notices)
    assert listed(palette.parent) == before


def test_a_pattern_is_a_result_and_its_folder_is_named_after_it(
    cels: Path, doubting: list[str], capsys: Capture
) -> None:
    target = cels.with_name("out") / "A####.tga"
    assert run(cels, doubting, "--lines", "ink", "--retas", "-o", target) == 0
    assert sorted(path.name for path in target.parent.iterdir()) == [
        "A0003.tga",
        "A0004.tga",
        "A0006.tga",
    ]
    assert cels.with_name("out.run.toml").is_file()
    with Image.open(target.with_name("A0003.tga")) as image:
        assert image.mode == "RGB"
    assert run(cels, doubting, "--lines", "ink", "-o", target) == 2
    assert "not empty; pass -y" in capsys.readouterr().err


@pytest.mark.parametrize("lines", ["ink", "canny"])
def test_auto_says_what_it_chose(
    lines: str, cels: Path, doubting: list[str], capsys: Capture
) -> None:
    assert run(cels, doubting, "--lines", lines, "-o", cels.with_name("o.mkv"), "-v") == 0
    chosen = {"ink": "flats, because the lines are the artist's", "canny": "smooth, because"}
    assert f"finish: {chosen[lines]}" in capsys.readouterr().err


def test_a_gradient_has_a_layer_of_its_own(
    cels: Path, tiny_anchor: Path, doubting: list[str]
) -> None:
    """A painted gradient comes back at its keyframe; the flats layer does not tell it."""
    keys = cels.with_name("keys")
    keys.mkdir()
    ramp = np.linspace(40, 230, SIZE[1]).astype(np.uint8)[None, :, None].repeat(SIZE[0], 0)
    sky = np.concatenate((ramp, ramp, ramp // 2), axis=2)
    assert cv2.imwrite(str(keys / "000000.png"), sky)
    layers = cels.with_name("layers")
    more = ["--keyframes", keys, "--layers", layers, "-o", cels.with_name("o.mkv"), "--frames", 1]
    assert run(cels, doubting, "--lines", "ink", *more) == 0
    with Image.open(layers / "soft" / "a003.png") as soft:
        assert soft.mode == "RGBA"
        cover = np.asarray(soft)[..., 3]
    index = np.asarray(Image.open(layers / "flats" / "a003.png"))
    assert set(np.unique(cover).tolist()) <= {0, 255}
    assert (cover == 255).mean() > 0.3
    assert np.array_equal(index == 255, cover == 255)
