"""``animecolor batch render``: plan, check, render, show how it stands, write the pages."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from animecolor.cli.batch_worker import perform
from animecolor.cli.messages import quiet
from animecolor.errors import AnimecolorError, UsageError, printable
from animecolor.frame import Frame

if TYPE_CHECKING:
    from animecolor.batch.engine import Engine
    from animecolor.batch.ledger import Ledger
    from animecolor.batch.manifest import Episode, Manifest
    from animecolor.batch.plan import Plan
    from animecolor.batch.render import Summary

log = logging.getLogger("animecolor")

QUARANTINED = 4
FAILED_INSPECTION = 3
_LINE_EVERY_S, _PAGE_EVERY_S = 10.0, 3.0
_HOME, _CLEAR = "\x1b[H", "\x1b[J"


@dataclass(frozen=True, slots=True)
class Crew:
    """Who works: how many, on what."""

    engine: str
    workers: int
    threads: int
    devices: tuple[str, ...] = ()
    address: str | None = None

    @classmethod
    def of(cls, workers: int | None, threads: int | None, engine: str, address: str | None) -> Crew:
        """Fill in what was not said: a worker a GPU, or else a worker a core."""
        import torch

        gpus = torch.cuda.device_count() if torch.cuda.is_available() else 0
        cores = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
        workers = workers or gpus or cores
        threads = threads or max(1, cores // workers)
        return cls(engine, workers, threads, tuple(map(str, range(gpus))), address)

    @contextmanager
    def engine_for(self, folder: Path) -> Iterator[Engine]:
        """The engine, stopped at the end whatever happens."""
        if self.engine == "ray":
            from animecolor.batch.ray_runner import Ray

            engine: Engine = Ray(
                perform, self.workers, self.threads, self.address, bool(self.devices)
            )
        else:
            from animecolor.batch.local import Local

            engine = Local(self.workers, self.threads, folder / "logs", self.devices)
        try:
            yield engine
        finally:
            engine.close()


@dataclass(slots=True)
class Screen:
    """Lines on stdout, or one table that is drawn over and over."""

    live: bool
    _begun: bool = False

    def show(self, lines: Sequence[str]) -> None:
        """Show these lines in place of the last."""
        over = self.live and sys.stdout.isatty()
        if over and not self._begun:
            click.echo("\x1b[2J", nl=False)
        self._begun = True
        click.echo((_HOME + _CLEAR if over else "") + "\n".join(lines))

    def rest(self) -> None:
        """Until it is time to look again."""
        time.sleep(1.0)


def render_job(sheet: Manifest, crew: Crew, overwrite: bool, wait: bool, watch: bool) -> int:
    """Render what is not rendered yet. Returns the exit code.

    Raises:
        UsageError: a result exists that this job did not make.
        AnimecolorError: another run is at work, or the disk is full.
    """
    from animecolor.batch.job import folder_of, working
    from animecolor.batch.ledger import State
    from animecolor.batch.render import Driver
    from animecolor.batch.status import status_of

    folder = folder_of(sheet.path)
    with working(sheet, wait) as ledger:
        _check_results(sheet, ledger, overwrite)
        plans = _planned(sheet, ledger)
        _check_room(plans, ledger, folder)
        board = _Board(sheet, ledger, crew.workers, watch)
        try:
            with crew.engine_for(folder) as engine:
                summary = Driver(plans, ledger, engine, board.beat).run()
        finally:
            board.end()
        _tell(summary)
        ended = status_of(ledger)
        for episode in ended.episodes:
            if episode.state is State.DONE:
                said = f": {episode.verdict}" if episode.verdict else ""
                click.echo(printable(f"{episode.output} ({episode.frames} frames){said}"))
    if ended.quarantined:
        return QUARANTINED
    failed = any(episode.passed is False for episode in ended.episodes)
    return FAILED_INSPECTION if failed else 0


def _planned(sheet: Manifest, ledger: Ledger) -> list[Plan]:
    from animecolor.batch.job import plan_job

    def watch(episode: Episode) -> Callable[[Frame], None]:
        meter = _Meter(f"planning {episode.name}")
        return lambda frame: meter.count()

    def complain(episode: Episode, error: str) -> None:
        log.error("%s cannot be planned: %s", episode.name, error)

    return plan_job(sheet, ledger, None if quiet() else watch, complain)


@dataclass(slots=True)
class _Meter:
    """Frames a clip's survey has seen, in a line now and then."""

    title: str
    seen: int = 0
    told: float = field(default_factory=time.monotonic)

    def count(self) -> None:
        self.seen += 1
        if time.monotonic() - self.told > _LINE_EVERY_S:
            self.told = time.monotonic()
            click.echo(f"{self.title}: frame {self.seen}", err=True)


class _Board:
    """Shows how a job stands, on the terminal and on its page."""

    def __init__(self, sheet: Manifest, ledger: Ledger, slots: int, live: bool) -> None:
        from animecolor.batch.job import folder_of

        self._ledger, self._slots, self._sheet = ledger, slots, sheet
        self._folder = folder_of(sheet.path)
        self._screen = Screen(live)
        self._live = live
        self._told = self._written = time.monotonic()

    def beat(self) -> None:
        """Twice a second or so."""
        from animecolor.batch.status import status_of, table

        now = time.monotonic()
        line_due = not quiet() and now - self._told > (1.0 if self._live else _LINE_EVERY_S)
        page_due = now - self._written > _PAGE_EVERY_S
        if not line_due and not page_due:
            return
        status = status_of(self._ledger)
        if line_due:
            self._told = now
            if self._live:
                self._screen.show([printable(line) for line in table(status, self._slots)])
            else:
                done, spent = status.frames_done, status.seconds_per_frame or 0.0
                left = (status.frames - done) * spent / self._slots
                said = f", about {left:.0f} s left" if left else ""
                click.echo(f"{done} of {status.frames} frames are rendered{said}", err=True)
        if page_due:
            self._written = now
            self._write("status.html", True)

    def end(self) -> None:
        """The last look: the page of the season, too."""
        self._write("status.html", True)
        self._write("season.html", False)

    def _write(self, name: str, live: bool) -> None:
        from animecolor.batch.page import write_page
        from animecolor.batch.status import status_of

        try:
            title = f"{self._sheet.path.stem}: {'the job' if live else 'the season'}"
            write_page(self._folder / name, status_of(self._ledger), title, live)
        except AnimecolorError as error:
            log.warning("the page could not be written: %s", error)


def _check_results(sheet: Manifest, ledger: Ledger, overwrite: bool) -> None:
    """Refuse to replace what this job did not make."""
    from animecolor.batch.ledger import signature_of
    from animecolor.cli.target import check_spares, check_target

    ours = {(row.output, row.written) for row in ledger.episodes()}
    for episode in sheet.episodes:
        check_spares([episode.output], episode.render)
        made = (str(episode.output), signature_of(episode.output)) in ours
        check_target(episode.output, episode.source, overwrite or made)


def _check_room(plans: Sequence[Plan], ledger: Ledger, folder: Path) -> None:
    """Refuse before any work what could not be written at its end.

    Raises:
        UsageError, AnimecolorError: as ``encode.check`` and ``check_writable``.
    """
    from animecolor.batch.join import LOSSLESS
    from animecolor.batch.ledger import State
    from animecolor.video.encode import check
    from animecolor.video.part import check_writable, write_errors
    from animecolor.video.plan import bytes_needed, plan_output

    done = {row.key for row in ledger.shots() if row.state is State.DONE}
    needed = 0
    for plan in plans:
        left = [job for job in plan.jobs if job.key not in done]
        if not left:
            continue
        shots = replace(plan.info, frames=sum(job.frames for job in left), streams=())
        needed += bytes_needed(plan_output(left[0].task.result, LOSSLESS, shots), shots)
        target = plan.episode.output
        with write_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
        check(target, plan.episode.render.output, replace(plan.info, frames=plan.survey.frames))
    if needed:
        check_writable(folder / "shots", needed)


def _tell(summary: Summary) -> None:
    """What a person who renders may want to know of the engine."""
    if summary.overhead_s is not None:
        log.info("the engine added %.1f ms to a shot (median)", summary.overhead_s * 1000)
    if summary.lost:
        log.warning("%d workers died and were begun anew", summary.lost)


def estimate(sheet: Manifest, crew: Crew, overwrite: bool) -> int:
    """Plan, and say what is ahead from a sample that is timed. Returns the exit code."""
    from animecolor.batch.job import working
    from animecolor.batch.ledger import State
    from animecolor.batch.sample import seconds_per_frame
    from animecolor.batch.schedule import Load, finish_times, turn_of

    with working(sheet) as ledger:
        _check_results(sheet, ledger, overwrite)
        plans = _planned(sheet, ledger)
        _use_threads(crew.threads)  # as each worker will
        states = {row.key: row.state for row in ledger.shots()}
        loads = []
        wanted = sorted(plans, key=lambda plan: -plan.episode.priority)
        for number, plan in enumerate(wanted):
            turn = turn_of(number, len(wanted), crew.workers)
            left = [job for job in plan.jobs if states[job.key] is not State.DONE]
            pace = seconds_per_frame(plan, left) if left else 0.0
            loads += [Load(plan.episode.priority, job.frames * pace, turn) for job in left]
            frames = sum(job.frames for job in left)
            click.echo(
                printable(
                    f"{plan.episode.name}: {len(plan.jobs)} shots, {plan.survey.frames} frames; "
                    f"{len(left)} shots, {frames} frames to render at {pace:.3f} s each; "
                    f"{plan.folder / 'shots.csv'}"
                )
            )
        ends = finish_times(loads, crew.workers)
    work, last = sum(load.cost for load in loads), max(ends, default=0.0)
    click.echo(f"{work:.0f} s of work; about {last:.0f} s with {crew.workers} workers, joins aside")
    return QUARANTINED if len(plans) < len(sheet.episodes) else 0


def _use_threads(count: int) -> None:
    import cv2
    import torch

    torch.set_num_threads(count)
    cv2.setNumThreads(count)


def export_job(sheet: Manifest, kind: str, output: Path, threads: int) -> str:
    """Plan the job, write its tasks and the farm's file. Returns what to say."""
    from animecolor.batch.export import export
    from animecolor.batch.job import working
    from animecolor.batch.task import write_task

    if output.suffix not in (".yaml", ".json", ".sh", ".sbatch"):
        raise UsageError(f"{output}: an OpenJD template is .yaml or .json, a Slurm script .sh")
    with working(sheet) as ledger:
        plans = _planned(sheet, ledger)
        for plan in plans:
            for job in plan.jobs:
                write_task(plan.file_of(job), job.task)
            write_task(plan.join_file, plan.joining())
        if len(plans) < len(sheet.episodes):
            raise AnimecolorError("not every episode could be planned; nothing was exported")
    return export(plans, kind, output, threads)
