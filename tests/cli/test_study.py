"""`eval --study`: a page that gives nothing away, and its key."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from animecolor.cli import main

COUNT = 4


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    names = [f"p{i}.png" for i in range(6)]
    rows = [{"file": name, "captions": ["a red wall"]} for name in names]
    (folder / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for i, name in enumerate(names):
        cv2.imwrite(str(folder / name), np.full((48, 64, 3), (20 * i, 90, 200), np.uint8))
    return folder


def ask(photos: Path, output: Path, *more: str) -> int:
    cache = str(photos.parent / "cache")
    words = ["eval", "tcvc", str(photos), "-o", str(output), "--cache", cache, *more]
    return main([*words, "--device", "cpu"])


def test_a_study_of_photographs(photos: Path, tmp_path: Path) -> None:
    output = tmp_path / "study"
    assert ask(photos, output, "--study", str(COUNT)) == 0
    page = (output / "study.html").read_text("utf-8")
    assert page.count("<figure>") == COUNT
    assert "p1" in page  # the radio buttons' names
    assert "photo/" not in page
    with (output / "key.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["is"] for row in rows].count("painted") == 3
    assert {row["picture"] for row in rows} <= {f"photo/p{i}" for i in range(6)}
    assert sorted(path.name for path in output.iterdir()) == ["key.csv", "study.html"]


def test_more_pictures_than_there_are(
    photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask(photos, tmp_path / "study", "--study", "7") == 2
    assert "7 pictures were asked for and 6 clips" in capsys.readouterr().err
    assert not (tmp_path / "study").exists()
