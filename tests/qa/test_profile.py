"""Profiles: those that ship are complete, and a wrong key or value is named."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.errors import UsageError
from animecolor.qa.sighting import Check
from animecolor.qa.verdict.profile import PROFILES, Profile, profile_names, read_profile


@pytest.mark.parametrize("name", ["tv", "film", "cel"])
def test_profiles_that_ship_name_every_check(name: str) -> None:
    profile = read_profile(name)
    assert profile.name == name
    assert set(profile.checks) == set(Check)
    assert all(rule.warn is not None for rule in profile.checks.values() if rule.on)


def test_profiles_ship_inside_the_package() -> None:
    import animecolor

    assert PROFILES.is_relative_to(Path(animecolor.__file__).parent)
    assert profile_names() == ["cel", "film", "tv"]


@pytest.mark.parametrize("name", ["tv", "cel"])
def test_faults_of_visible_size_warn_at_least(name: str) -> None:
    """ΔE 5 on 50 pixels, a hole of 4 pixels, a global flicker of 1 %."""
    profile = read_profile(name)
    for check in (Check.COLOR_JUMP, Check.COLOR_CHANGE, Check.OFF_PALETTE):
        rule = profile.rule(check)
        assert rule.warn is not None
        assert rule.warn <= 5
        assert rule.area <= 50
        assert rule.frames == 1
    assert profile.rule(Check.HOLE).area <= 4
    flicker = profile.rule(Check.FLICKER)
    assert flicker.warn is not None
    assert flicker.warn <= 1.0


def test_native_size() -> None:
    assert read_profile("cel").rows is None
    assert read_profile("tv").rows == 540


def test_a_file_says_only_what_differs(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text('like = "cel"\n[checks.hole]\nfail = 3.0\n')
    profile, cel = read_profile(path), read_profile("cel")
    assert profile.name == "house"
    assert profile.rule(Check.HOLE).fail == 3.0
    assert profile.rule(Check.HOLE).warn == cel.rule(Check.HOLE).warn
    assert profile.rule(Check.STRAY) == cel.rule(Check.STRAY)
    assert profile.size == cel.size


def test_what_a_file_does_not_name_is_as_in_tv(tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text("[checks.stray]\non = false\n")
    profile, tv = read_profile(path), read_profile("tv")
    assert not profile.rule(Check.STRAY).on
    assert profile.rule(Check.HOLE) == tv.rule(Check.HOLE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[checks.hole]\nwarm = 1\n", "unknown key checks.hole.warm"),
        ("[checks.holes]\nwarn = 1\n", "checks.holes"),
        ("[columns.lumen]\nwarn = 1\n", "no column is called lumen"),
        ("[columns.luma]\nwarn = 1\n", "luma is context"),
        ("[columns.psnr]\nwarn = 20\nfail = 30\n", "warn (20) lies beyond fail (30)"),
        ("[columns.static_flicker]\nwarn = 3\nfail = 2\n", "warn (3) lies beyond fail (2)"),
        ("[checks.hole]\nwarn = 30\n", "warn (30) lies beyond fail (10)"),
        ("[checks.hole]\nwarn = -1\n", "greater than or equal to 0"),
        ("[checks.hole]\nwarn = nan\n", "checks.hole.warn"),
        ("[checks.hole]\nwarn = inf\nfail = inf\n", "checks.hole"),
        ("checks = 3\n", "checks"),
        ("size = 8\n", "size"),
        ('size = "huge"\n', "size"),
        ('like = "vhs"\n', "like = 'vhs'"),
        ('temporary = ["magenta"]\n', "temporary.0"),
        ("[checks.hole\n", "is not a TOML file"),
        ("x = 1\n", "unknown key x"),
    ],
)
def test_what_is_wrong_is_named(text: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "house.toml"
    path.write_text(text)
    with pytest.raises(UsageError) as told:
        read_profile(path)
    assert said in str(told.value)
    assert str(path) in str(told.value)


def test_missing_and_unreadable_profiles(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no profile is called hbo; there are cel, film, tv"):
        read_profile("hbo")
    with pytest.raises(UsageError, match="cannot read the profile"):
        read_profile(tmp_path / "none.toml")
    (tmp_path / "latin.toml").write_bytes(b"name = '\xff'")
    with pytest.raises(UsageError, match="is not a TOML file"):
        read_profile(tmp_path / "latin.toml")
    (tmp_path / "huge.toml").write_bytes(b"#" * ((1 << 20) + 1))
    with pytest.raises(UsageError, match="too large"):
        read_profile(tmp_path / "huge.toml")


def test_a_check_nobody_names_is_off() -> None:
    assert not Profile().rule(Check.HOLE).on
