"""Which numbers a page draws over time, and the limits drawn with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from animecolor.qa.clock import Clock
from animecolor.qa.columns import Better, Frames
from animecolor.qa.document import ColumnRow, Document
from animecolor.qa.report.series import quantise
from animecolor.qa.sighting import Check

CONCERNED: dict[str, str] = {
    Check.COLOR_JUMP: "region_worst",
    Check.COLOR_CHANGE: "region_worst",
    Check.FLICKER: "pulse",
    Check.BOIL: "static_flicker",
    Check.OFF_PALETTE: "off_palette",
    Check.GRAY: "gray_share",
    Check.FADING: "colorfulness",
    Check.LUMA: "luma_departure",
    Check.FROZEN: "luma_change",
    Check.PHOTOSENSITIVE: "flash",
    Check.UNLIKE_REFERENCE: "delta_e",
}
"""The column that shows over time what a check found."""

_SHOWN = (
    "pulse",
    "region_worst",
    "region_jitter",
    "static_flicker",
    "off_palette",
    "luma_departure",
    "luma",
    "chroma_u",
    "colorfulness",
    "delta_e",
)
"""Open from the start; the others are a click away."""
_JOINED = {"chroma_v": "chroma_u"}
"""Drawn in the plot of another."""

Plot = dict[str, Any]
"""One plot as the page's script reads it."""


def concerned(kind: str, topic: str) -> str | None:
    """The column to look at for a finding; None if no plot shows it."""
    column = topic if kind == "column" else CONCERNED.get(topic)
    return None if column is None else _JOINED.get(column, column)


def plots_of(document: Document, tables: Mapping[str, Frames]) -> list[Plot]:
    """A plot for each column that was measured anywhere, in order of importance.

    Args:
        document: says what the columns mean and what their limits are.
        tables: name of a result -> its numbers; with several each gets a curve of its own.
    """
    rows = {row.key: row for row in document.columns}
    order = [key for key in _SHOWN if key in rows] + [key for key in rows if key not in _SHOWN]
    plots = []
    for key in order:
        keys = [key, *(part for part, whole in _JOINED.items() if whole == key and part in rows)]
        known = {
            (name, part): frames
            for part in keys
            for name, frames in tables.items()
            if _measured(frames, part)
        }
        if key not in _JOINED and known:
            plots.append(_plot(document, [rows[part] for part in keys], known))
    return plots


def _measured(frames: Frames, key: str) -> bool:
    return key in frames.values and bool(np.isfinite(frames.values[key]).any())


def _plot(
    document: Document, rows: Sequence[ColumnRow], known: Mapping[tuple[str, str], Frames]
) -> Plot:
    row = rows[0]
    titles = {part.key: part.title for part in rows}
    several = len({name for name, _ in known}) > 1

    def called(name: str, part: str) -> str:
        return " ".join([name] * several + [titles[part]] * (len(rows) > 1 or not several))

    return {
        "key": row.key,
        "title": " and ".join(titles.values()),
        "unit": row.unit,
        "about": " ".join(part.about for part in rows),
        "better": row.better,
        "digits": row.digits,
        "shown": row.key in _SHOWN,
        "summary": _summary(document, row, known),
        "limits": _limits(document, row),
        "lines": [
            {"name": called(name, part), "series": quantise(frames.values[part]).as_json()}
            for (name, part), frames in known.items()
        ],
    }


def _limits(document: Document, row: ColumnRow) -> list[dict[str, Any]]:
    """The column's own, or those of the checks that it shows, where the units are the same."""
    own = [(row.warn, row.fail)]
    checks = [
        (check.warn, check.fail)
        for check in document.checks
        if check.on and CONCERNED.get(check.key) == row.key and check.unit == row.unit
    ]
    for warn, fail in own + checks:
        if (warn, fail) != (None, None):
            both = (("warn", warn), ("fail", fail))
            return [{"severity": name, "value": value} for name, value in both if value is not None]
    return []


def _summary(document: Document, row: ColumnRow, known: Mapping[tuple[str, str], Frames]) -> str:
    """The plot in words, for those who do not see it."""
    said = []
    clock = Clock(Fraction(document.clip.rate), document.clip.first_frame)
    for (name, part), frames in known.items():
        if part != row.key:
            continue
        values = frames.values[part]
        worst = np.nanargmin if row.better == Better.HIGHER else np.nanargmax
        at = int(worst(np.where(np.isfinite(values), values, np.nan)))
        end = "lowest" if row.better == Better.HIGHER else "highest"
        said.append(
            f"{name}: {end} {values[at]:.{row.digits}f} {row.unit} at frame {clock.number(at)} "
            f"({clock.timecode(at)}), mean {np.nanmean(values):.{row.digits}f}"
        )
    return f"{row.title} over time. " + "; ".join(said) + "."
