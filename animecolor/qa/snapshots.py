"""Single frames of a clip as small JPEG pictures, to lie beside those of other results."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import closing

import numpy as np

from animecolor.config import Limits, Range
from animecolor.frame import to_array
from animecolor.qa.report.pictures import as_jpeg
from animecolor.qa.triplets import WIDEST
from animecolor.stages.sizing import alpha_of, eight_bits, on_paper, shrink
from animecolor.video.decode import decode
from animecolor.video.info import VideoInfo


def snapshots(
    clip: VideoInfo, asked: Range, limits: Limits, indices: Collection[int]
) -> dict[int, bytes]:
    """Take pictures of some frames; the clip is decoded to the last of them.

    Args:
        clip: from ``video.probe``.
        asked: the part that was measured.
        limits: the largest picture that may be decoded.
        indices: frames, counted from the first of the part; those beyond its end are left out.

    Returns:
        Index -> JPEG, at most 480 wide.

    Raises:
        AnimecolorError: the clip is damaged before the last of them.
    """
    taken: dict[int, bytes] = {}
    if not indices:
        return taken
    height, width = clip.height, clip.width
    columns = min(WIDEST, width)
    size = max(1, round(height * columns / width)), columns
    with closing(decode(clip, asked, limits)) as frames:  # type: ignore[type-var]
        for frame in frames:
            if frame.index in indices:
                alpha = alpha_of(frame)
                cover = None if alpha is None else eight_bits(shrink(alpha, size))
                rgb = eight_bits(shrink(to_array(frame.image), size))
                taken[frame.index] = as_jpeg(np.ascontiguousarray(on_paper(rgb, cover)))
            if frame.index >= max(indices):
                break
    return taken
