"""Workers on this machine: one long-lived process a slot, begun anew when it dies."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Empty, Queue
from threading import Thread
from typing import Any

from animecolor.batch.engine import Fault, Outcome, outcome
from animecolor.errors import AnimecolorError
from animecolor.video.part import write_errors

WORKER = (sys.executable, "-m", "animecolor", "batch", "worker")
"""Reads the path of a task a line on standard input; answers each with a line of JSON."""
_PATIENCE_S = 10.0
"""For a worker that was told to stop to remove what it has half-written."""
_THREADS = ("OMP", "MKL", "OPENBLAS", "NUMEXPR", "VECLIB")


@dataclass(slots=True)
class _Slot:
    number: int
    process: subprocess.Popen[str] | None = None
    task: Path | None = None
    answered: bool = False
    """It has ended a task, so it can work at all."""
    log: Path = field(default_factory=Path)

    @property
    def name(self) -> str:
        return f"local-{self.number}"


class Local:
    """An engine of processes."""

    def __init__(
        self,
        slots: int,
        threads: int,
        logs: Path,
        devices: Sequence[str] = (),
        command: Sequence[str] = WORKER,
    ) -> None:
        """Start nothing yet: a process begins with its first task.

        Args:
            slots: processes at a time.
            threads: of each, so that they do not fight for cores.
            logs: folder of what the processes say on stderr.
            devices: GPUs by number, dealt out in turn; none leaves the choice to the run.
            command: what to start.
        """
        self._slots = [_Slot(number, log=logs / f"worker-{number}.log") for number in range(slots)]
        self._threads, self._devices, self._command = threads, tuple(devices), tuple(command)
        self._told: Queue[tuple[_Slot, subprocess.Popen[str], str | None]] = Queue()
        with write_errors(logs):
            logs.mkdir(parents=True, exist_ok=True)

    @property
    def free(self) -> int:
        """Slots without a task."""
        return sum(slot.task is None for slot in self._slots)

    def submit(self, task: Path) -> str:
        """Give a task to a free slot, and a process to the slot if it has none."""
        slot = next(slot for slot in self._slots if slot.task is None)
        if slot.process is None:
            self._start(slot)
        assert slot.process is not None
        assert slot.process.stdin is not None
        slot.task = task
        with suppress(OSError):  # that it is dead is told by the end of what it says
            slot.process.stdin.write(f"{task}\n")
            slot.process.stdin.flush()
        return slot.name

    def wait_any(self, timeout_s: float) -> list[Outcome]:
        """See ``Engine``.

        Raises:
            AnimecolorError: a worker dies before it has ended anything, as often as it is begun.
        """
        found: list[Outcome] = []
        try:
            told = self._told.get(timeout=timeout_s)
            while True:
                if (ended := self._ended(*told)) is not None:
                    found.append(ended)
                told = self._told.get_nowait()
        except Empty:
            return found

    def close(self) -> None:
        """See ``Engine``."""
        running = [slot for slot in self._slots if slot.process is not None]
        for slot in running:
            assert slot.process is not None
            slot.process.terminate()
        for slot in running:
            assert slot.process is not None
            try:
                slot.process.wait(_PATIENCE_S)
            except subprocess.TimeoutExpired:
                slot.process.kill()
                slot.process.wait()
            slot.process, slot.task = None, None

    def _start(self, slot: _Slot) -> None:
        with write_errors(slot.log), slot.log.open("ab") as log:
            slot.process = subprocess.Popen(
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=self._environment(slot),
                start_new_session=True,  # Ctrl-C reaches us, and we stop them
            )
        Thread(target=self._listen, args=(slot, slot.process), daemon=True).start()

    def _environment(self, slot: _Slot) -> dict[str, str]:
        threads = {f"{name}_NUM_THREADS": str(self._threads) for name in _THREADS}
        threads["OPENCV_FOR_THREADS_NUM"] = str(self._threads)
        if self._devices:
            device = self._devices[slot.number % len(self._devices)]
            threads["CUDA_VISIBLE_DEVICES"] = device
        return {**os.environ, **threads}

    def _listen(self, slot: _Slot, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with suppress(OSError, ValueError):
            for line in process.stdout:
                self._told.put((slot, process, line))
        process.wait()
        self._told.put((slot, process, None))

    def _ended(
        self, slot: _Slot, process: subprocess.Popen[str], line: str | None
    ) -> Outcome | None:
        if process is not slot.process:
            return None
        task, slot_task = slot.task, slot.task
        if line is not None:
            told = _answer(line)
            if told is None or slot_task is None:
                return None
            slot.task, slot.answered = None, True
            return outcome(slot_task, slot.name, told)
        code, slot.process, slot.task = process.returncode, None, None
        if task is None:
            return None
        if not slot.answered and code >= 0:
            raise AnimecolorError(f"a worker ends with code {code} at once; see {slot.log}")
        how = f"signal {-code}" if code < 0 else f"code {code}"
        return Outcome(task, slot.name, fault=Fault.LOST, error=f"its worker died ({how})")


def _answer(line: str) -> dict[str, Any] | None:
    """What a worker said; None for anything that is no answer, which some library printed."""
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and ("error" in told or "frames" in told) else None
