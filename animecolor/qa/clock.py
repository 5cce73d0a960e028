"""What people call a frame: its number in the clip, and its timecode."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Clock:
    """Numbers and timecodes of the frames that were measured."""

    rate: Fraction
    first_frame: int = 0
    """Number in the clip of the first frame that was measured."""

    @property
    def base(self) -> int:
        """Frames that a second of timecode counts: 24 for 23.976."""
        return max(1, round(self.rate))

    def number(self, index: int) -> int:
        """Index among the measured frames -> number in the clip."""
        return self.first_frame + index

    def timecode(self, index: int) -> str:
        """Non-drop ``HH:MM:SS:FF`` of a measured frame, frame 0 of the clip being at 0."""
        return timecode(self.number(index), self.base)


def timecode(number: int, base: int) -> str:
    """Non-drop timecode of a frame number.

    Args:
        number: counted from 0.
        base: frames a second of timecode.
    """
    seconds, frames = divmod(number, base)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}:{frames:02}"
