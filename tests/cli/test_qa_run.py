"""``run --qa``: the result is judged when it is complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.cli import main
from tests.cli.sample_report import document, write_faulty

Capture = pytest.CaptureFixture[str]


def test_a_run_is_judged(clip: Path, fast: list[str], tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out.mkv"
    words = [
        "run",
        clip,
        *fast,
        "-o",
        out,
        "--start",
        "4f",
        "--frames",
        6,
        "--progress",
        "none",
        "--encode",
        "master",
    ]
    code = main([*map(str, words), "--qa"])
    assert code in (0, 3)
    found = document(tmp_path / "out.qa")
    assert found["clip"]["source"] == "clip.mp4"
    assert found["clip"]["frames"] == 6
    assert not [f for f in found["findings"] if f["topic"] == "mismatch"]
    assert found["verdict"]["passed"] is (code == 0)
    said = capsys.readouterr().out
    assert said.startswith(f"{out} (6 frames)\nout.mkv ")
    assert said.endswith(f"{tmp_path / 'out.qa' / 'index.html'}\n")


def test_a_run_that_does_not_pass_keeps_its_result(
    clip: Path, fast: list[str], tmp_path: Path, capsys: Capture
) -> None:
    profile = tmp_path / "strict.toml"
    profile.write_text("[columns.region_jitter]\nwarn = 0\nfail = 0\n")
    out = tmp_path / "out.mp4"
    words = [clip, *fast, "-o", out, "--progress", "none", "--qa", profile]
    assert main(["run", *map(str, words)]) == 3
    assert out.stat().st_size > 0
    assert "out.mp4 fails strict" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--qa", "hbo"], "'hbo' is no profile"),
        (["--qa", "none.toml"], "none.toml"),
        (["--qa", "-o", "-"], "--qa judges a file"),
    ],
)
def test_what_a_run_cannot_be_judged_with(
    words: list[str], said: str, clip: Path, fast: list[str], capsys: Capture
) -> None:
    assert main(["run", str(clip), *fast, *words]) == 2
    assert said in capsys.readouterr().err
    assert list(clip.parent.iterdir()) == [clip]


def test_an_input_taken_for_a_profile_is_told(clip: Path, capsys: Capture) -> None:
    assert main(["run", "--qa", str(clip)]) == 2
    assert "put --qa after INPUT" in capsys.readouterr().err


def test_a_report_in_the_way_of_a_run_is_told_first(
    clip: Path, fast: list[str], capsys: Capture
) -> None:
    write_faulty(clip.with_name("clip.color.qa"))
    assert main(["run", str(clip), *fast, "--qa"]) == 2
    assert "pass -y to replace the report" in capsys.readouterr().err
    assert not clip.with_name("clip.color.mp4").exists()
