"""The sample cut, as a studio would run it: colored, drawn again, approved, and put into night."""

from __future__ import annotations

import json
import shutil
from io import BytesIO
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

import animecolor.models.registry
from animecolor.cli import main
from tests.cels.drawings import contents
from tests.cli.sample_cut import (
    CELS,
    INK,
    SAMPLE,
    SMALL,
    changed,
    colors,
    colors_by_area,
    packed,
    pixels,
    run,
    swatches,
)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def load(*args: object, **rest: object) -> None:
        raise AssertionError("a network was loaded")

    monkeypatch.setattr(animecolor.models.registry, "load_model", load)


def test_every_cel_is_there_in_its_format_and_in_colors_of_the_palette(colored: Path) -> None:
    out = colored / "out"
    painted = [n for n in contents(out) if n.endswith((".tga", ".png"))]
    assert sorted(painted) == sorted(CELS)
    day = set(swatches(SAMPLE / "day.toml").values())
    for name in CELS:
        cel = Image.open(out / name)
        assert (cel.format, cel.mode) == (("TGA", "RGB") if "A" in name else ("PNG", "RGBA"))
        assert cel.size == (640, 360)
        assert colors(out / name) <= day | {INK}
        assert len(colors(out / name)) >= 8


def test_ink_is_as_it_was_drawn_and_traces_are_filled(colored: Path) -> None:
    for name in ("A/a0002.tga", "A.R1/a0003.tga"):
        drawn, cel = pixels(colored / "cut/drawings" / name), pixels(colored / "out" / name)
        black = (drawn == 0).all(axis=2)
        assert (cel[black] == 0).all()
        traced = ~black & (drawn < 255).any(axis=2)
        assert traced.any()
        assert not (cel[traced] == drawn[traced]).all(axis=1).any()


def test_the_ground_of_a_transparent_cel_stays_transparent(colored: Path) -> None:
    alpha = pixels(colored / "out/B/b0003.png")[..., 3]
    assert set(np.unique(alpha)) == {0, 255}
    assert 0.05 < (alpha == 255).mean() < 0.3
    drawn = pixels(colored / "cut/drawings/B/b0003.png")[..., 3]
    assert (alpha[drawn == 255] == 255).all()


def test_a_keyframe_keeps_its_very_colors(colored: Path) -> None:
    key, cel = pixels(SAMPLE / "keys/A/a0001.png"), pixels(colored / "out/A/a0001.tga")
    assert (key == cel).all(axis=2).mean() > 0.995


def test_the_preview_exposes_the_sheet(colored: Path) -> None:
    with av.open(str(colored / "out/preview.mp4")) as clip:
        assert clip.streams.video[0].average_rate == 24
        frames = [frame.to_ndarray(format="rgb24") for frame in clip.decode(video=0)]
    assert len(frames) == 30
    dog = pixels(colored / "out/B/b0001.png")
    inside = dog[..., 3] == 255
    error = np.abs(frames[5].astype(int) - dog[..., :3])[inside].mean()
    assert error < 8
    assert np.abs(frames[2].astype(int) - dog[..., :3])[inside].mean() > 30


def test_a_changed_drawing_alone_is_painted_again(own: tuple[Path, Path]) -> None:
    cut, out = own
    before = contents(out)
    drawing = cut / "drawings/A/a0004.tga"
    moved = np.roll(pixels(drawing), (0, 3), axis=(0, 1))
    Image.fromarray(moved).save(drawing)
    assert run(cut, out) == 0
    assert changed(before, out) == ["A/a0004.tga", "preview.mp4"]
    assert colors(out / "A/a0004.tga") <= set(swatches(SAMPLE / "day.toml").values()) | {INK}
    was = np.array(Image.open(BytesIO(before["A/a0004.tga"][0])))
    again = np.roll(was, (0, 3), axis=(0, 1))
    assert (again == pixels(out / "A/a0004.tga")).all(axis=2).mean() > 0.97


@pytest.mark.usefixtures("no_network")
def test_nothing_changed_loads_no_network(
    own: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cut, out = own
    before = contents(out)
    assert run(cut, out) == 0
    assert changed(before, out) == []
    assert capsys.readouterr().out == f"{out} (10 kept)\n"


@pytest.mark.usefixtures("no_network")
def test_night_is_the_same_regions_in_other_colors(own: tuple[Path, Path]) -> None:
    cut, out = own
    day, night = swatches(cut / "day.toml"), swatches(cut / "night.toml")
    table = np.zeros((1 << 24, 3), np.uint8)  # black ink stays
    for name, rgb in day.items():
        table[rgb[0] << 16 | rgb[1] << 8 | rgb[2]] = night[name]
    before = {name: pixels(out / name) for name in CELS}
    assert run(cut, out, palette="night") == 0
    for name, old in before.items():
        now = pixels(out / name)
        if old.shape[2] == 4:
            assert (now[..., 3] == old[..., 3]).all()
            now, old = now[now[..., 3] > 0], old[old[..., 3] > 0]
        assert (now[..., :3] == table[packed(old)]).all()


@pytest.mark.usefixtures("no_network")
def test_a_second_folder_may_be_the_night(own: tuple[Path, Path]) -> None:
    cut, out = own
    before = contents(out)
    moon = cut.parent / "moon"
    for layer in ("A", "A.R1"):
        shutil.rmtree(cut / "drawings" / layer)
    flags = ("--keyframes", out, "--palette", cut / "night.toml")
    assert main([*map(str, ("run", cut / "drawings", "-o", moon, *flags, *SMALL))]) == 0
    assert contents(out) == before
    assert colors(moon / "B/b0003.png") <= set(swatches(cut / "night.toml").values()) | {INK}


@pytest.mark.usefixtures("no_network")
def test_painted_cels_are_swapped_by_themselves(own: tuple[Path, Path]) -> None:
    """``--palette-swap`` takes the cels alone: they know their drawings and settings."""
    cut, out = own
    before = contents(out)
    assert main(["run", str(out), "--palette-swap", str(cut / "night.toml"), *SMALL[2:]]) == 0
    assert contents(out) == before
    night = cut.parent / "out.night"
    assert {n for n in contents(night) if n in CELS} == set(CELS)
    assert colors(night / "A/a0005.tga") <= set(swatches(cut / "night.toml").values()) | {INK}


def test_a_palette_of_other_swatches_is_no_swap(
    own: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cut, out = own
    other = cut / "other.toml"
    other.write_text('[[swatch]]\nname = "hair"\nrgb = "#102030"\n')
    assert main(["run", str(out), "--palette-swap", str(other), *SMALL]) == 2
    assert "has not the swatches that" in capsys.readouterr().err
    shutil.rmtree(cut / "drawings")
    assert main(["run", str(out), "--palette-swap", str(cut / "night.toml"), *SMALL]) == 2
    assert "are not at" in capsys.readouterr().err


@pytest.mark.usefixtures("no_network")
def test_layers_are_indices_into_the_palette(own: tuple[Path, Path]) -> None:
    cut, out = own
    layers = cut.parent / "layers"
    assert run(cut, out, "--layers", layers) == 0
    day = list(swatches(cut / "day.toml").values())
    assert list(swatches(layers / "palette.toml").values()) == day
    for name in CELS:
        folder, file = name.split("/")
        flats = Image.open(layers / folder / "flats" / f"{file[:5]}.png")
        assert flats.mode == "P"
        table = np.array(flats.getpalette()).reshape(-1, 3)
        assert [tuple(rgb) for rgb in table[: len(day)].tolist()] == day
        ink = pixels(layers / folder / "lines" / f"{file[:5]}.png")[..., 3]
        cel = pixels(out / name)
        painted = ink == 0
        if cel.shape[2] == 4:
            painted &= cel[..., 3] > 0
        assert (table[np.array(flats)][painted] == cel[painted][:, :3]).all()
        drawn = pixels(cut / "drawings" / name)
        black = (drawn[..., :3] == 0).all(axis=2)
        black &= drawn[..., 3] > 0 if drawn.shape[2] == 4 else True
        assert ((ink == 255) == black).all()


@pytest.mark.usefixtures("no_network")
def test_layers_follow_the_cels(own: tuple[Path, Path]) -> None:
    cut, out = own
    layers = cut.parent / "layers"
    for layer in ("A", "A.R1"):
        shutil.rmtree(cut / "drawings" / layer)
    assert run(cut, out, "--layers", layers) == 0
    before = contents(layers)
    assert run(cut, out, "--layers", layers) == 0
    now = contents(layers)
    assert {name for name in now if name.endswith(".png") and now[name] != before[name]} == set()
    corrected = pixels(out / "B/b0002.png")
    body, spot = colors_by_area(out / "B/b0002.png")[:2]
    corrected[(corrected[..., :3] == spot).all(axis=2)] = (*body, 255)
    Image.fromarray(corrected).save(out / "B/b0002.png")
    assert run(cut, out, "--layers", layers) == 0
    again = contents(layers)
    assert {n for n in again if n.endswith(".png") and again[n] != before[n]} == {
        "B/flats/b0002.png",
        "B/lines/b0002.png",
    }


def test_retas_writes_24_bits_with_white_for_transparent(own: tuple[Path, Path]) -> None:
    cut, _ = own
    out = cut.parent / "retas"
    for name in ("A/a0004.tga", "A/a0005.tga", "A/a0006.tga", "B/b0003.png", "B/b0004.png"):
        (cut / "drawings" / name).unlink()
    assert run(cut, out, "--retas", "--size", "64") == 0
    for name in ("A/a0002.tga", "B/b0002.png"):
        assert Image.open(out / name).mode == "RGB"
        cel = pixels(out / name)
        assert (cel[0, 0] == 255).all()
        assert 0.3 < (cel == 255).all(axis=2).mean() < 0.97


def test_an_approved_cel_is_released_again(
    own: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cut, out = own
    assert run(cut, out, "--approve", "A/a0002", "--approve", "B/*") == 0
    assert capsys.readouterr().out.endswith("(5 kept, 5 locked)\n")
    manifest = json.loads((out / "manifest.json").read_text())
    assert manifest["drawings"]["A/a0002"]["approved"]
    assert run(cut, out, "--release", "*") == 0
    assert capsys.readouterr().out.endswith("(10 kept)\n")


@pytest.mark.usefixtures("no_network")
def test_who_only_approves_need_not_repeat_the_settings(
    own: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cut, out = own
    before = contents(out)
    flags = ["run", str(cut / "drawings"), "-o", str(out), "--approve"]
    assert main([*flags, "A/*", "--release", "A/a0002", "-n"]) == 0
    assert main([*flags, "A/a0004", "--progress", "none"]) == 0
    assert main([*flags, "A/a0099"]) == 2
    assert contents(out) == before
    said = capsys.readouterr()
    assert said.out == f"{out} (4 of 10 cels approved)\n{out} (1 of 10 cels approved)\n"
    assert "no painted cel is called A/a0099" in said.err
    assert run(cut, out) == 0
    assert capsys.readouterr().out.endswith("(9 kept, 1 locked)\n")


def test_a_dry_run_tells_the_plan_and_writes_nothing(
    own: tuple[Path, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    cut, out = own
    Image.new("RGB", (640, 360), "white").save(cut / "drawings/A/a0007.tga")
    before = contents(cut.parent)
    assert run(cut, out, "-n") == 0
    assert contents(cut.parent) == before
    said = capsys.readouterr()
    assert "timesheet  cut.xdts, 30 frames" in said.out
    assert "layer A    1 to paint, 6 to keep, 1 with a keyframe, as .tga" in said.out
    assert "not on the timesheet: A/a0007" in said.err


def test_the_cels_are_a_cut_folder_themselves(colored: Path) -> None:
    sheet = colored / "out/cut.xdts"
    assert sheet.read_bytes() == (SAMPLE / "drawings/cut.xdts").read_bytes()


def test_nobody_said_where_to(own: tuple[Path, Path]) -> None:
    cut, _ = own
    shutil.rmtree(cut / "drawings/A.R1")
    flags = ("--keyframes", cut / "keys", *SMALL, "--finish", "smooth", "--size", "64")
    for name in ("A/a0004.tga", "A/a0005.tga", "A/a0006.tga", "B/b0003.png", "B/b0004.png"):
        (cut / "drawings" / name).unlink()
    assert main([*map(str, ("run", cut / "drawings", *flags))]) == 0
    assert (cut / "drawings.color/A/a0002.tga").is_file()
