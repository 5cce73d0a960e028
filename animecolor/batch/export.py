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
from animecolor.errors import UsageError
from animecolor.video.part import part_file, write_errors

LIST = "tasks.txt"
_THREADS = ("OMP_NUM_THREADS", "OPENCV_FOR_THREADS_NUM")
LARGEST_ARRAY = 1000
"""Tasks of one Slurm array: MaxArraySize is 1001 where nobody has set it."""


def export(plans: Sequence[Plan], kind: str, output: Path, threads: int) -> str:
    """Write the farm's file, and a list of tasks for each episode. Returns what to do with it.

    Args:
        plans: the episodes, whose tasks are written.
        kind: ``openjd`` or ``slurm``.
        output: the file.
        threads: of each task.

    Raises:
        UsageError: a list cannot hold the job's path.
        AnimecolorError: the system refused.
    """
    plans = sorted(plans, key=lambda plan: -plan.episode.priority)
    for plan in plans:
        ordered = sorted(plan.jobs, key=lambda job: -job.frames)
        files = [str(plan.file_of(job).resolve()) for job in ordered]
        if any(len(file.splitlines()) != 1 for file in files):
            raise UsageError(f"{plan.folder}: a farm's lists hold no path with a line break")
        _write(_list_of(plan), "\n".join(files) + "\n")
    if kind == "slurm":
        _write(output, "\n".join(_slurm(plans, threads)) + "\n")
        return f"{output}: run it with bash where sbatch is"
    template = _openjd(plans, output.stem, threads)
    # As it is, not as \\u: a reader of YAML takes those of a surrogate pair for two letters.
    _write(output, json.dumps(template, indent=2, ensure_ascii=False) + "\n")
    return f"{output}: an Open Job Description template"


def _list_of(plan: Plan) -> Path:
    return (plan.folder / LIST).resolve()


def _openjd(plans: Sequence[Plan], name: str, threads: int) -> dict[str, Any]:
    steps: list[dict[str, Any]] = []
    needs = {"amounts": [{"name": "amount.worker.vcpu", "min": threads}]}
    for number, plan in enumerate(plans):
        shots, joined = (f"{_step(plan, number)} {what}" for what in ("shots", "join"))
        numbers = {"name": "Number", "type": "INT", "range": f"0-{len(plan.jobs) - 1}"}
        steps.append(
            {
                "name": shots,
                "parameterSpace": {"taskParameterDefinitions": [numbers]},
                "script": _script(_list_of(plan), "--number", "{{Task.Param.Number}}"),
                "hostRequirements": needs,
            }
        )
        steps.append(
            {
                "name": joined,
                "dependencies": [{"dependsOn": shots}],
                "script": _script(plan.join_file.resolve()),
                "hostRequirements": needs,
            }
        )
    return {
        "specificationVersion": "jobtemplate-2023-09",
        "name": re.sub(r"[\x00-\x1f\x7f-\x9f{}]", "_", name)[:100] or "animecolor",
        "parameterDefinitions": [
            {
                "name": "Animecolor",
                "type": "STRING",
                "default": "animecolor",
                "description": "The command, where it is not on the path.",
            },
            {
                "name": "Job",
                "type": "STRING",
                "default": str(plans[0].folder.parent.resolve()),
                "description": "The job's folder, which its tasks name in full, too.",
            },
        ],
        "jobEnvironments": [
            {"name": "Threads", "variables": dict.fromkeys(_THREADS, f"{threads}")}
        ],
        "steps": steps,
    }


def _script(file: Path, *more: str) -> dict[str, Any]:
    # The folder is a parameter: in a path that is written here, {{ would begin an expression.
    task = f"{{{{Param.Job}}}}/{file.parent.name}/{file.name}"
    command = {"command": "{{Param.Animecolor}}", "args": ["batch", "do", task, *more]}
    return {"actions": {"onRun": command}}


def _step(plan: Plan, number: int) -> str:
    """Names of steps have at most 64 letters and are unique; those of episodes may have more."""
    name = plan.episode.name
    return name if len(name) <= 50 else f"{name[:45]}~{number}"


def _slurm(plans: Sequence[Plan], threads: int) -> Iterator[str]:
    yield "#!/usr/bin/env bash"
    yield "# Submits arrays of shots for every episode, and its join after them."
    yield "# What sbatch shall be told besides (partition, account) goes into SBATCH_* variables."
    yield "# shellcheck disable=SC2016  # what is in single quotes is meant as it is"
    yield "set -euo pipefail"
    yield "# As a word of the scripts below, whatever it holds."
    yield 'animecolor=$(printf %q "${ANIMECOLOR:-animecolor}")'
    for plan in plans:
        name = plan.episode.name
        yield ""
        yield "shots="
        for first in range(0, len(plan.jobs), LARGEST_ARRAY):
            last = min(LARGEST_ARRAY, len(plan.jobs) - first) - 1
            number = rf'"$((SLURM_ARRAY_TASK_ID + {first}))"'.replace("$", r"\$")
            does = f"{_inner(_list_of(plan))} --number {number}"
            yield f"array=$(sbatch --parsable --job-name={name} --array=0-{last} \\"
            yield from _submitted(plan, does, threads)
            yield ")"
            yield "shots+=:${array%%;*}"
        # A shot that fails would leave the join in the queue for ever.
        waits = '--dependency="afterok$shots" --kill-on-invalid-dep=yes'
        yield f"sbatch {waits} --job-name={name}-join \\"
        yield from _submitted(plan, _inner(plan.join_file.resolve()), threads)


def _submitted(plan: Plan, does: str, threads: int) -> Iterator[str]:
    """The rest of a call of sbatch: a script that sets all it needs, whatever --export says."""
    yield f"  --cpus-per-task={threads} --output=/dev/null <<SCRIPT"
    yield "#!/usr/bin/env bash"
    # Not by --output: in its path, folders included, % means something and a backslash is lost.
    yield rf'exec >{_inner(plan.folder.resolve())}/slurm-"\$SLURM_JOB_ID".log 2>&1'
    yield f"export {' '.join(f'{variable}={threads}' for variable in _THREADS)}"
    yield f"exec $animecolor batch do {does}"
    yield "SCRIPT"


def _inner(path: Path) -> str:
    """A path as a word of the inner script, which the outer one expands once."""
    return re.sub(r"([\\$`])", r"\\\1", shlex.quote(str(path)))


def _write(path: Path, text: str) -> None:
    with part_file(path) as part, write_errors(path):
        part.write_text(text, encoding="utf-8")
