"""Pixels out: RGB arrays to coded pictures, converted and tagged."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, cast

import numpy as np
from av.filter import Graph
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, VideoReformatter
from numpy.typing import NDArray

from animecolor.video.picture import DEEP, SHALLOW, Samples, depth_of, layout_of, plane_rows
from animecolor.video.tags import HD_HEIGHT, Layout

_BT709, _BT601, _SRGB, _RGB = 1, 6, 13, 0
_SWS_601 = 5
# Standards in which chroma that is not said to lie elsewhere lies to the left.
_LEFT_CHROMA = ("libx264", "libx265", "h264_", "hevc_", "mpeg2", "prores", "dnxhd")


@dataclass(frozen=True, slots=True)
class OutputTags:
    """Colour code points of what is written."""

    matrix: int
    primaries: int
    transfer: int
    full_range: bool
    left_chroma: bool = False
    """Halved chroma lies beside the left one of two pixels; else between them."""

    @property
    def sws_matrix(self) -> int:
        """As swscale numbers it; RGB needs none, and any will do."""
        return _SWS_601 if self.matrix == _BT601 else _BT709

    @property
    def range(self) -> ColorRange:
        """As FFmpeg numbers it."""
        return ColorRange.JPEG if self.full_range else ColorRange.MPEG


def output_tags(pix_fmt: str, codec: str) -> OutputTags:
    """BT.709 limited for YUV, sRGB for RGB; ``yuvj`` formats and grey are full range.

    The place of chroma is what the codec's standard implies: no encoder is told of it.
    """
    if layout_of(VideoFormat(pix_fmt)) is Layout.RGB:
        return OutputTags(_RGB, _BT709, _SRGB, full_range=True)
    full = pix_fmt.startswith(("yuvj", "gray", "ya"))
    return OutputTags(_BT709, _BT709, _BT709, full, codec.startswith(_LEFT_CHROMA))


def untagged_tags(height: int) -> OutputTags:
    """For a stream that cannot be tagged: what a reader will take it for by its height."""
    matrix = _BT709 if height >= HD_HEIGHT else _BT601
    return OutputTags(matrix, matrix, matrix, full_range=False)


@dataclass(slots=True)
class PictureWriter:
    """Turns the arrays of one clip into pictures of one pixel format."""

    pix_fmt: str
    tags: OutputTags
    _swscale: VideoReformatter = field(default_factory=VideoReformatter)
    _siting: Graph | None = None
    _light: NDArray[np.float32] | None = None

    @property
    def holds_alpha(self) -> bool:
        """Whether the pixel format has room for alpha."""
        return any(part.is_alpha for part in VideoFormat(self.pix_fmt).components)

    def write(self, color: Samples, alpha: Samples | None) -> VideoFrame:
        """Convert one picture.

        Args:
            color: (H, W, 3) uint8 or uint16, full-range RGB.
            alpha: (H, W, 1) of the same type, straight, or None for opaque.
        """
        if self.pix_fmt in ("gbrpf32le", "gbrapf32le"):
            return self._write_light(color, alpha)
        tags = self.tags
        form = VideoFormat(self.pix_fmt)
        if color.dtype == np.uint16 and depth_of(form) <= 8:
            color = to_eight_bits(color)  # swscale would be a code off
            alpha = None if alpha is None else to_eight_bits(alpha)
        deep = color.dtype == np.uint16
        if self.holds_alpha:
            top = np.iinfo(color.dtype).max
            cover = np.full((*color.shape[:2], 1), top, color.dtype) if alpha is None else alpha
            color = np.concatenate((color, cover), axis=2)
        if deep and layout_of(form) is not Layout.RGB:
            # swscale's 16-bit white is 255 shifted up; the alpha plane is scaled alike.
            color = color - (color >> 8)
        kind = (
            ("rgba64le" if deep else "rgba")
            if color.shape[2] == 4
            else ("rgb48le" if deep else "rgb24")
        )
        if kind == self.pix_fmt:
            return self._tag(VideoFrame.from_ndarray(cast(Any, color), kind))
        # The encoder must never get this frame itself: its threads would let go of our array,
        # for which they need the lock that Python holds while it waits for them to end.
        packed = VideoFrame.from_numpy_buffer(cast(Any, np.ascontiguousarray(color)), kind)
        if tags.left_chroma:
            packed = self._site_chroma(packed)
        coded = self._swscale.reformat(
            packed,
            format=self.pix_fmt,
            src_colorspace=tags.sws_matrix,
            dst_colorspace=tags.sws_matrix,
            src_color_range=ColorRange.JPEG,
            dst_color_range=tags.range,
            interpolation=DEEP if deep else SHALLOW,
            threads=1,
        )
        return self._tag(coded)

    def _tag(self, coded: VideoFrame) -> VideoFrame:
        coded.colorspace = self.tags.matrix
        coded.color_range = int(self.tags.range)
        coded.color_primaries = self.tags.primaries
        coded.color_trc = self.tags.transfer
        return coded

    def _site_chroma(self, packed: VideoFrame) -> VideoFrame:
        """The same picture, saying where its chroma shall lie: PyAV has no attribute for it."""
        if self._siting is None:
            self._siting = Graph()
            source = self._siting.add_buffer(
                width=packed.width,
                height=packed.height,
                format=packed.format,
                time_base=Fraction(1, 1),
            )
            site = self._siting.add("setparams", "chroma_location=left")
            sink = self._siting.add("buffersink")
            source.link_to(site)
            site.link_to(sink)
            self._siting.configure()
        self._siting.push(packed)
        return cast(VideoFrame, self._siting.pull())

    def _write_light(self, color: Samples, alpha: Samples | None) -> VideoFrame:
        """OpenEXR: linear light, multiplied by alpha, planes in the order G, B, R, A."""
        top = np.iinfo(color.dtype).max
        if self._light is None or len(self._light) != top + 1:
            self._light = decode_srgb(np.linspace(0, 1, top + 1, dtype=np.float32))
        light = self._light[color]
        planes = [light[..., 1], light[..., 2], light[..., 0]]
        if self.pix_fmt == "gbrapf32le":
            cover = np.ones(color.shape[:2], np.float32)
            if alpha is not None:
                cover = (alpha[..., 0] / np.float32(top)).astype(np.float32)
            planes = [*(plane * cover for plane in planes), cover]
        coded = VideoFrame(color.shape[1], color.shape[0], self.pix_fmt)
        for plane, values in zip(coded.planes, planes, strict=True):
            rows = plane_rows(plane, np.dtype(np.float32))
            rows[: values.shape[0], : values.shape[1]] = values
        return coded


def to_eight_bits(samples: Samples) -> Samples:
    """uint16 in [0, 65535] to the nearest uint8 in [0, 255], any shape."""
    return ((samples.astype(np.uint32) * 255 + 0x807F) >> 16).astype(np.uint8)


def decode_srgb(values: NDArray[np.float32]) -> NDArray[np.float32]:
    """The sRGB curve to linear light, any shape, both in [0, 1]."""
    power = np.power((values + 0.055) / 1.055, 2.4)
    return np.where(values <= 0.04045, values / 12.92, power).astype(np.float32)
