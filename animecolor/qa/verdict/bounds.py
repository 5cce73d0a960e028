"""Compare the numbers of every shot with a profile's bounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from animecolor.qa.columns import COLUMNS, Better, Column
from animecolor.qa.document import Severity
from animecolor.qa.measurement import Measurement
from animecolor.qa.verdict.profile import Bound, Profile, Statistic
from animecolor.qa.verdict.summary import Spans, Summary, summarize
from animecolor.qa.verdict.suppress import Suppression


@dataclass(frozen=True, slots=True)
class Overrun:
    """A number of a shot that passes a limit."""

    column: Column
    statistic: Statistic
    position: int
    """Of the shot in the table of shots."""
    shot: int
    severity: Severity
    value: float
    limit: float
    worst: int
    """Index of the shot's worst frame."""
    excused_by: tuple[Suppression, ...] = ()
    """Where it passes the limit only with frames that are accepted."""


def overruns(
    measurement: Measurement,
    profile: Profile,
    suppressions: Sequence[Suppression],
    at: Spans,
) -> Iterator[Overrun]:
    """Yield what passes a limit. Frames that are accepted do not count, unless nothing else does.

    Args:
        measurement: what was found out.
        profile: the bounds.
        suppressions: those about this clip.
        at: where the shots lie.
    """
    for column in COLUMNS:
        bound = profile.columns.get(column.key)
        values = measurement.frames.values.get(column.key)
        if bound is None or values is None or (bound.warn is None and bound.fail is None):
            continue
        plain = summarize(values, at, column.key)
        found = dict(_passing(column, bound, plain, at))
        if not found:
            continue
        accepting = [case for case in suppressions if case.topic in (None, column.key)]
        if not accepting:
            yield from found.values()
            continue
        first_frame = measurement.about.first_frame
        quiet = np.zeros(len(values), np.bool_)
        for case in accepting:
            for first, last in _stretches(case, at, first_frame):
                quiet[first : last + 1] = True
        left = summarize(values, at, column.key, quiet)
        strict = dict(_passing(column, bound, left, at))
        for position, over in found.items():
            if position in strict:
                yield strict[position]
            else:
                by = (case for case in accepting if _touches(case, at, position, first_frame))
                yield replace(over, excused_by=tuple(by))


def _passing(
    column: Column, bound: Bound, summary: Summary, at: Spans
) -> Iterator[tuple[int, Overrun]]:
    values = {
        Statistic.P95: summary.p95,
        Statistic.WORST: summary.worst,
        Statistic.MEAN: summary.mean,
    }[bound.statistic]
    fails, warns = (_beyond(values, limit, column) for limit in (bound.fail, bound.warn))
    for position in np.flatnonzero(fails | warns).tolist():
        severity = Severity.FAIL if fails[position] else Severity.WARN
        limit = bound.fail if fails[position] else bound.warn
        assert limit is not None
        yield (
            position,
            Overrun(
                column=column,
                statistic=bound.statistic,
                position=position,
                shot=int(at.shot[position]),
                severity=severity,
                value=float(values[position]),
                limit=limit,
                worst=int(summary.frame[position]),
            ),
        )


def _beyond(values: NDArray[np.float64], limit: float | None, column: Column) -> NDArray[np.bool_]:
    """(S,) where the limit is reached or passed; nowhere where nothing was measured."""
    if limit is None:
        return np.zeros(len(values), np.bool_)
    return values <= limit if column.better is Better.HIGHER else values >= limit


def _stretches(case: Suppression, at: Spans, first_frame: int) -> Iterator[tuple[int, int]]:
    """First and last index of the frames that a suppression accepts."""
    first, last = case.frames_from(first_frame, int(at.last[-1]))
    if case.shot is None:
        yield first, last
        return
    for position in np.flatnonzero(at.shot == case.shot).tolist():
        yield max(first, int(at.first[position])), min(last, int(at.last[position]))


def _touches(case: Suppression, at: Spans, position: int, first_frame: int) -> bool:
    if case.shot not in (None, int(at.shot[position])):
        return False
    first, last = case.frames_from(first_frame, int(at.last[-1]))
    return first <= int(at.last[position]) and int(at.first[position]) <= last
