"""The ledger: what has become of every shot and episode. The only truth besides the files.

SQLite with a write-ahead log: one program writes, any number read at the same time. A shot file has
its final name only when it is complete, so a ledger that is lost costs nothing but its history.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animecolor.batch.worker import is_rendered
from animecolor.errors import AnimecolorError

if TYPE_CHECKING:
    from animecolor.batch.plan import Plan

NAME = "ledger.sqlite"
_SCHEMA = """
CREATE TABLE IF NOT EXISTS shot (
  key TEXT PRIMARY KEY, episode TEXT NOT NULL, number INTEGER NOT NULL, first INTEGER NOT NULL,
  frames INTEGER NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
  seconds REAL, worker TEXT, error TEXT, file TEXT NOT NULL, changed REAL NOT NULL
);
CREATE TABLE IF NOT EXISTS episode (
  name TEXT PRIMARY KEY, key TEXT NOT NULL, state TEXT NOT NULL, frames INTEGER NOT NULL,
  output TEXT NOT NULL, written TEXT, seconds REAL, verdict TEXT, passed INTEGER, report TEXT,
  error TEXT, changed REAL NOT NULL
);
"""


class State(StrEnum):
    """What has become of a shot or an episode."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    QUARANTINED = "quarantined"
    """It failed, and is left alone until a person says ``retry``."""
    STALE = "stale"
    """Nobody asks for it any more."""


@dataclass(frozen=True, slots=True)
class ShotRow:
    """One shot."""

    key: str
    episode: str
    number: int
    first: int
    frames: int
    state: State
    tries: int
    seconds: float | None
    worker: str | None
    error: str | None
    file: str


@dataclass(frozen=True, slots=True)
class EpisodeRow:
    """One episode."""

    name: str
    key: str
    state: State
    frames: int
    output: str
    written: str | None
    """Size and time of the result, as we left it."""
    seconds: float | None
    verdict: str | None
    """What the inspection said, in a line."""
    passed: int | None
    """Whether it passed: 1 or 0; None where it was not judged."""
    report: str | None
    error: str | None


class Ledger:
    """A job's ledger."""

    def __init__(self, folder: Path, reading: bool = False) -> None:
        """Open the ledger of a job's folder, which is made unless it is only read.

        Raises:
            AnimecolorError: there is none to read, or it is damaged.
        """
        self.path = folder / NAME
        if reading and not self.path.is_file():
            raise AnimecolorError(f"{folder} holds no job; render one first")
        with self._errors():
            self._open = sqlite3.connect(self.path, timeout=30, isolation_level=None)
            self._open.execute("PRAGMA journal_mode=WAL")
            self._open.execute("PRAGMA synchronous=NORMAL")
            self._open.executescript(_SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self._open.close()

    def take(self, plans: Sequence[Plan]) -> None:
        """Take over what is planned: what is rendered is done, what was cut short waits again.

        Rows of the planned episodes that nobody asks for any more become stale, and come back when
        they are asked for again.
        """
        with self._writing():
            for plan in plans:
                self._take(plan)

    def _take(self, plan: Plan) -> None:
        name = plan.episode.name
        known = {row.key: row for row in self.shots(name)}
        joined = self._take_episode(plan) is State.DONE
        self._set("UPDATE shot SET state = ? WHERE episode = ?", State.STALE, name)
        for job in plan.jobs:
            before = known.get(job.key)
            state = before.state if before else State.WAITING
            if state is not State.QUARANTINED:
                # Shot files of an episode that is joined may have been cleaned away.
                state = State.DONE if joined or is_rendered(job.task) else State.WAITING
            self._set(
                "INSERT INTO shot (key, episode, number, first, frames, state, file, changed) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
                "state = excluded.state, number = excluded.number, file = excluded.file",
                *(job.key, name, job.number, job.first, job.frames, state),
                *(str(job.task.result), time.time()),
            )

    def _take_episode(self, plan: Plan) -> State:
        name, output = plan.episode.name, str(plan.episode.output)
        before = next((row for row in self.episodes() if row.name == name), None)
        if before and before.key == plan.key:
            same = before.written == signature_of(plan.episode.output)
            state = State.DONE if before.state is State.DONE and same else State.WAITING
            if before.state is State.QUARANTINED:
                state = before.state
            self._set("UPDATE episode SET state = ? WHERE name = ?", state, name)
            return state
        self._set(
            "INSERT INTO episode (name, key, state, frames, output, changed) "
            "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET key = excluded.key, "
            "state = excluded.state, frames = excluded.frames, output = excluded.output, "
            "error = NULL, verdict = NULL, passed = NULL, report = NULL",
            *(name, plan.key, State.WAITING, plan.survey.frames, output, time.time()),
        )
        return State.WAITING

    def keep(self, names: Sequence[str]) -> None:
        """Leave out the episodes that are not among these."""
        with self._writing():
            for row in self.episodes():
                if row.name not in names:
                    self._set("DELETE FROM episode WHERE name = ?", row.name)
                    self._set("UPDATE shot SET state = ? WHERE episode = ?", State.STALE, row.name)

    def fail_episode(self, name: str, output: Path, error: str) -> None:
        """An episode that could not be planned."""
        self._set(
            "INSERT INTO episode (name, key, state, frames, output, error, changed) "
            "VALUES (?, '', ?, 0, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
            "state = excluded.state, key = '', error = excluded.error",
            *(name, State.QUARANTINED, str(output), error, time.time()),
        )

    def begin(self, key: str, worker: str) -> None:
        """A shot goes to a worker."""
        self._set(
            "UPDATE shot SET state = ?, worker = ?, tries = tries + 1, changed = ? WHERE key = ?",
            *(State.RUNNING, worker, time.time(), key),
        )

    def settle(self, key: str, state: State, seconds: float | None, error: str | None) -> None:
        """What became of a shot."""
        self._set(
            "UPDATE shot SET state = ?, seconds = coalesce(?, seconds), error = ?, changed = ? "
            "WHERE key = ?",
            *(state, seconds, error, time.time(), key),
        )

    def settle_episode(self, name: str, state: State, **said: str | float | None) -> None:
        """What became of an episode: fields of ``EpisodeRow`` besides its state."""
        names = [f.name for f in fields(EpisodeRow) if f.name in said]
        assert len(names) == len(said)
        places = "".join(f", {name} = ?" for name in names)
        self._set(
            f"UPDATE episode SET state = ?, changed = ?{places} WHERE name = ?",
            *(state, time.time(), *(said[each] for each in names), name),
        )

    def release(self, names: Sequence[str]) -> int:
        """Let quarantined shots and episodes wait again. Returns how many.

        Args:
            names: ``ep01`` or ``ep01/0003``; none for all.
        """
        count = 0
        with self._writing():
            for row in self.shots():
                name = f"{row.episode}/{row.number:04d}"
                asked = not names or row.episode in names or name in names
                if row.state is State.QUARANTINED and asked:
                    self._set("UPDATE shot SET state = ? WHERE key = ?", State.WAITING, row.key)
                    count += 1
            for each in self.episodes():
                if each.state is State.QUARANTINED and (not names or each.name in names):
                    sentence = "UPDATE episode SET state = ? WHERE name = ?"
                    self._set(sentence, State.WAITING, each.name)
                    count += 1
        return count

    def forget(self, keys: Sequence[str]) -> None:
        """Drop shots."""
        with self._writing():
            for key in keys:
                self._set("DELETE FROM shot WHERE key = ?", key)

    def shots(self, episode: str | None = None) -> list[ShotRow]:
        """Every shot, in order of episodes and numbers."""
        names = ", ".join(f.name for f in fields(ShotRow))
        where, asked = ("", ()) if episode is None else (" WHERE episode = ?", (episode,))
        with self._errors():
            rows = self._open.execute(
                f"SELECT {names} FROM shot{where} ORDER BY episode, number", asked
            ).fetchall()
        return [ShotRow(**_named(ShotRow, row)) for row in rows]

    def episodes(self) -> list[EpisodeRow]:
        """Every episode, by name."""
        names = ", ".join(f.name for f in fields(EpisodeRow))
        with self._errors():
            rows = self._open.execute(f"SELECT {names} FROM episode ORDER BY name").fetchall()
        return [EpisodeRow(**_named(EpisodeRow, row)) for row in rows]

    def _set(self, sentence: str, *values: object) -> None:
        with self._errors():
            self._open.execute(sentence, values)

    @contextmanager
    def _writing(self) -> Iterator[None]:
        """All or nothing."""
        self._set("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._open.rollback()
            raise
        self._set("COMMIT")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:
            raise AnimecolorError(f"{self.path}: {error}") from error
        except (sqlite3.DatabaseError, ValueError) as error:
            raise AnimecolorError(
                f"{self.path} is damaged ({error}); remove it: what is rendered will be found again"
            ) from error


def _named(kind: type[ShotRow] | type[EpisodeRow], row: Sequence[Any]) -> dict[str, Any]:
    told = dict(zip((f.name for f in fields(kind)), row, strict=True))
    return told | {"state": State(told["state"])}


def signature_of(output: Path) -> str | None:
    """Size and time of a result; None where there is none."""
    try:
        stat = output.stat()
    except OSError:
        return None
    return f"{stat.st_size} {stat.st_mtime_ns}"
