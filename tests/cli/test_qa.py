"""``animecolor qa`` end to end: what it writes, and how it ends."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest

from animecolor.config import Limits, Range
from animecolor.qa import measure as measuring
from animecolor.qa.report.files import FILES, files, report, write
from animecolor.qa.request import Request
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import read_profile
from animecolor.video.probe import probe
from tests.cli.conftest import draw, ffmpeg
from tests.cli.sample_report import document, qa, write_faulty
from tests.qa import measurements

Capture = pytest.CaptureFixture[str]
GRAY = "color=gray:size=96x64:rate=24:duration={}"


@pytest.fixture
def own(tmp_path: Path) -> Path:
    return write_faulty(tmp_path / "own.qa")


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


def test_a_source_of_another_length(clip: Path, tmp_path: Path) -> None:
    source = draw(tmp_path / "source.mp4", seconds=0.25)
    assert qa(clip, "--source", source, "-q") in (0, 3)
    folder = clip.with_name("clip.qa")
    (finding,) = [f for f in document(folder)["findings"] if f["topic"] == "mismatch"]
    assert "6 frames: 12 frames instead of 6 frames" in finding["sentence"]
    assert qa(folder, "-y", "-q") in (0, 3)
    assert finding in document(folder)["findings"]


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
