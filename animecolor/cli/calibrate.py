"""``animecolor qa calibrate``: a profile of approved clips."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from animecolor.cli.inspection import Look, command_line, measured
from animecolor.cli.messages import reporting
from animecolor.cli.options import FILE, PROGRESS
from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    from animecolor.qa.measurement import Measurement
    from animecolor.qa.verdict.profile import Profile


@click.command(context_settings={"show_default": False})
@click.argument("good", type=FILE, nargs=-1, required=True)
@click.option("-o", "--output", type=FILE, required=True, metavar="FILE", help="Profile, .toml.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace the profile.")
@click.option("--like", default="tv", metavar="NAME|FILE", help="What it begins with [tv].")
@click.option(
    "--margin",
    type=click.FloatRange(1, 10),
    default=1.25,
    help="How far limits lie above what approved shots reach [1.25].",
)
@PROGRESS
@reporting
def calibrate(
    good: tuple[Path, ...],
    output: Path,
    overwrite: bool,
    like: str,
    margin: float,
    meter: str,
) -> None:
    """Make a profile of GOOD: approved clips, or folders of their reports.

    Reports are better: they were measured beside their sources, references and palettes. Limits
    are the 99th percentile of what approved shots reach, times the margin; none gets more than
    twice as loose as that of the profile it begins with.
    """
    from animecolor.qa.verdict.calibrate import calibrate as calibrated
    from animecolor.qa.verdict.calibrate import to_toml
    from animecolor.qa.verdict.profile import read_profile
    from animecolor.video.part import check_writable, part_file, write_errors

    if output.suffix.lower() != ".toml":
        raise UsageError(f"{output}: a profile is a .toml file")
    if output.is_dir() or (output.exists() and not overwrite):
        raise UsageError(f"{output} exists; pass -y to replace it")
    check_writable(output.absolute(), 1 << 16)
    profile = read_profile(like)
    approved = [_measurement(path, profile, meter) for path in good]
    made = calibrated(approved, profile, margin, output.stem[:100])
    with part_file(output) as part, write_errors(output):
        part.write_text(to_toml(made), "utf-8", newline="")
    for sentence in made.said:
        click.echo(printable(sentence))
    click.echo(printable(str(output)))


def _measurement(path: Path, profile: Profile, meter: str) -> Measurement:
    from animecolor.config import Limits
    from animecolor.qa.report.files import is_report
    from animecolor.qa.report.reread import read_report
    from animecolor.video.probe import probe

    if is_report(path):
        return read_report(path)[0].measurement
    info = probe(path, Limits())
    return measured(info, Look(meter=meter), profile, command_line([str(path)])).measurement
