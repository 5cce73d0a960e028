"""Wrong requests are found before any work, each with its own sentence."""

from __future__ import annotations

import shutil
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from animecolor.config import Limits, Output
from animecolor.errors import AnimecolorError, UsageError
from animecolor.video.encode import check
from animecolor.video.plan import bytes_needed, plan_output
from animecolor.video.probe import VideoInfo, probe


@pytest.fixture
def info(bikes: Path) -> VideoInfo:
    return probe(bikes, Limits())


@pytest.mark.parametrize(
    ("target", "output", "said"),
    [
        ("a.mp4", Output(preset="fancy"), "no preset 'fancy'"),
        ("a.xyz", Output(), "extension must be one of"),
        ("a", Output(), "extension must be one of"),
        ("a.mp4", Output(preset="master"), "writes .mkv"),
        ("a.webm", Output(preset="master"), "writes .mkv"),
        ("a.mp4", Output(codec="libnothing"), "no encoder 'libnothing'"),
        ("a.mp4", Output(codec="aac"), "'aac' does not encode pictures"),
        ("a.mp4", Output(options={"crff": "3"}), "no option 'crff'"),
        ("a.mp4", Output(options={"crf": "banana"}), "crf=banana"),
        ("a.mp4", Output(options={"preset": "warp"}), "preset=warp"),
        ("a.mp4", Output(pix_fmt="rgb24"), "no pixel format 'rgb24'"),
        ("a.mp4", Output(pix_fmt="nonsense"), "no pixel format 'nonsense'"),
        ("missing/a.mp4", Output(), "no such folder"),
        ("file/a.mp4", Output(), "no such folder"),
        ("-", Output(pix_fmt="rgb24"), "y4m"),
    ],
)
def test_a_wrong_request_is_found_before_any_work(
    tmp_path: Path, info: VideoInfo, target: str, output: Output, said: str
) -> None:
    (tmp_path / "file").touch()
    path = target if target == "-" else tmp_path / target
    with pytest.raises(UsageError) as caught:
        check(path, output, info)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert [entry.name for entry in tmp_path.iterdir()] == ["file"]


def test_an_unwritable_folder_is_found_before_any_work(info: VideoInfo) -> None:
    with pytest.raises(AnimecolorError, match="cannot be written"):
        check("/proc/a.mp4", Output(), info)


def test_a_disk_too_small_is_found_before_any_work(tmp_path: Path, info: VideoInfo) -> None:
    with pytest.raises(AnimecolorError, match="too full"):
        check(tmp_path / "a.mkv", Output(preset="master"), replace(info, frames=10**9))


@pytest.mark.parametrize(("share", "said"), [(0.3, "refused"), (0.5, "warned"), (1.1, "")])
def test_an_estimate_is_trusted_to_a_factor_of_three(
    tmp_path: Path,
    info: VideoInfo,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
    share: float,
    said: str,
) -> None:
    output = Output(preset="master")
    needed = bytes_needed(plan_output(tmp_path / "a.mkv", output, info), info)
    room = SimpleNamespace(free=int(needed * share))
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: room)
    refusal = pytest.raises(AnimecolorError, match="is too full")
    with refusal if said == "refused" else nullcontext():
        check(tmp_path / "a.mkv", output, info)
    assert ("may be too full" in caplog.text) == (said == "warned")


def test_a_clip_is_not_written_over_a_folder(tmp_path: Path, info: VideoInfo) -> None:
    (tmp_path / "a.mp4").mkdir()
    with pytest.raises(UsageError, match=r"a\.mp4 is a folder"):
        check(tmp_path / "a.mp4", Output(), info)


def test_a_folder_of_other_things_is_not_replaced(tmp_path: Path, info: VideoInfo) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "thesis.doc").touch()
    with pytest.raises(UsageError, match=r"thesis\.doc"):
        check(tmp_path / "out", Output(preset="png"), info)
