"""``animecolor qa``: judge a coloured clip, whoever painted it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from animecolor.cli.comparison import check_count, compared_before, contents_of
from animecolor.cli.inspection import (
    FAILED,
    Judging,
    Look,
    check_look,
    check_place,
    command_line,
    inspect,
    summary,
    told,
    verdict_line,
    write_report,
)
from animecolor.cli.messages import reporting
from animecolor.cli.options import FILE, PROGRESS, shot_list
from animecolor.cli.target import STDIO, stem_of
from animecolor.errors import UsageError, printable

SUFFIX = ".qa"


class _Qa(click.Command):
    """``qa CLIP`` is the command itself; ``qa calibrate`` is one of its own beside it."""

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        if args[:1] == ["calibrate"]:
            from animecolor.cli.calibrate import calibrate

            return calibrate.make_context(f"{info_name} calibrate", args[1:], parent, **extra)
        words = list(args)
        context = super().make_context(info_name, args, parent, **extra)
        context.obj = command_line(words)
        return context


@click.command(cls=_Qa, context_settings={"show_default": False})
@click.argument("clip", type=FILE)
@click.option("-o", "--output", type=FILE, metavar="DIR", help="Report [beside it: STEM.qa].")
@click.option("-y", "--overwrite", is_flag=True, help="Replace a report that is there.")
@click.option("--source", type=FILE, help="What CLIP was painted from: lines, grey or color.")
@click.option("--reference", type=FILE, help="The true pictures.")
@click.option("--palette", type=FILE, help="Colors it may have: .toml, .gpl or .ase.")
@click.option(
    "--shots",
    metavar="FILE|none",
    callback=shot_list,
    help="Shot list (.csv .edl .otio), or no cuts at all [cuts are found].",
)
@click.option(
    "--profile", default="tv", metavar="NAME|FILE", help="Limits: tv, film, cel or a .toml [tv]."
)
@click.option("--suppress", type=FILE, help="What is accepted, a line each: CLIP:SHOT:FRAMES why.")
@click.option("--warn-as-fail", is_flag=True, help="Fail where there is a warning.")
@click.option(
    "--compare", type=FILE, multiple=True, metavar="OTHER", help="Other results to lie beside it."
)
@click.option("--size", metavar="ROWS", help="Rows of analysis, or native [the profile's].")
@click.option("--start", metavar="TIME", help="Begin at 1.5, 00:00:01:12 or 48f.")
@click.option("--end", metavar="TIME", help="Stop before: as --start.")
@click.option("--frames", type=click.IntRange(min=1), help="At most so many frames.")
@click.option("--lpips", type=FILE, help="AlexNet's weights, to measure LPIPS too.")
@click.option("--device", metavar="NAME", help="What LPIPS runs on: cpu, cuda:0 or mps [cpu].")
@click.option("--json", "as_json", is_flag=True, help="Tell the verdict as JSON.")
@PROGRESS
@reporting
def qa(
    clip: Path,
    output: Path | None,
    overwrite: bool,
    profile: str,
    suppress: Path | None,
    warn_as_fail: bool,
    compare: tuple[Path, ...],
    start: str | None,
    end: str | None,
    frames: int | None,
    as_json: bool,
    **flags: Any,
) -> int:
    """Judge CLIP, a coloured clip or folder of images: exit code 0 if it passes, 3 if it fails.

    DIR gets index.html, report.json, frames.csv, shots.csv, sightings.csv, markers.edl,
    markers.otio, junit.xml and the worst frames. Where CLIP is such a folder it is judged again,
    without the clip. `animecolor qa calibrate GOOD...` makes a profile of approved clips.
    """
    from animecolor.qa.report.files import COMPARISON, PAGE
    from animecolor.qa.verdict.profile import read_profile

    folder = output or _beside(clip)
    check_place(folder, overwrite)
    check_count(compare)
    judging = Judging(read_profile(profile), suppress, warn_as_fail)
    asked = {"start": start, "end": end, "frames": frames}
    part = {key: value for key, value in asked.items() if value is not None}
    look = Look(**flags, range=part)
    command = click.get_current_context().obj
    paths = [clip, *(compare or compared_before(clip))]
    check_look(paths, look)
    reports = [inspect(path, look, judging, command) for path in paths]
    made = reports[0]
    write_report(folder, contents_of(paths, reports, look))
    if as_json:
        click.echo(json.dumps(summary(made, folder), ensure_ascii=False))
    else:
        page = COMPARISON if len(reports) > 1 else PAGE
        others = map(verdict_line, reports[1:])
        click.echo("\n".join([*told(made), *others, printable(str(folder / page))]))
    return 0 if made.verdict.passed else FAILED


def _beside(clip: Path) -> Path:
    """Where the report goes when nobody said; a report that is judged again stays where it is."""
    from animecolor.qa.report.files import is_report

    if clip == STDIO:
        raise UsageError("name a folder for the report with -o: standard input has no name")
    if is_report(clip):
        return clip
    return clip.parent / f"{stem_of(clip)}{SUFFIX}"
