"""Flashes that may harm, as FFmpeg's filter ``photosensitivity`` rates them.

It is a neighbour of the certified checks (Harding and the like), and none itself.
"""

from __future__ import annotations

import math
from fractions import Fraction

import av.error
import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from numpy.typing import NDArray

_KEY = "lavfi.photosensitivity.badness"
_REMEMBERED = 30
"""Frames that the filter looks back by default."""


class Flashes:
    """Rates the frames of a clip, one after the other, cuts included: a flash may span one.

    The figure adds up how much the levels of an 8 x 8 grid changed over the last 30 frames, the
    latest the most, and divides by the filter's limit. One step from black to white is 3.2 by
    itself, so a cut or a fast pan may pass the limit without any flash.
    """

    def __init__(self, size: tuple[int, int], rate: Fraction) -> None:
        """Set the filter up as FFmpeg ships it, but for it to leave pictures alone.

        Args:
            size: (height, width) of the pictures; a few pixels to a cell of the grid are enough.
            rate: frames a second.
        """
        self._graph = Graph()
        self._step = 1 / rate
        source = self._graph.add_buffer(
            width=size[1],
            height=size[0],
            format=VideoFormat("rgb24", size[1], size[0]),
            time_base=self._step,
        )
        judge = self._graph.add("photosensitivity", "bypass=1")
        sink = self._graph.add("buffersink")
        source.link_to(judge)
        judge.link_to(sink)
        self._graph.configure()
        self._count = 0

    def push(self, picture: NDArray[np.uint8]) -> float:
        """Rate the next frame.

        Args:
            picture: (h, w, 3) uint8 sRGB of the size told.

        Returns:
            Badness, 1 is the filter's limit; lower is better. NaN where it did not tell.
        """
        if self._count == 0:
            for _ in range(_REMEMBERED):  # or the first frame would count as a flash from black
                self._rate(picture)
        return self._rate(picture)

    def _rate(self, picture: NDArray[np.uint8]) -> float:
        frame = VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")
        frame.pts, frame.time_base = self._count, self._step
        self._count += 1
        try:
            self._graph.push(frame)
            rated = self._graph.pull()
        except av.error.FFmpegError:
            return math.nan
        return float(rated.metadata.get(_KEY, "nan"))
