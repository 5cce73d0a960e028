"""Which frames of a shot are worth painting: the first drawing, then whatever it does not show.

Farthest-point choice (Gonzalez 1985): each further frame is the one whose drawing is least like any
chosen before it. It needs the whole shot, so small sketches of the shot's frames are kept, at most
``_MOST`` of them, and no pictures.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.config import Lines
from animecolor.frame import Frame
from animecolor.stages.canny import canny_plane
from animecolor.stages.sizing import shrink

ENOUGH = 0.15
"""Share of a drawing that must be new for it to be worth painting too. Measured on 12 clips each of
drawn scenes, an old cartoon, 3D and flat vector animation: grain and H.264 at CRF 30 make 0.007 of
a held drawing look new; the colors of a shot's first frame, simply held, score 18 to 24 dB where
less than 0.1 is new and 14 to 21 dB where 0.1 to 0.2 is."""
_CELLS = 32
"""Short side of a sketch."""
_MOST = 512
"""Sketches of a shot: 2 MiB. In a longer shot every second frame, then every fourth, stands for
the others."""
_BLANK = 0.5
"""A frame with less than this share of the shot's usual ink is a fade or half-drawn, no key."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A frame worth painting, known before its picture is read a second time."""

    index: int
    """``Frame.index``."""
    shot: int
    why: str


def choose(frames: Iterable[Frame], most: int, lines: Lines) -> Iterator[Choice]:
    """Yield the frames worth painting, shot by shot, in order within each.

    Args:
        frames: frames with ``plane`` set and shots marked.
        most: frames of one shot, at least 1.
        lines: Canny's settings, for the lines of grey planes.
    """
    reel: _Reel | None = None
    for frame in frames:
        if reel is None or frame.opens_shot:
            if reel is not None:
                yield from reel.choose(most)
            reel = _Reel(frame.shot)
        reel.add(frame, lines)
    if reel is not None:
        yield from reel.choose(most)


def sketch(frame: Frame, lines: Lines) -> NDArray[np.float32]:
    """(h, w) float32 in [0, 1], 32 cells on the short side: how much ink is where, blurred.

    A grey plane is drawn with Canny first, so that one measure of novelty serves both modes.
    """
    assert frame.plane is not None
    plane = frame.plane[0].float().cpu().numpy()
    if frame.line is None and frame.luma is None:
        plane = canny_plane(plane, lines)
    scale = _CELLS / min(plane.shape)
    size = max(1, round(plane.shape[0] * scale)), max(1, round(plane.shape[1] * scale))
    ink = cv2.GaussianBlur(shrink(1 - plane, size), (0, 0), 1.0)
    return np.asarray(ink, np.float32)


def novelty(
    seen: NDArray[np.float32], others: NDArray[np.float32], usual: float
) -> NDArray[np.float32]:
    """(N,) share of the ink of (N, h, w) ``others`` that ``seen`` (h, w) lacks, in [0, 1].

    Ink that went away is not novel. A drawing with less ink than ``usual`` (a sum over the sketch)
    counts as if it had that much, or a dot on blank paper would be all new.
    """
    new = np.maximum(others - seen, 0).sum((1, 2))
    whole = np.maximum(others.sum((1, 2)), max(usual, 1e-6))
    return np.asarray(new / whole, np.float32)


@dataclass(slots=True)
class _Reel:
    """What is kept of the shot being read."""

    shot: int
    every: int = 1
    seen: int = 0
    indices: list[int] = field(default_factory=list)
    sketches: list[NDArray[np.float16]] = field(default_factory=list)

    def add(self, frame: Frame, lines: Lines) -> None:
        if self.seen % self.every == 0:
            if len(self.indices) == _MOST:
                self.every *= 2
                del self.indices[1::2], self.sketches[1::2]
            if self.seen % self.every == 0:
                self.indices.append(frame.index)
                self.sketches.append(sketch(frame, lines).astype(np.float16))
        self.seen += 1

    def choose(self, most: int) -> list[Choice]:
        """The frames worth painting; none where the shot shows nothing at all."""
        drawn = np.stack(self.sketches).astype(np.float32)
        ink = drawn.sum((1, 2))
        usual = float(np.median(ink[ink > 0])) if (ink > 0).any() else 0.0
        shown = np.flatnonzero(ink >= max(_BLANK * usual, 1e-3))
        if not len(shown):
            return []
        at = int(shown[0])
        chosen = [Choice(self.indices[at], self.shot, "the first drawing of the shot")]
        least = novelty(drawn[at], drawn, usual)
        while len(chosen) < most:
            at = int(least.argmax())
            if least[at] < ENOUGH:
                break
            share = f"{round(100 * float(least[at]))} % of its drawing is new"
            chosen.append(Choice(self.indices[at], self.shot, share))
            least = np.minimum(least, novelty(drawn[at], drawn, usual))
        return sorted(chosen, key=lambda choice: choice.index)
