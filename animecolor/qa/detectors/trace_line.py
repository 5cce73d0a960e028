"""Coloured trace lines that were left unpainted."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.trace import LineKind, classify
from animecolor.metrics.signal import TO_YUV
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.spell import Mark, Spell
from animecolor.qa.sighting import Box, Check
from animecolor.qa.view import Picture, Step, View
from animecolor.stages.ink import ink_gray, paper_of

_VIVID = 90
"""Levels between the channels of a pixel that surely is of a trace line's color."""
_KEPT = 48
"""Levels by which what is left of a line may differ from the line, compression included."""
_APART = 40
"""Levels by which it must differ from the paint around it: a red line on red paint is none."""
_AROUND = 9
"""Pixels a side of the square whose median is the paint around a thin line."""
_PURE = {"ink": (190, 70), "exact": (243, 12), "lossy": (225, 40)}
"""Least level of one channel and most of the others in a red, green or blue as trace lines are
drawn: on what the drawing says is ink, and where there is no drawing to tell."""
_INK = 160
"""Level of a drawing below which it is surely ink."""
_LEAST = 6
"""Pixels of a line, or of all that is left of the lines in a frame, from which on it is told."""
_LONG = 6
"""Pixels that a piece of line is long at least, in its longer direction."""
_HUES = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255]], np.float32)
"""Trace lines' colors."""
_THIN = np.ones((7, 7), np.uint8)
"""A line is thinner, with half the chroma samples too."""
_BLOCK = np.ones((3, 3), np.uint8)
"""Gaps that compression leaves in a line are closed."""
_RIDGE = 45
"""Levels of chroma by which a compressed line stands out from the paint on both of its sides."""
_LEAST_RIDGE = 20
"""Pixels of such a line at least: what compression bleeds along a line is fewer."""
_LONG_RIDGE = 10
"""Pixels that it is long."""


class TraceLine:
    """TRACE_LINE; the value is native pixels of line.

    With line drawings: where they have a coloured line, the result still has its color. Without:
    thin lines of a pure red, green or blue. A grey or coloured film has no trace lines to leave.
    """

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._drawn = setting.source_kind == "line"
        self._lossy = setting.lossy
        self._alone = _PURE["lossy" if setting.lossy else "exact"]
        self._spell = Spell(Check.TRACE_LINE, notes)

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> TraceLine | None:
        """None where the source is no drawing."""
        return cls(setting, notes) if setting.source_kind in ("line", None) else None

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._look(step.now)

    def end(self) -> None:
        """The shot has ended."""
        self._spell.end()

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _look(self, view: View) -> None:
        if self._drawn and view.source is not None:
            left = left_of(view.rgb, view.source)
            if left is None and self._lossy:
                left = ridges(view.rgb, view.source)
        else:
            left = pure_lines(view.rgb, self._alone)
        self._spell.push(view.shot, view.index, None if left is None else _mark(view, left))


def left_of(picture: Picture, drawing: Picture) -> NDArray[np.uint8] | None:
    """What is left of a drawing's trace lines in a result.

    Returns:
        (h, w) uint8, 1 where the result has the color of a coloured line of the drawing, or any
        trace line's color where the drawing has ink; None if nowhere.
    """
    pure = _pure(picture, _PURE["ink"])
    vivid = _spread(drawing) >= _VIVID
    left = np.zeros(picture.shape[:2], np.bool_)
    if np.count_nonzero(pure) >= _LEAST:
        left |= pure & (cv2.cvtColor(drawing, cv2.COLOR_RGB2GRAY) < _INK)
    if np.count_nonzero(vivid) >= _LEAST:
        kept = vivid & (_apartness(picture, drawing) <= _KEPT)
        if np.count_nonzero(kept) >= _LEAST:
            kinds = classify(drawing, ink_gray(drawing, paper_of(drawing)))
            left |= kept & (kinds > LineKind.BLACK)
    return _long(_apart(picture, left))


def ridges(picture: Picture, drawing: Picture) -> NDArray[np.uint8] | None:
    """What compression with half the chroma samples leaves of trace lines.

    The chroma of black ink lies between that of the paints beside it and grey. So a line of ink
    that has more of a trace line's hue than all paint within reach was drawn in it.

    Returns:
        (h, w) uint8, 1 on such lines; None if there are none.
    """
    ink = cv2.cvtColor(drawing, cv2.COLOR_RGB2GRAY) < _INK
    # How far each pixel's chroma goes in the direction of each of the hues.
    chroma = _HUES @ TO_YUV[1:].T
    ways = chroma / np.linalg.norm(chroma, axis=1, keepdims=True)
    hues = cv2.transform(picture, np.asarray(ways @ TO_YUV[1:], np.float32))
    if np.count_nonzero((_top(hues) >= _RIDGE) & ink) < _LEAST_RIDGE:
        return None
    thin = cv2.morphologyEx(hues, cv2.MORPH_TOPHAT, _THIN)
    ridge = ((_top(thin) >= _RIDGE) & ink).view(np.uint8)
    whole = np.asarray(cv2.morphologyEx(ridge, cv2.MORPH_CLOSE, _BLOCK), np.uint8)
    return _long(whole, _LONG_RIDGE, _LEAST_RIDGE)


def pure_lines(picture: Picture, pure: tuple[int, int]) -> NDArray[np.uint8] | None:
    """Thin lines of a pure red, green or blue.

    Args:
        picture: (h, w, 3) uint8 sRGB.
        pure: least level of one channel and most of the others.

    Returns:
        (h, w) uint8, 1 on such lines; None if there are none.
    """
    return _long(_apart(picture, _pure(picture, pure)))


def _pure(picture: Picture, levels: tuple[int, int]) -> NDArray[np.bool_]:
    red, green, blue = cv2.split(picture)
    top = cv2.max(cv2.max(red, green), blue)
    middle = cv2.max(cv2.min(red, green), cv2.min(cv2.max(red, green), blue))
    return (top >= levels[0]) & (middle <= levels[1])


def _long(
    left: NDArray[np.uint8] | None, long: int = _LONG, least: int = 0
) -> NDArray[np.uint8] | None:
    """Lines that are so many pixels long and have so many in all, without specks."""
    if left is None:
        return None
    _, labels, stats, _ = cv2.connectedComponentsWithStats(left)
    line = stats[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(1) >= long
    line &= stats[:, cv2.CC_STAT_AREA] >= least
    line[0] = False
    kept = line[labels].view(np.uint8)
    return kept if np.count_nonzero(kept) >= _LEAST else None


def _apart(picture: Picture, line: NDArray[np.bool_]) -> NDArray[np.uint8] | None:
    """What of a line differs from the paint around it."""
    if np.count_nonzero(line) < _LEAST:
        return None
    rows, columns = np.flatnonzero(line.any(1)), np.flatnonzero(line.any(0))
    top, bottom = max(0, rows[0] - _AROUND), rows[-1] + _AROUND + 1
    left, right = max(0, columns[0] - _AROUND), columns[-1] + _AROUND + 1
    part = slice(top, bottom), slice(left, right)
    near = np.ascontiguousarray(picture[part])
    apart = _apartness(near, cv2.medianBlur(near, _AROUND)) >= _APART
    found = np.zeros(line.shape, np.uint8)
    found[part] = line[part] & apart
    return found if np.count_nonzero(found) >= _LEAST else None


def _mark(view: View, left: NDArray[np.uint8]) -> Mark:
    rows, columns = np.flatnonzero(left.any(1)), np.flatnonzero(left.any(0))
    edges = rows[0], columns[0], rows[-1] + 1, columns[-1] + 1
    box = Box(*(round(float(edge) * view.scale) for edge in edges))
    area = round(int(np.count_nonzero(left)) * view.scale**2)
    color = np.median(view.rgb[left > 0], axis=0).astype(int)
    return Mark(float(area), area, box, "#{:02x}{:02x}{:02x}".format(*color.tolist()))


def _apartness(one: Picture, other: NDArray[Any]) -> NDArray[np.uint8]:
    """(h, w) largest difference of a channel."""
    return _top(cv2.absdiff(one, other))


def _top(planes: NDArray[Any]) -> NDArray[np.uint8]:
    """(h, w) greatest of three channels; OpenCV takes a tenth of the time NumPy does."""
    first, second, third = cv2.split(planes)
    return np.asarray(cv2.max(cv2.max(first, second), third), np.uint8)


def _spread(picture: Picture) -> NDArray[np.uint8]:
    red, green, blue = cv2.split(picture)
    low = cv2.min(cv2.min(red, green), blue)
    return np.asarray(cv2.max(cv2.max(red, green), blue) - low, np.uint8)
