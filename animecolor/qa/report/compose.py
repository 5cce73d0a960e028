"""The findings as one document, from which the page and ``report.json`` are made."""

from __future__ import annotations

import math
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from animecolor import __version__
from animecolor.errors import printable
from animecolor.qa.clock import Clock
from animecolor.qa.columns import COLUMNS, Column
from animecolor.qa.document import (
    LONGEST,
    BoxRow,
    CheckRow,
    ClipRow,
    ColumnRow,
    Document,
    FindingRow,
    PictureRow,
    ShotRow,
    State,
    SummaryRow,
    SuppressionRow,
    SwatchRow,
    VerdictRow,
)
from animecolor.qa.measurement import About, Measurement
from animecolor.qa.report.pictures import VIEWS, Shown
from animecolor.qa.sighting import UNITS, Box, Check
from animecolor.qa.verdict.finding import Finding, Tally
from animecolor.qa.verdict.judge import Verdict
from animecolor.qa.verdict.sentence import where
from animecolor.qa.verdict.summary import Summary, spans, summarize
from animecolor.qa.verdict.words import COLUMN_ADVICE, WORDS

_NONE = Tally()
_COLUMNS = {column.key: column for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked for, beside the clip itself."""

    command: str
    palette: tuple[tuple[str, str], ...] = ()
    """``#rrggbb`` and name of each color of the palette, where one was given."""


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """All that a report is made of, whether it was measured just now or read from a folder."""

    measurement: Measurement
    """Its ``pictures`` are not looked at: ``shown`` is what they have become."""
    shown: tuple[Shown, ...]
    asked: Asked


def compose(material: Material, verdict: Verdict) -> Document:
    """Put everything that was found into one document.

    Args:
        material: what was measured, of at least one frame.
        verdict: what the profile says of it.
    """
    measurement = material.measurement
    about, total = measurement.about, verdict.total
    shots = tuple(_shots(measurement, verdict))
    return Document(
        versions=_versions(),
        command=_text(material.asked.command),
        clip=_clip(about),
        profile=verdict.profile,
        verdict=VerdictRow(
            state=_state(total),
            passed=verdict.passed,
            warn_as_fail=verdict.warn_as_fail,
            fails=total.fails,
            warns=total.warns,
            suppressed=total.suppressed,
            unlisted=verdict.unlisted,
            failing_shots=sum(shot.state is State.FAIL for shot in shots),
        ),
        checks=tuple(_check(check, verdict) for check in Check),
        columns=tuple(_column(column, measurement, verdict) for column in COLUMNS),
        palette=tuple(SwatchRow(hex=hex, name=_text(name)) for hex, name in material.asked.palette),
        shots=shots,
        findings=tuple(_findings(material, verdict)),
        pictures=tuple(_pictures(material)),
        suppressions=tuple(
            SuppressionRow(
                rule=_text(case.rule),
                reason=_text(case.reason),
                line=case.line,
                used=used,
            )
            for case, used in verdict.suppressions
        ),
    )


def _versions() -> dict[str, str]:
    return {
        "animecolor": __version__,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "opencv": cv2.__version__,
    }


def _clip(about: About) -> ClipRow:
    return ClipRow(
        clip=_text(about.clip),
        frames=about.frames,
        first_frame=about.first_frame,
        height=about.height,
        width=about.width,
        rate=str(about.rate),
        time_base=str(about.time_base),
        start_pts=about.start_pts,
        lossy=about.lossy,
        coding=_text(about.coding),
        view_height=about.view_height,
        source=_shown_name(about.source),
        source_kind=about.source_kind,
        reference=_shown_name(about.reference),
        palette=_shown_name(about.palette),
        missing=tuple(map(_text, about.missing)),
    )


def _shown_name(name: str | None) -> str | None:
    return None if name is None else _text(name)


def _state(tally: Tally) -> State:
    if tally.fails:
        return State.FAIL
    return State.WARN if tally.warns else State.PASS


def _check(check: Check, verdict: Verdict) -> CheckRow:
    words, rule = WORDS[check], verdict.profile.rule(check)
    tally = verdict.topics.get(check.value, _NONE)
    return CheckRow(
        key=check.value,
        title=words.title,
        term=words.term,
        about=words.about,
        advice=words.advice,
        unit=UNITS[check],
        on=rule.on,
        warn=rule.warn,
        fail=rule.fail,
        area=rule.area,
        frames=rule.frames,
        fails=tally.fails,
        warns=tally.warns,
        suppressed=tally.suppressed,
    )


def _column(column: Column, measurement: Measurement, verdict: Verdict) -> ColumnRow:
    bound = verdict.profile.columns.get(column.key)
    tally = _NONE if bound is None else verdict.topics.get(column.key, _NONE)
    values = measurement.frames.values.get(column.key)
    return ColumnRow(
        key=column.key,
        title=column.title,
        unit=column.unit,
        better=column.better.value,
        about=column.about,
        digits=column.digits,
        measured=values is not None and bool(np.isfinite(values).any()),
        statistic=None if bound is None else bound.statistic.value,
        warn=None if bound is None else bound.warn,
        fail=None if bound is None else bound.fail,
        fails=tally.fails,
        warns=tally.warns,
        suppressed=tally.suppressed,
    )


def _shots(measurement: Measurement, verdict: Verdict) -> Iterator[ShotRow]:
    about, frames = measurement.about, measurement.frames
    at, clock = spans(frames), Clock(about.rate, about.first_frame)
    keys = [column.key for column in COLUMNS if column.key in frames.values]
    summaries = {key: summarize(frames.values[key], at, key) for key in keys}
    for position in range(len(at.shot)):
        shot, first, last = (int(row[position]) for row in (at.shot, at.first, at.last))
        tally = verdict.shots.get(shot, _NONE)
        yield ShotRow(
            shot=shot,
            first=clock.number(first),
            last=clock.number(last),
            frames=last - first + 1,
            start_s=_start_s(measurement, first),
            timecode=clock.timecode(first),
            end_timecode=clock.timecode(last),
            state=_state(tally),
            fails=tally.fails,
            warns=tally.warns,
            suppressed=tally.suppressed,
            columns=dict(_row_summaries(summaries, position, clock)),
            measures={key: _known(row[position]) for key, row in measurement.shots.items()},
        )


def _row_summaries(
    summaries: dict[str, Summary], position: int, clock: Clock
) -> Iterator[tuple[str, SummaryRow]]:
    for key, summary in summaries.items():
        frame = int(summary.frame[position])
        if frame >= 0:
            yield (
                key,
                SummaryRow(
                    mean=_known(summary.mean[position]),
                    p95=_known(summary.p95[position]),
                    worst=_known(summary.worst[position]),
                    frame=clock.number(frame),
                ),
            )


def _findings(material: Material, verdict: Verdict) -> Iterator[FindingRow]:
    numbers = {shown.sighting: number for number, shown in enumerate(material.shown, 1)}
    for number, finding in enumerate(verdict.findings, 1):
        picture = next((numbers[i] for i in finding.sightings if i in numbers), None)
        yield _finding(number, finding, material.measurement, picture)


def _finding(
    number: int, finding: Finding, measurement: Measurement, picture: int | None
) -> FindingRow:
    about = measurement.about
    clock = Clock(about.rate, about.first_frame)
    kind, title, unit, advice = _speech(finding)
    return FindingRow(
        number=number,
        severity=finding.severity,
        kind=kind,
        topic=finding.topic,
        title=title,
        shot=finding.shot,
        first=clock.number(finding.first),
        last=clock.number(finding.last),
        worst=clock.number(finding.worst),
        start_s=_start_s(measurement, finding.first),
        timecode=clock.timecode(finding.first),
        end_timecode=clock.timecode(finding.last),
        worst_timecode=clock.timecode(finding.worst),
        value=_rounded(finding.value),
        unit=unit,
        limit=finding.limit,
        times=len(finding.sightings),
        area=finding.area,
        box=_box(finding.box),
        place=where(finding.box, about),
        found=_color(finding.found),
        expected=_color(finding.expected),
        sentence=finding.sentence,
        advice=advice,
        suppressed=None if finding.suppressed is None else _text(finding.suppressed),
        picture=picture,
    )


def _speech(finding: Finding) -> tuple[Literal["check", "column"], str, str, str]:
    """Kind, title, unit and advice. Columns and checks have names in common: luma."""
    if finding.sightings:
        check = Check(finding.topic)
        return "check", WORDS[check].title, UNITS[check], WORDS[check].advice
    column = _COLUMNS[finding.topic]
    return "column", column.title, column.unit, COLUMN_ADVICE


def _pictures(material: Material) -> Iterator[PictureRow]:
    about = material.measurement.about
    for number, shown in enumerate(material.shown, 1):
        yield PictureRow(
            number=number,
            sighting=shown.sighting,
            frame=about.first_frame + shown.frame,
            width=shown.width,
            height=shown.height,
            box=_box(shown.box),
            views=tuple(view for view in VIEWS if view in shown.jpegs),
        )


def _box(box: Box | None) -> BoxRow | None:
    if box is None:
        return None
    return BoxRow(top=box.top, left=box.left, bottom=box.bottom, right=box.right)


def _start_s(measurement: Measurement, index: int) -> float:
    """Seconds from the first picture of the clip."""
    about, pts = measurement.about, measurement.frames.pts
    index = min(index, len(pts) - 1)  # what is missing at the end lies beyond the last picture
    return round(float((int(pts[index]) - about.start_pts) * about.time_base), 6)


def _color(found: str) -> str:
    """A color; nothing where the check tells it in words, which its sentence has."""
    return found.lower() if found.startswith("#") else ""


def _text(text: str) -> str:
    """Words of others: one line that can be shown, of bounded length."""
    return printable(text)[:LONGEST]


def _known(value: float) -> float | None:
    return _rounded(float(value)) if math.isfinite(value) else None


def _rounded(value: float) -> float:
    """To six digits: what is measured is known no better."""
    return float(f"{value:.6g}")
