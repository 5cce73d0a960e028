"""Bring the network's colours to native size: luma kept in grey mode, lines respected in line art.

How line art gets its native colours is a ``Paint``: flats, which paint region by region (see
``stages.flats``), or ``smooth``, which needs nothing but the lines.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Protocol

import cv2
import numpy as np
from torch import Tensor

from animecolor.config import Finish, FinishKind, Lines, LinesOver
from animecolor.frame import Frame, from_array, to_array
from animecolor.stages.chroma import Chroma, keep_luma, spread_chroma
from animecolor.stages.detail import detailed
from animecolor.stages.lines import native_line
from animecolor.stages.overlay import darker, lay_ink
from animecolor.stages.sizing import eight_bits
from animecolor.stages.smooth import smooth

log = logging.getLogger("animecolor")

Memory = Any
"""What a paint remembers of the drawings before; None before the first of a clip."""
_LINES = Lines()


class Paint(Protocol):
    """Paints one drawing of line art."""

    def __call__(self, frame: Frame, memory: Memory) -> tuple[Frame, Memory]:
        """A frame with ``color`` and ``line`` -> the same with ``painted``, and what to remember.

        Where ``opens_shot`` is set the memory is of another shot.
        """


@dataclass(frozen=True, slots=True)
class Smooth:
    """Colors that do not cross the lines, and the lines over them."""

    lines_over: LinesOver = LinesOver.ORIGINAL

    def __call__(self, frame: Frame, memory: Memory = None) -> tuple[Frame, Memory]:
        if self.lines_over is LinesOver.ORIGINAL or not frame.inked:
            return replace(frame, painted=smooth(frame)), memory
        under = smooth(frame, lines=False)
        if self.lines_over is LinesOver.COLORED:
            assert frame.line is not None
            colors, ink = to_array(under), eight_bits(to_array(frame.line)[..., 0])
            under = from_array(lay_ink(colors, ink, darker(colors)))
        return replace(frame, painted=under), memory


def plain(frame: Frame, memory: Memory = None) -> tuple[Frame, Memory]:
    """The network's colors, enlarged; nothing of the picture is kept."""
    if frame.color is None:
        raise ValueError(f"frame {frame.index} has no colors yet")
    small = frame.color.float().cpu().permute(1, 2, 0).numpy()
    large = cv2.resize(np.ascontiguousarray(small), (frame.size[1], frame.size[0]))
    kind = to_array(frame.image).dtype
    white = np.iinfo(kind).max
    picture = np.clip(np.rint(large * np.float32(white)), 0, white).astype(kind)
    return replace(frame, painted=from_array(picture)), memory


@dataclass(frozen=True, slots=True)
class Chosen:
    """Flats or smooth, as asked, or by where the lines come from.

    Both may occur in a clip: before ``auto`` knows whose lines they are, blank frames are Canny's.
    """

    how: Finish
    flats: Paint

    def __call__(
        self, frame: Frame, memory: tuple[FinishKind, Memory] | None
    ) -> tuple[Frame, tuple[FinishKind, Memory]]:
        before, past = (None, None) if memory is None else memory
        kind = self.how.kind
        if kind is FinishKind.AUTO:
            kind = FinishKind.FLATS if frame.inked else FinishKind.SMOOTH
            if kind is not before:
                whose = "the artist's" if frame.inked else "Canny's"
                log.info("finish: %s, because the lines are %s", kind, whose)
                if kind is FinishKind.SMOOTH and self.how.palette is not None:
                    log.warning(
                        "from frame %d on the palette is not followed, because the lines are "
                        "Canny's: pass --lines ink if an artist drew them, or --finish flats",
                        frame.index,
                    )
        if kind is FinishKind.FLATS:
            painted, past = self.flats(frame, past)
        else:
            painted, past = Smooth(self.how.lines_over)(frame)
        return painted, (kind, past)


def finish(
    frames: Iterable[Frame], lines: Lines = _LINES, paint: Paint = Smooth()
) -> Iterator[Frame]:
    """Set ``painted``, and ``line`` where Canny drew the plane.

    A held drawing keeps the very picture and line of the frame it repeats; a held grey frame keeps
    its chroma, under its own luma, and a held infrared one its colors, under its own detail.

    Args:
        frames: coloured frames.
        lines: Canny's sigma and thresholds, for the native lines.
        paint: how line art gets its native colours; ``plain``, and ``detailed`` for infrared, do
            without luma and lines too.
    """
    done: Frame | None = None
    memory: Memory = None
    chroma: Chroma | None = None
    for frame in frames:
        if frame.line is None and frame.luma is None and paint not in (plain, detailed):
            if chroma is None or not frame.held:
                chroma = spread_chroma(frame)
            yield replace(frame, painted=keep_luma(frame, chroma))
            continue
        if done is None or not frame.held or paint is detailed:
            done, memory = paint(replace(frame, line=_line_of(frame, lines)), memory)
        yield replace(
            frame, line=done.line, painted=done.painted, cover=done.cover, flats=done.flats
        )


def _line_of(frame: Frame, lines: Lines) -> Tensor | None:
    """The artist's, or Canny's at native size; grey frames have none."""
    if frame.line is None and frame.luma is not None:
        return native_line(frame, lines)
    return frame.line
