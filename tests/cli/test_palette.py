"""animecolor palette: the table, the file, the check against a palette, and what goes wrong."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from animecolor.cli import main
from animecolor.flats.palette import Palette, Swatch
from animecolor.flats.palette_files import read_palette, write_palette

CUT = Path(__file__).parents[2] / "samples" / "cut"
Capture = pytest.CaptureFixture[str]


def paint(path: Path, *colors: tuple[int, ...], side: int = 20) -> Path:
    """Squares side by side; colors of four levels have alpha."""
    picture = np.concatenate([np.full((side, side, len(c)), c, np.uint8) for c in colors], 1)
    path.parent.mkdir(exist_ok=True)
    Image.fromarray(picture).save(path)
    return path


def run(*argv: object) -> int:
    return main(["palette", *map(str, argv)])


@pytest.fixture
def sheet(tmp_path: Path) -> Path:
    path = tmp_path / "sheet.toml"
    swatches = (Swatch((255, 0, 0), "girl.top"), Swatch((0, 0, 255), "girl.iris"))
    write_palette(Palette(swatches, "girl"), path)
    return path


def test_a_table_and_a_file(tmp_path: Path, sheet: Path, capsys: Capture) -> None:
    paint(tmp_path / "cels" / "a.png", (255, 0, 0), (0, 255, 0))
    paint(tmp_path / "cels" / "b.tga", (255, 0, 0), (0, 0, 254))
    out = tmp_path / "out.toml"
    assert run(tmp_path / "cels", "-o", out, "--names", sheet) == 0
    assert capsys.readouterr().out.splitlines() == [
        "#ff0000    50.00 %  girl.top",
        "#0000fe    25.00 %  girl.iris",
        "#00ff00    25.00 %",
        f"{out} (3 colors)",
    ]
    expected = (
        Swatch((255, 0, 0), "girl.top", 800),
        Swatch((0, 0, 254), "girl.iris", 400),
        Swatch((0, 255, 0), "", 400),
    )
    assert read_palette(out) == Palette(expected, "girl")


@pytest.mark.parametrize("kind", ["gpl", "ase"])
def test_other_programs_files(kind: str, tmp_path: Path) -> None:
    picture = paint(tmp_path / "a.png", (255, 0, 0), (0, 255, 0))
    assert run(picture, "-o", tmp_path / f"girl.{kind}") == 0
    expected = Palette((Swatch((0, 255, 0)), Swatch((255, 0, 0))), "girl")
    assert read_palette(tmp_path / f"girl.{kind}") == expected


def test_transparent_ground_is_no_color(tmp_path: Path, capsys: Capture) -> None:
    assert run(paint(tmp_path / "a.png", (255, 0, 0, 255), (0, 255, 0, 0))) == 0
    assert capsys.readouterr().out == "#ff0000   100.00 %\n"


def test_merging(tmp_path: Path, capsys: Capture) -> None:
    picture = paint(tmp_path / "a.png", (255, 0, 0), (255, 0, 0), (250, 0, 0))
    assert run(picture, "--merge", 5) == 0
    assert capsys.readouterr().out == "#ff0000   100.00 %\n"


def test_what_a_palette_lacks(tmp_path: Path, sheet: Path, capsys: Capture) -> None:
    picture = paint(tmp_path / "a.png", (255, 0, 0), (254, 0, 0), (0, 0, 255))
    assert run(picture, "--against", sheet) == 3
    said = capsys.readouterr().out.splitlines()[-1]
    assert said == (
        f"{picture}: #fe0000 on 400 pixels, x 20 to 39, y 0 to 19; the nearest is girl.top, ΔE 0.2"
    )
    assert run(picture, "--against", sheet, "--merge", 1) == 0


def test_a_check_that_passes(tmp_path: Path, sheet: Path) -> None:
    assert run(paint(tmp_path / "a.png", (255, 0, 0), (0, 0, 255)), "--against", sheet) == 0


def test_the_sample_cut_holds_its_palette(capsys: Capture) -> None:
    keys = [CUT / "keys" / layer for layer in "AB"]
    assert run(*keys, "--against", CUT / "day.toml", "--names", CUT / "day.toml") == 0
    assert "  girl.hair.shadow\n" in capsys.readouterr().out
    assert run(*keys, "--against", CUT / "night.toml") == 3


def test_gradients_are_said(tmp_path: Path, capsys: Capture) -> None:
    fade = np.linspace((20, 60, 120), (140, 180, 250), 200).round().astype(np.uint8)
    picture = np.tile(fade[:, None], (1, 300, 1))
    picture[:, :150] = 9
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture)
    assert run(path) == 0
    color, gradients = capsys.readouterr().out.splitlines()
    assert color == "#090909    50.00 %"
    assert gradients.split() == ["gradients", "49.67", "%"]


def test_a_folder_of_keyframes_is_read_where_it_is_painted(
    clip: Path, tmp_path: Path, capsys: Capture
) -> None:
    keys = tmp_path / "keys"
    assert main(["keyframes", str(clip), "-o", str(keys), "--per-shot", "2"]) == 0
    first, *_ = sorted(keys.glob("??????.png"))
    assert run(keys) == 2
    assert "without painted images" in capsys.readouterr().err
    paint(first, (255, 0, 0), (0, 255, 0))
    assert run(keys) == 0
    assert capsys.readouterr().out.splitlines() == ["#00ff00    50.00 %", "#ff0000    50.00 %"]


@pytest.mark.parametrize(
    ("argv", "said", "code"),
    [
        ([], "name painted PICTURES", 2),
        (["none.png"], "none.png: no such file", 2),
        (["empty"], "a folder without painted images", 2),
        (["text.png"], "text.png", 1),
        (["noise.png"], "there is no flat color in it", 2),
        (["a.png", "-o", "out.json"], "must be one of .toml, .gpl, .ase", 2),
        (["a.png", "-o", "old.toml"], "exists; pass -y", 2),
        (["a.png", "-o", "none/out.toml"], "none: no such folder", 2),
        (["a.png", "--names", "none.gpl"], "cannot read the palette none.gpl", 2),
        (["a.png", "--against", "a.png"], "must be one of .toml, .gpl, .ase", 2),
        (["a.png", "--against", "old.toml"], "holds no color", 2),
        (["a.png", "--merge", "-1"], "--merge", 2),
        (["a.png", "--merge", "nan"], "--merge", 2),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    argv: list[str],
    said: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(tmp_path)
    paint(Path("a.png"), (255, 0, 0))
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    cv2.imwrite("noise.png", noise)
    Path("text.png").write_text("no picture")
    Path("old.toml").touch()
    Path("empty").mkdir()
    before = sorted(tmp_path.rglob("*"))
    assert run(*argv) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert "bug" not in err
    assert sorted(tmp_path.rglob("*")) == before


def test_an_old_palette_is_replaced_when_asked(tmp_path: Path) -> None:
    picture, out = paint(tmp_path / "a.png", (255, 0, 0)), tmp_path / "old.toml"
    out.write_text("old")
    assert run(picture, "-o", out, "-y") == 0
    assert len(read_palette(out).swatches) == 1
