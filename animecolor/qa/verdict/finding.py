"""Findings: what passed a limit, in words; and how many there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from animecolor.qa.document import Severity
from animecolor.qa.sighting import Box


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at: the sightings of one area, or a number of a shot."""

    topic: str
    """Value of a check, or key of a column."""
    severity: Severity
    shot: int
    first: int
    """Index of a frame, as all of them here."""
    last: int
    worst: int
    """The frame to look at."""
    value: float
    limit: float
    sentence: str
    sightings: tuple[int, ...] = ()
    """Positions in the measurement, the worst one first; () where it is a number of a shot."""
    area: int = 0
    box: Box | None = None
    found: str = ""
    expected: str = ""
    suppressed: str | None = None
    """Why it does not count."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many findings."""

    fails: int = 0
    warns: int = 0
    suppressed: int = 0


def tally(findings: Iterable[Finding]) -> Tally:
    """Count findings; one that is suppressed is neither warning nor failure."""
    fails = warns = suppressed = 0
    for finding in findings:
        if finding.suppressed is not None:
            suppressed += 1
        elif finding.severity is Severity.FAIL:
            fails += 1
        else:
            warns += 1
    return Tally(fails, warns, suppressed)
