"""The white rule of RETAS: images of 24 bits in which white means transparent.

RETAS PaintMan and the tools that follow it read pure white as the transparent ground of a cel, so
a white that somebody painted must not be pure. We darken it by the least that keeps it neutral.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from animecolor.frame import Frame, from_array, to_array
from animecolor.video.paint import to_eight_bits
from animecolor.video.picture import Samples

WHITE = 255
"""Level of R, G and B that means transparent."""
PAINTED_WHITE = 254
"""Level of R, G and B that a painted white is written with."""


def laid_on_white(color: Samples, alpha: Samples) -> Samples:
    """Show a cel as it looks on white paper.

    Args:
        color: (H, W, 3) uint8 or uint16.
        alpha: (H, W, 1) of the same type, straight.

    Returns:
        (H, W, 3) of the same type; exactly ``color`` where it is opaque.
    """
    top = np.iinfo(color.dtype).max
    at = np.flatnonzero(alpha < top)
    cover = alpha.reshape(-1, 1)[at] / np.float32(top)
    laid = color.copy()
    laid.reshape(-1, 3)[at] = np.rint(color.reshape(-1, 3)[at] * cover + top * (1 - cover))
    return laid


def on_white(frame: Frame) -> Frame:
    """The frame as RETAS wants it: 8 bits, opaque, white where nothing is.

    A pixel is transparent where its alpha is below one half: cels are aliased, and a blend with
    white would be a color off the palette.

    Returns:
        The frame with ``painted`` (3, H, W) uint8; no other pixel than a transparent one is white.
    """
    picture = to_array(frame.image if frame.painted is None else frame.painted)
    alpha = frame.alpha if frame.painted is None or frame.cover is None else frame.cover
    out = picture.copy() if picture.dtype == np.uint8 else to_eight_bits(picture)
    out[(out == WHITE).all(axis=2)] = PAINTED_WHITE
    if alpha is not None:
        cover = to_array(alpha)[..., 0]
        out[cover <= np.iinfo(cover.dtype).max // 2] = WHITE
    return replace(frame, painted=from_array(out), alpha=None, cover=None)
