"""Bring the network's colours to native size: luma kept in grey mode, lines respected in line art.

How line art gets its native colours is a ``Paint``: a function of one frame. ``smooth`` is the one
that needs nothing but the lines.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from torch import Tensor

from animecolor.config import Lines
from animecolor.frame import Frame
from animecolor.stages.chroma import Chroma, keep_luma, spread_chroma
from animecolor.stages.lines import native_line
from animecolor.stages.smooth import smooth

Paint = Callable[[Frame], Tensor]
"""A frame with ``color`` and ``line`` -> (3, H, W) picture, dtype and layout of ``image``."""
_LINES = Lines()


def finish(
    frames: Iterable[Frame], lines: Lines = _LINES, paint: Paint = smooth
) -> Iterator[Frame]:
    """Set ``painted``, and ``line`` where Canny drew the plane.

    A held drawing keeps the very picture and line of the frame it repeats; a held grey frame keeps
    its chroma, under its own luma.

    Args:
        frames: coloured frames.
        lines: Canny's sigma and thresholds, for the native lines.
        paint: how line art gets its native colours.
    """
    picture: Tensor | None = None
    line: Tensor | None = None
    chroma: Chroma | None = None
    for frame in frames:
        if frame.line is None and frame.luma is None:
            if chroma is None or not frame.held:
                chroma = spread_chroma(frame)
            picture = keep_luma(frame, chroma)
        elif picture is None or not frame.held:
            line = native_line(frame, lines) if frame.line is None else frame.line
            picture = paint(replace(frame, line=line))
        yield replace(frame, line=line, painted=picture)
