"""Exports: the farms' own checkers pass them, and what they run is what ``render`` writes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from animecolor.batch.export import export
from animecolor.batch.task import write_task
from tests.batch.episodes import Season, cut_clip, stamped

SBATCH = """\
#!/usr/bin/env bash
# Runs what is submitted, at once and in order; says a number as Slurm does.
set -euo pipefail
count=$(cat "$FAKE/count" 2>/dev/null || echo 0)
echo $((count + 1)) >"$FAKE/count"
printf '%s\\n' "$*" >>"$FAKE/submitted"
cat >"$FAKE/script"
array=
for word in "$@"; do
  case $word in --array=*) array=${word#--array=} ;; esac
done
if [[ -n $array ]]; then
  for number in $(seq "${array%-*}" "${array#*-}"); do
    SLURM_ARRAY_TASK_ID=$number bash "$FAKE/script" >&2
  done
else
  bash "$FAKE/script" >&2
fi
echo "$((count + 1))"
"""


def tool(name: str) -> str:
    """A program of the environment that runs the tests, or else of the path."""
    beside = Path(sys.executable).with_name(name)
    found = str(beside) if beside.exists() else shutil.which(name)
    if found is None:
        pytest.skip(f"{name} is not installed")
    return found


def exported(season: Season, kind: str, output: Path) -> Path:
    plans = season.plans()
    for plan in plans:
        for job in plan.jobs:
            write_task(plan.file_of(job), job.task)
        write_task(plan.join_file, plan.joining())
    export(plans, kind, output, threads=1)
    return output


@pytest.fixture
def strange(tmp_path: Path, tiny: Path) -> Season:
    """A season in a folder whose name a shell would take to pieces."""
    made = Season(tmp_path / "it's $HOME `x` \\n 50%", tiny)
    cut_clip(made.root / "ep01.mkv")
    made.write('[[episode]]\nname = "ep01"\nsource = "ep01.mkv"\n')
    return made


def test_a_template_says_what_depends_on_what(season: Season) -> None:
    output = exported(season, "openjd", season.root / "season.json")
    template = json.loads(output.read_text())
    shots, joined = template["steps"]
    assert template["specificationVersion"] == "jobtemplate-2023-09"
    (numbers,) = shots["parameterSpace"]["taskParameterDefinitions"]
    assert numbers == {"name": "Number", "type": "INT", "range": "0-2"}
    assert joined["dependencies"] == [{"dependsOn": shots["name"]}]
    run = shots["script"]["actions"]["onRun"]
    assert run["args"][:2] == ["batch", "do"]
    tasks = Path(run["args"][2]).read_text().splitlines()
    assert all(json.loads(Path(task).read_text())["frames"] == 5 for task in tasks)
    assert template["jobEnvironments"][0]["variables"] == {"OMP_NUM_THREADS": "1"}


def test_the_checker_of_open_job_description_passes_it(season: Season) -> None:
    output = exported(season, "openjd", season.root / "season.json")
    checked = subprocess.run([tool("openjd"), "check", str(output)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def test_shellcheck_passes_the_script(strange: Season) -> None:
    output = exported(strange, "slurm", strange.root / "season.sh")
    checked = subprocess.run([tool("shellcheck"), str(output)], capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout


def test_slurm_renders_what_render_would(strange: Season, tmp_path: Path) -> None:
    script = exported(strange, "slurm", strange.root / "season.sh")
    fake = tmp_path / "bin"
    fake.mkdir()
    (fake / "sbatch").write_text(SBATCH)
    (fake / "sbatch").chmod(0o755)
    animecolor = fake / "animecolor"
    animecolor.write_text(f'#!/usr/bin/env bash\nexec "{sys.executable}" -m animecolor "$@"\n')
    animecolor.chmod(0o755)
    path = f"{fake}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path, "FAKE": str(fake), "ANIMECOLOR": str(animecolor)}
    done = subprocess.run(
        ["bash", str(script)], capture_output=True, text=True, env=environment, timeout=120
    )
    assert done.returncode == 0, done.stderr
    submitted = (fake / "submitted").read_text().splitlines()
    assert len(submitted) == 2
    assert "--array=0-2" in submitted[0]
    assert "--dependency=afterok:1" in submitted[1]
    made = stamped(strange.root / "colored/ep01.mkv")
    shutil.rmtree(strange.root / "colored")
    shutil.rmtree(strange.job)
    strange.render()
    assert made == stamped(strange.root / "colored/ep01.mkv")
