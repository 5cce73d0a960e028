"""Where shots begin: found in the stream, or told by a list."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import chain, islice

from animecolor.config import Shots
from animecolor.frame import Frame
from animecolor.stages.cuts import LOOK_AHEAD, CutFinder
from animecolor.stages.shotlist import read_shot_list

log = logging.getLogger("animecolor")


def mark_shots(frames: Iterable[Frame], shots: Shots) -> Iterator[Frame]:
    """Set ``shot`` and ``opens_shot``; the first frame always opens one.

    A list wins over detection; without either the clip is one shot. Detection looks two frames
    ahead, so three frames are held.

    Args:
        frames: decoded frames.
        shots: whether to detect, or the list to read.

    Raises:
        UsageError: the list cannot be read.
        MissingPiece: the list is an EDL or OTIO and the ``cuts`` extra is not installed.
    """
    if shots.list is not None:
        opened = _listed(iter(frames), shots)
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


def _listed(stream: Iterator[Frame], shots: Shots) -> Iterator[tuple[Frame, bool]]:
    assert shots.list is not None
    seen = list(islice(stream, 2))
    starts = read_shot_list(shots.list, _rate(seen))
    end = 0
    for frame in chain(seen, stream):
        end = frame.index + 1
        yield frame, frame.index in starts
    if late := [start for start in starts if start >= end]:
        log.warning(
            "%s: %d shots begin after the clip ends at frame %d", shots.list, len(late), end - 1
        )


def _rate(seen: list[Frame]) -> Fraction:
    """Frames per second, from the first two frames; 24 where one frame says nothing."""
    if len(seen) == 2 and seen[1].pts > seen[0].pts:
        return 1 / ((seen[1].pts - seen[0].pts) * seen[0].time_base)
    if seen and seen[0].duration > 0:
        return 1 / (seen[0].duration * seen[0].time_base)
    return Fraction(24)
