"""A report as one self-contained page: verdict, findings with pictures, timelines, method."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from animecolor.qa.columns import Frames
from animecolor.qa.document import (
    BoxRow,
    CheckRow,
    ColumnRow,
    Document,
    FindingRow,
    Severity,
    ShotRow,
    State,
)
from animecolor.qa.report.plots import concerned, plots_of
from animecolor.qa.report.sheet import fill
from animecolor.qa.verdict.words import COLUMN_ADVICE

Topic = CheckRow | ColumnRow
Pictures = Mapping[int, Mapping[str, bytes]]
"""Number of a picture -> ``before``, ``frame``, ``after`` and ``heat`` -> JPEG; those there are."""

SCRIPTS = (
    "reading.js",
    "theme.js",
    "ruler.js",
    "plot.js",
    "timeline.js",
    "findings.js",
    "report.js",
)
REASONS = 3
"""Findings told in words for a failing shot; the others are in the list."""
MOST_SHOTS = 1000
"""Rows of the table of shots; of more only those with findings are shown."""
FAILING = 12
"""Failing shots told at the top; the next are folded away."""
MOST_FAILING = 100
"""Failing shots told at all; every one is in the table of shots."""
MOST_FINDINGS = 1500
"""Findings in the page; of more the worst."""

LIMITS = (
    "A number is no eye: a finding says where to look, and a clip without one may still be wrong. "
    "Wrong colors that never change are found only against a palette or a reference.",
    "Motion is estimated. Where it is wrong (flat areas, effects, fast turns) warping error has a "
    "floor that even perfect frames do not go below; compare it with the source's own.",
    "Areas are bounded by lines: where a line is open two areas count as one, and a small fault "
    "is diluted in a large one.",
    "Nothing is measured across a cut. The first frame of a shot has no number that needs the one "
    "before it.",
    "The photosensitivity figure is FFmpeg's filter, not a certified test.",
)
"""What every report should be read with."""


@dataclass(frozen=True, slots=True)
class FailingShot:
    """A shot that fails, and why."""

    index: int
    """Position among the shots."""
    row: ShotRow
    findings: list[FindingRow]
    """Those that make it fail, the worst first."""

    @property
    def excess(self) -> float:
        """How far the worst of it is over its limit."""
        return excess(self.findings[0]) if self.findings else 0.0

    @property
    def picture(self) -> int | None:
        """Number of the picture of the worst that has one."""
        pictured = (f.picture for f in self.findings if f.picture is not None)
        return next(pictured, None)


def page(document: Document, frames: Frames, pictures: Pictures) -> str:
    """Make the page: at most 3 MB beside its pictures for 36,000 frames.

    Args:
        document: what ``report.compose`` gives.
        frames: the numbers of its frames.
        pictures: JPEGs of the pictures that the document lists; one that is not there is said to
            be missing.
    """
    findings = _listed(document.findings)
    failing = _failing(document)
    worst, next_worst = _worst(failing)
    return fill(
        "report.html",
        SCRIPTS,
        {
            "title": f"{document.clip.clip}: {document.verdict.state}",
            "document": document,
            "clip": document.clip,
            "verdict": document.verdict,
            "rate": float(Fraction(document.clip.rate)),
            "topics": _topics(document),
            "quiet": [row for row in document.checks if row.on and not found_any(row)],
            "off": [row for row in document.checks if not row.on],
            "failing": failing,
            "worst": worst,
            "next_worst": next_worst,
            "reasons": REASONS,
            "off_palette": off_palette(document),
            "unlisted": document.verdict.unlisted + len(document.findings) - len(findings),
            "table_columns": _table_columns(document),
            "table_shots": _table_shots(document),
            "measures": sorted({key for row in document.shots for key in row.measures}),
            "limits": LIMITS,
            "blocks": {
                "data": _data(document, frames, findings),
                "pictures": encoded(pictures, findings),
            },
        },
    )


def _listed(findings: Sequence[FindingRow]) -> list[FindingRow]:
    """In order of the clip; of too many those that fail, then those furthest over their limit."""
    worst = sorted(findings, key=lambda f: (not _fails(f), f.suppressed is not None, -excess(f)))
    kept = {finding.number for finding in worst[:MOST_FINDINGS]}
    return [finding for finding in findings if finding.number in kept]


def topics_of(document: Document) -> dict[str, Topic]:
    """What findings can be about. ``luma`` is both; its column is context and has no findings."""
    rows: list[Topic] = [*document.columns, *document.checks]
    return {row.key: row for row in rows}


def found_any(row: Topic) -> bool:
    """Whether there are findings about it, suppressed ones too."""
    return bool(row.fails or row.warns or row.suppressed)


def _topics(document: Document) -> list[Topic]:
    """Checks and columns with a finding, the worst first."""
    rows = filter(found_any, topics_of(document).values())
    return sorted(rows, key=lambda row: (-row.fails, -row.warns, -row.suppressed))


def _failing(document: Document) -> list[FailingShot]:
    """Shots that fail, in order of the clip."""
    found: dict[int, list[FindingRow]] = {}
    for finding in sorted(filter(_fails, document.findings), key=lambda f: -excess(f)):
        found.setdefault(finding.shot, []).append(finding)
    return [
        FailingShot(index, row, found.get(row.shot, []))
        for index, row in enumerate(document.shots)
        if row.state is State.FAIL
    ]


def _worst(failing: Sequence[FailingShot]) -> tuple[list[FailingShot], list[FailingShot]]:
    """The worst, and the next; each in order of the clip."""
    ranked = sorted(range(len(failing)), key=lambda at: -failing[at].excess)
    parts = ranked[:FAILING], ranked[FAILING:MOST_FAILING]
    first, second = ([failing[at] for at in sorted(part)] for part in parts)
    return first, second


def _fails(finding: FindingRow) -> bool:
    return finding.suppressed is None and finding.severity is Severity.FAIL


def excess(finding: FindingRow) -> float:
    """How many times its limit a finding is, for putting the worst first."""
    return finding.value / finding.limit if finding.limit else finding.value


def off_palette(document: Document) -> list[dict[str, Any]]:
    """Colors found that are not on the palette: what should be there, where, and how often."""
    found = [f for f in document.findings if f.topic == "off-palette" and f.found]
    by_pair: dict[tuple[str, str], list[FindingRow]] = {}
    for finding in found:
        by_pair.setdefault((finding.found, finding.expected), []).append(finding)
    names = {swatch.hex: swatch.name for swatch in document.palette}
    rows = [
        {
            "found": pair[0],
            "expected": pair[1],
            "name": names.get(pair[1], ""),
            "findings": findings,
            "worst": max(findings, key=lambda finding: finding.value),
            "area": max(finding.area for finding in findings),
            "shots": sorted({finding.shot for finding in findings}),
        }
        for pair, findings in by_pair.items()
    ]
    return sorted(rows, key=lambda row: -row["worst"].value)


def _table_columns(document: Document) -> list[ColumnRow]:
    """Columns worth a place in the table of shots: those with a limit, then the others."""
    rows = [row for row in document.columns if row.measured and row.better != "neither"]
    free = [row.warn is None and row.fail is None for row in rows]
    return [row for _, row in sorted(zip(free, rows, strict=True), key=lambda pair: pair[0])][:8]


def _table_shots(document: Document) -> list[tuple[int, ShotRow]]:
    """Position and row of the shots in the table: all, or of very many those to look at."""
    rows = list(enumerate(document.shots))
    if len(rows) > MOST_SHOTS:
        rows = [(at, row) for at, row in rows if row.state is not State.PASS][:MOST_SHOTS]
    return rows


def _data(document: Document, frames: Frames, findings: Sequence[FindingRow]) -> dict[str, Any]:
    clip = document.clip
    index = {row.shot: at for at, row in enumerate(document.shots)}
    return {
        "frames": len(frames.pts),
        "first_frame": clip.first_frame,
        "rate": float(Fraction(clip.rate)),
        "shots": shots_of(document),
        "topics": {
            key: {
                "title": row.title,
                "unit": row.unit,
                "term": getattr(row, "term", ""),
                "advice": getattr(row, "advice", COLUMN_ADVICE),
            }
            for key, row in topics_of(document).items()
        },
        "plots": plots_of(document, {clip.clip: frames}),
        "findings": [_finding(row, index.get(row.shot, 0)) for row in findings],
        "pictures": pictures_of(document),
    }


def shots_of(document: Document) -> list[dict[str, Any]]:
    """Name, first and last frame (counted from the first measured) of every shot."""
    start = document.clip.first_frame
    return [
        {"name": str(row.shot), "first": row.first - start, "last": row.last - start}
        for row in document.shots
    ]


def pictures_of(document: Document) -> dict[int, dict[str, Any]]:
    """What the pictures show: frame, size, and the box in their own pixels."""
    return {
        row.number: {
            "frame": row.frame,
            "width": row.width,
            "height": row.height,
            "box": _box(row.box),
        }
        for row in document.pictures
    }


def encoded(pictures: Pictures, findings: Sequence[FindingRow]) -> dict[int, dict[str, str]]:
    """Pictures as text; only those that a finding shows, as a joined one shows but its worst."""
    shown = {finding.picture for finding in findings}
    return {
        number: {view: base64.b64encode(jpeg).decode("ascii") for view, jpeg in views.items()}
        for number, views in pictures.items()
        if number in shown
    }


def _finding(row: FindingRow, shot: int) -> dict[str, Any]:
    """One finding without what the script knows from its topic and its frames."""
    told = {
        "number": row.number,
        "state": "suppressed" if row.suppressed is not None else row.severity,
        "topic": row.topic,
        "column": concerned(row.kind, row.topic),
        "shot": shot,
        "first": row.first,
        "last": row.last,
        "worst": row.worst,
        "value": float(f"{row.value:.4g}"),
        "limit": float(f"{row.limit:.4g}"),
        "times": row.times,
        "area": row.area,
        "box": _box(row.box),
        "place": row.place,
        "found": row.found,
        "expected": row.expected,
        "sentence": row.sentence,
        "suppressed": row.suppressed,
        "picture": row.picture,
    }
    return {key: value for key, value in told.items() if value is not None and value != ""}


def _box(box: BoxRow | None) -> dict[str, int] | None:
    return None if box is None else box.model_dump()
