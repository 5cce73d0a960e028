"""y4m, the plain stream that encoders read: a header line, then raw planes."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from animecolor.video.picture import plane_rows

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

COLORS = {
    "yuv420p": "420jpeg",
    "yuv422p": "422",
    "yuv444p": "444",
    "yuv420p10le": "420p10 XYSCSS=420P10",
    "yuv422p10le": "422p10 XYSCSS=422P10",
    "yuv444p10le": "444p10 XYSCSS=444P10",
}
"""Pixel formats that y4m holds, and its names for them."""


@dataclass(frozen=True, slots=True)
class Y4mWriter:
    """Writes pictures of one format to a binary stream."""

    sink: BinaryIO
    pix_fmt: str

    def start(self, first: VideoFrame, rate: Fraction, aspect: Fraction) -> None:
        """Write the header."""
        self.sink.write(
            f"YUV4MPEG2 W{first.width} H{first.height} F{rate.numerator}:{rate.denominator} Ip "
            f"A{aspect.numerator}:{aspect.denominator} C{COLORS[self.pix_fmt]} "
            "XCOLORRANGE=LIMITED\n".encode()
        )

    def write(self, picture: VideoFrame) -> None:
        """Write one picture."""
        self.sink.write(b"FRAME\n")
        for plane in picture.planes:
            width = plane.width * (2 if "10" in self.pix_fmt else 1)
            rows = plane_rows(plane, np.dtype(np.uint8))
            self.sink.write(rows[: plane.height, :width].tobytes())
