"""Is the frame that a colorizer would have painted next worth more than another one."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from animecolor.evaluation.conditions import Condition, Painting, Part, Watch, paint
from animecolor.evaluation.showing import Showing
from animecolor.metrics.fidelity import psnr
from animecolor.models.colorizer import Colorizer
from animecolor.stages.doubt import next_frame

OTHERS = 3
"""Random frames that the proposed one is compared with."""
LEAST = 4
"""Frames of a shot: with fewer none is left to judge beside two keyframes and frame 0."""

Decibels = NDArray[np.float64]
"""(T,) PSNR of every frame."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the true colors of the proposed frame are worth, as a second keyframe.

    In dB of PSNR, over the frames that are a keyframe on neither side of a comparison.
    """

    frame: int
    gain_db: float
    """Over frame 0 alone."""
    over_random_db: float
    """Over a random other frame, a mean of ``OTHERS``."""
    over_last_db: float
    """Over the last frame; 0 where that is the one proposed."""
    least_db: float
    """The least that any of the frames tried was worth over frame 0 alone."""


def proposal(
    showing: Showing,
    colorizer: Colorizer,
    first: Painting,
    last: Painting,
    watch: Watch | None = None,
) -> Proposal | None:
    """Paint a clip with the proposed second keyframe, and with others.

    Args:
        showing: the clip.
        colorizer: who paints it.
        first: the clip painted from frame 0.
        last: the clip painted from frame 0 and the last one.
        watch: called with every frame painted.

    Returns:
        None where the colorizer cannot tell or the clip is shorter than ``LEAST``.
    """
    if first.error is None or len(showing) < LEAST:
        return None
    frame = next_frame(first.error.mean((1, 2, 3)).tolist(), {0})
    end = len(showing) - 1

    def with_key(key: int) -> Decibels:
        condition = Condition(f"frame {key} too", "", lambda n: _first_and(key, n))
        return _score(showing, paint(showing, colorizer, condition, watch))

    alone, chosen = _score(showing, first), with_key(frame)
    others = {key: with_key(key) for key in other_frames(showing, frame)}
    tried = {frame: chosen, end: _score(showing, last), **others}
    return Proposal(
        frame,
        _above(chosen, alone, (0, frame)),
        float(np.mean([_above(chosen, other, (0, frame, key)) for key, other in others.items()])),
        _above(chosen, tried[end], (0, frame, end)) if frame != end else 0.0,
        min(_above(score, alone, (0, key)) for key, score in tried.items()),
    )


def other_frames(showing: Showing, frame: int) -> list[int]:
    """Frames to compare with: the same for a clip every time, whatever else is judged."""
    chance = np.random.default_rng(zlib.crc32(showing.clip.name.encode()))
    free = [index for index in range(1, len(showing)) if index != frame]
    return sorted(chance.choice(free, min(OTHERS, len(free)), replace=False).tolist())


def frames_to_paint(count: int) -> int:
    """Frames painted of a clip of ``count`` by a colorizer that can tell."""
    return (1 + min(OTHERS, count - 2)) * (count - 1) if count >= LEAST else 0


def _first_and(key: int, count: int) -> Iterator[Part]:
    yield Part(range(1, count), (0, key))


def _score(showing: Showing, painting: Painting) -> Decibels:
    return psnr(painting.color, showing.truth).double().numpy()


def _above(one: Decibels, other: Decibels, keys: tuple[int, ...]) -> float:
    return float(np.delete(one - other, list(keys)).mean())
