"""Bars, plain lines and JSON lines."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import cast

import pytest

from animecolor.cli import progress as module
from animecolor.cli.progress import progress
from animecolor.frame import Frame


def frame(shot: int) -> Frame:
    return cast(Frame, SimpleNamespace(shot=shot))


def watch_five(kind: str, total: int | None) -> None:
    with progress(kind, total) as watch:
        for index in range(5):
            watch(frame(index // 3))


def test_json_lines_parse_and_end_exactly(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "JSON_EVERY_S", 0.0)
    watch_five("json", 5)
    captured = capsys.readouterr()
    lines = [json.loads(line) for line in captured.err.splitlines()]
    assert [line["frame"] for line in lines] == [1, 2, 3, 4, 5, 5]
    assert lines[-1].keys() == {"frame", "total", "fps", "eta_s", "shot"}
    assert (lines[-1]["total"], lines[-1]["shot"], lines[-1]["eta_s"]) == (5, 1, 0)
    assert captured.out == ""


def test_unknown_length_has_no_time_left(capsys: pytest.CaptureFixture[str]) -> None:
    watch_five("json", None)
    last = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert last["total"] is None
    assert last["eta_s"] is None


def test_plain_lines_are_sentences(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(module, "PLAIN_EVERY_S", 0.0)
    watch_five("plain", 5)
    assert capsys.readouterr().err.splitlines()[-1].startswith("frame 5 of 5, ")


def test_auto_is_plain_where_nobody_watches(capsys: pytest.CaptureFixture[str]) -> None:
    watch_five("auto", 5)
    assert capsys.readouterr().err == ""  # too short to be worth a line


def test_the_bar_shows_frames_and_shot(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    watch_five("auto", 5)
    said = capsys.readouterr().err
    assert "5/5" in said
    assert "shot=1" in said


def test_none_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    watch_five("none", 5)
    assert capsys.readouterr().err == ""
