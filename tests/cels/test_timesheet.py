"""Timesheets: holds, empty cels and marks as the format says, and hostile ones in one sentence."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from animecolor.cels.timesheet import HEADER, read_timesheet
from animecolor.errors import UsageError


def entry(frame: int, value: str) -> dict[str, Any]:
    return {"frame": frame, "data": [{"id": 0, "values": [value]}]}


def sheet(*tracks: list[dict[str, Any]], duration: int = 6, **more: Any) -> dict[str, Any]:
    """As OpenToonz and Clip Studio write one; field 3 is dialogue, 5 camera work."""
    cells = [{"trackNo": number, "frames": frames} for number, frames in enumerate(tracks)]
    names = ["A", "B", "C"][: len(tracks)]
    talk = {"fieldId": 3, "tracks": [{"trackNo": 0, "frames": [entry(0, "hello")]}]}
    table = {
        "name": "sheet1",
        "duration": duration,
        "fields": [talk, {"fieldId": 0, "tracks": cells}],
        "timeTableHeaders": [{"fieldId": 3, "names": ["S1"]}, {"fieldId": 0, "names": names}],
    }
    return {"header": {"cut": "1", "scene": "1"}, "timeTables": [table | more], "version": 5}


def write(folder: Path, text: str) -> Path:
    path = folder / "cut.xdts"
    path.write_text(text, encoding="utf-8")
    return path


def put(folder: Path, content: Any) -> Path:
    return write(folder, f"{HEADER}\n{json.dumps(content)}")


def cells(folder: Path, *tracks: list[dict[str, Any]], duration: int = 6) -> list[Any]:
    return [t.cells for t in read_timesheet(put(folder, sheet(*tracks, duration=duration))).tracks]


def test_a_drawing_holds_until_the_next(tmp_path: Path) -> None:
    assert cells(tmp_path, [entry(0, "1"), entry(3, "2")]) == [("1", "1", "1", "2", "2", "2")]


def test_a_layer_is_empty_before_its_first_drawing_and_after_a_cross(tmp_path: Path) -> None:
    track = [entry(1, "1"), entry(3, "SYMBOL_NULL_CELL"), entry(5, "2")]
    assert cells(tmp_path, track) == [(None, "1", "1", None, None, "2")]


@pytest.mark.parametrize("mark", ["SYMBOL_HYPHEN", "SYMBOL_TICK_1", "SYMBOL_TICK_2", "", " "])
def test_marks_hold_the_drawing(mark: str, tmp_path: Path) -> None:
    assert cells(tmp_path, [entry(0, "1"), entry(2, mark)]) == [("1",) * 6]


def test_entries_may_come_in_any_order_and_before_the_cut(tmp_path: Path) -> None:
    track = [entry(4, "3"), entry(-2, "1"), entry(2, "2")]
    assert cells(tmp_path, track) == [("1", "1", "2", "2", "3", "3")]


def test_entries_after_the_end_are_not_shown(tmp_path: Path) -> None:
    assert cells(tmp_path, [entry(0, "1"), entry(6, "2")], duration=6) == [("1",) * 6]


def test_an_entry_without_data_holds(tmp_path: Path) -> None:
    track = [entry(0, "1"), {"frame": 2}, {"frame": 3, "data": []}, entry(4, "2")]
    assert cells(tmp_path, track) == [("1", "1", "1", "1", "2", "2")]


def test_layers_are_back_to_front_by_their_number(tmp_path: Path) -> None:
    content = sheet([entry(0, "1")], [entry(0, "9")])
    content["timeTables"][0]["fields"][1]["tracks"].reverse()
    read = read_timesheet(put(tmp_path, content))
    assert [(t.name, t.cells[0]) for t in read.tracks] == [("A", "1"), ("B", "9")]
    assert read.frames == 6


def test_each_drawing_once_in_the_order_of_first_exposure(tmp_path: Path) -> None:
    track = [entry(0, "2"), entry(2, "1"), entry(3, "SYMBOL_NULL_CELL"), entry(4, "2")]
    read = read_timesheet(put(tmp_path, sheet(track)))
    assert read.tracks[0].drawings == ("2", "1")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    path = tmp_path / "cut.xdts"
    text = f"{HEADER}\r\n{json.dumps(sheet([entry(0, '1')]), indent=1)}".replace("\n", "\r\n")
    path.write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert read_timesheet(path).tracks[0].cells == ("1",) * 6


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "its first line must be"),
        ("toeiDigitalTimeSheet Save Data\n{}", "its first line must be"),
        (f"{HEADER}\n", "not JSON"),
        (f"{HEADER}\n{{", "not JSON"),
        (f"{HEADER}\n" + "[" * 100_000, "not JSON"),
        (f"{HEADER}\n" + '{"a":' * 100_000, "not JSON"),
        (f"{HEADER}\n" + "9" * 10_000, "not JSON"),
        (f"{HEADER}\n[]", "the whole"),
        (f"{HEADER}\n{{}}", "timeTables: field required"),
        (f'{HEADER}\n{{"timeTables": []}}', "at least 1 item"),
        (f'{HEADER}\n{{"timeTables": [{{"duration": NaN}}]}}', "duration"),
    ],
)
def test_what_is_no_timesheet_is_said_so(text: str, said: str, tmp_path: Path) -> None:
    path = write(tmp_path, text)
    with pytest.raises(UsageError) as caught:
        read_timesheet(path)
    assert said in str(caught.value)
    assert str(path) in str(caught.value)
    assert len(str(caught.value)) < len(str(path)) + 200


@pytest.mark.parametrize(
    ("tracks", "more", "said"),
    [
        ([[entry(0, "1")]], {"duration": 0}, "duration"),
        ([[entry(0, "1")]], {"duration": 10**9}, "duration"),
        ([[entry(0, "1")]], {"duration": "many"}, "duration"),
        ([[entry(0, "1" * 1000)]], {}, "holds 1000 letters"),
        ([[entry(10**9, "1")]], {}, "frame"),
        ([[{"frame": 0, "data": [{"values": [{}]}]}]], {}, "values"),
        ([[entry(0, "1")]], {"timeTableHeaders": []}, "has no name"),
        ([[entry(0, "1")]], {"fields": []}, "has no layers"),
        ([], {}, "has no layers"),
    ],
)
def test_a_broken_sheet_names_its_fault(
    tracks: list[Any], more: dict[str, Any], said: str, tmp_path: Path
) -> None:
    with pytest.raises(UsageError, match=said):
        read_timesheet(put(tmp_path, sheet(*tracks, **more)))


def test_an_empty_column_needs_no_name(tmp_path: Path) -> None:
    content = sheet([entry(0, "1")], [entry(0, "SYMBOL_NULL_CELL")], [])
    content["timeTables"][0]["timeTableHeaders"][1]["names"] = ["A", ""]
    read = read_timesheet(put(tmp_path, content))
    assert [track.name for track in read.tracks] == ["A"]


def test_two_columns_of_one_number_are_refused(tmp_path: Path) -> None:
    content = sheet([entry(0, "1")], [entry(0, "1")])
    content["timeTables"][0]["fields"][1]["tracks"][1]["trackNo"] = 0
    with pytest.raises(UsageError, match="two columns"):
        read_timesheet(put(tmp_path, content))


def test_a_giant_or_missing_or_binary_file_is_refused(tmp_path: Path) -> None:
    giant = tmp_path / "giant.xdts"
    with giant.open("wb") as file:
        file.truncate(17 << 20)
    binary = tmp_path / "binary.xdts"
    binary.write_bytes(b"\xff\xfe\x00\x01" * 9)
    for path, said in ((giant, "too large"), (binary, "UTF-8"), (tmp_path / "no.xdts", "cannot")):
        with pytest.raises(UsageError, match=said):
            read_timesheet(path)
