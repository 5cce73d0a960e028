"""``animecolor batch``: many clips as one job, shot by shot, resumed after anything."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import TYPE_CHECKING

import click

from animecolor.cli.messages import reporting, say
from animecolor.cli.options import options
from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    from animecolor.batch.manifest import Manifest

log = logging.getLogger(__name__)

QUARANTINED = 4
"""Exit code where something was quarantined and the rest is done."""
FILE = click.Path(path_type=Path)
MANIFEST = click.argument("manifest", type=FILE)


@click.group()
def batch() -> None:
    """Render many clips as one job: shot by shot, resumed after anything.

    MANIFEST is a TOML or CSV file that `batch init` can write; the job is kept beside it.
    """


@batch.command()
@click.argument("folder", type=FILE)
@click.option("-o", "--output", type=FILE, help="The manifest [FOLDER/season.toml].")
@click.option("-y", "--overwrite", is_flag=True, help="Replace a manifest that exists.")
@reporting
def init(folder: Path, output: Path | None, overwrite: bool) -> None:
    """Write a manifest of the clips and image sequences in FOLDER."""
    from animecolor.batch.draft import draft
    from animecolor.video.part import part_file, write_errors

    target = output or folder / "season.toml"
    if target.exists() and not overwrite:
        raise UsageError(f"{target} exists; pass -y to replace it")
    text, count = draft(folder, target)
    with part_file(target) as part, write_errors(target):
        part.write_text(text, encoding="utf-8")
    click.echo(f"{printable(str(target))} ({count} episodes)")


ENGINE = (
    click.option("--workers", type=click.IntRange(1, 1024), help="How many [one a core or GPU]."),
    click.option(
        "--threads", type=click.IntRange(1, 256), help="Of each worker [cores for each worker]."
    ),
    click.option("--engine", type=click.Choice(["local", "ray"]), default="local"),
    click.option("--address", metavar="ADDRESS", help="Of a Ray cluster: ray://host:10001."),
)


@batch.command()
@MANIFEST
@options(ENGINE)
@click.option("-n", "--dry-run", is_flag=True, help="Plan, render a sample, say what is ahead.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace results that others made.")
@click.option("--wait", is_flag=True, help="For another run of the job, rather than refuse.")
@click.option("--watch", is_flag=True, help="Show a live table.")
@reporting
def render(
    manifest: Path,
    workers: int | None,
    threads: int | None,
    engine: str,
    address: str | None,
    dry_run: bool,
    overwrite: bool,
    wait: bool,
    watch: bool,
) -> int:
    """Render what is not rendered yet. Exit code 4 where something was quarantined."""
    from animecolor.cli.batch_render import Crew, estimate, render_job

    if address and engine != "ray":
        raise UsageError("--address is of a Ray cluster; it needs --engine ray")
    crew = Crew.of(workers, threads, engine, address)
    sheet = read(manifest)
    if dry_run:
        return estimate(sheet, crew, overwrite)
    return render_job(sheet, crew, overwrite, wait, watch)


@batch.command()
@MANIFEST
@click.option("--json", "as_json", is_flag=True, help="For programs.")
@click.option("--watch", is_flag=True, help="Again every second, until the job is done.")
@reporting
def status(manifest: Path, as_json: bool, watch: bool) -> None:
    """Say how a job stands; another run may be at work on it."""
    from animecolor.batch.job import folder_of
    from animecolor.batch.ledger import Ledger
    from animecolor.batch.status import status_of, table
    from animecolor.cli.batch_render import Screen

    ledger = Ledger(folder_of(manifest), reading=True)
    screen = Screen(watch)
    while True:
        found = status_of(ledger)
        lines = [found.model_dump_json()] if as_json else table(found)
        screen.show([printable(line) for line in lines])
        if not watch or found.done:
            return
        screen.rest()


@batch.command()
@MANIFEST
@click.argument("names", nargs=-1)
@reporting
def retry(manifest: Path, names: tuple[str, ...]) -> None:
    """Let quarantined shots (ep01/0003) or episodes (ep01) wait again; all without NAMES."""
    from animecolor.batch.job import working

    with working(read(manifest)) as ledger:
        count = ledger.release(names)
    click.echo(f"{count} wait again; render the job")
    if names and not count:
        raise UsageError(f"nothing of {', '.join(names)} is quarantined")


@batch.command()
@MANIFEST
@click.option("--all", "everything", is_flag=True, help="Those that are still needed, too.")
@click.option("-n", "--dry-run", is_flag=True, help="Say what would be removed.")
@reporting
def clean(manifest: Path, everything: bool, dry_run: bool) -> None:
    """Remove shot files that are needed no more; results and reports stay."""
    from animecolor.batch.job import plan_job, spare_files, working

    with working(read(manifest)) as ledger:
        spare = spare_files(ledger, plan_job(read(manifest), ledger), everything)
        size = sum(file.stat().st_size for file in spare)
        if not dry_run:
            for file in spare:
                file.unlink(missing_ok=True)
    said = "would be removed" if dry_run else "removed"
    click.echo(f"{len(spare)} files, {size / 1e6:.1f} MB, {said}")


@batch.command()
@MANIFEST
@click.option("--format", "kind", type=click.Choice(["openjd", "slurm"]), required=True)
@click.option("-o", "--output", type=FILE, required=True, help="The template or script.")
@click.option("--threads", type=click.IntRange(1, 256), default=1, help="Of a task.")
@reporting
def export(manifest: Path, kind: str, output: Path, threads: int) -> None:
    """Write the job for a render farm, whose tasks run the same worker."""
    from animecolor.cli.batch_render import export_job

    click.echo(printable(export_job(read(manifest), kind, output, threads)))


@batch.command(hidden=True)
@reporting
def worker() -> None:
    """Do the tasks that standard input names."""
    from animecolor.cli.batch_worker import serve

    serve()


@batch.command(hidden=True)
@click.argument("task", type=FILE)
@click.option("--number", type=click.IntRange(0), help="Of a line of TASK, a list of tasks.")
@reporting
def do(task: Path, number: int | None) -> int:
    """Do one task, as a farm's machine does; says the outcome as JSON."""
    from animecolor.cli.batch_worker import perform
    from animecolor.errors import AnimecolorError

    told = perform(str(task) if number is None else _listed(task, number))
    if "error" in told:
        raise AnimecolorError(str(told["error"]))
    click.echo(json.dumps(told))
    return 0


def _listed(file: Path, number: int) -> str:
    try:
        tasks = file.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"cannot read the list of tasks {file}: {error}") from error
    if number >= len(tasks):
        raise UsageError(f"{file} has {len(tasks)} tasks, none with the number {number}")
    return tasks[number]


def read(path: Path) -> Manifest:
    """A manifest whose every run can be; all that is wrong with it is said at once.

    Raises:
        UsageError: something is wrong.
    """
    from animecolor.batch.manifest import Fault, FaultyManifest, read_manifest
    from animecolor.cli.run import check_able, check_finish
    from animecolor.errors import AnimecolorError
    from animecolor.qa.verdict.profile import read_profile

    try:
        manifest = read_manifest(path)
        faults = []
        for episode in manifest.episodes:
            try:
                check_finish(episode.render)
                check_able(episode.render, confidence=False)
                if episode.qa is not None:
                    read_profile(episode.qa)
            except AnimecolorError as error:
                faults.append(Fault(episode.line, f"{episode.name}: {error}"))
        if faults:
            raise FaultyManifest(path, faults)
        return manifest
    except FaultyManifest as error:
        for fault in error.faults:
            say(f"{path}, line {fault.line}: {fault.sentence}")
        raise
