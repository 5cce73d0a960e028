"""What ``animecolor qa`` refuses, and that it leaves nothing half-written."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from animecolor.qa import measure as measuring
from tests.cli.conftest import draw, ffmpeg
from tests.cli.sample_report import qa, write_faulty

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_faulty(tmp_path / "own.qa")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["none.mp4"], "none.mp4"),
        (["{clip}", "--source", "none.mp4"], "none.mp4"),
        (["{clip}", "--palette", "none.gpl"], "none.gpl"),
        (["{clip}", "--profile", "hbo"], "no profile is called hbo"),
        (["{clip}", "--suppress", "none.txt"], "none.txt"),
        (["{clip}", "--shots", "none.csv"], "none.csv"),
        (["{clip}", "--size", "big"], "--size big"),
        (["{clip}", "--size", "7"], "--size 7"),
        (["{clip}", "--start", "soon"], "'soon' is no time"),
        (["{clip}", "--start", "99f"], "clip.mp4"),
        (["{clip}", "--frames", "0"], "--frames"),
        (["{clip}", "--lpips", "none.pth"], "none.pth"),
        (["{clip}", *["--compare", "{clip}"] * 12], "11 others at most"),
        (["{own}", "--source", "{clip}"], "judged as it is; --source needs a clip"),
        (["{own}", "--start", "1"], "judged as it is"),
        (["-"], "name a folder for the report with -o"),
        ([], "Missing argument 'CLIP'"),
        (["calibrate", "-o", "x.toml"], "Missing argument 'GOOD...'"),
        (["calibrate", "{own}", "-o", "x.ini"], "a profile is a .toml file"),
        (["calibrate", "{own}", "-o", "nowhere/x.toml"], "no such folder"),
        (["calibrate", "{own}", "-o", "x.toml", "--like", "hbo"], "no profile is called hbo"),
        (["calibrate", "none", "-o", "x.toml"], "none"),
    ],
)
def test_bad_requests_end_in_a_sentence(
    words: list[str], said: str, here: Path, clip: Path, own: Path, capsys: Capture
) -> None:
    before = {path: path.stat().st_mtime_ns for path in here.rglob("*")}
    asked = [word.format(clip=clip, own=own) for word in words]
    replace = ["-y"] if str(own) in asked else []
    assert qa(*asked, *replace) == 2
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert "bug" not in told
    assert {path: path.stat().st_mtime_ns for path in here.rglob("*")} == before


def test_line_of_suppressions_is_checked_before_the_work(
    clip: Path, tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "accepted.txt").write_text("ep01 flash\n")
    monkeypatch.setattr(measuring, "measure", lambda *_: pytest.fail("measured"))
    assert qa(clip, "--suppress", tmp_path / "accepted.txt") == 2
    assert "accepted.txt, line 1: write CLIP:FRAMES REASON" in capsys.readouterr().err


def empty(folder: Path) -> Path:
    (folder / "in.mp4").touch()
    return folder / "in.mp4"


def noise(folder: Path) -> Path:
    (folder / "in.mp4").write_bytes(bytes(range(256)) * 40)
    return folder / "in.mp4"


def cut_short(folder: Path) -> Path:
    whole = draw(folder / "in.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv420p", seconds=1)
    data = whole.read_bytes()
    whole.write_bytes(data[: len(data) // 2])
    return whole


def soundless(folder: Path) -> Path:
    ffmpeg("-f", "lavfi", "-i", "sine=duration=0.5", folder / "in.m4a")
    return folder / "in.m4a"


def no_images(folder: Path) -> Path:
    (folder / "in").mkdir()
    return folder / "in"


@pytest.mark.parametrize("made", [empty, noise, cut_short, soundless, no_images])
def test_clips_that_are_none(made: Callable[[Path], Path], tmp_path: Path, capsys: Capture) -> None:
    clip = made(tmp_path)
    assert qa(clip, "-q") in (1, 2)
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "bug" not in told
    assert str(clip) in told
    assert list(tmp_path.iterdir()) == [clip]


def test_a_source_of_another_shape(clip: Path, tmp_path: Path, capsys: Capture) -> None:
    wide = "testsrc2=size=160x64:rate=24:duration={}"
    source = draw(tmp_path / "source.mp4", pattern=wide)
    assert qa(clip, "--source", source) == 2
    assert "the source is 160x64 and the clip 96x64" in capsys.readouterr().err
    assert not clip.with_name("clip.qa").exists()


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), MemoryError()])
def test_interrupted_work_leaves_nothing(
    fault: BaseException, clip: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr("animecolor.qa.report.files.junit", broken)
    assert qa(clip, "-q") == (130 if isinstance(fault, KeyboardInterrupt) else 1)
    assert list(clip.parent.iterdir()) == [clip]


def test_files_of_others_are_not_replaced(clip: Path, tmp_path: Path, capsys: Capture) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "notes.txt").write_text("mine")
    assert qa(clip, "-o", out, "-y") == 2
    assert "holds notes.txt too" in capsys.readouterr().err
    assert qa(clip, "-o", clip) == 2
    assert "is a file; name a folder" in capsys.readouterr().err
    assert (out / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize(("signal_", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_in_the_middle_it_leaves_nothing(
    signal_: signal.Signals, code: int, long_clip: Path
) -> None:
    words = [sys.executable, "-m", "animecolor", "qa", str(long_clip), "--progress", "json"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as work:
        assert work.stderr is not None
        assert json.loads(work.stderr.readline())["total"] == 1440  # it has begun
        work.send_signal(signal_)
        said = work.stderr.read()
        assert work.wait(60) == code
    assert said.splitlines()[-1].endswith("nothing is half-written.")
    assert list(long_clip.parent.iterdir()) == [long_clip]
