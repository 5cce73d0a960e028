"""Compare what was measured with a profile: a verdict, and the findings behind it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from animecolor.qa.clock import Clock
from animecolor.qa.document import Severity
from animecolor.qa.measurement import About, Measurement
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.verdict.bounds import Overrun, overruns
from animecolor.qa.verdict.finding import Finding, Tally, tally
from animecolor.qa.verdict.join import join
from animecolor.qa.verdict.profile import Profile, Rule
from animecolor.qa.verdict.sentence import say, say_column
from animecolor.qa.verdict.summary import spans
from animecolor.qa.verdict.suppress import Suppression

MOST_IN_SHOT = 8
"""Findings of one check listed for one shot; the mildest are joined to one."""
MOST_LISTED = 2000
"""Findings listed for one clip; of more the worst."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a profile says of a clip."""

    profile: Profile
    findings: tuple[Finding, ...]
    """In order of the clip; at most ``MOST_LISTED``."""
    total: Tally
    """Of all findings, listed or not."""
    topics: dict[str, Tally]
    shots: dict[int, Tally]
    suppressions: tuple[tuple[Suppression, int], ...] = ()
    """Those about this clip, and how many sightings and numbers each covers."""
    unlisted: int = 0
    warn_as_fail: bool = False

    @property
    def passed(self) -> bool:
        """Nothing fails, and nothing warns where warnings fail too."""
        return not self.total.fails and not (self.warn_as_fail and self.total.warns)


@dataclass(slots=True)
class _Case:
    """A measurement before its judge."""

    measurement: Measurement
    profile: Profile
    suppressions: tuple[Suppression, ...]
    used: Counter[Suppression] = field(default_factory=Counter)

    @property
    def about(self) -> About:
        return self.measurement.about

    def excuse(self, topic: str, shot: int, span: tuple[int, int]) -> str | None:
        """Why something seen there is accepted; None if it is not."""
        clock = Clock(self.about.rate, self.about.first_frame)
        first, last = map(clock.number, span)
        for suppression in self.suppressions:
            if suppression.covers(topic, shot, first, last):
                self.used[suppression] += 1
                return suppression.reason
        return None


def judge(
    measurement: Measurement,
    profile: Profile,
    suppressions: Iterable[Suppression] = (),
    warn_as_fail: bool = False,
) -> Verdict:
    """Judge one clip.

    Args:
        measurement: what was found out, of at least one frame.
        profile: the limits.
        suppressions: what is accepted; those about other clips are passed over.
        warn_as_fail: whether a warning is enough to fail.
    """
    meant = tuple(case for case in suppressions if case.about(measurement.about.clip))
    case = _Case(measurement, profile, meant)
    findings = [*_of_checks(case), *_of_columns(case)]
    findings.sort(key=lambda f: (f.shot, f.first, f.last, f.topic))
    listed = _listed(findings)
    return Verdict(
        profile=profile,
        findings=tuple(listed),
        total=tally(findings),
        topics={topic: tally(group) for topic, group in _by(findings, "topic").items()},
        shots={shot: tally(group) for shot, group in _by(findings, "shot").items()},
        suppressions=tuple((item, case.used[item]) for item in meant),
        unlisted=len(findings) - len(listed),
        warn_as_fail=warn_as_fail,
    )


def _by(findings: Iterable[Finding], name: str) -> dict[Any, list[Finding]]:
    groups: dict[Any, list[Finding]] = defaultdict(list)
    for finding in findings:
        groups[getattr(finding, name)].append(finding)
    return groups


def _listed(findings: list[Finding]) -> list[Finding]:
    if len(findings) <= MOST_LISTED:
        return findings
    worst = sorted(range(len(findings)), key=lambda i: _gravity(findings[i]))[:MOST_LISTED]
    return [findings[i] for i in sorted(worst)]


def _gravity(finding: Finding) -> tuple[bool, bool, float]:
    """What comes first in a list of the worst."""
    mild = finding.severity is not Severity.FAIL
    beyond = abs(finding.value - finding.limit) / max(finding.limit, 1e-9)
    return finding.suppressed is not None, mild, -beyond


def _of_checks(case: _Case) -> list[Finding]:
    """What was seen, by check, shot and excuse, joined to areas."""
    piles: dict[tuple[Check, int, str | None], list[int]] = defaultdict(list)
    for position, sighting in enumerate(case.measurement.sightings):
        rule = case.profile.rule(sighting.check)
        if rule.on and _counts(sighting, rule):
            span = sighting.first, sighting.last
            excuse = case.excuse(sighting.check.value, sighting.shot, span)
            piles[sighting.check, sighting.shot, excuse].append(position)
    findings: list[Finding] = []
    for (_, _, excuse), pile in piles.items():
        areas = _areas(case, pile)
        findings += (replace(_finding(case, area), suppressed=excuse) for area in areas)
    return findings


def _counts(sighting: Sighting, rule: Rule) -> bool:
    least = min((limit for limit in (rule.warn, rule.fail) if limit is not None), default=None)
    large = sighting.area == 0 or sighting.area >= rule.area
    lasting = sighting.last - sighting.first + 1 >= rule.frames
    return least is not None and sighting.value >= least and large and lasting


def _areas(case: _Case, pile: Sequence[int]) -> list[list[int]]:
    """Positions of sightings by area; the mildest areas of many are one."""
    seen = case.measurement.sightings
    gap = Clock(case.about.rate).base
    areas = [[pile[at] for at in group] for group in join([seen[i] for i in pile], gap)]
    if len(areas) > MOST_IN_SHOT:
        areas.sort(key=lambda area: -max(seen[i].value for i in area))
        areas[MOST_IN_SHOT - 1 :] = [[i for area in areas[MOST_IN_SHOT - 1 :] for i in area]]
    return areas


def _finding(case: _Case, area: Sequence[int]) -> Finding:
    seen = case.measurement.sightings
    ranked = sorted(area, key=lambda i: (-seen[i].value, i))
    worst = seen[ranked[0]]
    rule = case.profile.rule(worst.check)
    fails = rule.fail is not None and worst.value >= rule.fail
    limit = rule.fail if fails else rule.warn
    assert limit is not None  # what passes neither is no finding
    span = min(seen[i].first for i in area), max(seen[i].last for i in area)
    return Finding(
        topic=worst.check.value,
        severity=Severity.FAIL if fails else Severity.WARN,
        shot=worst.shot,
        first=span[0],
        last=span[1],
        worst=worst.first if worst.worst is None else worst.worst,
        value=worst.value,
        limit=limit,
        sentence=say(worst, span, limit, case.about, len(area)),
        sightings=tuple(ranked),
        area=worst.area,
        box=worst.box,
        found=worst.found,
        expected=worst.expected,
    )


def _of_columns(case: _Case) -> list[Finding]:
    """Numbers of shots that pass their limits."""
    at = spans(case.measurement.frames)
    return [
        _number(case, over, int(at.first[over.position]), int(at.last[over.position]))
        for over in overruns(case.measurement, case.profile, case.suppressions, at)
    ]


def _number(case: _Case, over: Overrun, first: int, last: int) -> Finding:
    for suppression in over.excused_by:
        case.used[suppression] += 1
    excuse = over.excused_by[0].reason if over.excused_by else None
    column, statistic = over.column, over.statistic
    at = over.shot, over.worst
    return Finding(
        topic=column.key,
        severity=over.severity,
        shot=over.shot,
        first=first,
        last=last,
        worst=over.worst,
        value=over.value,
        limit=over.limit,
        sentence=say_column(column, statistic, (over.value, over.limit), at, case.about),
        suppressed=excuse,
    )
