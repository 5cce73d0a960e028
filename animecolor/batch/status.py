"""How a job stands, as numbers: for a table, for programs, for a page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from animecolor.batch.ledger import EpisodeRow, Ledger, ShotRow, State


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Trouble(_Frozen):
    """A quarantined shot or episode."""

    name: str
    error: str


class Running(_Frozen):
    """A shot that a worker has."""

    name: str
    frames: int
    worker: str


class EpisodeStatus(_Frozen):
    """One episode."""

    name: str
    state: State
    frames: int
    shots: dict[State, int]
    """Number of shots in each state."""
    frames_done: int
    seconds: float
    """That workers spent on its shots."""
    output: str
    verdict: str | None
    passed: bool | None
    report: str | None


class Status(_Frozen):
    """A job."""

    version: Literal[1] = 1
    done: bool
    """Every episode has its result."""
    frames: int
    frames_done: int
    seconds_per_frame: float | None
    """Of one worker; None until a shot is done."""
    episodes: tuple[EpisodeStatus, ...]
    running: tuple[Running, ...]
    quarantined: tuple[Trouble, ...]


def status_of(ledger: Ledger) -> Status:
    """Read how a job stands.

    Raises:
        AnimecolorError: the ledger cannot be read.
    """
    shots = [row for row in ledger.shots() if row.state is not State.STALE]
    rows = ledger.episodes()
    episodes = tuple(
        _episode(row, [shot for shot in shots if shot.episode == row.name]) for row in rows
    )
    seconds = sum(shot.seconds or 0 for shot in shots if shot.seconds)
    timed = sum(shot.frames for shot in shots if shot.seconds)
    return Status(
        done=all(episode.state is State.DONE for episode in episodes),
        frames=sum(episode.frames for episode in episodes),
        frames_done=sum(episode.frames_done for episode in episodes),
        seconds_per_frame=seconds / timed if timed else None,
        episodes=episodes,
        running=tuple(
            Running(name=_name(shot), frames=shot.frames, worker=shot.worker or "")
            for shot in shots
            if shot.state is State.RUNNING
        ),
        quarantined=tuple(_troubles(rows, shots)),
    )


def _episode(row: EpisodeRow, shots: Sequence[ShotRow]) -> EpisodeStatus:
    counts = Counter(shot.state for shot in shots)
    at_work = row.state is State.WAITING and counts[State.RUNNING] > 0
    return EpisodeStatus(
        name=row.name,
        state=State.RUNNING if at_work else row.state,
        frames=row.frames,
        shots=dict(counts),
        frames_done=sum(shot.frames for shot in shots if shot.state is State.DONE),
        seconds=sum(shot.seconds or 0 for shot in shots),
        output=row.output,
        verdict=row.verdict,
        passed=None if row.passed is None else bool(row.passed),
        report=row.report,
    )


def _troubles(episodes: Iterable[EpisodeRow], shots: Iterable[ShotRow]) -> list[Trouble]:
    bad = State.QUARANTINED
    found = [Trouble(name=e.name, error=e.error or "") for e in episodes if e.state is bad]
    return found + [Trouble(name=_name(s), error=s.error or "") for s in shots if s.state is bad]


def _name(shot: ShotRow) -> str:
    return f"{shot.episode}/{shot.number:04d}"


def table(status: Status, slots: int | None = None) -> list[str]:
    """A job in lines for a terminal.

    Args:
        status: how it stands.
        slots: workers, for an estimate of the time left; None where nothing is running.
    """
    lines = [f"{'episode':20} {'state':12} {'shots':>11} {'frames':>15}  worker time"]
    for episode in status.episodes:
        total = sum(episode.shots.values())
        done = episode.shots.get(State.DONE, 0)
        lines.append(
            f"{episode.name[:20]:20} {episode.state:12} {f'{done}/{total}':>11} "
            f"{f'{episode.frames_done}/{episode.frames}':>15}  {_clock(episode.seconds)}"
        )
        if episode.verdict:
            lines.append(f"    {episode.verdict}")
    lines += [f"running: {each.name} on {each.worker}" for each in status.running]
    lines += [f"quarantined: {each.name}: {each.error}" for each in status.quarantined]
    left = status.frames - status.frames_done
    if slots and left and status.seconds_per_frame:
        lines.append(f"about {_clock(left * status.seconds_per_frame / slots)} left")
    return lines


def _clock(seconds: float) -> str:
    whole = round(seconds)
    return f"{whole // 3600}:{whole // 60 % 60:02}:{whole % 60:02}"
