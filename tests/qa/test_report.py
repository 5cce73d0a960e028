"""The report's files: whole or not at all, valid for others' readers, read back as they were."""

from __future__ import annotations

import csv
import io
import json
import re
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import jsonschema
import numpy as np
import opentimelineio as otio
import pytest

from animecolor.errors import AnimecolorError, UsageError
from animecolor.qa.document import SCHEMA_FILE, schema_text
from animecolor.qa.measurement import Measurement
from animecolor.qa.report import files as module
from animecolor.qa.report.files import Report, check_folder, files, is_report, report, write
from animecolor.qa.report.reread import read_report
from animecolor.qa.report.tables import text_cell
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import read_profile
from animecolor.qa.verdict.suppress import parse_suppressions
from animecolor.stages.shotlist import read_shot_list
from tests.qa import measurements

TV = read_profile("tv")
CLIPS = (
    measurements.tiny,
    measurements.faulty,
    measurements.many_shots,
    measurements.hostile,
    measurements.measurement,
)


def made(of: Measurement, *lines: str, strict: bool = False) -> Report:
    cases = parse_suppressions(lines, "list", of.about.rate)
    return report(measurements.material(of), judge(of, TV, cases, strict))


def contents(of: Measurement, *lines: str) -> dict[str, bytes]:
    return dict(files(made(of, *lines)))


def table(data: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(data.decode())))


@pytest.mark.parametrize("clip", CLIPS)
def test_a_folder_is_written_and_read_back_exactly(
    clip: Callable[[], Measurement], tmp_path: Path
) -> None:
    first = contents(clip())
    write(tmp_path / "out", first)
    assert is_report(tmp_path / "out")
    material, document = read_report(tmp_path / "out")
    again = report(material, judge(material.measurement, TV))
    assert again.document == document
    assert dict(files(again)) == first


def test_the_schema_that_ships_is_that_of_the_types() -> None:
    """After a change: SCHEMA_FILE.write_text(schema_text(), "utf-8")."""
    assert SCHEMA_FILE.read_text("utf-8") == schema_text()


@pytest.mark.parametrize("clip", CLIPS)
def test_reports_keep_the_schema_by_an_independent_validator(
    clip: Callable[[], Measurement],
) -> None:
    schema = json.loads(SCHEMA_FILE.read_text("utf-8"))
    check = jsonschema.Draft202012Validator(schema)
    jsonschema.Draft202012Validator.check_schema(schema)
    found = json.loads(contents(clip())["report.json"])
    check.validate(found)
    found["clip"]["frames"] = "many"
    assert not check.is_valid(found)


def test_one_row_a_frame() -> None:
    of = measurements.measurement(48, 2, start_pts=2002, first_frame=10)
    rows = table(contents(of)["frames.csv"])
    assert [int(row["frame"]) for row in rows] == list(range(10, 58))
    assert [int(row["shot"]) for row in rows] == [0] * 24 + [1] * 24
    assert rows[24]["timecode"] == "00:00:01:10"
    assert Fraction(rows[24]["time_s"]) == pytest.approx(24 * 1001 / 24000, abs=1e-6)
    assert rows[24]["static_flicker"] == ""
    luma = np.array([float(row["luma"]) for row in rows], np.float32)
    assert np.array_equal(luma, of.frames.values["luma"])


def test_one_row_a_shot_and_a_sighting() -> None:
    of = measurements.faulty()
    found = contents(of)
    shots = table(found["shots.csv"])
    assert [row["state"] for row in shots] == ["fail"] * 4
    values = of.frames.values["static_flicker"][24:48]
    assert float(shots[1]["static_flicker_mean"]) == pytest.approx(np.nanmean(values), rel=1e-5)
    seen = table(found["sightings.csv"])
    assert len(seen) == len(of.sightings)
    document = json.loads(found["report.json"])
    for row in seen:
        finding = document["findings"][int(row["finding"]) - 1]
        assert finding["topic"] == row["check"]
        assert finding["severity"] == row["severity"]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "  =1", "\t=1", "\n@x"])
def test_no_cell_is_a_formula(text: str) -> None:
    assert text_cell(text).startswith("'")
    assert "\n" not in text_cell(text)


def test_reasons_of_others_are_no_formulas_in_tables() -> None:
    rows = table(contents(measurements.tiny(), "ep01:* =HYPERLINK(1)")["sightings.csv"])
    assert rows[0]["suppressed"] == "'=HYPERLINK(1)"


def test_pictures_show_what_was_given() -> None:
    of = measurements.faulty()
    found = contents(of)
    document = json.loads(found["report.json"])
    assert len(document["pictures"]) == len(of.sightings)
    for row in document["pictures"]:
        for view in row["views"]:
            data = np.frombuffer(found[f"worst/{row['number']:03}_{view}.jpg"], np.uint8)
            picture = cv2.imdecode(data, cv2.IMREAD_COLOR_RGB)
            assert picture.shape == (row["height"], row["width"], 3)
            assert np.abs(picture[60, 90].astype(int) - (200, 40, 40)).max() < 8
    pictured = [row["sighting"] for row in document["pictures"]]
    assert pictured == list(range(len(of.sightings)))


def test_a_first_frame_has_nothing_before_it() -> None:
    of = measurements.measurement(48, 1, (measurements.hole(0, 0, 0),))
    document = json.loads(contents(of)["report.json"])
    assert document["pictures"][0]["views"] == ["frame", "after", "heat"]


def test_markers_open_in_opentimelineio(tmp_path: Path) -> None:
    of = measurements.faulty()
    found = contents(of, "ep01:flicker:* meant")
    document = json.loads(found["report.json"])
    path = tmp_path / "markers.otio"
    path.write_bytes(found["markers.otio"])
    (clip,) = otio.adapters.read_from_file(str(path)).video_tracks()[0]
    assert clip.source_range.duration.value == of.about.frames
    assert len(clip.markers) == len(document["findings"])
    for marker, finding in zip(clip.markers, document["findings"], strict=True):
        assert marker.marked_range.start_time.value == finding["first"]
        assert marker.comment == finding["sentence"]
        expected = "GREEN" if finding["suppressed"] else "RED"
        assert marker.color == expected


def test_an_edl_has_a_locator_a_finding(tmp_path: Path) -> None:
    of = measurements.faulty()
    found = contents(of)
    document = json.loads(found["report.json"])
    path = tmp_path / "markers.edl"
    path.write_bytes(found["markers.edl"])
    clips = list(otio.adapters.read_from_file(str(path), rate=24).video_tracks()[0])
    assert [clip.source_range.start_time.value for clip in clips] == [0, 24, 48, 72]
    markers = [marker for clip in clips for marker in clip.markers]
    starts = [marker.marked_range.start_time.value for marker in markers]
    assert starts == [finding["first"] for finding in document["findings"]]
    assert {marker.color for marker in markers} == {"RED"}
    assert read_shot_list(path, of.about.rate) == {0, 24, 48, 72}


def test_an_edl_of_more_shots_than_it_can_count_has_one_event() -> None:
    of = measurements.measurement(1200, 1200, (measurements.hole(700, 700, 700),))
    lines = contents(of)["markers.edl"].decode().splitlines()
    assert [line for line in lines if re.match(r"\d{3}  AX", line)] == [
        "001  AX       V     C        00:00:00:00 00:00:50:00 00:00:00:00 00:00:50:00"
    ]
    assert sum(line.startswith("* LOC: 00:00:29:04 RED") for line in lines) == 1


def suite(of: Measurement, *lines: str, strict: bool = False) -> ElementTree.Element:
    found = dict(files(made(of, *lines, strict=strict)))["junit.xml"]
    root = ElementTree.fromstring(found)
    assert root.tag == "testsuites"
    return root


def test_junit_has_a_test_a_shot_and_group() -> None:
    root = suite(measurements.faulty(), "ep01:sh0:hole:* meant", "ep01:trace-line:* meant")
    cases = root.findall("testsuite/testcase")
    assert len(cases) == int(root.attrib["tests"]) == 4 * 4
    failures = [case for case in cases if case.find("failure") is not None]
    assert len(failures) == int(root.attrib["failures"]) > 0
    by_name = {(case.get("classname"), case.get("name")): case for case in cases}
    skipped = by_name["ep01.mp4.shot 0000", "paint"].find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "meant"
    steady = by_name["ep01.mp4.shot 0000", "steadiness"].find("failure")
    assert steady is not None
    assert "Global flicker" in (steady.text or "")
    numbers = by_name["ep01.mp4.shot 0001", "numbers"].find("failure")
    assert numbers is not None
    assert "Static flicker" in (numbers.text or "")


def test_warnings_are_output_unless_they_are_to_fail() -> None:
    of = measurements.measurement(48, 1, (measurements.hole(0, 3, 3, 6.0),))
    mild, strict = suite(of), suite(of, strict=True)
    assert (mild.attrib["failures"], strict.attrib["failures"]) == ("0", "1")
    assert mild.find("testsuite/testcase/system-out") is not None


def test_hostile_names_stay_data() -> None:
    found = contents(measurements.hostile(), f"*:* {measurements.HOSTILE.splitlines()[0]}")
    for name in ("report.json", "markers.edl", "markers.otio", "junit.xml", "sightings.csv"):
        assert b"\x1b" not in found[name], name
    name = json.loads(found["report.json"])["clip"]["clip"]
    assert name == measurements.HOSTILE.replace("\n", " ").replace("\x1b", " ")
    lines = found["markers.edl"].decode().splitlines()
    assert all(re.match(r"TITLE:|FCM:|\d{3}  AX|\* (FROM|LOC)|$", line) for line in lines)
    root = ElementTree.fromstring(found["junit.xml"])
    assert root.find("testsuite/testcase/img") is None
    assert b"</script><img" not in found["index.html"]


def test_two_reports_of_one_clip_are_the_same_bytes() -> None:
    assert contents(measurements.faulty()) == contents(measurements.faulty())


def test_an_episode_is_written_and_judged_again_in_seconds(tmp_path: Path) -> None:
    write(tmp_path / "out", contents(measurements.episode()))
    started = time.process_time()
    material, _ = read_report(tmp_path / "out")
    found = dict(files(report(material, judge(material.measurement, read_profile("film")))))
    assert time.process_time() - started < 10
    assert len(table(found["frames.csv"])) == 36_000
    pictures = sum(len(data) for name, data in found.items() if name.startswith("worst/"))
    assert len(found["index.html"]) - pictures * 4 / 3 < 3 << 20


def test_a_report_is_not_replaced_unasked_nor_anything_else(tmp_path: Path) -> None:
    out = tmp_path / "out"
    check_folder(out, overwrite=False)
    write(out, contents(measurements.faulty()))
    with pytest.raises(UsageError, match="pass -y to replace"):
        check_folder(out, overwrite=False)
    check_folder(out, overwrite=True)
    (out / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"holds notes\.txt too"):
        check_folder(out, overwrite=True)
    (out / "notes.txt").rename(out / "worst" / "notes.txt")
    with pytest.raises(UsageError, match=r"holds worst/notes\.txt too"):
        check_folder(out, overwrite=True)
    with pytest.raises(UsageError, match="is a file; name a folder"):
        check_folder(out / "report.json", overwrite=True)


@pytest.mark.parametrize("fault", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_report_is_whole_or_not_there(
    fault: BaseException, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = contents(measurements.tiny())
    write(tmp_path / "out", old)
    written: list[Path] = []
    plain = Path.write_bytes

    def broken(path: Path, data: Any) -> int:
        written.append(path)
        if len(written) == 5:
            raise fault
        return plain(path, data)

    monkeypatch.setattr(Path, "write_bytes", broken)
    expected = AnimecolorError if isinstance(fault, OSError) else KeyboardInterrupt
    for name in ("out", "new"):
        written.clear()
        with pytest.raises(expected):
            write(tmp_path / name, contents(measurements.faulty()))
    assert [path.name for path in tmp_path.iterdir()] == ["out"]
    assert (tmp_path / "out" / "report.json").read_bytes() == old["report.json"]


def test_every_file_is_known_to_be_ours() -> None:
    names = {name for name in contents(measurements.tiny()) if "/" not in name}
    assert names == set(module.FILES)
