"""Several results of one source on one page: verdicts, numbers, timelines, the same frames."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from animecolor.qa.columns import Frames
from animecolor.qa.document import ColumnRow, Document, FindingRow
from animecolor.qa.report.page import Pictures, excess, found_any, shots_of, topics_of
from animecolor.qa.report.plots import plots_of
from animecolor.qa.report.sheet import fill

SCRIPTS = ("reading.js", "theme.js", "ruler.js", "plot.js", "timeline.js", "compare.js")
MOST_WORST = 12
"""Frames shown side by side."""

LEAST_MARK = 2.0
"""% of the picture that a box takes at least."""


class Side(NamedTuple):
    """One result."""

    name: str
    document: Document
    frames: Frames
    pictures: Pictures
    link: str = ""
    """Its own page, relative to this one."""
    stills: Mapping[int, bytes] = {}
    """Number of a frame of the clip -> JPEG, for frames that ``worst_frames`` asks for."""


@dataclass(frozen=True, slots=True)
class Worst:
    """A frame to look at in every result."""

    frame: int
    """Its number in the clip."""
    finding: FindingRow
    side: int
    """Position of the result in which it was found."""


def compare_page(sides: Sequence[Side]) -> str:
    """Make the page.

    Args:
        sides: results of one source, two at least; the first is the one under test, whose shots
            and frame rate are the page's. They may differ in length.
    """
    names = _distinct([side.name for side in sides])
    sides = [side._replace(name=name) for side, name in zip(sides, names, strict=True)]
    document = sides[0].document
    worst = worst_frames([side.document for side in sides])
    return fill(
        "compare.html",
        SCRIPTS,
        {
            "title": f"{len(sides)} results of {document.clip.source or document.clip.clip}",
            "sides": sides,
            "clip": document.clip,
            "lengths": sorted({side.document.clip.frames for side in sides}),
            "checks": _checks(sides),
            "numbers": _numbers(sides),
            "worst": [_row(at, sides) for at in worst],
            "blocks": {"data": _data(sides, worst)},
        },
    )


def worst_frames(documents: Sequence[Document]) -> list[Worst]:
    """Frames worth looking at in every result, in order of the clip.

    The worst findings of each result in turn, so that one bad result does not take every place.
    """
    ranked = [
        sorted((f for f in document.findings if f.suppressed is None), key=lambda f: -excess(f))
        for document in documents
    ]
    chosen: dict[int, Worst] = {}
    for place in range(max(map(len, ranked), default=0)):
        for side, findings in enumerate(ranked):
            if place < len(findings) and len(chosen) < MOST_WORST:
                finding = findings[place]
                chosen.setdefault(finding.worst, Worst(finding.worst, finding, side))
    return sorted(chosen.values(), key=lambda worst: worst.frame)


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of which no two are the same, as curves and columns are told apart by them."""
    return [f"{name} ({at})" if names.count(name) > 1 else name for at, name in enumerate(names, 1)]


def _checks(sides: Sequence[Side]) -> list[dict[str, Any]]:
    """Findings by check: a row for each that found something in any result."""
    tables = [topics_of(side.document) for side in sides]
    lines = [
        {"row": row, "cells": [table.get(key) for table in tables]}
        for key, row in tables[0].items()
        if any(found_any(table[key]) for table in tables if key in table)
    ]
    return sorted(lines, key=lambda line: line["row"].title)


def _numbers(sides: Sequence[Side]) -> list[dict[str, Any]]:
    """Mean over frames and the worst twentieth, of every column that all results can show."""
    rows = []
    for column in sides[0].document.columns:
        cells = [_cell(side.frames.values.get(column.key), column) for side in sides]
        if any(cell is not None for cell in cells):
            rows.append({"column": column, "cells": cells, "best": _best(cells, column)})
    return rows


def _cell(values: NDArray[np.float32] | None, column: ColumnRow) -> tuple[float, float] | None:
    known = values[np.isfinite(values)] if values is not None else np.empty(0)
    if not known.size:
        return None
    tail = 5 if column.better == "higher" else 95
    return float(known.mean(dtype=np.float64)), float(np.percentile(known, tail))


def _best(cells: Sequence[tuple[float, float] | None], column: ColumnRow) -> set[int]:
    """Positions of the best means as they are shown; none where all are equal."""
    shown = {at: round(cell[0], column.digits) for at, cell in enumerate(cells) if cell is not None}
    if column.better == "neither" or len(set(shown.values())) < 2:
        return set()
    best = (max if column.better == "higher" else min)(shown.values())
    return {at for at, value in shown.items() if value == best}


def _row(worst: Worst, sides: Sequence[Side]) -> dict[str, Any]:
    """One frame in every result, as far as pictures of it were kept."""
    return {
        "worst": worst,
        "found_in": sides[worst.side].name,
        "mark": _mark(worst.finding, sides[worst.side].document),
        "cells": [_still(side, worst.frame) for side in sides],
    }


def _mark(finding: FindingRow, document: Document) -> tuple[float, ...] | None:
    """Left, top, width and height of the box in % of the picture, large enough to be seen."""
    box, clip = finding.box, document.clip
    if box is None:
        return None
    spans = ((box.left, box.right, clip.width), (box.top, box.bottom, clip.height))
    sizes = [max(100 * (high - low) / most, LEAST_MARK) for low, high, most in spans]
    middles = [50 * (low + high) / most for low, high, most in spans]
    corner = [middle - size / 2 for middle, size in zip(middles, sizes, strict=True)]
    return tuple(round(number, 2) for number in (*corner, *sizes))


def _still(side: Side, frame: int) -> str | None:
    """The picture of one frame as base64; a triplet also has the frames beside its own."""
    jpeg = side.stills.get(frame)
    for picture in side.document.pictures:
        view = {0: "frame", 1: "after", -1: "before"}.get(frame - picture.frame)
        if jpeg is None and view is not None:
            jpeg = side.pictures.get(picture.number, {}).get(view)
    return None if jpeg is None else base64.b64encode(jpeg).decode("ascii")


def _data(sides: Sequence[Side], worst: Sequence[Worst]) -> dict[str, Any]:
    document = sides[0].document
    start = document.clip.first_frame
    length = max(len(side.frames.pts) for side in sides)
    tables = {side.name: _stretched(side.frames, length) for side in sides}
    return {
        "frames": length,
        "first_frame": start,
        "rate": float(Fraction(document.clip.rate)),
        "shots": shots_of(document),
        "plots": plots_of(document, tables),
        "worst": [
            {
                "first": max(0, at.finding.first - start),
                "last": min(length - 1, at.finding.last - start),
                "at": min(length - 1, max(0, at.frame - start)),
                "severity": at.finding.severity,
                "row": number,
            }
            for number, at in enumerate(worst)
        ],
    }


def _stretched(frames: Frames, length: int) -> Frames:
    """As long as the longest, with nothing measured where a result has ended."""
    missing = (0, length - len(frames.pts))
    values = {
        key: np.pad(np.asarray(column, np.float32), missing, constant_values=np.nan)
        for key, column in frames.values.items()
    }
    return Frames(np.pad(frames.pts, missing), np.pad(frames.shot, missing, mode="edge"), values)
