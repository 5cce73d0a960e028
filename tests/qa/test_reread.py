"""Folders that are no reports, or hostile ones: each ends in a sentence that names the file."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from animecolor.errors import UsageError
from animecolor.qa.report.files import files, report, write
from animecolor.qa.report.pictures import jpeg_size
from animecolor.qa.report.reread import read_report
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import read_profile
from tests.qa import measurements


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports") / "whole"
    of = measurements.faulty()
    write(folder, dict(files(report(measurements.material(of), judge(of, read_profile("tv"))))))
    return folder


@pytest.fixture
def own(whole: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(whole, tmp_path / "own"))


def change(folder: Path, edit: Callable[[dict[str, Any]], object]) -> None:
    path = folder / "report.json"
    document = json.loads(path.read_text("utf-8"))
    edit(document)
    path.write_text(json.dumps(document), "utf-8")


def refused(folder: Path, *said: str) -> None:
    with pytest.raises(UsageError) as told:
        read_report(folder)
    assert all(part in str(told.value) for part in (str(folder), *said)), str(told.value)
    assert len(str(told.value)) < 1000


@pytest.mark.parametrize("name", ["report.json", "frames.csv", "sightings.csv"])
def test_files_that_are_missing_cut_or_noise(name: str, own: Path) -> None:
    path = own / name
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 2 // 3])
    refused(own, name)
    path.write_bytes(b"")
    refused(own, name)
    path.write_bytes(b"\xff\x00\xfe" * 1000)
    refused(own, name)
    path.unlink()
    refused(own, name, "no such file")
    path.mkdir()
    refused(own, name, "no such file")


@pytest.mark.parametrize(
    "edit",
    [
        lambda d: d.update(schema="animecolor-qa/2"),
        lambda d: d.update(extra=1),
        lambda d: d["clip"].update(rate="24/0"),
        lambda d: d["clip"].update(rate="0/1"),
        lambda d: d["clip"].update(rate="24; rm"),
        lambda d: d["clip"].update(time_base="0"),
        lambda d: d["clip"].update(frames=1 << 60),
        lambda d: d["clip"].update(frames=95),
        lambda d: d["clip"].update(frames=97),
        lambda d: d["clip"].update(first_frame=7),
        lambda d: d["clip"].update(height=0),
        lambda d: d["clip"].update(clip="x" * 5000),
        lambda d: d.update(shots=[]),
        lambda d: d["shots"].pop(),
        lambda d: d["pictures"][0].update(sighting=10_000),
        lambda d: d["pictures"][0].update(number=-1),
        lambda d: d["pictures"][0].update(number=77),
        lambda d: d["pictures"][0].update(width=9),
        lambda d: d["pictures"][0].update(views=["../../frames"]),
        lambda d: d["profile"]["checks"].update(nothing={}),
        lambda d: d["palette"].append({"hex": "red", "name": ""}),
    ],
)
def test_documents_that_do_not_fit(edit: Callable[[dict[str, Any]], object], own: Path) -> None:
    change(own, edit)
    refused(own)


def test_nests_without_end(own: Path) -> None:
    (own / "report.json").write_text("[" * 1_000_000)
    refused(own, "is no report")


def test_a_fault_of_a_document_is_named(own: Path) -> None:
    change(own, lambda d: d["clip"].update(rate="24/0"))
    refused(own, "report.json is no report: clip.rate: ")


def test_numbers_that_are_none(own: Path) -> None:
    path = own / "report.json"
    path.write_text(path.read_text("utf-8").replace('"lossy":true', '"lossy":NaN', 1), "utf-8")
    path.write_text(path.read_text("utf-8").replace('"lossy": true', '"lossy": NaN', 1), "utf-8")
    refused(own, "report.json")


@pytest.mark.parametrize(
    ("line", "text", "said"),
    [
        (0, "frame,pts", "has not the columns"),
        (3, "2,1,0,0", "line 4: not"),
        (3, None, "has 95 frames"),
        (3, "9" * 30, "column frame"),
        (3, "5", "do not follow one another"),
    ],
)
def test_tables_of_frames_that_do_not_fit(
    line: int, text: str | None, said: str, own: Path
) -> None:
    path = own / "frames.csv"
    rows = path.read_text("utf-8").splitlines()
    if text is None:
        rows.pop(line)
    elif "," in text:
        rows[line] = text
    else:
        rows[line] = ",".join([text, *rows[line].split(",")[1:]])
    path.write_text("\n".join(rows), "utf-8")
    refused(own, "frames.csv", said)


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("pts", ""),
        ("pts", "1e9"),
        ("pts", "9" * 19),
        ("pts", "--1"),
        ("pts", "٣"),
        ("shot", "3"),
        ("shot", "-1"),
        ("luma", "bright"),
        ("luma", "1_0x"),
    ],
)
def test_cells_of_frames_that_are_no_numbers(column: str, cell: str, own: Path) -> None:
    path = own / "frames.csv"
    rows = path.read_text("utf-8").splitlines()
    cells = rows[5].split(",")
    cells[rows[0].split(",").index(column)] = cell
    rows[5] = ",".join(cells)
    path.write_text("\n".join(rows), "utf-8")
    refused(own, "frames.csv")


@pytest.mark.parametrize(
    ("column", "cell"),
    [
        ("check", "holes"),
        ("shot", "4"),
        ("shot", "-1"),
        ("first", "90"),
        ("first", "²"),
        ("last", "9" * 40),
        ("value", "nan"),
        ("value", "inf"),
        ("value", "-1"),
        ("value", "much"),
        ("area", "1.5"),
        ("top", "50"),
        ("right", "999999"),
        ("left", ""),
        ("found", "red"),
        ("found", "<b>1234"),
        ("worst", "x"),
    ],
)
def test_cells_of_sightings_that_do_not_fit(column: str, cell: str, own: Path) -> None:
    path = own / "sightings.csv"
    rows = path.read_text("utf-8").splitlines()
    cells = rows[1].split(",")
    cells[rows[0].split(",").index(column)] = cell
    rows[1] = ",".join(cells)
    path.write_text("\n".join(rows), "utf-8")
    refused(own, "sightings.csv", "line 2")


def test_pictures_that_are_none(own: Path) -> None:
    path = own / "worst" / "001_frame.jpg"
    data = path.read_bytes()
    path.write_bytes(b"<svg onload=alert(1)>" + data)
    refused(own, "001_frame.jpg", "is no JPEG of 240x135")
    path.write_bytes(data[:100])
    refused(own, "001_frame.jpg")
    path.write_bytes(b"\xff\xd8" + b"\xff" * 5000)
    refused(own, "001_frame.jpg")
    path.unlink()
    refused(own, "001_frame.jpg", "no such file")


def test_the_size_of_a_jpeg_is_that_of_its_picture(own: Path) -> None:
    assert jpeg_size((own / "worst" / "001_frame.jpg").read_bytes()) == (135, 240)
    assert jpeg_size(b"") is None
    assert jpeg_size(b"\x89PNG") is None
