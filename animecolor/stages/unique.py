"""Find held drawings: animation repeats a drawing for two, three or fifty frames."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.frame import Frame

_BLOCK = 8
"""Side of the window that must hold still, in pixels of the working-size picture."""
_NOISE = 15 / 255
"""Root mean square change a window may show. H.264 at CRF 18 to 30 changes a held drawing by 9 at
most, ink (amplified) by 14; a mouth line four pixels long that moves by one changes it by 35."""
_FLIPPED = 0.03
"""Share of Canny pixels noise may flip. More is motion, found without a look at the luma."""


def mark_held(frames: Iterable[Frame]) -> Iterator[Frame]:
    """Set ``held`` on each frame whose drawing equals the first of the current hold.

    Compared with the first, not with the one before, so that slow motion adds up and is seen. A
    hold never crosses a cut.

    Args:
        frames: frames with ``plane`` set and shots marked.
    """
    first: _Drawing | None = None
    for frame in frames:
        drawing = _Drawing(frame)
        if first is not None and not frame.opens_shot and drawing.equals(first):
            yield replace(frame, held=True)
        else:
            first = drawing
            yield frame


def same_drawing(one: NDArray[np.float32], other: NDArray[np.float32]) -> bool:
    """Whether two (h, w) planes of ink, or two of luma, differ by noise alone."""
    if one.shape != other.shape:
        return False
    change = one - other
    window = cv2.blur(change * change, (_BLOCK, _BLOCK))
    return bool(window.max() < _NOISE**2)


class _Drawing:
    """What is compared of a frame.

    Noise flips pixels of a Canny plane, black to white, so behind it the luma decides.
    """

    def __init__(self, frame: Frame) -> None:
        if frame.plane is None:
            raise ValueError(f"frame {frame.index} has no plane: draw lines or take luma first")
        self._plane = frame.plane[0].float().cpu().numpy()
        self._binary = frame.luma is not None
        self._level = self._plane if frame.luma is None else frame.luma[0].numpy()

    def equals(self, first: _Drawing) -> bool:
        if self._plane.shape != first._plane.shape:
            return False
        if self._binary and np.mean(self._plane != first._plane) > _FLIPPED:
            return False
        return same_drawing(self._level, first._level)
