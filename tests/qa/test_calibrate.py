"""Profiles of approved clips: limits against numbers worked out by hand."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animecolor.qa.measurement import Measurement
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.verdict.calibrate import CEILING, FIXED, FLOOR, Calibration, calibrate, to_toml
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import Profile, read_profile
from tests.qa import measurements

TV = read_profile("tv")


def approved(levels: list[float], key: str = "static_flicker") -> Measurement:
    """A shot of ten frames a level."""
    made = measurements.measurement(10 * len(levels), len(levels))
    made.frames.values[key][:] = np.repeat(np.float32(levels), 10)
    return made


def like(**bound: Any) -> Profile:
    return Profile.model_validate({"name": "old", "columns": {"static_flicker": bound}})


def made(levels: list[float], margin: float = 1.25) -> Calibration:
    return calibrate([approved(levels)], like(warn=1, fail=2), margin, "new")


@pytest.mark.parametrize(
    ("reached", "warn", "fail"),
    [
        (1.2, 0.75, 1.5),
        (1.6, 1.0, 2.0),
        (2.4, 1.5, 3.0),
        (9.0, 1.0 * CEILING, 2.0 * CEILING),
        (0.1, 1.0 * FLOOR, 2.0 * FLOOR),
        (0.0, 1.0, 2.0),
    ],
)
def test_limits_follow_what_was_approved(reached: float, warn: float, fail: float) -> None:
    bound = made([reached] * 200).profile.columns["static_flicker"]
    assert (bound.warn, bound.fail) == (pytest.approx(warn), pytest.approx(fail))


def test_one_shot_in_a_hundred_does_not_decide() -> None:
    bound = made([1.2] * 199 + [3.0]).profile.columns["static_flicker"]
    assert bound.fail == pytest.approx(1.5)
    bound = made([1.2] * 97 + [3.0] * 3).profile.columns["static_flicker"]
    assert bound.fail == pytest.approx(3.75)


def test_a_looser_limit_is_told() -> None:
    assert made([1.2] * 200).said == ()
    (said,) = made([2.4] * 200).said
    assert said == "static_flicker: the new limit 3 is looser than 2, that of old."
    (said,) = made([9.0] * 200).said
    assert "approved shots reach 9, more than 2 times the limit of old" in said
    assert "stays at 4" in said


def test_few_shots_are_told() -> None:
    assert any("7 shots are few" in sentence for sentence in made([1.2] * 7).said)


def test_numbers_for_which_more_is_better() -> None:
    below = Profile.model_validate({"columns": {"psnr": {"warn": 40, "fail": 20}}})
    found = calibrate([approved([30.0] * 200, "psnr")], below, 1.25, "new")
    bound = found.profile.columns["psnr"]
    assert (bound.warn, bound.fail) == (pytest.approx(48), pytest.approx(24))
    assert found.said == ()
    worse = calibrate([approved([16.0] * 200, "psnr")], below, 1.25, "new")
    assert worse.profile.columns["psnr"].fail == pytest.approx(12.8)
    assert "looser" in worse.said[0]


def test_what_was_seen_is_counted_by_its_worst_in_each_shot() -> None:
    seen = tuple(
        Sighting(Check.COLOR_JUMP, shot, 10 * shot + i, 10 * shot + i, 7.0 + i, 100)
        for shot in range(200)
        for i in range(2)
    )
    small = Sighting(Check.COLOR_JUMP, 0, 3, 3, 99.0, 49)
    of = measurements.measurement(2000, 200, (*seen, small))
    rule = calibrate([of], TV, 1.0, "new").profile.rule(Check.COLOR_JUMP)
    own = TV.rule(Check.COLOR_JUMP)
    assert rule.fail == 8.0
    assert (rule.warn, rule.area) == (pytest.approx(8.0 * own.warn / own.fail), own.area)


def test_limits_that_are_no_matter_of_taste_stay() -> None:
    profile = calibrate([measurements.faulty()], TV, 1.25, "new").profile
    for check in FIXED:
        assert profile.rule(check) == TV.rule(check)


@pytest.mark.parametrize("name", ["tv", "film", "cel"])
def test_a_profile_is_read_back_and_what_was_approved_passes_it(name: str, tmp_path: Path) -> None:
    of = measurements.many_shots()
    found = calibrate([of], read_profile(name), 1.25, "house")
    path = tmp_path / "house.toml"
    path.write_text(to_toml(found), "utf-8")
    assert read_profile(path) == found.profile
    calm = measurements.measurement(2400, 100)
    path.write_text(to_toml(calibrate([calm], read_profile(name), 1.25, "house")), "utf-8")
    assert judge(calm, read_profile(path)).passed


def test_hostile_names_stay_strings(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text(to_toml(calibrate([measurements.hostile()], TV, 1.25, 'a"\n[x]')), "utf-8")
    assert read_profile(path).name == 'a"\n[x]'
