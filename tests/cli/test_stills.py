"""`eval` of photographs: baselines from one side of the split, scores from the other."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from animecolor.cli import main


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    names = ["a.png", "b.png", "test_c.png", "val_d.png"]
    (folder / "manifest.jsonl").write_text("\n".join(json.dumps({"file": n}) for n in names))
    chance = np.random.default_rng(0)
    for name in names:
        small = chance.integers(0, 255, (4, 5, 3), np.uint8)
        cv2.imwrite(str(folder / name), cv2.resize(small, (60, 48)))
    (tmp_path / "split.toml").write_text(
        '[prefixes]\nphoto = ["val_"]\n[tests]\nphoto = ["test_"]\n[seeds]\ntoon = 5\n'
    )
    return folder


def ask(photos: Path, output: Path, *more: str) -> int:
    cache = str(photos.parent / "cache")
    named = ["eval", "tcvc", str(photos), "toon:4-5x3", "-o", str(output), "--cache", cache]
    return main([*named, "--device", "cpu", "--size", "32", *more])


def test_stills_are_judged_beside_their_baselines(photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "report"
    assert ask(photos, output, "--split", str(tmp_path / "split.toml")) == 0
    report = json.loads((output / "report.json").read_text())
    whats = [row["what"] for row in report["scores"]]
    assert whats[0] == "chroma PSNR, 1 photographs"  # the test's alone
    assert "chroma PSNR, 1 cartoon frames" in whats  # scene 5, the held-out one
    assert set(report["scores"][0]["baselines"]) == {"gray", "mean", "table"}
    assert report["scores"][0]["command"].startswith("animecolor eval tcvc ")
    assert "--split" in report["command"]
    sheet = cv2.imread(str(output / "sheet.png"))
    assert sheet is not None
    assert sheet.shape[0] == 3 * 128


def test_a_split_is_needed(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(photos, tmp_path / "report") == 2
    assert "photographs need --split" in capsys.readouterr().err
    empty = tmp_path / "empty.toml"
    empty.write_text("")
    assert ask(photos, tmp_path / "report", "--split", str(empty)) == 2
    assert "leaves no photograph to judge" in capsys.readouterr().err
    assert not (tmp_path / "report").exists()
