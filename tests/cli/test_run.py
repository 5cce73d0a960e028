"""``run`` from end to end with a very small network."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import av
import pytest

from animecolor.cli import main
from animecolor.cli.options import PRESETS
from animecolor.cli.target import record_of
from animecolor.config import Output, read_layer, settle
from animecolor.video import review


def run(clip: Path, *flags: object) -> int:
    return main(["run", str(clip), *map(str, flags)])


def pictures(clip: Path) -> int:
    with av.open(str(clip)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_default_result_and_its_record(
    clip: Path, fast: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(clip, *fast) == 0
    result = clip.with_name("clip.color.mp4")
    assert capsys.readouterr().out == f"{result} (12 frames)\n"
    assert pictures(result) == 12
    record = clip.with_name("clip.color.mp4.run.toml")
    assert settle([read_layer(record)]).network.size == 64
    assert {file.name for file in clip.parent.iterdir()} == {clip.name, result.name, record.name}


def test_a_record_repeats_its_run(clip: Path, fast: list[str]) -> None:
    assert run(clip, *fast, "--mode", "gray", "--frames", 5) == 0
    record = clip.with_name("clip.color.mp4.run.toml")
    again = clip.with_name("again.mp4")
    assert run(clip, "--config", record, "-o", again) == 0
    first = clip.with_name("clip.color.mp4")
    assert again.read_bytes() == first.read_bytes()


def test_nothing_is_overwritten_unasked(
    clip: Path, fast: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    target = clip.with_name("clip.color.mp4")
    target.write_text("mine")
    assert run(clip, *fast) == 2
    assert target.read_text() == "mine"
    assert capsys.readouterr().err == f"animecolor: {target} exists; pass -y to replace it\n"
    assert run(clip, *fast, "-y", "--frames", 2) == 0
    assert pictures(target) == 2


def test_dry_run_says_everything_and_writes_nothing(
    clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    flags = ["--mode", "gray", "--precision", "fp32", "--device", "cpu", "-e", "crf=20"]
    assert run(clip, "--dry-run", *flags, "--frames", 5) == 0
    plan = dict(line.split(maxsplit=1) for line in capsys.readouterr().out.splitlines())
    assert plan["picture"] == "96x64"
    assert plan["rate"] == "24 fps, 12 frames, 5 of them"
    assert plan["mode"] == "gray"
    assert plan["device"] == "cpu, float32"
    assert plan["output"] == f"{clip.with_name('clip.color.mp4')} (mp4)"
    assert plan["encode"] == "web: libx264 yuv420p crf=20 preset=veryfast"
    assert {"format", "colour", "streams", "cuts", "model", "disk"} <= plan.keys()
    assert [file.name for file in clip.parent.iterdir()] == [clip.name]


@pytest.mark.parametrize(
    ("flags", "sentence"),
    [
        (["-e", "crff=20"], "has no option 'crff'"),
        (["--codec", "h265"], "there is no encoder 'h265'"),
        (["--pix-fmt", "yuv420p99"], "has no pixel format 'yuv420p99'"),
        (["--model", "dall-e"], "there is no model 'dall-e'"),
        (["--start", "soon"], "'soon' is no time"),
        (["--size", "9"], "the command line: network.size = 9"),
        (["--device", "tpu"], "'tpu' is not a device"),
        (["--precision", "fp16", "--device", "cpu"], "fp16 is for GPUs"),
        (["-o", "no/such/folder/x.mp4"], "no such folder"),
        (["-o", "clip.gif"], "extension"),
        (["--review", "side.webm"], "the review clip's extension must be"),
        (["-o", "a.mp4", "--review", "a.mp4"], "is the output"),
    ],
)
def test_a_wrong_request_ends_with_2(
    flags: list[str], sentence: str, clip: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(clip, *flags) == 2
    said = capsys.readouterr().err
    assert sentence in said
    assert len(said.splitlines()) == 1
    assert [file.name for file in clip.parent.iterdir()] == [clip.name]


def test_a_missing_shot_list_is_named(
    clip: Path, fast: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(clip, *fast, "--cuts", "none.csv") == 2
    assert "none.csv" in capsys.readouterr().err
    assert [file.name for file in clip.parent.iterdir()] == [clip.name]


@pytest.mark.parametrize("encode", PRESETS)
def test_every_encode_preset_writes(encode: str, clip: Path, fast: list[str]) -> None:
    assert run(clip, *fast, "--encode", encode, "--frames", 3) == 0
    (result,) = (f for f in clip.parent.iterdir() if f != clip and not f.name.endswith(".toml"))
    assert result.name.startswith("clip.color")
    assert len(list(result.iterdir())) == 3 if result.is_dir() else pictures(result) == 3


def test_the_default_preset_is_one_of_them() -> None:
    assert Output().preset in PRESETS


def test_json_progress_counts_to_the_end(
    clip: Path, fast: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(clip, *fast, "--progress", "json") == 0
    lines = [json.loads(text) for text in capsys.readouterr().err.splitlines()]
    assert lines[-1]["frame"] == lines[-1]["total"] == 12


def test_quiet_is_quiet(clip: Path, fast: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(clip, *fast, "-q", "--progress", "json") == 0
    assert capsys.readouterr().err == ""


def test_flag_wins_over_config_over_preset(clip: Path, fast: list[str], tmp_path: Path) -> None:
    config = tmp_path / "settings.toml"
    config.write_text('[network]\nsize = 80\n[output.options]\ncrf = "30"\n')
    assert run(clip, *fast, "--preset", "draft", "--config", config) == 0
    record = tomllib.loads((tmp_path / "clip.color.mp4.run.toml").read_text())
    assert record["network"]["size"] == 64  # the flag's
    assert record["output"]["options"] == {"crf": "30"}  # the config's
    assert record["output"]["preset"] == "review"  # the preset's


def test_an_unknown_key_names_itself_and_its_file(
    clip: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "settings.toml"
    config.write_text("[network]\nsise = 80\n")
    assert run(clip, "--config", config) == 2
    assert capsys.readouterr().err == f"animecolor: {config}: unknown key network.sise\n"


def test_y4m_flows_through_pipes(clip: Path, fast: list[str]) -> None:
    program = [sys.executable, "-m", "animecolor", "run", *fast]
    out = subprocess.run([*program, str(clip), "-o", "-"], capture_output=True, timeout=120)
    assert (out.returncode, out.stdout[:9]) == (0, b"YUV4MPEG2")
    back = subprocess.run([*program, "-"], input=out.stdout, capture_output=True, timeout=120)
    assert back.returncode == 0, back.stderr
    assert back.stdout.count(b"FRAME\n") == 12


def test_a_reader_that_leaves_is_quiet(clip: Path, fast: list[str]) -> None:
    program = [sys.executable, "-m", "animecolor", "run", *fast, str(clip), "-o", "-"]
    child = subprocess.Popen(program, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout
    assert child.stderr
    child.stdout.close()
    assert child.wait(timeout=120) == 1
    assert child.stderr.read() == b""


def test_review_is_a_second_clip(clip: Path, fast: list[str]) -> None:
    side = clip.with_name("side.mp4")
    assert run(clip, *fast, "--review", side) == 0
    with av.open(str(side)) as container:
        assert container.streams.video[0].width > 2 * 96
    assert pictures(side) == 12


def test_a_review_that_fails_leaves_the_result_and_its_record(
    clip: Path, fast: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def torn(path: Path, like: object) -> Iterator[Callable[[object], None]]:
        yield lambda frame: None
        raise KeyboardInterrupt

    monkeypatch.setattr(review, "review_tape", torn)
    assert run(clip, *fast, "--frames", 2, "--review", clip.with_name("side.mp4")) == 130
    result = clip.with_name("clip.color.mp4")
    assert {file.name for file in clip.parent.iterdir()} == {
        clip.name,
        result.name,
        record_of(result).name,
    }


def test_a_record_that_cannot_be_written_is_a_sentence(
    clip: Path, fast: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    record = record_of(clip.with_name("clip.color.mp4"))
    record.mkdir()
    assert run(clip, *fast, "-y", "--frames", 2) == 1
    assert capsys.readouterr().err.startswith(f"animecolor: {record}: cannot be written")
    assert not [file for file in clip.parent.iterdir() if "part" in file.name]
