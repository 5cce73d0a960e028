"""Which part of a clip, said by a person: seconds, a timecode or a frame number.

Three spellings, told apart by their look:

- ``1.5``: seconds from the first picture.
- ``00:00:01.500`` or ``00:01``: a clock; the last part may have a fraction.
- ``00:00:01:12``: a non-drop timecode; its last part counts frames at the clip's rate, rounded to
  a whole number (24 for 23.976), so it names a frame number.
- ``48f``: the frame with this number; the first is ``0f``.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from animecolor.errors import UsageError

if TYPE_CHECKING:
    from animecolor.config import Range

_FRAMES = re.compile(r"(\d+)f", re.ASCII)
_SECONDS = re.compile(r"\d+(\.\d*)?|\.\d+", re.ASCII)
_CLOCK = re.compile(r"(?:(\d+):)?(\d{1,2}):(\d{1,2}(?:\.\d*)?)", re.ASCII)
_TIMECODE = re.compile(r"(\d+):(\d{1,2}):(\d{1,2}):(\d{1,3})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Moment:
    """A place in a clip: a time, or a frame number. Exactly one is set."""

    time_s: Fraction | None = None
    """Seconds after the first picture."""
    number: int | None = None

    def reached(self, number: int, time_s: Fraction, slack_s: Fraction) -> bool:
        """True when the picture with this number and time lies at the moment or after it."""
        if self.number is not None:
            return number >= self.number
        assert self.time_s is not None
        return time_s + slack_s >= self.time_s


@dataclass(frozen=True, slots=True)
class Window:
    """Pictures at ``start`` or after it, before ``end``, at most ``frames`` of them."""

    start: Moment | None = None
    end: Moment | None = None
    frames: int | None = None


def parse_moment(text: str, rate: Fraction) -> Moment:
    """Read one moment; see the top of this file for the spellings.

    Args:
        text: what the person wrote.
        rate: the clip's pictures per second, for timecodes that count frames.

    Raises:
        UsageError: the text is none of them, or counts more frames, seconds or minutes than
            there are.
    """
    text = text.strip()
    if match := _FRAMES.fullmatch(text):
        return Moment(number=int(match[1]))
    if _SECONDS.fullmatch(text):
        return Moment(time_s=Fraction(text if text[-1] != "." else text[:-1]))
    if match := _TIMECODE.fullmatch(text):
        hours, minutes, seconds, frames = (int(part) for part in match.groups())
        whole = max(1, round(rate))
        if minutes > 59 or seconds > 59 or frames >= whole:
            raise UsageError(f"'{text}' is no timecode at {whole} frames a second")
        return Moment(number=((hours * 60 + minutes) * 60 + seconds) * whole + frames)
    if match := _CLOCK.fullmatch(text):
        hours, minutes = int(match[1] or 0), int(match[2])
        seconds_s = Fraction(match[3].rstrip("."))
        if seconds_s >= 60 or (match[1] and minutes > 59):
            raise UsageError(f"'{text}' is no time: minutes and seconds end at 59")
        return Moment(time_s=(hours * 60 + minutes) * 60 + seconds_s)
    raise UsageError(
        f"'{text}' is no time: write seconds (1.5), a timecode (00:00:01.500, 00:00:01:12) "
        "or a frame number (48f)"
    )


def parse_window(asked: Range, rate: Fraction) -> Window:
    """Read a whole range.

    Raises:
        UsageError: a moment cannot be read, or the range ends before it starts.
    """
    start = parse_moment(asked.start, rate) if asked.start is not None else None
    end = parse_moment(asked.end, rate) if asked.end is not None else None
    if start and end and _seconds(end, rate) <= _seconds(start, rate):
        raise UsageError(f"the range ends ({asked.end}) before it starts ({asked.start})")
    return Window(start, end, asked.frames)


def _seconds(moment: Moment, rate: Fraction) -> Fraction:
    return moment.time_s if moment.time_s is not None else Fraction(moment.number or 0) / rate
