"""Small pictures from the planes of a decoded one: averaged first, so that few become RGB."""

from __future__ import annotations

import cv2
import numpy as np
from av.video.frame import VideoFrame
from numpy.typing import NDArray

from animecolor.video.picture import plane_rows
from animecolor.video.tags import ColorTags

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


def shrunk(frame: VideoFrame, tags: ColorTags, size: tuple[int, int]) -> NDArray[np.uint8] | None:
    """A picture at a smaller size, a tenth of the cost of reading it whole.

    Every plane is averaged over areas by itself. That is the average of the RGB picture but for
    colors outside RGB, which are cut off after averaging here, and for where chroma samples lie:
    a quarter of a small pixel at most.

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
    small = [
        cv2.resize(
            plane_rows(plane, np.dtype(np.uint8))[: plane.height, : plane.width],
            size[::-1],
            interpolation=cv2.INTER_AREA,
        )
        for plane in frame.planes
    ]
    return np.asarray(cv2.transform(cv2.merge(small), _to_rgb(tags)), np.uint8)


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
