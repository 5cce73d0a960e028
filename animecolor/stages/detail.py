"""Near-infrared input: the network's colors, with what the native picture shows more finely.

Infrared is no luma, so nothing of it may replace the colors' own; but what is an edge in it mostly
is one in color. The difference between the native picture and the working-size one is therefore
added in the direction, and as strongly, as color follows infrared nearby.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.color import LUMA_709
from animecolor.frame import Frame, from_array, to_array
from animecolor.stages.sizing import unit

_WINDOW = 5
"""Side of the window in which color is fitted to infrared, in pixels of the working size."""
_SMOOTHNESS = 1e-3
"""Variance of infrared below which an edge does not count (see ``stages.chroma``)."""
_BAND = 64
"""Rows treated at once."""
_WEIGHTS = np.array([LUMA_709], dtype=np.float32)

Picture = NDArray[np.float32]


def detailed(frame: Frame, memory: Any = None) -> tuple[Frame, Any]:
    """Set ``painted``: (3, H, W), dtype and layout of ``image``; a ``Paint``.

    Reduced to working size again it has the network's colors.
    """
    if frame.color is None or frame.plane is None:
        raise ValueError(f"frame {frame.index} has no colors or no infrared yet")
    color = frame.color.float().cpu().permute(1, 2, 0).contiguous().numpy()
    plane = frame.plane[0].float().cpu().contiguous().numpy()
    source = to_array(frame.image)
    native = cv2.transform(source, _WEIGHTS)
    size = (frame.size[1], frame.size[0])
    base, strength = (cv2.resize(part, size) for part in (color, _strength(color, plane)))
    known = cv2.resize(plane, size)
    painted = np.empty_like(source, order="C")
    white = np.float32(np.iinfo(source.dtype).max)
    for top in range(0, frame.size[0], _BAND):
        rows = slice(top, top + _BAND)
        finer = unit(native[rows]) - known[rows]
        picture = np.clip(base[rows] + strength[rows] * finer[..., None], 0, 1)
        painted[rows] = picture * white + np.float32(0.5)
    return replace(frame, painted=from_array(painted)), memory


def _strength(color: Picture, plane: Picture) -> Picture:
    """(h, w, 3): how each channel of ``color`` follows ``plane``, in every window."""
    mean_plane, mean_color = _mean(plane)[..., None], _mean(color)
    shared = _mean(color * plane[..., None]) - mean_plane * mean_color
    variance = _mean(plane * plane)[..., None] - mean_plane**2
    return _mean(shared / (variance + _SMOOTHNESS))


def _mean(picture: Picture) -> Picture:
    return np.asarray(cv2.blur(picture, (_WINDOW, _WINDOW)), np.float32)
