"""The verdict: limits, areas joined, suppressions, columns; against numbers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from animecolor.qa.document import Severity
from animecolor.qa.measurement import Measurement
from animecolor.qa.sighting import Box, Check, Sighting
from animecolor.qa.verdict.judge import MOST_IN_SHOT, MOST_LISTED, Verdict, judge
from animecolor.qa.verdict.profile import Profile, read_profile
from animecolor.qa.verdict.summary import spans, summarize
from animecolor.qa.verdict.suppress import parse_suppressions
from tests.qa import measurements

TV = read_profile("tv")


def rules(**checks: dict[str, Any]) -> Profile:
    named = {name.replace("_", "-"): rule for name, rule in checks.items()}
    return Profile.model_validate({"checks": named})


def bounds(**columns: dict[str, Any]) -> Profile:
    return Profile.model_validate({"columns": columns})


def seen(value: float, first: int = 5, last: int = 5, shot: int = 0, **other: Any) -> Sighting:
    return Sighting(Check.HOLE, shot, first, last, value, **other)


def judged(*sightings: Sighting, profile: Profile, lines: tuple[str, ...] = ()) -> Verdict:
    made = measurements.measurement(48, 2, sightings)
    return judge(made, profile, parse_suppressions(lines, "list", made.about.rate))


HOLES = rules(hole={"warn": 5, "fail": 10, "area": 4, "frames": 2})


@pytest.mark.parametrize(
    ("sighting", "severity"),
    [
        (seen(4.99, last=6), None),
        (seen(5.0, last=6), Severity.WARN),
        (seen(9.99, last=6), Severity.WARN),
        (seen(10.0, last=6), Severity.FAIL),
        (seen(99.0, last=5), None),
        (seen(99.0, last=6, area=3, box=Box(0, 0, 1, 3)), None),
        (seen(99.0, last=6, area=4, box=Box(0, 0, 1, 4)), Severity.FAIL),
    ],
)
def test_limits(sighting: Sighting, severity: Severity | None) -> None:
    verdict = judged(sighting, profile=HOLES)
    assert [finding.severity for finding in verdict.findings] == [severity][: severity is not None]
    assert verdict.passed is (severity is not Severity.FAIL)


def test_a_warning_fails_where_it_is_to() -> None:
    made = measurements.measurement(48, 1, (seen(6.0, last=9),))
    assert judge(made, HOLES).passed
    assert not judge(made, HOLES, warn_as_fail=True).passed


def test_checks_that_are_off_or_without_limits_find_nothing() -> None:
    assert judged(seen(99), profile=rules(hole={"on": False, "warn": 1})).findings == ()
    assert judged(seen(99), profile=rules(hole={})).findings == ()
    assert judged(seen(99), profile=Profile()).findings == ()


def test_a_calm_clip_passes_every_profile() -> None:
    for name in ("tv", "film", "cel"):
        assert judge(measurements.measurement(), read_profile(name)).findings == ()


def test_one_area_is_one_finding() -> None:
    box = Box(10, 10, 30, 30)
    walk = tuple(
        seen(6.0 + i, 2 * i, 2 * i, box=replace(box, left=10 + i, right=30 + i), area=400)
        for i in range(10)
    )
    (finding,) = judged(*walk, profile=rules(hole={"warn": 5})).findings
    assert len(finding.sightings) == 10
    assert (finding.first, finding.last) == (0, 18)
    assert (finding.worst, finding.value) == (18, 15.0)
    assert "Seen 10 times" in finding.sentence


def test_other_areas_other_times_and_other_shots_are_others() -> None:
    here, there = Box(10, 10, 30, 30), Box(40, 40, 60, 60)
    profile = rules(hole={"warn": 5})
    assert len(judged(seen(6, box=here), seen(6, box=there), profile=profile).findings) == 2
    assert (
        len(judged(seen(6, box=here), seen(6, 24, 24, 1, box=here), profile=profile).findings) == 2
    )
    long = measurements.measurement(96, 1, (seen(6, 1, 1, box=here), seen(6, 60, 60, box=here)))
    assert len(judge(long, profile).findings) == 2


def test_many_areas_do_not_drown_the_list() -> None:
    spots = tuple(
        seen(5.0 + i, 3, 3, box=Box(0, 30 * i, 10, 30 * i + 10), area=100) for i in range(40)
    )
    verdict = judged(*spots, profile=rules(hole={"warn": 5}))
    assert len(verdict.findings) == MOST_IN_SHOT
    assert sum(len(finding.sightings) for finding in verdict.findings) == 40
    assert max(finding.value for finding in verdict.findings) == 44.0


def test_of_too_many_findings_the_worst_are_listed_and_all_are_counted() -> None:
    shots = MOST_LISTED + 50
    holes = tuple(seen(60.0 if i == shots - 1 else 6.0, i, i, i) for i in range(shots))
    verdict = judge(measurements.measurement(shots, shots, holes), rules(hole={"warn": 5}))
    assert len(verdict.findings) == MOST_LISTED
    assert verdict.unlisted == 50
    assert verdict.total.warns == shots
    assert verdict.findings[-1].value == 60.0


def test_suppressed_findings_stay_and_do_not_count() -> None:
    flash, hole = seen(99, 10, 12), seen(99, 20, 20)
    verdict = judged(flash, hole, profile=rules(hole={"fail": 5}), lines=("ep01:10-12 meant",))
    assert [finding.suppressed for finding in verdict.findings] == ["meant", None]
    assert (verdict.total.fails, verdict.total.suppressed) == (1, 1)
    assert verdict.topics["hole"].suppressed == 1
    assert verdict.shots[0].fails == 1
    assert [used for _, used in verdict.suppressions] == [1]
    assert judged(flash, profile=rules(hole={"fail": 5}), lines=("ep01:* ok",)).passed


def test_unused_suppressions_are_known_and_those_of_other_clips_passed_over() -> None:
    lines = ("ep01:flicker:* x", "ep02:* x")
    verdict = judged(seen(99), profile=rules(hole={"fail": 5}), lines=lines)
    assert [(case.rule, used) for case, used in verdict.suppressions] == [("ep01:flicker:*", 0)]
    assert not verdict.passed


def test_frames_of_suppressions_are_those_of_the_clip() -> None:
    made = measurements.measurement(48, 1, (seen(99, 10, 10),), first_frame=100)
    for line, passed in (("ep01:110 x", True), ("ep01:10 x", False)):
        cases = parse_suppressions([line], "list", made.about.rate)
        assert judge(made, rules(hole={"fail": 5}), cases).passed is passed


def restless(level: float, frames: slice) -> Measurement:
    made = measurements.measurement(200, 2)
    made.frames.values["static_flicker"][frames] = level
    return made


@pytest.mark.parametrize(
    ("count", "statistic", "severity"),
    [
        (4, "p95", None),
        (5, "p95", Severity.FAIL),
        (1, "worst", Severity.FAIL),
        (1, "mean", None),
        (99, "mean", Severity.FAIL),
    ],
)
def test_statistics_of_a_shot(count: int, statistic: str, severity: Severity | None) -> None:
    """Of 100 frames a twentieth is five."""
    made = measurements.measurement(200, 2)
    made.frames.values["static_flicker"][101 : 101 + count] = 3.0
    made.frames.values["static_flicker"][101 + count :] = 0.0
    made.frames.values["static_flicker"][100] = 0.0
    verdict = judge(made, bounds(static_flicker={"statistic": statistic, "fail": 2.0}))
    assert [finding.severity for finding in verdict.findings] == [severity][: severity is not None]


def test_a_number_of_a_shot_tells_its_worst_frame() -> None:
    made = restless(3.0, slice(100, 200))
    made.frames.values["static_flicker"][150] = 7.0
    (finding,) = judge(made, bounds(static_flicker={"warn": 1, "fail": 2})).findings
    assert (finding.shot, finding.first, finding.last, finding.worst) == (1, 100, 199, 150)
    assert (finding.value, finding.limit) == (3.0, 2.0)
    assert "Static flicker of shot 1 reaches ΔE 3 in a twentieth" in finding.sentence
    assert "worst at frame 150 (00:00:06:06)" in finding.sentence


def test_numbers_for_which_more_is_better() -> None:
    made = measurements.measurement(200, 2)
    made.frames.values["psnr"][100:] = 18.0
    profile = bounds(psnr={"statistic": "mean", "warn": 30, "fail": 20})
    (finding,) = judge(made, profile).findings
    assert (finding.shot, finding.severity, finding.value) == (1, Severity.FAIL, 18.0)
    assert "below the limit of 20 dB" in finding.sentence


@pytest.mark.parametrize(
    ("line", "passed"),
    [
        ("ep01:100-199 burning house", True),
        ("ep01:sh1:* burning house", True),
        ("ep01:static_flicker:* burning house", True),
        ("ep01:100-193 all but six frames", False),
        ("ep01:sh0:* the other shot", False),
        ("ep01:hole:* another check", False),
    ],
)
def test_frames_that_are_accepted_leave_the_statistics(line: str, passed: bool) -> None:
    made = restless(3.0, slice(100, 200))
    cases = parse_suppressions([line], "list", made.about.rate)
    verdict = judge(made, bounds(static_flicker={"fail": 2}), cases)
    assert verdict.passed is passed
    assert len(verdict.findings) == 1
    assert (verdict.findings[0].suppressed is not None) is passed


def test_numbers_not_measured_are_no_findings() -> None:
    made = restless(np.nan, slice(None))
    assert judge(made, bounds(static_flicker={"warn": 0})).findings == ()


def test_summaries_agree_with_sorting_each_shot() -> None:
    made = measurements.measurement(997, 37)
    random = np.random.default_rng(5)
    for key, bad in (("static_flicker", 1), ("psnr", -1)):
        values = made.frames.values[key]
        values[random.random(997) < 0.1] = np.nan
        values[made.frames.shot == 7] = np.nan
        at = spans(made.frames)
        found = summarize(values, at, key)
        for i, shot in enumerate(at.shot):
            own = values[made.frames.shot == shot].astype(float)
            known = np.sort(bad * own[np.isfinite(own)])[::-1]
            if not len(known):
                assert np.isnan(found.mean[i])
                assert found.frame[i] == -1
                continue
            assert found.mean[i] == pytest.approx(bad * known.mean())
            assert found.worst[i] == bad * known[0]
            assert found.p95[i] == bad * known[max(len(known) // 20 - 1, 0)]
            assert values[found.frame[i]] == np.float32(found.worst[i])


def test_sentences_say_what_where_when_and_how_much() -> None:
    (finding,) = judge(measurements.tiny(), TV).findings
    assert finding.sentence == (
        "Unpainted hole, 24 px, upper left (x 200 to 205, y 100 to 103), frame 1 (00:00:00:01): "
        "ΔE 30 from what surrounds it: #ffffff instead of #a0b0c0; the limit is ΔE 10."
    )
