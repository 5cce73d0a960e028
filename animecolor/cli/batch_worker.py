"""What a worker of a batch does with a task, and the process that does one task after another."""

from __future__ import annotations

import errno
import json
import logging
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any

from animecolor.cli.messages import FOR_FILES
from animecolor.errors import AnimecolorError

if TYPE_CHECKING:
    from animecolor.batch.engine import Fault
    from animecolor.batch.task import JoinTask

log = logging.getLogger("animecolor")


def perform(file: str) -> dict[str, Any]:
    """Do the task in a file; what there is to say of it goes into a log beside it.

    Returns:
        ``frames`` and ``seconds``, of an episode that is judged ``verdict`` and ``report``, too; or
        ``error`` and ``fault``. Raises nothing but what ends the process.
    """
    from animecolor.batch.engine import Fault

    begun = time.monotonic()
    path = Path(file)
    try:
        with _logged(path.with_suffix(".log")):
            try:
                told = _perform(path)
            except AnimecolorError as error:
                log.error("%s", error, exc_info=log.isEnabledFor(logging.DEBUG))
                told = {"error": str(error), "fault": _fault(error)}
            except Exception as error:
                log.exception("this is a bug")
                out = "out of memory" in str(error).lower() or isinstance(error, MemoryError)
                fault = Fault.MEMORY if out else Fault.BUG
                told = {"error": f"{type(error).__name__}: {error}", "fault": fault}
    except OSError as error:
        told = {"error": f"{path}: {error.strerror}", "fault": _fault(error)}
    return {**told, "seconds": time.monotonic() - begun}


def serve() -> None:
    """Do tasks until standard input ends: a path a line, each answered by a line of JSON.

    When whoever sends them is gone the task at hand is given up, so that two drivers never have
    workers in one job.
    """
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    tasks: SimpleQueue[str | None] = SimpleQueue()
    Thread(target=_listen, args=(tasks,), daemon=True).start()
    while (task := tasks.get()) is not None:
        answers.write(json.dumps(perform(task)) + "\n")
        answers.flush()


def _listen(tasks: SimpleQueue[str | None]) -> None:
    for line in sys.stdin:
        tasks.put(line.rstrip("\n"))
    tasks.put(None)
    os.kill(os.getpid(), signal.SIGTERM)


def _perform(path: Path) -> dict[str, Any]:
    from animecolor.batch.task import ShotTask, read_task
    from animecolor.batch.worker import render_shot

    task = read_task(path)
    if isinstance(task, ShotTask):
        return {"frames": render_shot(task).frames}
    return _join(task)


def _join(task: JoinTask) -> dict[str, Any]:
    from animecolor.batch.join import join, settled
    from animecolor.cli.run import record
    from animecolor.video.probe import probe

    render = settled(task)
    frames = join(task)
    record(probe(task.source, render.limits), task.result, render)
    told: dict[str, Any] = {"frames": frames}
    return told | _judged(task) if task.qa else told


def _judged(task: JoinTask) -> dict[str, Any]:
    """Judge an episode by its shot files, which lost nothing, and write the report beside it."""
    from animecolor.batch.join import LOSSLESS, join, settled
    from animecolor.cli.inspection import Judging, Look, command_line, inspect, verdict_line
    from animecolor.cli.inspection import write_report as write
    from animecolor.cli.verdict import report_of
    from animecolor.qa.report.files import PAGE, files
    from animecolor.qa.verdict.profile import read_profile

    assert task.qa is not None
    render = settled(task)
    folder = report_of(task.result, render)
    palette = render.finish.palette
    shots = {"detect": False, "list": task.cuts}
    look = Look(source=task.source, palette=palette, shots=shots, meter="none")
    with tempfile.TemporaryDirectory(dir=task.result.parent, prefix=".", suffix=".part") as room:
        clip = Path(room) / f"{task.result.stem}.mkv"
        join(task, clip, LOSSLESS)
        words = [str(task.result), "--source", str(task.source), "--profile", task.qa]
        report = inspect(clip, look, Judging(read_profile(task.qa)), command_line(words))
    write(folder, dict(files(report)))
    return {
        "verdict": verdict_line(report),
        "passed": report.verdict.passed,
        "report": str(folder / PAGE),
    }


def _fault(error: BaseException) -> Fault:
    from animecolor.batch.engine import Fault

    cause: BaseException | None = error
    while cause is not None:
        if getattr(cause, "errno", None) in (errno.ENOSPC, errno.EDQUOT):
            return Fault.FULL
        cause = cause.__cause__
    return Fault.FAILED


@contextmanager
def _logged(file: Path) -> Iterator[None]:
    handler = logging.FileHandler(file, mode="w", encoding="utf-8")
    handler.setFormatter(logging.Formatter(FOR_FILES))
    level = log.level
    log.addHandler(handler)
    log.setLevel(min(level or logging.INFO, logging.INFO))
    try:
        yield
    finally:
        log.setLevel(level)
        log.removeHandler(handler)
        handler.close()
