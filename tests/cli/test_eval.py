"""``animecolor eval`` end to end, with the weights that ship, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from animecolor.cli import main
from animecolor.models.registry import MODELS

CPU = ["--device", "cpu", "--precision", "fp32", "--progress", "none"]


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


def evaluate(cache: Path, *argv: object) -> int:
    return main(["eval", *map(str, argv), "--cache", str(cache)])


def test_the_weights_that_ship_are_scored(
    cache: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "new" / "report"
    words = ["tcvc", "toon:3-3", "-o", out, "--whole-shots", "--size", 48, "--reads", "line", *CPU]
    assert evaluate(cache, *words) == 0
    assert capsys.readouterr().out == f"{out / 'index.html'} (1 clip)\n"
    report = json.loads((out / "report.json").read_text("utf-8"))
    assert report["weights_sha256"] == MODELS["tcvc"].card.weights_sha256
    assert report["schema"] == "animecolor-eval/1"
    assert "toon:3-3" in report["command"]
    assert "--whole-shots --size 48" in report["command"]
    overall = report["reads"]["line"]["overall"]
    assert list(report["reads"]) == ["line"]
    curves = report["reads"]["line"]["curves"]  # tcvc reads the first keyframe only
    assert curves["both ends"][:-1] == curves["own previous"][:-1]
    assert curves["both ends"][-1] is None  # a keyframe itself
    assert 0 < overall["own previous"]["lite0"] < overall["plane"]["lite0"]
    assert 5 < overall["blank"]["psnr"] < 40
    assert overall["teacher-forced"]["psnr"] > overall["plane"]["psnr"]
    assert report["reads"]["line"]["gates"]["sensitivity"]["follows"] > 0.01


def test_all_that_the_card_reads_is_judged(cache: Path, tiny: Path, tmp_path: Path) -> None:
    words = ["tcvc", "toon:3-4", "--weights", tiny, "-o", tmp_path, "--size", 32, "--most", 1]
    assert evaluate(cache, *words, *CPU) == 0
    report = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert list(report["reads"]) == ["line", "gray"]
    assert len(report["clips"]) == 2
    assert report["weights"] == tiny.name


def test_a_report_is_not_replaced_unasked(
    cache: Path, tiny: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "report.json").write_text("mine")
    words = ["tcvc", "toon:3-3", "--weights", tiny, "-o", tmp_path, "--size", 32, *CPU]
    assert evaluate(cache, *words) == 2
    assert "pass -y to replace" in capsys.readouterr().err
    assert (tmp_path / "report.json").read_text() == "mine"
    assert evaluate(cache, *words, "-y", "--reads", "gray") == 0
    assert json.loads((tmp_path / "report.json").read_text("utf-8"))["reads"].keys() == {"gray"}


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["dall-e", "toon:3-3"], 2, "there is no model 'dall-e'"),
        (["tcvc", "nowhere"], 2, "nowhere is not a clip folder, a video or toon:FIRST-LAST"),
        (["tcvc", "toon:3-3", "--part", "training"], 2, "needs --split"),
        (["tcvc", "toon:3-3", "--split", "none.toml"], 2, "none.toml: "),
        (["tcvc", "toon:3-3", "--weights", "none.safetensors"], 5, "no weights at"),
        (["tcvc", "toon:3-3", "--device", "cuda:99"], 5, "no device 'cuda:99'"),
        (["tcvc"], 2, "Missing argument 'CLIPS...'"),
        (["tcvc", "toon:3-3", "--size", "8"], 2, "--size"),
        (["tcvc", "toon:3-3", "--lpips", "none.pth"], 2, "none.pth"),
    ],
)
def test_bad_requests_end_in_a_sentence(
    words: list[str],
    code: int,
    said: str,
    cache: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    out = tmp_path / "report"
    assert evaluate(cache, *words, "-o", out) == code
    err = capsys.readouterr().err
    assert said in err
    assert "Traceback" not in err
    assert not out.exists()


def test_a_file_in_the_way(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("mine")
    assert main(["eval", "tcvc", "toon:3-3", "-o", str(tmp_path / "file")]) == 2
    assert "is a file; name a folder" in capsys.readouterr().err
    assert main(["eval", "tcvc", "toon:3-3", "-o", str(tmp_path / "file" / "in")]) == 2
    assert "file: no such folder" in capsys.readouterr().err
