"""Which frame is worth painting next, told by the error that a colorizer expects of every frame."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

Errors = Sequence[float] | NDArray[np.float64]


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
