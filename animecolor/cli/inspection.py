"""Measure a clip, or read what was measured of it, judge it and tell the result."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animecolor.cli.messages import quiet
from animecolor.cli.progress import progress
from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    from fractions import Fraction

    from animecolor.qa.document import CheckRow, ColumnRow, Document, FindingRow
    from animecolor.qa.report.compose import Material
    from animecolor.qa.report.files import Report
    from animecolor.qa.request import Request
    from animecolor.qa.verdict.profile import Profile
    from animecolor.qa.verdict.suppress import Suppression
    from animecolor.video.info import VideoInfo

log = logging.getLogger(__name__)

FAILED = 3
"""Exit code where a clip does not pass."""
REPORT_BYTES = 32 << 20
"""About what a report of an episode takes, pictures included."""
MOST_TOLD = 12
"""Lines on stdout about what was found; the page has the rest."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a clip is to be measured; flags that were not given are None."""

    source: Path | None = None
    reference: Path | None = None
    palette: Path | None = None
    shots: Any = None
    """Table ``shots`` of the config."""
    size: str | None = None
    """Rows, or ``native``; None is the profile's."""
    range: dict[str, Any] = field(default_factory=dict)
    """Table ``range`` of the config."""
    beside: dict[str, Any] | None = None
    """The same of source and reference, where it is another."""
    lpips: Path | None = None
    device: str | None = None
    meter: str = "auto"

    def given(self) -> list[str]:
        """Flags that have no meaning where nothing is measured."""
        names = ("source", "reference", "palette", "shots", "size", "range", "lpips", "device")
        return [name for name in names if getattr(self, name)]


@dataclass(frozen=True, slots=True)
class Judging:
    """With what a clip is judged."""

    profile: Profile
    suppress: Path | None = None
    warn_as_fail: bool = False


def inspect(clip: Path, look: Look, judging: Judging, command: str) -> Report:
    """The report of a clip, or of what a report's folder says was measured of one."""
    from animecolor.qa.report.files import is_report

    if is_report(clip):
        from animecolor.qa.report.reread import read_report

        material, _ = read_report(clip)
        return _judged(material, judging, _cases(judging, material.measurement.about.rate))
    from animecolor.config import Limits
    from animecolor.video.probe import probe

    info = probe(clip, Limits())
    cases = _cases(judging, info.rate)  # before the work, as a line of it may be wrong
    return _judged(measured(info, look, judging.profile, command), judging, cases)


def check_look(paths: Sequence[Path], look: Look) -> None:
    """Refuse flags that nothing would heed, all being reports that are judged as they are.

    Raises:
        UsageError: there is such a flag.
    """
    from animecolor.qa.report.files import is_report

    given = look.given()
    if given and all(map(is_report, paths)):
        option = {"range": "start, --end or --frames"}.get(given[0], given[0])
        raise UsageError(f"{paths[0]} is a report, judged as it is; --{option} needs a clip")


def measured(info: VideoInfo, look: Look, profile: Profile, command: str) -> Material:
    """Measure a clip."""
    from dataclasses import replace

    from animecolor.cli.plan import expected_frames
    from animecolor.qa.measure import measure
    from animecolor.qa.report.compose import Asked, Material
    from animecolor.qa.report.pictures import show

    request = _request(look, profile)
    for clip in filter(None, (info, request.source, request.reference)):
        for warning in clip.warnings:
            log.warning("%s: %s", clip.path, warning)
    total = expected_frames(info, request.range)
    with progress("none" if quiet() else look.meter, total) as watch:
        found = measure(info, request, lambda _: watch(None))
    palette = request.palette.swatches if request.palette else ()
    asked = Asked(command, tuple((swatch.hex, printable(swatch.name)) for swatch in palette))
    shown = show(found.pictures, found.sightings)
    return Material(replace(found, pictures={}), shown, asked)


def _request(look: Look, profile: Profile) -> Request:
    from animecolor.config import Limits, Range, Shots
    from animecolor.errors import MissingPiece
    from animecolor.flats.palette_files import read_palette
    from animecolor.metrics.perceptual import find_lpips
    from animecolor.qa.request import Request
    from animecolor.video.probe import probe

    limits = Limits()
    if look.lpips is not None and isinstance(why := find_lpips(look.lpips), str):
        raise MissingPiece(why)
    return Request(
        source=None if look.source is None else probe(look.source, limits),
        reference=None if look.reference is None else probe(look.reference, limits),
        palette=None if look.palette is None else read_palette(look.palette),
        shots=Shots(**(look.shots or {})),
        size=profile.rows if look.size is None else rows_of(look.size),
        temporary=tuple(map(_rgb, profile.temporary)),
        range=Range(**look.range),
        beside=None if look.beside is None else Range(**look.beside),
        limits=limits,
        lpips=look.lpips,
        device=look.device or "cpu",
    )


def _rgb(color: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(color[1:])
    return red, green, blue


def rows_of(size: str) -> int | None:
    """Rows of analysis as flags say them; None is native.

    Raises:
        UsageError: it is neither a number of rows nor ``native``.
    """
    if size == "native":
        return None
    if not (size.isdecimal() and len(size) < 6 and 64 <= int(size) <= 8192):
        raise UsageError(f"--size {size}: write a number of rows from 64 to 8192, or native")
    return int(size)


def _judged(material: Material, judging: Judging, cases: tuple[Suppression, ...]) -> Report:
    from animecolor.qa.report.files import report
    from animecolor.qa.verdict.judge import judge

    measurement = material.measurement
    return report(material, judge(measurement, judging.profile, cases, judging.warn_as_fail))


def _cases(judging: Judging, rate: Fraction) -> tuple[Suppression, ...]:
    from animecolor.qa.verdict.suppress import read_suppressions

    return () if judging.suppress is None else read_suppressions(judging.suppress, rate)


def check_place(folder: Path, overwrite: bool) -> None:
    """Refuse before any work a folder that the report cannot be written to."""
    from animecolor.qa.report.files import check_folder
    from animecolor.video.part import check_writable

    check_folder(folder, overwrite)
    nearest = next(place for place in (folder, *folder.absolute().parents) if place.is_dir())
    check_writable(nearest / folder.name, REPORT_BYTES)


def write_report(folder: Path, contents: Mapping[str, bytes]) -> None:
    """Write the files of a report, whole or not at all."""
    from animecolor.qa.report.files import write
    from animecolor.video.part import write_errors

    with write_errors(folder):
        folder.parent.mkdir(parents=True, exist_ok=True)
    write(folder, contents)


def told(report: Report) -> Iterator[str]:
    """The verdict in a few lines, and what was found by check."""
    document = report.document
    yield verdict_line(report)
    rows = list(_topics(document))
    yield from rows[:MOST_TOLD]
    if len(rows) > MOST_TOLD:
        yield f"  and {len(rows) - MOST_TOLD} more"
    idle = [case for case in document.suppressions if not case.used]
    yield from (f"  unused suppression, line {case.line}: {case.rule}" for case in idle[:MOST_TOLD])


def verdict_line(report: Report) -> str:
    """One line on a clip."""
    document = report.document
    clip, verdict = document.clip, document.verdict
    state = "passes" if verdict.passed else "fails"
    counts = [_count(verdict.fails, "failure"), _count(verdict.warns, "warning")]
    if verdict.suppressed:
        counts.append(f"{verdict.suppressed} suppressed")
    size = f"{_count(clip.frames, 'frame')}, {_count(len(document.shots), 'shot')}"
    name = document.profile.name or "its profile"
    return printable(f"{clip.clip} {state} {name}: {', '.join(counts)} ({size})")


def _topics(document: Document) -> Iterator[str]:
    """A line a check or column with findings, failures first."""
    topics: list[CheckRow | ColumnRow] = [*document.checks, *document.columns]
    rows = [row for row in topics if row.fails or row.warns]
    worst: dict[tuple[str, str], FindingRow] = {}
    for finding in document.findings:
        before = worst.get((finding.kind, finding.topic))
        if finding.suppressed is None and (before is None or _graver(finding, before)):
            worst[finding.kind, finding.topic] = finding
    for row in sorted(rows, key=lambda row: (-row.fails, -row.warns)):
        kind = "column" if row in document.columns else "check"
        state = "fail" if row.fails else "warn"
        example = worst.get((kind, row.key))
        said = row.title if example is None else example.sentence
        yield printable(f"  {state} {row.fails + row.warns:4} x  {said}")


def _graver(one: FindingRow, other: FindingRow) -> bool:
    """Whether a finding is more worth telling than another of its check."""
    return (one.severity == "fail", one.value) > (other.severity == "fail", other.value)


def summary(report: Report, folder: Path) -> dict[str, Any]:
    """The verdict for programs: the heads of ``report.json``, without findings and shots."""
    document = report.document
    return {
        "schema": document.schema_,
        "clip": document.clip.clip,
        "profile": document.profile.name,
        "report": str(folder),
        **document.verdict.model_dump(mode="json"),
        "checks": {
            row.key: {"fails": row.fails, "warns": row.warns, "suppressed": row.suppressed}
            for row in document.checks
            if row.fails or row.warns or row.suppressed
        },
        "columns": {
            row.key: {"fails": row.fails, "warns": row.warns, "suppressed": row.suppressed}
            for row in document.columns
            if row.fails or row.warns or row.suppressed
        },
        "unused_suppressions": [case.rule for case in document.suppressions if not case.used],
    }


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'s' * (number != 1)}"


def command_line(words: list[str]) -> str:
    """What was asked, as it would be typed again."""
    return shlex.join(["animecolor", "qa", *words])
