"""Suppressions: what a line means, and what is said of a line that means nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from animecolor.errors import UsageError
from animecolor.qa.verdict.suppress import Suppression, parse_suppressions, read_suppressions

RATE = Fraction(24000, 1001)


def one(line: str) -> Suppression:
    (case,) = parse_suppressions([line], "list", RATE)
    return case


def test_all_parts() -> None:
    case = one("ep01:sh012:flicker:180-184 lightning, as drawn")
    assert (case.clip, case.shot, case.topic) == ("ep01", 12, "flicker")
    assert (case.first, case.last) == (180, 184)
    assert (case.rule, case.reason) == ("ep01:sh012:flicker:180-184", "lightning, as drawn")


def test_parts_may_lack_and_change_places() -> None:
    assert one("ep01:180 x").first == one("ep01:180 x").last == 180
    assert one("ep01:hole:sh3:* x") == one("ep01:hole:sh3:* x")
    assert one("ep01:hole:sh3:* x").shot == one("ep01:sh3:hole:* x").shot == 3
    assert one("ep01:* x").first is None
    assert one("ep01:region_jitter:* x").topic == "region_jitter"
    assert one("ep01:Shot3:* x").shot == 3


def test_timecodes_count_frames_at_the_whole_rate() -> None:
    case = one("ep01:00:01:10:00-00:01:10:12 explosion")
    assert (case.first, case.last) == (70 * 24, 70 * 24 + 12)
    assert one("ep01:00:00:01:00-30 x").last == 30


def test_names_with_spaces_colons_and_brackets() -> None:
    assert one('"ep 02: [v2]":hole:* x').clip == "ep 02: [v2]"
    assert one('"ep 02: [v2]":hole:* x').about("ep 02: [v2].mov")
    assert one("[Group]_ep01:* x").about("[Group]_ep01.mkv")
    assert not one("[Group]_ep01:* x").about("G_ep01.mkv")


def test_a_clip_is_meant_with_and_without_its_suffix() -> None:
    for pattern in ("ep01", "ep01.mp4", "ep*", "*", "ep0?.mp4"):
        assert one(f"{pattern}:* x").about("ep01.mp4"), pattern
    for pattern in ("ep1", "EP01", "p01", "ep01.mov"):
        assert not one(f"{pattern}:* x").about("ep01.mp4"), pattern


def test_one_frame_more_on_either_side_is_covered() -> None:
    case = one("ep01:180-184 flash")
    assert case.covers("flicker", 3, 179, 185)
    assert not case.covers("flicker", 3, 178, 184)
    assert not case.covers("flicker", 3, 181, 186)
    assert one("ep01:flicker:180 x").covers("flicker", 0, 180, 180)
    assert not one("ep01:flicker:180 x").covers("hole", 0, 180, 180)
    assert not one("ep01:sh2:* x").covers("hole", 3, 0, 0)


def test_comments_blank_lines_and_a_byte_order_mark(tmp_path: Path) -> None:
    path = tmp_path / "accepted.txt"
    path.write_text("\ufeff# ours\n\n  ep01:3 x  \n", encoding="utf-8")
    (case,) = read_suppressions(path, RATE)
    assert (case.line, case.first, case.reason) == (3, 3, "x")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("ep01:180-184", "say after a space why"),
        ("ep01 lightning", "write CLIP:FRAMES REASON"),
        ("ep01:sh012 lightning", "write CLIP:FRAMES REASON"),
        ("ep01:holes:3 x", "'holes' is no shot"),
        ("ep01:sh1:sh2:3 x", "'sh2' is no shot"),
        ("ep01:9-3 x", "end (3) before they begin"),
        ("ep01:00:00:61:00 x", "no timecode at 24"),
        ("ep01:00:00:01:24 x", "no timecode at 24"),
        (":3 x", "write CLIP:FRAMES REASON"),
        ('"":3 x', "write CLIP:FRAMES REASON"),
        ("ep01:" + "9" * 5000 + " x", "write CLIP:FRAMES REASON"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(line: str, said: str) -> None:
    with pytest.raises(UsageError) as told:
        parse_suppressions(["# fine", line], "accepted.txt", RATE)
    assert str(told.value).startswith("accepted.txt, line 2: ")
    assert said in str(told.value)


def test_unreadable_files(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the suppressions"):
        read_suppressions(tmp_path / "none.txt", RATE)
    with pytest.raises(UsageError, match="cannot read the suppressions"):
        read_suppressions(tmp_path, RATE)
    (tmp_path / "latin.txt").write_bytes(b"ep01:3 caf\xe9")
    with pytest.raises(UsageError, match="not UTF-8"):
        read_suppressions(tmp_path / "latin.txt", RATE)
