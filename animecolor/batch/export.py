"""A job for a render farm: an Open Job Description template, or a script of Slurm arrays.

Both call ``animecolor batch do``, the worker that every engine calls, with a list of tasks and a
number. Shots of an episode are one step or array, longest first; joining it depends on them. The
farm's machines must see the job's folder and the clips under the same paths.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from animecolor.batch.plan import Plan
from animecolor.video.part import part_file, write_errors

LIST = "tasks.txt"
_THREADS = "OMP_NUM_THREADS"


def export(plans: Sequence[Plan], kind: str, output: Path, threads: int) -> str:
    """Write the farm's file, and a list of tasks for each episode. Returns what to do with it.

    Args:
        plans: the episodes, whose tasks are written.
        kind: ``openjd`` or ``slurm``.
        output: the file.
        threads: of each task.

    Raises:
        AnimecolorError: the system refused.
    """
    for plan in plans:
        ordered = sorted(plan.jobs, key=lambda job: -job.frames)
        files = [str(plan.file_of(job).resolve()) for job in ordered]
        _write(_list_of(plan), "\n".join(files) + "\n")
    if kind == "slurm":
        _write(output, "\n".join(_slurm(plans, threads)) + "\n")
        return f"{output}: run it where sbatch is"
    name = output.stem
    _write(output, json.dumps(_openjd(plans, name, threads), indent=2, ensure_ascii=True) + "\n")
    return f"{output}: an Open Job Description template"


def _list_of(plan: Plan) -> Path:
    return (plan.folder / LIST).resolve()


def _openjd(plans: Sequence[Plan], name: str, threads: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    for plan in plans:
        shots, joined = f"{_step(plan)} shots", f"{_step(plan)} join"
        numbers = {"name": "Number", "type": "INT", "range": f"0-{len(plan.jobs) - 1}"}
        steps.append(
            {
                "name": shots,
                "parameterSpace": {"taskParameterDefinitions": [numbers]},
                "script": _script([str(_list_of(plan)), "--number", "{{Task.Param.Number}}"]),
                "hostRequirements": {"amounts": [{"name": "amount.worker.vcpu", "min": threads}]},
            }
        )
        steps.append(
            {
                "name": joined,
                "dependencies": [{"dependsOn": shots}],
                "script": _script([str(plan.join_file.resolve())]),
            }
        )
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "name": re.sub(r"[^\x20-\x7e]", "_", name)[:100] or "animecolor",
        "parameterDefinitions": [
            {
                "name": "Animecolor",
                "type": "STRING",
                "default": "animecolor",
                "description": "The command, where it is not on the path.",
            }
        ],
        "jobEnvironments": [{"name": "Threads", "variables": {_THREADS: str(threads)}}],
        "steps": steps,
    }


def _script(arguments: list[str]) -> dict[str, Any]:
    command = {"command": "{{Param.Animecolor}}", "args": ["batch", "do", *arguments]}
    return {"actions": {"onRun": command}}


def _step(plan: Plan) -> str:
    """Names of steps have at most 64 letters; those of episodes may have more."""
    return plan.episode.name[:50]


def _slurm(plans: Sequence[Plan], threads: int) -> Iterator[str]:
    yield "#!/usr/bin/env bash"
    yield "# Submits an array of shots for every episode, and its join after them."
    yield "# What sbatch shall be told besides (partition, account) goes into SBATCH_* variables."
    yield "# shellcheck disable=SC2016  # what is in single quotes is meant as it is"
    yield "set -euo pipefail"
    yield "animecolor=${ANIMECOLOR:-animecolor}"
    yield f"export {_THREADS}={threads}"
    for plan in sorted(plans, key=lambda plan: -plan.episode.priority):
        name, last = plan.episode.name, len(plan.jobs) - 1
        log = shlex.quote(str(plan.folder.resolve() / "slurm-%A_%a.log"))
        task, join = _inner(_list_of(plan)), _inner(plan.join_file.resolve())
        yield ""
        yield f"shots=$(sbatch --parsable --job-name={name} --array=0-{last} \\"
        yield f"  --cpus-per-task={threads} --output={log} <<SCRIPT"
        yield "#!/usr/bin/env bash"
        yield f'exec "$animecolor" batch do {task} --number "\\$SLURM_ARRAY_TASK_ID"'
        yield "SCRIPT"
        yield ")"
        yield f'sbatch --dependency="afterok:$shots" --job-name={name}-join \\'
        yield f"  --output={log} <<SCRIPT"
        yield "#!/usr/bin/env bash"
        yield f'exec "$animecolor" batch do {join}'
        yield "SCRIPT"


def _inner(path: Path) -> str:
    """A path as a word of the inner script, which the outer one expands once."""
    return re.sub(r"([\\$`])", r"\\\1", shlex.quote(str(path)))


def _write(path: Path, text: str) -> None:
    with part_file(path) as part, write_errors(path):
        part.write_text(text, encoding="utf-8")
