"""What the numbers of a shot's frames add up to; all shots at once, for clips of thousands."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animecolor.qa.columns import COLUMNS, Better, Frames

_TAIL = 0.05
_LOWER = {column.key: column.better is not Better.HIGHER for column in COLUMNS}


@dataclass(frozen=True, slots=True, eq=False)
class Summary:
    """One column; each array is (S,), NaN or -1 for a shot in which it was not measured."""

    mean: NDArray[np.float64]
    p95: NDArray[np.float64]
    """Reached or passed in the bad direction by a twentieth of the measured frames, and by one at
    least: of up to 20 frames it is the worst one."""
    worst: NDArray[np.float64]
    frame: NDArray[np.int64]
    """Index of the first frame that is as bad as the worst."""


@dataclass(frozen=True, slots=True, eq=False)
class Spans:
    """Where the shots lie; each array is (S,)."""

    shot: NDArray[np.int32]
    first: NDArray[np.int64]
    last: NDArray[np.int64]


def spans(frames: Frames) -> Spans:
    """First and last frame (included) of every shot; there is at least one frame."""
    starts = np.flatnonzero(np.diff(frames.shot, prepend=frames.shot[0] - 1))
    ends = np.append(starts[1:], len(frames.shot)) - 1
    return Spans(frames.shot[starts], starts, ends)


def summarize(
    values: NDArray[np.float32], at: Spans, key: str, without: NDArray[np.bool_] | None = None
) -> Summary:
    """Summarize one column.

    Args:
        values: (N,), NaN where it was not measured.
        at: where the shots lie.
        key: of the column, which says where bad lies; of context it is the upper side.
        without: (N,) frames that do not count.
    """
    bad = values.astype(np.float64) * (1 if _LOWER.get(key, True) else -1)
    if without is not None:
        bad[without] = np.nan
    bad[~np.isfinite(bad)] = np.nan
    known = np.isfinite(bad)
    counts = np.add.reduceat(known, at.first, dtype=np.int64)
    some = counts > 0
    sums = np.add.reduceat(np.where(known, bad, 0.0), at.first)
    owner = np.repeat(np.arange(len(at.first)), at.last - at.first + 1)
    # Of each shot the worst first, of equals the earliest, what is unknown last.
    order = np.lexsort((np.where(known, -bad, np.inf), owner))
    rank = np.maximum((_TAIL * counts).astype(np.int64) - 1, 0)
    sign = 1 if _LOWER.get(key, True) else -1

    def of_known(found: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.where(some, sign * found, np.nan)

    worst_at = order[at.first]
    return Summary(
        mean=of_known(sums / np.maximum(counts, 1)),
        p95=of_known(bad[order[at.first + rank]]),
        worst=of_known(bad[worst_at]),
        frame=np.where(some, worst_at, -1),
    )
