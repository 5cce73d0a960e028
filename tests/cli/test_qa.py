"""``animecolor qa`` end to end: what it writes, how it ends, and what it refuses."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from animecolor.cli import main
from animecolor.config import Limits, Range
from animecolor.qa import measure as measuring
from animecolor.qa.judge import judge
from animecolor.qa.profile import read_profile
from animecolor.qa.report import FILES, files, report, write
from animecolor.qa.request import Request
from animecolor.video.probe import probe
from tests.cli.conftest import draw, ffmpeg
from tests.qa import measurements

Capture = pytest.CaptureFixture[str]
GRAY = "color=gray:size=96x64:rate=24:duration={}"


def qa(*words: object) -> int:
    return main(["qa", *map(str, words)])


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report of a clip with a fault of every kind."""
    folder = tmp_path_factory.mktemp("reports") / "faulty"
    of = measurements.faulty()
    write(folder, dict(files(report(measurements.material(of), judge(of, read_profile("tv"))))))
    return folder


@pytest.fixture
def own(faulty: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(faulty, tmp_path / "own.qa"))


def document(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return found


def test_a_clip_gets_a_report_beside_it(clip: Path, capsys: Capture) -> None:
    assert qa(clip, "--profile", "film", "--progress", "none") in (0, 3)
    folder = clip.with_name("clip.qa")
    assert {path.name for path in folder.iterdir()} - {"worst"} == set(FILES)
    found = document(folder)
    assert found["clip"]["frames"] == 12
    assert found["profile"]["name"] == "film"
    assert found["command"] == f"animecolor qa {clip} --profile film --progress none"
    said = capsys.readouterr()
    assert said.out.startswith("clip.mp4 ")
    assert said.out.endswith(f"{folder / 'index.html'}\n")
    assert said.err == ""


def test_a_part_beside_its_source_and_palette(clip: Path, tmp_path: Path) -> None:
    palette = tmp_path / "girl.toml"
    palette.write_text('[[swatch]]\nrgb = "#102030"\nname = "girl.hair"\n')
    words = ["--source", clip, "--palette", palette, "--start", "4f", "--frames", 6]
    qa(clip, *words, "--size", "native", "-o", tmp_path / "deep" / "out", "-q")
    found = document(tmp_path / "deep" / "out")
    assert (found["clip"]["first_frame"], found["clip"]["frames"]) == (4, 6)
    assert found["clip"]["source"] == "clip.mp4"
    assert found["palette"] == [{"hex": "#102030", "name": "girl.hair"}]
    assert found["clip"]["view_height"] == 64


def test_a_folder_of_images(tmp_path: Path) -> None:
    (tmp_path / "A").mkdir()
    draw(tmp_path / "A" / "a%04d.png", "-pix_fmt", "rgb24")
    qa(tmp_path / "A", "-q")
    assert document(tmp_path / "A.qa")["clip"]["frames"] == 12


def test_a_grey_clip_fails(tmp_path: Path, capsys: Capture) -> None:
    clip = draw(tmp_path / "grey.mp4", pattern=GRAY)
    assert qa(clip, "-q") == 3
    assert "Without color" in capsys.readouterr().out


def test_judged_again_in_its_place(own: Path, capsys: Capture) -> None:
    assert qa(own) == 2
    assert "pass -y to replace" in capsys.readouterr().err
    pictures = {p.name: p.read_bytes() for p in (own / "worst").iterdir()}
    assert qa(own, "-y", "--profile", "cel") == 3
    found = document(own)
    assert found["profile"]["name"] == "cel"
    assert found["command"] == "animecolor qa ep01.mp4"  # how it was measured
    assert {p.name: p.read_bytes() for p in (own / "worst").iterdir()} == pictures
    lines = capsys.readouterr().out.splitlines()
    fails = found["verdict"]["fails"]
    assert lines[0] == f"ep01.mp4 fails cel: {fails} failures, 0 warnings (96 frames, 4 shots)"
    assert lines[-1] == str(own / "index.html")
    assert len(lines) < 20
    assert any("x  Unpainted hole, 900 px, upper left" in line for line in lines)


def test_what_is_accepted_does_not_fail(own: Path, tmp_path: Path, capsys: Capture) -> None:
    accepted = tmp_path / "accepted.txt"
    accepted.write_text("ep01:* all of it is meant\nep01:hole:sh3:* never\nep02:* other clip\n")
    assert qa(own, "-y", "--suppress", accepted) == 0
    said = capsys.readouterr().out
    assert "ep01.mp4 passes tv: 0 failures, 0 warnings, 17 suppressed" in said
    assert "unused suppression, line 2: ep01:hole:sh3:*" in said
    assert "ep02" not in said
    assert all(row["suppressed"] for row in document(own)["findings"])


def test_warnings_fail_where_they_are_to(tmp_path: Path) -> None:
    of = measurements.measurement(48, 1, (measurements.hole(0, 3, 3, 6.0),))
    made = report(measurements.material(of), judge(of, read_profile("tv")))
    write(tmp_path / "own", dict(files(made)))
    assert qa(tmp_path / "own", "-y") == 0
    assert qa(tmp_path / "own", "-y", "--warn-as-fail") == 3
    assert document(tmp_path / "own")["verdict"]["warn_as_fail"] is True


def test_the_verdict_as_json(own: Path, capsys: Capture) -> None:
    assert qa(own, "-y", "--json") == 3
    found = json.loads(capsys.readouterr().out)
    assert found["passed"] is False
    assert found["fails"] == document(own)["verdict"]["fails"] == 17
    assert found["checks"]["hole"] == {"fails": 1, "warns": 0, "suppressed": 0}
    assert found["columns"]["static_flicker"]["fails"] == 1
    assert found["report"] == str(own)


def test_results_side_by_side(clip: Path, own: Path, tmp_path: Path, capsys: Capture) -> None:
    other = draw(tmp_path / "other.mp4", seconds=0.25)
    out = tmp_path / "out"
    qa(clip, "--compare", other, "--compare", own, "-o", out, "-q")
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == str(out / "compare.html")
    assert [line.split()[0] for line in lines[-3:-1]] == ["other.mp4", "ep01.mp4"]
    assert document(out / "compare" / "01")["clip"]["frames"] == 6
    assert document(out / "compare" / "02")["clip"]["frames"] == 96
    page = (out / "compare.html").read_text("utf-8")
    assert "compare/01/index.html" in page
    qa(out, "-y", "--profile", "film", "-q")
    assert document(out / "compare" / "02")["profile"]["name"] == "film"
    assert (out / "compare.html").exists()
    qa(out / "compare" / "02", "-y", "-q")


def test_a_profile_of_approved_clips(
    own: Path, clip: Path, tmp_path: Path, capsys: Capture
) -> None:
    made = tmp_path / "house.toml"
    assert qa("calibrate", own, clip, "-o", made, "--progress", "none") == 0
    said = capsys.readouterr().out
    assert "hole: approved shots reach 60, more than 2 times the limit of tv" in said
    assert "5 shots are few" in said
    assert said.endswith(f"{made}\n")
    found = tomllib.loads(made.read_text("utf-8"))
    assert found["checks"]["hole"]["fail"] == 20.0
    assert qa("calibrate", own, "-o", made) == 2
    assert qa(own, "-y", "--profile", made, "-q") == 3


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["none.mp4"], 2, "none.mp4"),
        (["{clip}", "--source", "none.mp4"], 2, "none.mp4"),
        (["{clip}", "--palette", "none.gpl"], 2, "none.gpl"),
        (["{clip}", "--profile", "hbo"], 2, "no profile is called hbo"),
        (["{clip}", "--suppress", "none.txt"], 2, "none.txt"),
        (["{clip}", "--shots", "none.csv"], 2, "none.csv"),
        (["{clip}", "--size", "big"], 2, "--size big"),
        (["{clip}", "--size", "7"], 2, "--size 7"),
        (["{clip}", "--start", "soon"], 2, "'soon' is no time"),
        (["{clip}", "--start", "99f"], 2, "clip.mp4"),
        (["{clip}", "--frames", "0"], 2, "--frames"),
        (["{clip}", "--lpips", "none.pth"], 2, "none.pth"),
        (["{clip}", *["--compare", "{clip}"] * 12], 2, "11 others at most"),
        (["{own}", "--source", "{clip}"], 2, "judged as it is; --source needs a clip"),
        (["{own}", "--start", "1"], 2, "judged as it is"),
        (["-"], 2, "name a folder for the report with -o"),
        ([], 2, "Missing argument 'CLIP'"),
        (["calibrate", "-o", "x.toml"], 2, "Missing argument 'GOOD...'"),
        (["calibrate", "{own}", "-o", "x.ini"], 2, "a profile is a .toml file"),
        (["calibrate", "{own}", "-o", "nowhere/x.toml"], 2, "no such folder"),
        (["calibrate", "{own}", "-o", "x.toml", "--like", "hbo"], 2, "no profile is called hbo"),
        (["calibrate", "none", "-o", "x.toml"], 2, "none"),
    ],
)
def test_bad_requests_end_in_a_sentence(
    words: list[str],
    code: int,
    said: str,
    clip: Path,
    own: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")}
    asked = [word.format(clip=clip, own=own) for word in words]
    replace = ["-y"] if str(own) in asked else []
    assert qa(*asked, *replace) == code
    told = capsys.readouterr().err
    assert said in told
    assert "Traceback" not in told
    assert "bug" not in told
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*")} == before


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


def test_a_source_of_another_length(clip: Path, tmp_path: Path) -> None:
    source = draw(tmp_path / "source.mp4", seconds=0.25)
    assert qa(clip, "--source", source, "-q") in (0, 3)
    folder = clip.with_name("clip.qa")
    (finding,) = [f for f in document(folder)["findings"] if f["topic"] == "mismatch"]
    assert "6 frames: 12 frames instead of 6 frames" in finding["sentence"]
    assert qa(folder, "-y", "-q") in (0, 3)
    assert finding in document(folder)["findings"]


@pytest.mark.parametrize("fault", [KeyboardInterrupt(), MemoryError()])
def test_interrupted_work_leaves_nothing(
    fault: BaseException, clip: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise fault

    monkeypatch.setattr("animecolor.qa.report.junit", broken)
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
    clip: Path, fast: list[str], faulty: Path, capsys: Capture
) -> None:
    shutil.copytree(faulty, clip.with_name("clip.color.qa"))
    assert main(["run", str(clip), *fast, "--qa"]) == 2
    assert "pass -y to replace the report" in capsys.readouterr().err
    assert not clip.with_name("clip.color.mp4").exists()


def test_companions_may_be_read_over_another_part(clip: Path, tmp_path: Path) -> None:
    limits = Limits()
    part = tmp_path / "part.mkv"
    ffmpeg("-i", clip, "-vf", "trim=start_frame=4,setpts=PTS-STARTPTS", "-c:v", "ffv1", part)
    beside = Range(start="4f")
    request = Request(reference=probe(clip, limits), beside=beside, size=None)
    errors = measuring.measure(probe(part, limits), request).frames.values["delta_e"]
    assert errors.max() == 0
    request = Request(reference=probe(clip, limits), size=None)
    assert measuring.measure(probe(part, limits), request).frames.values["delta_e"].max() > 1


def test_placeholder_colors_of_a_profile(tmp_path: Path, capsys: Capture) -> None:
    box = (
        "color=0x506070:size=96x64:rate=24:duration={},format=gbrp,drawbox=8:8:24:24:0x00e080:fill"
    )
    clip = draw(tmp_path / "cel.mkv", "-c:v", "ffv1", "-pix_fmt", "bgr0", pattern=box)
    profile = tmp_path / "house.toml"
    profile.write_text('temporary = ["#00e080"]\n')
    assert qa(clip, "--profile", profile, "-q") == 3
    assert "Temporary color" in capsys.readouterr().out
    assert qa(clip, "-q", "-y") == 0


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
