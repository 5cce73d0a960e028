"""What an engine does: takes tasks, says what became of them. Knows no ledger and no policy."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol


class Fault(StrEnum):
    """Why a task did not end well."""

    LOST = "lost"
    """Its worker died: killed, out of memory, crashed. Not known to be the task's fault."""
    FAILED = "failed"
    """What it was told to read or to do is wrong; trying again would end the same."""
    FULL = "full"
    """The disk is full."""
    MEMORY = "memory"
    """The device has too little memory."""
    BUG = "bug"
    """Anything else."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task."""

    task: Path
    worker: str
    seconds: float = 0.0
    """Spent on the task itself."""
    told: dict[str, Any] | None = None
    """What it returned; None where it did not end well."""
    fault: Fault | None = None
    error: str = ""


Perform = Callable[[str], dict[str, Any]]
"""Does the task in a file. Returns what is told of it, or ``error`` and ``fault``; never raises."""


class Engine(Protocol):
    """Does tasks, several at a time."""

    @property
    def free(self) -> int:
        """Tasks that can be submitted now."""

    def submit(self, task: Path) -> str:
        """Begin a task; returns the worker's name."""

    def wait_any(self, timeout_s: float) -> list[Outcome]:
        """What has ended since; waits for one at most so long."""

    def close(self) -> None:
        """Stop everything at once. What was begun leaves no file under a final name."""


def outcome(task: Path, worker: str, told: dict[str, Any]) -> Outcome:
    """What a worker's answer means."""
    seconds = float(told.get("seconds", 0.0))
    if "error" in told:
        return Outcome(task, worker, seconds, None, Fault(told["fault"]), str(told["error"]))
    return Outcome(task, worker, seconds, told)
