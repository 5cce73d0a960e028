from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animecolor.config import Range
from animecolor.errors import UsageError
from animecolor.video.timecode import Moment, parse_moment, parse_window

RATES = st.sampled_from(
    [Fraction(24), Fraction(24000, 1001), Fraction(25), Fraction(30000, 1001), Fraction(60)]
)


@given(number=st.integers(0, 10**7), rate=RATES)
def test_a_frame_number_is_that_number(number: int, rate: Fraction) -> None:
    assert parse_moment(f"{number}f", rate) == Moment(number=number)


@given(number=st.integers(0, 10**7), rate=RATES)
def test_a_timecode_names_its_frame(number: int, rate: Fraction) -> None:
    whole = round(rate)
    seconds, frames = divmod(number, whole)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frames:02d}"
    assert parse_moment(text, rate) == Moment(number=number)


@given(ms=st.integers(0, 10**9), rate=RATES)
def test_seconds_and_clock_are_exact(ms: int, rate: Fraction) -> None:
    seconds, rest = divmod(ms, 1000)
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}.{rest:03d}"
    wanted = Moment(time_s=Fraction(ms, 1000))
    assert parse_moment(f"{seconds}.{rest:03d}", rate) == wanted
    assert parse_moment(clock, rate) == wanted


@given(text=st.text("0123456789:.f- ", max_size=12) | st.text(max_size=4), rate=RATES)
@settings(max_examples=50)
def test_any_text_is_read_or_refused(text: str, rate: Fraction) -> None:
    try:
        moment = parse_moment(text, rate)
    except UsageError:
        return
    assert (moment.time_s is None) != (moment.number is None)


@pytest.mark.parametrize(
    "text", ["", "-1", "1e3", "1:2:3:4:5", "00:00:01:24", "00:60:00:00", "1:99", "12 f", "٣"]
)
def test_nonsense_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        parse_moment(text, Fraction(24))


def test_a_range_that_ends_before_it_starts_is_refused() -> None:
    with pytest.raises(UsageError, match="before it starts"):
        parse_window(Range(start="2", end="24f"), Fraction(24))
