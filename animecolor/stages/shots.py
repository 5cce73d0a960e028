"""Where shots begin: found in the stream, or told by a list."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

from animecolor.config import Shots
from animecolor.frame import Frame
from animecolor.stages.cuts import LOOK_AHEAD, CutFinder
from animecolor.stages.shotlist import read_shot_list

log = logging.getLogger("animecolor")


@dataclass(frozen=True, slots=True)
class Clock:
    """How a clip counts its frames, which a shot list does too."""

    rate: Fraction
    """Frames per second, exact: time stamps may be rounded to 1 ms."""
    start_pts: int = 0
    """Ticks of the clip's first frame."""

    def number(self, frame: Frame) -> int:
        """Frames that the clip has before this one, wherever decoding began."""
        return round((frame.pts - self.start_pts) * frame.time_base * self.rate)


def mark_shots(
    frames: Iterable[Frame], shots: Shots, clock: Clock | None = None
) -> Iterator[Frame]:
    """Set ``shot`` and ``opens_shot``; the first frame always opens one.

    A list wins over detection; without either the clip is one shot. Detection looks two frames
    ahead, so three frames are held.

    Args:
        frames: decoded frames.
        shots: whether to detect, or the list to read.
        clock: what the list's numbers and timecodes count; only a list needs it.

    Raises:
        UsageError: the list cannot be read.
        MissingPiece: the list is an EDL or OTIO and the ``cuts`` extra is not installed.
    """
    if shots.list is not None:
        opened = _listed(frames, shots.list, clock)
    elif shots.detect:
        opened = _detected(frames)
    else:
        opened = ((frame, False) for frame in frames)
    shot = -1
    for frame, opens in opened:
        opens = opens or shot < 0
        shot += opens
        yield replace(frame, shot=shot, opens_shot=opens)


def _detected(frames: Iterable[Frame]) -> Iterator[tuple[Frame, bool]]:
    finder = CutFinder()
    waiting: deque[Frame] = deque()
    broken: Exception | None = None
    try:
        for frame in frames:
            waiting.append(frame)
            opens = finder.push(frame)
            if len(waiting) > LOOK_AHEAD:
                yield waiting.popleft(), opens
    except Exception as error:
        broken = error  # what was read before a clip broke off is still passed on
    # What the clip's last frames lack to be judged is more of the last frame.
    while waiting:
        yield waiting.popleft(), finder.push_last()
    if broken is not None:
        raise broken


def _listed(
    frames: Iterable[Frame], path: Path, clock: Clock | None
) -> Iterator[tuple[Frame, bool]]:
    if clock is None:
        raise ValueError("a shot list needs the clock of the clip")
    starts = read_shot_list(path, clock.rate)
    # Of the first frame time tells the number; from there on frames are counted, so that a number
    # in the list means that frame where the rate varies, too.
    skipped: int | None = None
    number = -1
    for frame in frames:
        if skipped is None:
            skipped = clock.number(frame) - frame.index
        number = frame.index + skipped
        yield frame, number in starts
    if late := [start for start in starts if start > number]:
        log.warning("%s: %d shots begin after the last frame, %d", path, len(late), number)
