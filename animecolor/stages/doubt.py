"""Which frame is worth painting next, told by the error that a colorizer expects of every frame."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from animecolor.stages.doubtlist import Doubt

Errors = Sequence[float] | NDArray[np.float64]

WORTH = 0.02
"""Expected error from which on a frame is worth painting: five levels of 8 bits."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """A frame to paint."""

    doubt: Doubt
    expected_error: float
    """Its own, once what was proposed before it in its shot is painted."""
    gain: float
    """Expected error that painting it takes away, summed over the frames of its shot."""


def propose(
    doubts: Iterable[Doubt], is_painted: Callable[[Doubt], bool], per_shot: int, most: int | None
) -> list[Proposal]:
    """Choose frames to paint, the one that helps most first.

    In every shot ``next_frame`` is asked again and again, each time as if what it proposed before
    were painted; a drawing that is held is one frame, whose error counts as often as it is shown.

    Args:
        doubts: a run's table of frames, in order.
        is_painted: whether a person has painted this frame.
        per_shot: frames of one shot, at least 1.
        most: frames of all shots; None for as many as are worth it.
    """
    shots = groupby(doubts, key=lambda doubt: doubt.shot)
    found = [p for _, shot in shots for p in _of_shot(list(shot), is_painted, per_shot)]
    return sorted(found, key=lambda proposal: -proposal.gain)[:most]


def _of_shot(
    shot: Sequence[Doubt], is_painted: Callable[[Doubt], bool], most: int
) -> Iterator[Proposal]:
    """Proposals of one shot; each helps less than the one before it."""
    begins = [at for at, doubt in enumerate(shot) if not doubt.held]
    error = np.array([doubt.expected_error for doubt in shot])
    drawings = np.add.reduceat(error, begins)
    times = np.diff([*begins, len(shot)])
    of = np.repeat(np.arange(len(begins)), times)
    # A keyframe counts as right: its expected error is 0.
    known = [d.expected_error == 0 or is_painted(d) for d in shot]
    painted = {int(drawing) for drawing, right in zip(of, known, strict=True) if right}
    for _ in range(min(most, len(begins) - len(painted))):
        frame = next_frame(drawings, painted)
        own = float(drawings[frame] / times[frame])
        if own < WORTH:
            return
        yield Proposal(shot[begins[frame]], own, float(helped(drawings, painted)[frame]))
        drawings = left(drawings, painted, frame)
        painted.add(frame)


def next_frame(errors: Errors, painted: Collection[int] = ()) -> int:
    """The frame of a shot whose painting helps most: see ``helped``.

    Args:
        errors: expected absolute error of each frame of one shot, in order.
        painted: frames that are painted already; never proposed.

    Raises:
        ValueError: there is no other frame.
    """
    if len(set(painted)) >= len(errors):
        raise ValueError("every frame is painted")
    return int(helped(errors, painted).argmax())


def helped(errors: Errors, painted: Collection[int] = ()) -> NDArray[np.float64]:
    """(N,) expected error, summed over the shot, that painting each frame takes away.

    A painted frame is right, and colors spread from it to either side, the less the farther. So
    painting frame f takes from frame t the share 1 - |t - f| / d of its expected error, d being
    how far t is from the nearest painted frame now (the length of the shot where nothing is
    painted): all of it at f, nothing where a painted frame is as near. The frame that takes most
    away is seldom the worst one: a single bad frame sums to little, and a shot whose error grows
    evenly from its painted first frame is best painted at two thirds. -1 where painted.
    """
    error = _unpainted(errors, painted)
    away = _away(len(error), painted)
    gain = np.full(len(error), -1.0)
    for frame in range(len(error)):
        if away[frame]:
            gain[frame] = float((error * _share(frame, away)).sum())
    return gain


def left(errors: Errors, painted: Collection[int], frame: int) -> NDArray[np.float64]:
    """(N,) expected error of each frame once ``frame`` is painted too, by the same rule."""
    error = _unpainted(errors, painted)
    return error * (1 - _share(frame, _away(len(error), painted)))


def _unpainted(errors: Errors, painted: Collection[int]) -> NDArray[np.float64]:
    error = np.array(errors, np.float64)
    error[list(painted)] = 0
    return error


def _away(count: int, painted: Collection[int]) -> NDArray[np.float64]:
    """(N,) frames to the nearest painted one."""
    away = np.full(count, float(count))
    for frame in painted:
        np.minimum(away, np.abs(np.arange(count) - frame), out=away)
    return away


def _share(frame: int, away: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N,) in [0, 1]: how much of each frame's error painting ``frame`` takes away."""
    distance = np.abs(np.arange(len(away)) - frame)
    return np.asarray(np.maximum(0, 1 - distance / np.maximum(away, 1)), np.float64)
