"""A task: one shot, complete; all that a worker anywhere must know to render it."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from animecolor.config import complaint
from animecolor.errors import UsageError

_LARGEST = 16 << 20


class Task(BaseModel):
    """What ``worker.render_shot`` is told. Paths are absolute."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    name: str
    """``ep01/0003``: the episode, and the number of the shot."""
    source: Path
    result: Path
    """The shot file, whose name holds the key of what it was made of."""
    frames: int = Field(ge=1)
    """How many the shot has: a file with another number is not finished."""
    render: dict[str, Any]
    """The settled run: its range is the shot, and it finds no cuts."""
    keyframes: dict[str, Path] = Field(default_factory=dict)
    """Name that a painted frame has for this run, to its file."""


def read_task(path: Path) -> Task:
    """Read a task.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a task")
        return Task.model_validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read the task {path}: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(f"{path} is no task: {complaint(error)[:200]}") from error
