"""Exports: the farms' own checkers pass them, and what they run is what ``render`` writes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from animecolor.batch import export as module
from animecolor.batch.export import export
from animecolor.batch.task import write_task
from animecolor.errors import UsageError
from tests.batch.episodes import Season, cut_clip

SBATCH = """\
#!/usr/bin/env bash
# Keeps what is submitted, and says a number and a cluster as Slurm does where it has several.
set -euo pipefail
number=$(($(find "$FAKE" -name '*.script' | wc -l) + 1))
cat >"$FAKE/$number.script"
printf '%s\\n' "$@" >"$FAKE/$number.words"
echo "$number;farm"
"""
STRANGE = "it's $HOME `x` \\n 50% {{x}} \N{GRINNING FACE}"
ONE = '[[episode]]\nname = "{}"\nsource = "ep01.mkv"\n'


@pytest.fixture(autouse=True)
def one_thread() -> Iterator[None]:
    """As the farms' tasks have: on two, the network's norms add up in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def strange(tmp_path: Path, tiny: Path) -> Season:
    """A season in a folder whose name shells and templates would take to pieces."""
    made = Season(tmp_path / STRANGE, tiny)
    cut_clip(made.root / "ep01.mkv")
    made.write(ONE.format("ep01"))
    return made


@pytest.fixture
def command(tmp_path: Path) -> Path:
    """``animecolor`` at a place that has to be quoted, too."""
    path = tmp_path / "bin $x" / "animecolor"
    path.parent.mkdir()
    path.write_text(f'#!/usr/bin/env bash\nexec "{sys.executable}" -m animecolor "$@"\n')
    path.chmod(0o755)
    return path


def tool(name: str) -> str:
    """A program of the environment that runs the tests, or else of the path."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def call(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
    asked = [str(word) for word in words]
    settled = {**os.environ, **environment}
    return subprocess.run(asked, capture_output=True, text=True, env=settled, timeout=120)


def exported(season: Season, kind: str, output: Path) -> Path:
    plans = season.plans()
    for plan in plans:
        for job in plan.jobs:
            write_task(plan.file_of(job), job.task)
        write_task(plan.join_file, plan.joining())
    export(plans, kind, output, threads=1)
    return output


def rendered(season: Season) -> bytes:
    """What ``render`` makes of the episode, from nothing."""
    shutil.rmtree(season.root / "colored", ignore_errors=True)
    shutil.rmtree(season.job)
    season.render()
    return (season.root / "colored/ep01.mkv").read_bytes()


def drain(fake: Path, done: set[int]) -> None:
    """Run what was submitted: arrays in order, the last job first whose dependencies are done.

    Nothing of our environment comes with it, as where SBATCH_EXPORT is NONE.
    """
    jobs = {int(file.stem): file for file in fake.glob("*.script")}
    while left := sorted(jobs.keys() - done, reverse=True):
        ready = [job for job in left if _needs(jobs[job]) <= done]
        assert ready, "jobs wait for what nobody has submitted"
        words = jobs[ready[0]].with_suffix(".words").read_text()
        array = re.search(r"--array=(\d+)-(\d+)\n", words)
        numbers = range(int(array[1]), int(array[2]) + 1) if array else [None]
        for number in numbers:
            clean = ["env", "-i", f"PATH={os.environ['PATH']}", f"SLURM_JOB_ID={ready[0]}"]
            clean += [] if number is None else [f"SLURM_ARRAY_TASK_ID={number}"]
            ended = call(*clean, "bash", jobs[ready[0]])
            assert ended.returncode == 0, ended.stderr
        done.add(ready[0])


def _needs(script: Path) -> set[int]:
    words = script.with_suffix(".words").read_text()
    said = re.search(r"--dependency=afterok((:\d+)+)\n", words)
    return {int(job) for job in said[1].split(":") if job} if said else set()


def submitted(script: Path, command: Path) -> Path:
    """The folder with what a script submits."""
    fake = script.parent / "sbatch"
    fake.mkdir()
    (fake / "sbatch").write_text(SBATCH)
    (fake / "sbatch").chmod(0o755)
    path = f"{fake}{os.pathsep}{os.environ['PATH']}"
    done = call("bash", script, PATH=path, FAKE=str(fake), ANIMECOLOR=str(command))
    assert done.returncode == 0, done.stderr
    return fake


def test_a_template_says_what_depends_on_what(season: Season) -> None:
    output = exported(season, "openjd", season.root / "season.json")
    template = json.loads(output.read_text())
    shots, joined = template["steps"]
    assert template["specificationVersion"] == "jobtemplate-2023-09"
    (numbers,) = shots["parameterSpace"]["taskParameterDefinitions"]
    assert numbers == {"name": "Number", "type": "INT", "range": "0-2"}
    assert joined["dependencies"] == [{"dependsOn": shots["name"]}]
    run = shots["script"]["actions"]["onRun"]
    assert run["command"] == "{{Param.Animecolor}}"
    assert run["args"] == [
        *("batch", "do", "{{Param.Job}}/ep01/tasks.txt", "--number", "{{Task.Param.Number}}")
    ]
    defaults = {each["name"]: each["default"] for each in template["parameterDefinitions"]}
    assert defaults == {"Animecolor": "animecolor", "Job": str(season.job.resolve())}
    tasks = (season.job / "ep01/tasks.txt").read_text().splitlines()
    assert all(json.loads(Path(task).read_text())["frames"] == 5 for task in tasks)
    assert template["jobEnvironments"][0]["variables"]["OMP_NUM_THREADS"] == "1"


def test_steps_have_names_of_their_own_and_what_matters_comes_first(season: Season) -> None:
    long = "e" * 79
    season.write(ONE.format(long + "1") + ONE.format(long + "2") + "priority = 1\n")
    output = exported(season, "openjd", season.root / "season {{1}}.yaml")
    steps = json.loads(output.read_text())["steps"]
    names = [step["name"] for step in steps]
    assert len(set(names)) == 4
    assert max(map(len, names)) <= 64
    assert [long + "2" in str(step["script"]) for step in steps] == [True, True, False, False]
    checked = call(tool("openjd"), "check", output)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_a_list_of_tasks_has_a_line_a_task(tmp_path: Path, tiny: Path) -> None:
    made = Season(tmp_path / "two\u2028lines", tiny)
    cut_clip(made.root / "ep01.mkv")
    made.write(ONE.format("ep01"))
    with pytest.raises(UsageError, match="line break"):
        exported(made, "slurm", tmp_path / "season.sh")


def test_openjd_renders_what_render_would(strange: Season, command: Path) -> None:
    (strange.root / "two.csv").write_text("start_frame\n0\n5\n")
    strange.write(ONE.format("ep01") + 'shots = "two.csv"\n')
    output = exported(strange, "openjd", strange.root / "season.yaml")
    checked = call(tool("openjd"), "check", output)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    step = ("--step", "ep01 join", "--run-dependencies")
    done = call(tool("openjd"), "run", output, *step, "-p", f"Animecolor={command}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert (strange.root / "colored/ep01.mkv").read_bytes() == rendered(strange)


def test_shellcheck_passes_the_script(strange: Season) -> None:
    script = exported(strange, "slurm", strange.root / "season.sh")
    checked = call(tool("shellcheck"), script)
    assert checked.returncode == 0, checked.stdout


def test_slurm_renders_what_render_would(
    strange: Season, command: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "LARGEST_ARRAY", 2)
    script = exported(strange, "slurm", strange.root / "season.sh")
    fake = submitted(script, command)
    words = [(fake / f"{job}.words").read_text().splitlines() for job in (1, 2, 3)]
    assert [words[0][2], words[1][2]] == ["--array=0-1", "--array=0-0"]
    assert words[2][0] == "--dependency=afterok:1:2"
    drain(fake, set())
    log = (strange.job / "ep01/slurm-3.log").read_text()
    assert json.loads(log)["frames"] == 15
    assert (strange.root / "colored/ep01.mkv").read_bytes() == rendered(strange)
