"""Colors that drain out of a shot as it goes on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.metrics.motion import pulled
from animecolor.metrics.signal import TO_YUV, chroma_of
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors import steps
from animecolor.qa.sighting import Check, Sighting
from animecolor.qa.view import Step, View

FLOOR = 2.5
"""% of chroma lost from which on a shot is told."""
_SHORTEST = 6
"""Frames of a shot in which colors can be said to drain."""
_LEAST = 3.0
"""Mean chroma in levels below which a block has nothing to lose."""
_CONTRAST = 6.0
"""Spread of luma in levels below which a picture has faded too far to tell."""
_BLOCKS = (8, 6)
"""Columns and rows."""
_MOST = 75
"""Percentile of the blocks that must have lost as much: what a dissolve brings gains color."""

Table = NDArray[np.float64]


class Fading:
    """FADING: chroma for the contrast of luma, followed along what is seen in both frames.

    A fade to black, to white or to grey paper takes chroma and contrast by the same share, so
    their ratio stays; paint that is lost takes chroma alone. What a pan brings into the picture
    does not count: of every step only pixels that are in both frames are compared, block by block,
    and the steps are multiplied. The pictures themselves must have lost as much, or it was the sum
    of small errors.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._shot = self._first = self._last = 0
        self._kept: Table = np.zeros(_BLOCKS[::-1])
        """Logarithm of the share of chroma that each block kept."""
        self._weight: Table = np.zeros(_BLOCKS[::-1])
        """Most chroma that each block had."""
        self._ratios: list[float] = []
        """Chroma for contrast of the frames that can tell."""

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._shot, self._first, self._last = view.shot, view.index, view.index
        self._kept, self._weight = np.zeros(_BLOCKS[::-1]), np.zeros(_BLOCKS[::-1])
        self._ratios = []
        self._see(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._last = step.now.index
        self._see(step.now)
        points, now = steps.points(step), steps.pixels(step.now)
        before = steps.pixels(step.before)
        if points is not None:
            before = pulled(step.before.rgb, points, sharp=True)
        seen = steps.seen(step)
        weight = np.ones(now.shape[:2], np.float32) if seen is None else seen.astype(np.float32)
        spread = [_contrast(picture, seen) for picture in (before, now)]
        if min(spread) < _CONTRAST:
            return
        old, new = (_in_blocks(chroma_of(picture) * weight) for picture in (before, now))
        share = np.maximum(_in_blocks(weight), 1e-3)
        self._weight = np.maximum(self._weight, old / share)
        change = np.log((new / share + 1) / (old / share + 1)) - np.log(spread[1] / spread[0])
        self._kept += np.where(share > 0.1, change, 0)

    def end(self) -> None:
        """The shot has ended."""
        colored = self._weight >= _LEAST
        if len(self._ratios) < _SHORTEST or colored.sum() < 3:
            return
        end = max(1, len(self._ratios) // 12)
        begun, ended = np.median(self._ratios[:end]), np.median(self._ratios[-end:])
        plain = 1 - float(ended) / max(float(begun), 1e-6)
        along = 1 - float(np.exp(np.percentile(self._kept[colored], _MOST)))
        lost = 100 * min(plain, along)
        if lost >= FLOOR:
            self._notes.sight(
                Sighting(Check.FADING, self._shot, self._first, self._last, lost, worst=self._last)
            )

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _see(self, view: View) -> None:
        spread = _contrast(steps.pixels(view), None)
        if spread >= _CONTRAST:
            self._ratios.append(float(steps.chroma(view).mean()) / spread)


def _contrast(picture: NDArray[np.uint8], seen: NDArray[np.bool_] | None) -> float:
    luma = cv2.transform(picture, TO_YUV[:1])
    mask = None if seen is None else seen.view(np.uint8)
    return float(cv2.meanStdDev(luma, mask=mask)[1][0, 0])


def _in_blocks(plane: NDArray[np.float32]) -> Table:
    return cv2.resize(plane, _BLOCKS, interpolation=cv2.INTER_AREA).astype(np.float64)
