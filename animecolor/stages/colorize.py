"""Hand each shot to the colorizer, span by span. Colours never cross a cut."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

import torch
from torch import Tensor

from animecolor.frame import Frame, Hint, Keyframe, Reference, Shot
from animecolor.models.colorizer import Colorizer, Doubting, Memory

ByShot = Mapping[int, tuple[Keyframe, ...]]
"""The keyframes of each shot that has any, by ``Frame.shot``; in order of their index."""

NONE: ByShot = MappingProxyType({})

Hints = Callable[[Frame], Hint]
"""What a person said of the shot that a frame opens."""


def silent(opening: Frame) -> Hint:
    """Nothing was said."""
    return Hint()


def colorize(
    frames: Iterable[Frame],
    colorizer: Colorizer,
    keyframes: ByShot = NONE,
    references: tuple[Reference, ...] = (),
    hints: Hints = silent,
) -> Iterator[Frame]:
    """Set ``color`` on every frame, and ``error`` where the colorizer can tell.

    A shot starts with the memory ``colorizer.begin`` gives it, which is told all the shot's
    keyframes, later ones too. A held frame takes the colour of the
    frame before it (the same tensor) and is not shown to the network. Spans depend on the shot
    alone, so colouring each shot by itself equals colouring the clip.

    Args:
        frames: frames with ``plane`` set and shots marked; the first of a shot is never held.
        colorizer: the network, or networks, behind the protocol.
        keyframes: what a person painted.
        references: painted pictures that every shot may take colors from.
        hints: what was said of each shot.
    """
    memory: Memory = None
    last: Tensor | None = None
    error: Tensor | None = None
    for span in _spans(frames, colorizer.span):
        if last is None or span[0].opens_shot:
            opening = span[0]
            painted_by_hand = keyframes.get(opening.shot, ())
            hint = hints(opening)
            shot = Shot(opening.shot, opening.index, painted_by_hand, references, hint)
            memory = colorizer.begin(shot)
        colors: Iterator[Tensor] = iter(())
        if fresh := [frame for frame in span if not frame.held]:
            with torch.inference_mode():
                painted, memory = colorizer(fresh, memory)
            colors = iter(painted)
            error = colorizer.error(memory) if isinstance(colorizer, Doubting) else None
        for frame in span:
            if last is None or not frame.held:
                last = next(colors)
            yield replace(frame, color=last, error=error)


def _spans(frames: Iterable[Frame], size: int) -> Iterator[list[Frame]]:
    """Group the frames of a shot so that a group has at most ``size`` that are not held.

    Held frames wait with the group they fall into, at most as many as ``size``: animation on twos
    still fills a batch, and a long hold does not pile up.
    """
    span: list[Frame] = []
    fresh = 0
    broken: Exception | None = None
    try:
        for frame in frames:
            if span and frame.opens_shot:
                yield span
                span, fresh = [], 0
            span.append(frame)
            fresh += not frame.held
            if fresh in (0, size) or len(span) == 2 * size:
                yield span
                span, fresh = [], 0
    except Exception as error:
        broken = error  # what was read before a clip broke off is still coloured
    if span:
        yield span
    if broken is not None:
        raise broken
