"""What is wrong with a cut, or with how it was run, is one sentence; nothing is painted then."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.cli import main
from tests.cels.drawings import contents
from tests.cli.sample_cut import changed, run


@pytest.mark.parametrize(
    ("flags", "said"),
    [
        (("--review", "x.mp4"), "--review is for clips"),
        (("--layers", "{cut}/drawings/A"), "name another folder of layers"),
        (("--layers", "{cut}"), "name another folder of layers"),
        (("--layers", "{cut}/keys"), "is a folder that is not empty"),
        (("--layers", "{cut}/layers", "--finish", "none"), "follows no palette"),
        (("--confidence", "x.mp4"), "--confidence is for clips"),
        (("--start", "1"), "--start is for clips"),
        (("--cuts", "none"), "--cuts is for clips"),
        (("--encode", "web"), "--encode png, tga or exr, not web"),
        (("--approve", "A/a0099"), "no painted cel is called A/a0099"),
        (("-o", "-"), "name one with -o"),
        (("-o", "{cut}/drawings/A/out"), "lies among the drawings"),
        (("-o", "{cut}"), "holds the input"),
        (("--keyframes", "{cut}"), "holds no painted cel"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(
    flags: tuple[str, ...],
    said: str,
    own: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    cut, out = own
    before = contents(cut.parent)
    assert run(cut, out, *(flag.format(cut=cut) for flag in flags)) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1
    assert contents(cut.parent) == before


@pytest.mark.parametrize(
    ("name", "data", "code", "said"),
    [
        ("cut.xdts", b"nothing", 2, "is not an XDTS timesheet"),
        ("A/a0002.tga", b"nothing", 1, "a0002.tga"),
        ("B/b0002.png", b"", 1, "b0002.png"),
        ("../keys/A/a0001.png", b"nothing", 1, "a0001.png"),
        ("../day.toml", b"\xff", 2, "day.toml"),
        ("../out/manifest.json", b"{", 2, "manifest.json"),
    ],
)
def test_broken_files_are_said_in_one_sentence(
    name: str,
    data: bytes,
    code: int,
    said: str,
    own: tuple[Path, Path],
    capsys: pytest.CaptureFixture[str],
) -> None:
    cut, out = own
    path = out / "manifest.json" if "manifest" in name else cut / "drawings" / name
    path.resolve().write_bytes(data)
    before = contents(cut.parent)
    assert run(cut, out, "-y") == code
    error = capsys.readouterr().err
    assert said in error
    assert "bug" not in error
    *remarks, _ = error.splitlines()
    assert all("painted anew" in remark for remark in remarks)
    assert changed(before, cut.parent) == []


def test_approving_is_for_cuts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(tmp_path / "clip.mp4"), "--approve", "A/a001"]) == 2
    assert "--approve is for cut folders" in capsys.readouterr().err
