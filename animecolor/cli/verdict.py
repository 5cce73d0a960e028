"""``animecolor run --qa``: judge the result against what it was made of."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from animecolor.cli.inspection import (
    FAILED,
    Judging,
    Look,
    check_place,
    command_line,
    inspect,
    told,
    write_report,
)
from animecolor.cli.target import STDIO, place_of
from animecolor.errors import UsageError, printable
from animecolor.video.presets import find_preset

if TYPE_CHECKING:
    from animecolor.config import Render

log = logging.getLogger(__name__)

PROFILES = Path(__file__).parents[1] / "qa" / "verdict" / "profiles"


def _profile(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Refuse what is no profile: most likely the INPUT, taken for one."""
    names = sorted(path.stem for path in PROFILES.glob("*.toml"))
    if value is None or value in names or value.lower().endswith(".toml"):
        return value
    said = f"{value!r} is no profile ({', '.join(names)}, or a .toml file); put --qa after INPUT"
    raise click.BadParameter(said, ctx, param)


QA = (
    click.option(
        "--qa",
        metavar="[PROFILE]",
        is_flag=False,
        flag_value="tv",
        callback=_profile,
        help="After INPUT: also judge the result, as `animecolor qa` does; 3 if it fails [tv].",
    ),
)


def report_of(target: Path, render: Render) -> Path:
    """Where the report on a result goes: ``<stem>.qa`` beside it."""
    place = place_of(target)
    name = place.name if find_preset(render.output.preset).images else place.stem
    return place.with_name(f"{name}.qa")


def check_qa(
    profile: str, target: Path, render: Render, taken: Mapping[str, Path], overwrite: bool
) -> None:
    """Refuse before any work what could not be judged after it.

    Raises:
        UsageError: no such profile; the result has no name; the report's folder may not be
            replaced, or something else is written there.
    """
    from animecolor.qa.verdict.profile import read_profile

    read_profile(profile)
    if target == STDIO:
        raise UsageError("--qa judges a file, and standard output is none; name one with -o")
    folder = report_of(target, render)
    for name, other in taken.items():
        if folder.resolve() == other.resolve():
            raise UsageError(f"{folder}, where the report goes, is the {name}; name another one")
    check_place(folder, overwrite)


def _shots(render: Render) -> dict[str, object]:
    """Where the cuts of the result are; a list counts from where the input begins."""
    moved = render.range.start is not None and render.shots.list is not None
    return {} if moved else render.shots.model_dump()


def judge_result(profile: str, target: Path, source: Path, render: Render, meter: str) -> int:
    """Judge a result that is complete; it stays whatever comes out. Returns the exit code."""
    from animecolor.qa.report.files import PAGE, files
    from animecolor.qa.verdict.profile import read_profile

    if source == STDIO:
        log.warning("%s is judged without its source, standard input being read", target)
    look = Look(
        source=None if source == STDIO else source,
        palette=render.finish.palette,
        shots=_shots(render),
        beside=render.range.model_dump(),
        meter=meter,
    )
    words = [str(target), *(["--source", str(source)] if look.source else [])]
    words += ["--palette", str(look.palette)] if look.palette else []
    command = command_line([*words, "--profile", profile])
    report = inspect(target, look, Judging(read_profile(profile)), command)
    folder = report_of(target, render)
    write_report(folder, dict(files(report)))
    click.echo("\n".join([*told(report), printable(str(folder / PAGE))]))
    return 0 if report.verdict.passed else FAILED
