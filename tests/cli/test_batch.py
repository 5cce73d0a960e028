"""``animecolor batch`` as a person types it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from animecolor.cli import main
from tests.batch.episodes import Season, cut_clip, names, stamped

COMMAND = (sys.executable, "-m", "animecolor", "batch")


@pytest.fixture
def season(tmp_path: Path, tiny: Path) -> Season:
    made = Season(tmp_path / "season", tiny)
    cut_clip(made.root / "ep01.mkv")
    (made.root / "four.csv").write_text("start_frame\n0\n3\n5\n10\n")
    cut_clip(made.root / "ep02.mkv", "-c:v", "ffv1")
    made.write(
        '[[episode]]\nname = "ep01"\nsource = "ep01.mkv"\n'
        '[[episode]]\nname = "ep02"\nsource = "ep02.mkv"\nshots = "four.csv"\n'
    )
    return made


def batch(*words: object) -> int:
    return main(["batch", *map(str, words)])


def test_a_season_from_its_folder_to_its_page(
    season: Season, capsys: pytest.CaptureFixture[str]
) -> None:
    season.manifest.unlink()
    assert batch("init", season.root) == 0
    assert capsys.readouterr().out == f"{season.manifest} (2 episodes)\n"
    assert batch("init", season.root) == 2
    text = season.manifest.read_text()
    text = text.replace('mode = "lineart"', 'config = "look.toml"\nqa = "tv"')
    season.manifest.write_text(text.replace('"web"          #', '"master"       #'))
    assert batch("render", season.manifest, "--dry-run", "-q") == 0
    said = capsys.readouterr().out
    assert "ep01: 3 shots, 15 frames; 3 shots, 15 frames to render at " in said
    assert " s of work; about " in said
    assert not (season.root / "colored/ep01.mkv").exists()
    assert batch("render", season.manifest, "--workers", 2, "-q") in (0, 3)
    run = season.root / "run.mkv"
    words = ["--config", season.root / "look.toml", "--encode", "master", "-o", run, "-q"]
    assert main(["run", *map(str, [season.root / "ep01.mkv", *words])]) == 0
    assert (season.root / "colored/ep01.mkv").read_bytes() == run.read_bytes()
    assert (season.root / "colored/ep01.qa/index.html").exists()
    capsys.readouterr()
    assert batch("status", season.manifest, "--json") == 0
    status = json.loads(capsys.readouterr().out)
    assert (status["done"], status["frames"], status["frames_done"]) == (True, 30, 30)
    page = (season.job / "season.html").read_text()
    assert 'href="../colored/ep01.mkv"' in page
    assert 'href="../colored/ep01.qa/index.html"' in page
    assert batch("clean", season.manifest) == 0
    assert list((season.job / "ep01/shots").iterdir()) == []
    assert batch("render", season.manifest, "-q") in (0, 3)
    assert list((season.job / "ep01/shots").iterdir()) == []


def test_a_bad_episode_and_a_bad_shot_leave_the_rest(
    season: Season, capsys: pytest.CaptureFixture[str]
) -> None:
    (season.root / "ep03.mkv").write_bytes(b"no clip at all")
    extra = '[[episode]]\nname = "ep03"\nsource = "ep03.mkv"\n'
    season.manifest.write_text(season.manifest.read_text() + extra)
    assert batch("render", season.manifest, "--workers", 2) == 4
    said = capsys.readouterr()
    assert "ep03 cannot be planned" in said.err
    assert len(stamped(season.root / "colored/ep02.mkv")) == 15
    assert batch("status", season.manifest) == 0
    assert "quarantined: ep03: " in capsys.readouterr().out
    cut_clip(season.root / "ep03.mkv")
    assert batch("retry", season.manifest, "ep03") == 0
    assert batch("render", season.manifest, "-q", "--workers", 1) == 0
    assert (season.root / "colored/ep03.mkv").exists()


def test_what_this_job_did_not_make_is_not_replaced(
    season: Season, capsys: pytest.CaptureFixture[str]
) -> None:
    (season.root / "colored").mkdir()
    mine = season.root / "colored/ep01.mkv"
    mine.write_text("mine")
    assert batch("render", season.manifest) == 2
    assert "ep01.mkv exists; pass -y" in capsys.readouterr().err
    assert mine.read_text() == "mine"


def test_a_second_run_is_refused_and_ctrl_c_leaves_a_job_to_go_on_with(season: Season) -> None:
    look = season.root / "look.toml"
    look.write_text(look.read_text().replace("size = 64", "size = 1024"))  # slow enough to stop
    words = [*COMMAND, "render", str(season.manifest), "--workers", "1"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as first:
        shots = season.job / "ep01/shots"
        limit = time.monotonic() + 60
        while not (shots.is_dir() and any(shots.iterdir())):
            assert time.monotonic() < limit
            time.sleep(0.05)
        second = subprocess.run(words, capture_output=True, text=True, timeout=60)
        assert (second.returncode, "another run is at work" in second.stderr) == (1, True)
        first.send_signal(signal.SIGINT)
        _, said = first.communicate(timeout=60)
    assert first.returncode == 130, said
    assert "Traceback" not in said
    left = [file for file in season.root.rglob("*.part*") if file.is_file()]
    assert left == []
    assert batch("status", season.manifest) == 0


def test_a_farm_calls_the_same_worker(season: Season, capsys: pytest.CaptureFixture[str]) -> None:
    script = season.root / "season.sh"
    assert batch("export", season.manifest, "--format", "slurm", "-o", script) == 0
    tasks = season.job / "ep01/tasks.txt"
    assert len(tasks.read_text().splitlines()) == 3
    capsys.readouterr()
    for number in range(3):
        assert batch("do", tasks, "--number", number) == 0
        assert json.loads(capsys.readouterr().out)["frames"] == 5
    assert batch("do", season.job / "ep01/join.json") == 0
    assert len(stamped(season.root / "colored/ep01.mkv")) == 15
    assert batch("do", tasks, "--number", 3) == 2
    assert batch("do", season.root / "gone.json") in (1, 2)


def test_a_worker_ends_with_its_driver(season: Season) -> None:
    worker = subprocess.Popen(
        [*COMMAND, "worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert worker.stdin is not None
    worker.stdin.close()
    assert worker.wait(60) in (0, 143)


def test_faults_are_told_with_lines(season: Season, capsys: pytest.CaptureFixture[str]) -> None:
    season.manifest.write_text('[[episode]]\nname = "a"\nsource = "ep01.mkv"\nmodel = "nobody"\n')
    assert batch("render", season.manifest) == 2
    said = capsys.readouterr().err
    assert "line 1: a: there is no model 'nobody'" in said
    assert "1 fault; nothing was rendered" in said


@pytest.mark.parametrize("command", ["status", "render", "retry", "clean"])
def test_a_manifest_that_is_not_there(tmp_path: Path, command: str) -> None:
    assert batch(command, tmp_path / "gone.toml") in (1, 2)
    assert names(tmp_path.iterdir()) == []


def test_ray_is_an_extra(season: Season, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("ray")
    environment = {**os.environ, "RAY_DISABLE_IMPORT_WARNING": "1"}
    words = [*COMMAND, "render", str(season.manifest), "--workers", "2", "--engine", "ray", "-v"]
    done = subprocess.run(words, capture_output=True, text=True, timeout=120, env=environment)
    assert done.returncode == 0, done.stderr
    assert len(stamped(season.root / "colored/ep01.mkv")) == 15
    assert len(stamped(season.root / "colored/ep02.mkv")) == 15
