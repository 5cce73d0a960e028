"""A report as tables for spreadsheets: ``frames.csv``, ``shots.csv`` and ``sightings.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from animecolor.errors import printable
from animecolor.qa.clock import Clock, timecode
from animecolor.qa.columns import COLUMNS
from animecolor.qa.document import Document, ShotRow
from animecolor.qa.measurement import Measurement
from animecolor.qa.sighting import UNITS, Sighting
from animecolor.qa.verdict.finding import Finding

FRAMES = ("frame", "pts", "time_s", "timecode", "shot", *(column.key for column in COLUMNS))
SEEN = (
    "check", "shot", "first", "last", "value", "area", "top", "left", "bottom", "right", "worst",
    "found", "expected",
)  # fmt: skip
"""What a sighting is, in the order of its fields."""
SIGHTINGS = (*SEEN, "unit", "timecode", "finding", "severity", "suppressed")
_SHOTS = (
    "shot", "first", "last", "frames", "start_s", "timecode", "end_timecode", "state", "fails",
    "warns", "suppressed",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@")


def text_cell(text: str) -> str:
    """Words of others as a cell that no spreadsheet takes for a formula."""
    text = printable(text).strip()
    return f"'{text}" if text.startswith(_FORMULA) else text


def frames_table(measurement: Measurement) -> str:
    """One row a frame; empty cells where nothing was measured. Numbers are read back exactly."""
    about, frames = measurement.about, measurement.frames
    clock = Clock(about.rate, about.first_frame)
    numbers = range(about.first_frame, about.first_frame + len(frames.pts))
    tick_s = float(about.time_base)
    columns: list[Iterable[object]] = [
        numbers,
        frames.pts.tolist(),
        (f"{time:.6f}" for time in ((frames.pts - about.start_pts) * tick_s).tolist()),
        (timecode(number, clock.base) for number in numbers),
        frames.shot.tolist(),
        *(_cells(frames.values.get(column.key), len(frames.pts)) for column in COLUMNS),
    ]
    return _table(FRAMES, zip(*columns, strict=True))


def _cells(values: NDArray[np.float32] | None, count: int) -> Sequence[str]:
    """As many digits as tell a float32 from its neighbours."""
    if values is None:
        return [""] * count
    found = values.astype(np.float32).astype("U32").tolist()
    return [
        cell if known else ""
        for cell, known in zip(found, np.isfinite(values).tolist(), strict=True)
    ]


def shots_table(document: Document) -> str:
    """One row a shot."""
    keys = [row.key for row in document.columns if row.measured]
    measures = list(dict.fromkeys(key for shot in document.shots for key in shot.measures))
    summaries = [f"{key}_{name}" for key in keys for name in ("mean", "p95", "worst", "frame")]
    rows = (_shot_cells(shot, measures, keys) for shot in document.shots)
    return _table((*_SHOTS, *map(text_cell, measures), *summaries), rows)


def _shot_cells(shot: ShotRow, measures: Iterable[str], keys: Iterable[str]) -> list[object]:
    cells: list[object] = [getattr(shot, name) for name in _SHOTS]
    cells += ["" if (value := shot.measures.get(key)) is None else value for key in measures]
    for key in keys:
        row = shot.columns.get(key)
        found = (None,) * 4 if row is None else (row.mean, row.p95, row.worst, row.frame)
        cells += ["" if value is None else value for value in found]
    return cells


def sightings_table(measurement: Measurement, findings: Sequence[Finding]) -> str:
    """One row a sighting, those below all limits too.

    Args:
        measurement: what was found out.
        findings: those that the document lists; the number of one is its position, from 1.
    """
    clock = Clock(measurement.about.rate, measurement.about.first_frame)
    owner = {i: number for number, f in enumerate(findings, 1) for i in f.sightings}
    rows = (
        (
            *_seen(sighting, clock),
            UNITS[sighting.check],
            clock.timecode(sighting.first),
            *_judged(owner.get(position), findings),
        )
        for position, sighting in enumerate(measurement.sightings)
    )
    return _table(SIGHTINGS, rows)


def _seen(sighting: Sighting, clock: Clock) -> tuple[object, ...]:
    box = sighting.box
    corners = ("",) * 4 if box is None else (box.top, box.left, box.bottom, box.right)
    return (
        sighting.check.value,
        sighting.shot,
        clock.number(sighting.first),
        clock.number(sighting.last),
        repr(float(sighting.value)),
        sighting.area,
        *corners,
        "" if sighting.worst is None else clock.number(sighting.worst),
        text_cell(sighting.found),
        text_cell(sighting.expected),
    )


def _judged(number: int | None, findings: Sequence[Finding]) -> tuple[object, ...]:
    if number is None:
        return "", "", ""
    finding = findings[number - 1]
    return number, finding.severity.value, text_cell(finding.suppressed or "")


def _table(header: Sequence[str], rows: Iterable[Sequence[object]] | Iterator[object]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)  # type: ignore[arg-type]
    return text.getvalue()
