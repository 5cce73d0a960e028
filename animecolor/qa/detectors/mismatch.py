"""Clips that should be equally long and are not, or count their frames at another rate."""

from __future__ import annotations

from fractions import Fraction

from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Step, View
from animecolor.video.info import VideoInfo

_SAME_RATE = Fraction(1, 500)
"""Share by which rates may differ: 23.976 is told from 24 at twice as much."""


class Mismatch:
    """MISMATCH of length and rate; another shape is refused before anything is measured."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._setting = setting
        self._shot = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._shot = view.shot

    def push(self, step: Step) -> None:
        """The next frame of the shot."""

    def end(self) -> None:
        """The shot has ended."""

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended: compare what was there to be read."""
        request = self._setting.request
        for other, frames in (
            (request.source, lengths.source),
            (request.reference, lengths.reference),
        ):
            if other is None or frames is None:
                continue
            last = lengths.common - 1
            if frames != lengths.clip:
                self._tell(
                    last, abs(frames - lengths.clip), _counted(lengths.clip), _counted(frames)
                )
            if not _same_rate(self._setting.rate, other):
                self._tell(last, 1, _timed(self._setting.rate), _timed(other.rate))

    def _tell(self, at: int, value: int, found: str, expected: str) -> None:
        self._notes.sight(
            Sighting(Check.MISMATCH, self._shot, at, at, value, found=found, expected=expected)
        )


def _same_rate(rate: Fraction, other: VideoInfo) -> bool:
    return abs(other.rate / rate - 1) < _SAME_RATE


def _counted(frames: int) -> str:
    return f"{frames} frames"


def _timed(rate: Fraction) -> str:
    return f"{float(rate):.6g} frames a second"
