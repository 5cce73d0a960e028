"""Line art: drawn by Canny from a finished picture, or taken as the artist inked it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
import torch
from torch import Tensor

from animecolor.config import Lines, LineSource
from animecolor.frame import Frame
from animecolor.stages.canny import canny_plane, kornia_edges, quick_edges
from animecolor.stages.ink import Paper, drawing, ink_gray, ink_plane, is_ink, paper_of
from animecolor.stages.sizing import native_luma, working_luma, working_size

__all__ = ["canny_plane", "draw_lines", "ink_plane", "native_line"]

log = logging.getLogger("animecolor")

CPU = torch.device("cpu")

Wanted = Callable[[Frame], bool]
"""Which frames to draw; asked once of each, in order."""

_LOOK = 4
"""Frames ``auto`` looks at before it decides."""


class Chooser:
    """Decides what ``auto`` stands for: the first frames that show something vote."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self.first: int | None = None
        """Index of the first frame that shows something."""
        self.last: int | None = None
        """Index of the last one that was looked at."""
        self._votes: list[bool | None] = []

    def see(self, frame: Frame) -> bool:
        """Look at the next frame. Returns whether enough was seen; from then on none is asked."""
        if len(self._votes) == _LOOK:
            return True
        vote = is_ink(drawing(frame))
        if vote is not None and self.first is None:
            self.first = frame.index
        if self.first is not None:
            self._votes.append(vote)
            self.last = frame.index
        return len(self._votes) == _LOOK

    @property
    def source(self) -> LineSource:
        """Canny where nothing was seen."""
        votes = [vote for vote in self._votes if vote is not None]
        return LineSource.INK if sum(votes) * 2 > len(votes) else LineSource.CANNY


def every(frame: Frame) -> bool:
    """Draw this one, too."""
    return True


def draw_lines(
    frames: Iterable[Frame],
    lines: Lines,
    size: int,
    device: torch.device = CPU,
    wanted: Wanted = every,
) -> Generator[Frame, None, None]:
    """Set ``plane``; for Canny also ``luma``, for ink also ``line`` and ``inked``.

    ``canny`` draws ``plane`` from the picture at working size, which is how the networks were
    trained; the finish draws the native ``line`` where it needs one. ``ink`` takes both from the
    drawing; its paper is estimated where a shot opens, or at the first drawing after blank frames,
    so that it cannot flicker within. ``auto`` looks at the first frames that show something and
    says what it chose in the log.

    Args:
        frames: decoded frames, shots marked.
        lines: where lines come from, and Canny's sigma and thresholds.
        size: short side of ``plane`` in pixels.
        device: where ``plane`` shall lie. Canny is Kornia's on a GPU and OpenCV's on a CPU.
        wanted: frames to draw; the others pass as they are, and leave what is drawn the same.
    """
    stream = iter(frames)
    source = lines.source
    if source is LineSource.AUTO:
        chooser, seen = Chooser(), []
        for frame in stream:
            seen_enough = chooser.see(frame)
            if chooser.first is None:
                yield _draw_canny(frame, lines, size, device) if wanted(frame) else frame
                continue
            seen.append(frame)
            if seen_enough:
                break
        if not seen:
            return
        source = chooser.source
        log.info("lines: %s, decided on frame %d", source, seen[0].index)
        stream = chain(seen, stream)
    if source is LineSource.INK:
        yield from _take_ink(stream, size, device, wanted)
    else:
        for frame in stream:
            yield _draw_canny(frame, lines, size, device) if wanted(frame) else frame


def native_line(frame: Frame, lines: Lines) -> Tensor:
    """(1, H, W) uint8: Canny's lines at native size, 255 = ink."""
    return torch.from_numpy(quick_edges(native_luma(frame), lines))[None]


def _take_ink(
    frames: Iterable[Frame], size: int, device: torch.device, wanted: Wanted
) -> Iterator[Frame]:
    paper: Paper | None = None
    for frame in frames:
        if paper is None or frame.opens_shot:
            paper = paper_of(drawing(frame))
        if not wanted(frame):
            yield frame
            continue
        picture = drawing(frame)
        gray = ink_gray(picture, paper)
        plane = torch.from_numpy(ink_plane(gray, working_size(frame.size, size)))[None]
        line = torch.from_numpy(np.bitwise_not(gray))[None]
        yield replace(frame, line=line, plane=plane.to(device), inked=True)


def _draw_canny(frame: Frame, lines: Lines, size: int, device: torch.device) -> Frame:
    luma = working_luma(frame, size)
    if device.type == "cpu":
        plane = torch.from_numpy(canny_plane(luma, lines))
    else:
        plane = 1 - kornia_edges(torch.from_numpy(luma).to(device), lines)
    return replace(frame, plane=plane[None], luma=torch.from_numpy(luma)[None])
