"""Grey input: the network's chroma under the source's own luma, at native size.

Chroma is R-Y and B-Y of BT.709, not a and b of Lab: it is linear in the encoded RGB, so that luma
is kept by construction, shrinking it towards grey keeps its hue, and a native frame costs no power
functions.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from animecolor.color import LUMA_709
from animecolor.frame import Frame, from_array, to_array
from animecolor.stages.sizing import shrink, unit

Chroma = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Slopes and offsets, each (h, w, 2) float32: R-Y and B-Y as a linear function of luma."""

_WINDOW = 5
"""Side of the filter's window in pixels of the working-size picture."""
_SMOOTHNESS = 1e-3
"""Variance of luma below which an edge does not guide the chroma (4 levels of 255, squared: 2.5e-4;
8 levels: 1e-3)."""
_BAND = 64
"""Rows treated at once: their temporaries stay in the cache, which is three times faster."""
_WEIGHTS = np.array([LUMA_709], dtype=np.float32)


def spread_chroma(frame: Frame) -> Chroma:
    """Fit chroma to luma in every window of the working-size picture.

    A guided filter (He, Sun and Tang 2010) with its coefficients found at low resolution (He and
    Sun 2015): native chroma then follows the native picture's edges.
    """
    if frame.color is None or frame.plane is None:
        raise ValueError(f"frame {frame.index} has no colors or no luma yet")
    rgb = frame.color.float().cpu().permute(1, 2, 0).numpy()
    guide = shrink(frame.plane[0].float().cpu().numpy(), rgb.shape[:2])
    red_blue = rgb[..., ::2] - cv2.transform(rgb, _WEIGHTS)[..., None]
    mean_guide, mean_chroma = _mean(guide)[..., None], _mean(red_blue)
    shared = _mean(red_blue * guide[..., None]) - mean_guide * mean_chroma
    variance = _mean(guide * guide)[..., None] - mean_guide**2
    slope = shared / (variance + _SMOOTHNESS)
    offset = mean_chroma - slope * mean_guide
    return _mean(slope), _mean(offset)


def keep_luma(frame: Frame, chroma: Chroma) -> Tensor:
    """(3, H, W) picture with the frame's luma and this chroma, dtype and layout of ``image``.

    Where the color would leave the gamut its chroma is reduced, never its luma.
    """
    source = to_array(frame.image)
    height, width = frame.size
    luma = cv2.transform(source, _WEIGHTS)
    planes = [
        cv2.resize(np.ascontiguousarray(part[..., i]), (width, height))
        for part in chroma
        for i in range(2)
    ]
    painted = np.empty_like(source, order="C")
    for rows in _bands(height):
        level = unit(luma[rows])
        red_slope, blue_slope, red_offset, blue_offset = (plane[rows] for plane in planes)
        _tint(
            level, red_slope * level + red_offset, blue_slope * level + blue_offset, painted[rows]
        )
    return from_array(painted)


def _tint(
    level: NDArray[np.float32],
    red: NDArray[np.float32],
    blue: NDArray[np.float32],
    out: NDArray[Any],
) -> None:
    """Write luma ``level`` with chroma ``red`` and ``blue``, all (n, W) in [0, 1], to ``out``."""
    share_red, share_green, share_blue = LUMA_709
    green = (-share_red / share_green) * red - (share_blue / share_green) * blue
    most = np.maximum(np.maximum(red, green), blue)
    least = np.minimum(np.minimum(red, green), blue)
    # How far this chroma may go before a channel passes white or black.
    room = np.minimum((1 - level) / np.maximum(most, 1e-6), level / np.maximum(-least, 1e-6))
    np.minimum(room, 1, out=room)
    white = np.float32(np.iinfo(out.dtype).max)
    for channel, difference in enumerate((red, green, blue)):
        out[..., channel] = (level + difference * room) * white + np.float32(0.5)


def _mean(picture: NDArray[Any]) -> NDArray[np.float32]:
    return np.asarray(cv2.blur(picture, (_WINDOW, _WINDOW)), np.float32)


def _bands(height: int) -> Iterator[slice]:
    for top in range(0, height, _BAND):
        yield slice(top, min(top + _BAND, height))
