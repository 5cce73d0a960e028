"""Small pictures from the planes of a decoded one: averaged first, so that few become RGB."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from animecolor.video.picture import plane_rows
from animecolor.video.tags import ColorTags

Plane = NDArray[np.uint8]

_FORMATS = frozenset(f"yuv{j}{part}p" for j in ("", "j") for part in (420, 422, 444))
"""Three planes of 8 bits."""
# Kr and Kb of ISO/IEC 23091-2, by code point.
_WEIGHTS = {
    1: (0.2126, 0.0722),
    4: (0.30, 0.11),
    5: (0.299, 0.114),
    6: (0.299, 0.114),
    7: (0.212, 0.087),
    9: (0.2627, 0.0593),
}

# What bilinear interpolation and averaging of two samples make of three of chroma, which lies at
# the left of its two columns and between its two rows in all video that does not say otherwise.
_WHOLE = np.array([0, 1, 0], np.float32)
_ACROSS = np.array([0, 3, 1], np.float32) / 4
_DOWN = np.array([1, 6, 1], np.float32) / 8


def shrunk(frame: VideoFrame, tags: ColorTags, size: tuple[int, int]) -> Plane | None:
    """A picture at a smaller size, a tenth of the cost of reading it whole.

    Every plane is averaged over areas by itself. At half the size that is the average of the RGB
    picture, but for colors outside RGB, which are cut off after averaging here.

    Args:
        frame: as decoded.
        tags: its coding.
        size: (height, width) wanted, upright.

    Returns:
        (height, width, 3) uint8 full-range RGB; None where the picture is not planar YUV of 8 bits
        without alpha, is stored turned, or has a plane that would be enlarged.
    """
    matrix = tags.matrix
    if frame.format.name not in _FORMATS or matrix not in _WEIGHTS or frame.rotation:
        return None
    if any(plane.height < size[0] or plane.width < size[1] for plane in frame.planes):
        return None
    luma, *chroma = (
        plane_rows(plane, np.dtype(np.uint8))[: plane.height, : plane.width]
        for plane in frame.planes
    )
    planes = [luma, *(_in_place(plane, luma.shape) for plane in chroma)]
    small = [cv2.resize(plane, size[::-1], interpolation=cv2.INTER_AREA) for plane in planes]
    return np.asarray(cv2.transform(cv2.merge(small), _to_rgb(tags)), np.uint8)


def _in_place(plane: Plane, size: tuple[int, ...]) -> Plane:
    """Chroma, (h, w), laid where the luma of ``size`` is."""
    across = _ACROSS if plane.shape[1] < size[1] else _WHOLE
    down = _DOWN if plane.shape[0] < size[0] else _WHOLE
    if across is down:
        return plane
    laid = cv2.sepFilter2D(plane, -1, across, down, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(laid, np.uint8)


def _to_rgb(tags: ColorTags) -> NDArray[np.float32]:
    """(3, 4) from Y, Cb and Cr codes, and 1, to levels of R, G and B."""
    red, blue = _WEIGHTS[tags.matrix]
    green = 1 - red - blue
    black, luma, chroma = (0, 1.0, 1.0) if tags.full_range else (16, 255 / 219, 255 / 224)
    to_red, to_blue = 2 * (1 - red) * chroma, 2 * (1 - blue) * chroma
    rows = np.array(
        [
            [luma, 0, to_red],
            [luma, -to_blue * blue / green, -to_red * red / green],
            [luma, to_blue, 0],
        ]
    )
    return np.column_stack([rows, -rows @ (black, 128, 128)]).astype(np.float32)
