"""Make a profile of approved clips: limits that what was approved keeps, and little more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from animecolor.errors import printable
from animecolor.qa.columns import COLUMNS, Better, Column
from animecolor.qa.measurement import Measurement
from animecolor.qa.sighting import Check
from animecolor.qa.verdict.profile import Bound, Profile, Rule, Statistic
from animecolor.qa.verdict.summary import spans, summarize

PERCENTILE = 99
CEILING = 2.0
"""How many times looser than the profile it begins with a limit may get."""
FLOOR = 0.5
"""How many times tighter: what is smaller is not recorded."""
FIXED = frozenset({Check.MISMATCH, Check.PHOTOSENSITIVE, Check.GRAY, Check.FROZEN})
"""Checks whose limits are no matter of taste."""
_FEW = 100
"""Shots below which a hundredth is less than one."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """A profile, and how it came about."""

    profile: Profile
    remarks: dict[str, str]
    """Key of a check or column -> what approved shots reach."""
    said: tuple[str, ...]
    """What a person should know of it, a sentence each."""


def calibrate(
    approved: Sequence[Measurement], like: Profile, margin: float, name: str
) -> Calibration:
    """Make a profile.

    Every limit to fail is the 99th percentile, over the shots of all clips, of what a shot reaches
    (the worst of what was seen; of columns the statistic of the bound), times the margin. It stays
    within ``FLOOR`` and ``CEILING`` of the limit it begins with, warnings keep their distance, and
    where nothing was seen all stays as it is.

    Args:
        approved: what was measured of clips that somebody approved; at least one.
        like: what it begins with.
        margin: at least 1.
        name: of the new profile.
    """
    shots = sum(len(spans(made.frames).shot) for made in approved)
    said = []
    if shots < _FEW:
        said.append(f"{shots} shots are few: their worst one decides, as a hundredth is less.")
    limits = _Limits(like, margin, {}, said)
    checks = {
        check: limits.of_check(check, rule, approved, shots) for check, rule in like.checks.items()
    }
    by_key = {column.key: column for column in COLUMNS}
    columns = {
        key: limits.of_column(by_key[key], bound, approved) for key, bound in like.columns.items()
    }
    clips = ", ".join(dict.fromkeys(printable(made.about.clip) for made in approved))
    about = f"Made of {shots} approved shots, like {like.name}: {clips}"[:1000]
    update = {"name": name, "about": about, "checks": checks, "columns": columns}
    return Calibration(like.model_copy(update=update), limits.remarks, tuple(said))


@dataclass(frozen=True, slots=True)
class _Limits:
    """Works out limits one by one."""

    like: Profile
    margin: float
    remarks: dict[str, str]
    said: list[str]

    def of_check(
        self, check: Check, rule: Rule, approved: Sequence[Measurement], shots: int
    ) -> Rule:
        if check in FIXED or not rule.on or (rule.fail is None and rule.warn is None):
            return rule
        worst: dict[tuple[int, int], float] = {}
        for number, made in enumerate(approved):
            for s in made.sightings:
                lasting = s.last - s.first + 1 >= rule.frames
                if s.check is check and lasting and (s.area == 0 or s.area >= rule.area):
                    key = number, s.shot
                    worst[key] = max(worst.get(key, 0.0), s.value)
        reached = [*worst.values(), *[0.0] * (shots - len(worst))]
        warn, fail = self._limits(check.value, rule.warn, rule.fail, reached, Better.LOWER)
        return rule.model_copy(update={"warn": warn, "fail": fail})

    def of_column(self, column: Column, bound: Bound, approved: Sequence[Measurement]) -> Bound:
        if bound.fail is None and bound.warn is None:
            return bound
        reached: list[float] = []
        for made in approved:
            values = made.frames.values.get(column.key)
            if values is not None:
                found = summarize(values, spans(made.frames), column.key)
                row = {
                    Statistic.P95: found.p95,
                    Statistic.WORST: found.worst,
                    Statistic.MEAN: found.mean,
                }[bound.statistic]
                reached += row[np.isfinite(row)].tolist()
        if not reached:
            self.said.append(f"{column.key} was not measured; its limits stay.")
            return bound
        warn, fail = self._limits(column.key, bound.warn, bound.fail, reached, column.better)
        return bound.model_copy(update={"warn": warn, "fail": fail})

    def _limits(
        self,
        key: str,
        warn: float | None,
        fail: float | None,
        reached: Sequence[float],
        better: Better,
    ) -> tuple[float | None, float | None]:
        """Limits to warn and to fail of one check or column."""
        before = fail if fail is not None else warn
        assert before is not None  # the caller has seen to it
        sign = -1 if better is Better.HIGHER else 1
        # Of few shots the worst one: no mean of it and the next.
        most = sign * float(np.percentile(sign * np.asarray(reached), PERCENTILE, method="higher"))
        if before == 0 or most == 0:
            return warn, fail  # that nothing was seen, or measured, is no measure of a limit
        factor = (most * self.margin**sign / before) ** sign
        kept = min(max(factor, FLOOR), CEILING)
        self.remarks[key] = f"approved shots reach {most:.3g}; {self.like.name} has {before:g}"
        if factor > CEILING:
            self.said.append(
                f"{key}: approved shots reach {most:.3g}, more than {CEILING:g} times the limit of "
                f"{self.like.name}; the new limit stays at {_times(before, kept, sign):g}, which "
                "some of them pass. Is everything in them approved?"
            )
        elif factor > 1:
            self.said.append(
                f"{key}: the new limit {_times(before, kept, sign):g} is looser than "
                f"{before:g}, that of {self.like.name}."
            )
        scaled = (None if x is None else _times(x, kept, sign) for x in (warn, fail))
        return tuple(scaled)  # type: ignore[return-value]


def _times(limit: float, factor: float, sign: int) -> float:
    return float(f"{limit * factor**sign:.4g}")


def to_toml(made: Calibration) -> str:
    """A profile as ``profile.read_profile`` takes it back, what shots reach as remarks."""
    profile = made.profile
    lines = [f"# {printable(sentence)}" for sentence in made.said]
    lines += [f"name = {_literal(profile.name)}", f"about = {_literal(profile.about)}"]
    lines.append(f"size = {_literal(profile.size)}")
    lines.append(f"temporary = {_literal(list(profile.temporary))}")
    for check, rule in profile.checks.items():
        lines += ["", *_table(f"checks.{check.value}", rule, made.remarks.get(check.value))]
    for key, bound in profile.columns.items():
        lines += ["", *_table(f"columns.{key}", bound, made.remarks.get(key))]
    return "\n".join(lines) + "\n"


def _table(name: str, row: Rule | Bound, remark: str | None) -> Iterator[str]:
    yield f"[{name}]" + (f"  # {remark}" if remark else "")
    for key, value in row.model_dump(mode="json", exclude_none=True).items():
        yield f"{key} = {_literal(value)}"


def _literal(value: object) -> str:
    # JSON's strings, numbers, booleans and lists are TOML's, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
