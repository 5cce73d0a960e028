"""How a colorizer is shown a clip: which shots, and which true frames are their keyframes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import torch
from torch import Tensor

from animecolor.errors import AnimecolorError
from animecolor.evaluation.showing import Showing
from animecolor.frame import Frame, Keyframe, Shot
from animecolor.models.colorizer import Colorizer, Doubting

Watch = Callable[[Frame], None]
"""Called with every frame painted."""


@dataclass(frozen=True, slots=True)
class Part:
    """Frames painted as one shot, and the true frames that are its keyframes."""

    frames: range
    keys: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """A painted clip; given frames hold their truth."""

    color: Tensor
    """(T, 3, h, w) float32 RGB in [0, 1]."""
    error: Tensor | None = None
    """(T, 1, h, w) float32: the absolute error the colorizer expects, 0 where given; None where it
    cannot tell."""
    given: frozenset[int] = frozenset()
    """Frames that were painted although their truth was a keyframe: they are not judged."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A way to show a clip. A frame that falls into no part is given: its truth is taken."""

    name: str
    about: str
    parts: Callable[[int], Iterator[Part]]
    """Frames of the clip -> its shots."""


def _blank(count: int) -> Iterator[Part]:
    yield Part(range(count))


def _own_previous(count: int) -> Iterator[Part]:
    yield Part(range(1, count), (0,))


def _first_frame(count: int) -> Iterator[Part]:
    yield from (Part(range(i, i + 1), (0,)) for i in range(1, count))


def _both_ends(count: int) -> Iterator[Part]:
    yield Part(range(1, count), (0, count - 1))


def _teacher_forced(count: int) -> Iterator[Part]:
    yield Part(range(1))
    yield from (Part(range(i, i + 1), (i - 1,)) for i in range(1, count))


def _no_previous(count: int) -> Iterator[Part]:
    yield from (Part(range(i, i + 1)) for i in range(count))


BLANK, OWN_PREVIOUS, TEACHER_FORCED = "blank", "own previous", "teacher-forced"
BOTH_ENDS = "both ends"

FROM_FIRST = Condition(
    OWN_PREVIOUS,
    "True frame 0, then from its own output: LVCD's “own previous frame”.",
    _own_previous,
)

CONDITIONS = (
    Condition(BLANK, "From black, then from its own output; no true color is given.", _blank),
    FROM_FIRST,
    Condition(
        "first frame",
        "Every frame alone, from true frame 0: LVCD's “first frame”. Errors cannot add up.",
        _first_frame,
    ),
    Condition(
        BOTH_ENDS,
        "As own previous, with the true last frame as a second keyframe. tcvc reads the first "
        "keyframe only, so its two rows agree.",
        _both_ends,
    ),
    Condition(
        TEACHER_FORCED,
        "Every frame alone, from the true frame before it: what a film never has, and the most "
        "that a step of the network can do.",
        _teacher_forced,
    ),
)

NO_PREVIOUS = Condition(
    "no previous",
    "The same network, every frame alone from black: what its memory must beat.",
    _no_previous,
)


def frames_painted(condition: Condition, count: int) -> int:
    """How many frames the colorizer paints of a clip of ``count`` frames."""
    return sum(len(part.frames) for part in condition.parts(count))


def paint(
    showing: Showing, colorizer: Colorizer, condition: Condition, watch: Watch | None = None
) -> Painting:
    """Paint a clip under one condition, through the protocol only.

    Args:
        showing: the clip and its planes.
        colorizer: one that reads ``showing.reads``.
        condition: which shots and keyframes.
        watch: called with every frame painted.
    """
    painted = showing.truth.clone()
    error = torch.zeros_like(showing.planes) if isinstance(colorizer, Doubting) else None
    given: set[int] = set()
    for number, part in enumerate(condition.parts(len(showing))):
        given |= {key for key in part.keys if key in part.frames}
        keys = tuple(Keyframe(k, showing.planes[k], showing.truth[k]) for k in part.keys)
        frames = frames_of(showing, part.frames, number)
        for frame in roll(colorizer, Shot(number, part.frames[0], keys), frames):
            assert frame.color is not None
            painted[frame.index] = frame.color
            if error is not None and frame.error is not None:
                error[frame.index] = frame.error
            if watch is not None:
                watch(frame)
    return Painting(painted, error, frozenset(given))


def frames_of(showing: Showing, indices: range, shot: int) -> list[Frame]:
    """Frames with nothing but a plane: the picture itself is black, so no colorizer can peek."""
    black = torch.zeros((3, *showing.planes.shape[-2:]), dtype=torch.uint8)
    return [
        Frame(
            black,
            index,
            Fraction(1, 12),
            index,
            shot=shot,
            opens_shot=index == indices[0],
            plane=showing.planes[index],
        )
        for index in indices
    ]


def roll(colorizer: Colorizer, shot: Shot, frames: Sequence[Frame]) -> Iterator[Frame]:
    """Color one shot span by span; yields each frame with its ``color``, and ``error`` if known.

    Raises:
        AnimecolorError: the network painted something that is not a number.
    """
    memory = colorizer.begin(shot)
    for first in range(0, len(frames), colorizer.span):
        span = frames[first : first + colorizer.span]
        # Closed before the yield: the mode is the thread's, and would leak to who asks.
        with torch.inference_mode():
            colors, memory = colorizer(span, memory)
            error = colorizer.error(memory) if isinstance(colorizer, Doubting) else None
        if not bool(torch.isfinite(colors).all()):
            raise AnimecolorError(f"the network painted frame {span[0].index} with no number")
        for frame, color in zip(span, colors.float().clamp(0, 1).cpu(), strict=True):
            yield replace(frame, color=color, error=error)
