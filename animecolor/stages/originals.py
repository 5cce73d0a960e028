"""The painted files of a shot at native size, whose pixels have the exact colors.

Read anew where they are needed: those of a whole clip would fill the memory.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.config import Limits
from animecolor.flats.palette import Palette, TooManyColors, read_colors
from animecolor.frame import Frame, Keyframe, from_array, to_array
from animecolor.stages.colorize import NONE, ByShot
from animecolor.stages.ink import drawing
from animecolor.stages.paintings import read_still
from animecolor.stages.unique import same_drawing

_INKED = 0.5
"""Level of a plane (0 = ink) below which a pixel is line."""

log = logging.getLogger("animecolor")


@dataclass(frozen=True, slots=True)
class Originals:
    """What a person painted of a clip."""

    keyframes: ByShot = field(default_factory=lambda: NONE)
    limits: Limits = field(default_factory=Limits)

    def colors(self, frame: Frame) -> Palette:
        """The exact flat colors of all keyframes of the frame's shot, their lines left out.

        Where they are too many for a palette it is empty, and the log says so.

        Raises:
            UsageError, AnimecolorError: a file cannot be read any more.
        """
        pictures = (
            _without_ink(drawing(_fitted(key, frame, self.limits)), key)
            for key in self._keys(frame)
        )
        try:
            return read_colors(pictures)
        except TooManyColors as error:
            log.warning("the keyframes of shot %d give no palette: %s", frame.shot, error)
            return Palette(())

    def painting(self, frame: Frame) -> Frame | None:
        """The painting of this frame's drawing, of the frame's size; None where it was not painted.

        The frame that was painted may be another that shows the same ink: one that holds it, or
        one that comes back to it.

        Raises:
            UsageError, AnimecolorError: as ``colors``.
        """
        keys = sorted(self._keys(frame), key=lambda key: key.index != frame.index)
        keys = [key for key in keys if key.index == frame.index or _same(key, frame)]
        return next((_fitted(key, frame, self.limits) for key in keys), None)

    def _keys(self, frame: Frame) -> Iterator[Keyframe]:
        yield from (key for key in self.keyframes.get(frame.shot, ()) if key.path is not None)


def _same(key: Keyframe, frame: Frame) -> bool:
    """Whether a keyframe was painted on the frame's drawing. Canny's lines alone do not tell."""
    if frame.plane is None or not frame.inked:
        return False
    planes = (plane[0].float().cpu().numpy() for plane in (key.plane, frame.plane))
    return same_drawing(*planes)


def _without_ink(picture: NDArray[np.uint8], key: Keyframe) -> NDArray[np.uint8]:
    """(H, W, 4): a painting that is transparent on its lines, whose black is no paint."""
    height, width = picture.shape[:2]
    plane = cv2.resize(key.plane[0].float().cpu().numpy(), (width, height))
    return np.dstack((picture, np.where(plane < _INKED, 0, 255).astype(np.uint8)))


def _fitted(key: Keyframe, frame: Frame, limits: Limits) -> Frame:
    """A painted file, resized to the frame's size so that no color is mixed."""
    assert key.path is not None
    picture = read_still(key.path, limits)
    if picture.size == frame.size:
        return picture
    alpha = picture.alpha
    return replace(
        picture,
        image=from_array(_resized(to_array(picture.image), frame.size)),
        alpha=None if alpha is None else from_array(_resized(to_array(alpha), frame.size)),
    )


def _resized(picture: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """(H, W, C) -> (h, w, C), each pixel the nearest one."""
    large = cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_NEAREST)
    return np.ascontiguousarray(large.reshape(*size, -1))
