"""Tasks: one shot, or one episode to be joined; each complete, so that any machine can do it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from animecolor.batch.survey import Timing
from animecolor.config import complaint
from animecolor.errors import UsageError
from animecolor.video.part import write_errors

_LARGEST = 64 << 20


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShotTask(_Frozen):
    """What ``worker.render_shot`` is told. Paths are absolute."""

    kind: Literal["shot"] = "shot"
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


class Piece(_Frozen):
    """A shot file of an episode."""

    name: str
    file: Path
    frames: int = Field(ge=1)


class JoinTask(_Frozen):
    """What ``join.join`` is told. Paths are absolute."""

    kind: Literal["join"] = "join"
    version: Literal[1] = 1
    name: str
    """The episode."""
    source: Path
    result: Path
    render: dict[str, Any]
    """The episode's settled run."""
    timing: Timing
    pieces: tuple[Piece, ...] = Field(min_length=1)
    qa: str | None = None
    """Profile that the result is judged with."""
    cuts: Path | None = None
    """The shots, as a list that judging can read."""


Task = Annotated[ShotTask | JoinTask, Field(discriminator="kind")]
_TASK: TypeAdapter[ShotTask | JoinTask] = TypeAdapter(Task)


def read_task(path: Path) -> ShotTask | JoinTask:
    """Read a task.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a task")
        return _TASK.validate_json(path.read_bytes())
    except OSError as error:
        raise UsageError(f"cannot read the task {path}: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(f"{path} is no task: {complaint(error)[:200]}") from error


def write_task(path: Path, task: ShotTask | JoinTask) -> None:
    """Write a task, whole or not at all; one that is there already is left as it is.

    Not made durable: what is lost with the machine is planned again.

    Raises:
        AnimecolorError: the system refused.
    """
    text = task.model_dump_json(indent=1) + "\n"
    with write_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return
        part = path.with_name(f".{path.stem}.{os.getpid():08d}.part{path.suffix}")
        part.write_text(text, encoding="utf-8")
        part.replace(path)
