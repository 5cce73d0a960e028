"""Pixels in: a decoded picture, whatever its coding, to full-range RGB and alpha arrays."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from av.video.format import VideoFormat
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from numpy.typing import NDArray

from animecolor.video.tags import ColorTags, Layout

Samples = NDArray[np.unsignedinteger[Any]]
"""Integer samples: uint8, or uint16 above 8 bits."""

EXACT = Interpolation.ACCURATE_RND | Interpolation.FULL_CHR_H_INT
"""Without these swscale rounds down and is up to 3/255 off."""
SHALLOW = int(Interpolation.BILINEAR | EXACT)
# Bilinear chroma with accurate rounding gives garbage on 4:2:0 above 8 bits (FFmpeg 8.1).
DEEP = int(Interpolation.BICUBIC | EXACT)


def layout_of(pixels: VideoFormat) -> Layout:
    """What the planes of a pixel format hold."""
    if pixels.is_rgb or pixels.has_palette:
        return Layout.RGB
    # PyAV calls a component chroma only where it is subsampled, so they are counted instead.
    colors = sum(1 for part in pixels.components if not part.is_alpha)
    return Layout.YUV if colors >= 3 else Layout.GRAY


def depth_of(pixels: VideoFormat) -> int:
    """Bits of a colour sample: 8 to 16 for integers, 16 or 32 for floats."""
    return 8 if pixels.has_palette else max(part.bits for part in pixels.components)


def has_alpha(pixels: VideoFormat) -> bool:
    """True where the format has an alpha plane (a palette may hold one)."""
    return pixels.has_palette or any(part.is_alpha for part in pixels.components)


def is_interlaced(picture: VideoFrame, codec: str) -> bool:
    """True where two fields share a picture; FFmpeg says so of a PNG stored in passes, too."""
    return bool(picture.interlaced_frame) and codec not in ("png", "apng")


def is_float(pixels: VideoFormat) -> bool:
    """True for half and single precision samples."""
    return "f16" in pixels.name or "f32" in pixels.name


@dataclass(slots=True)
class PictureReader:
    """Turns the decoded pictures of one clip into arrays."""

    tags: ColorTags
    linear: bool = False
    """Float samples are linear light (OpenEXR) and get the sRGB curve."""
    _swscale: VideoReformatter = field(default_factory=VideoReformatter)

    def read(self, frame: VideoFrame) -> tuple[Samples, Samples | None]:
        """Convert one picture.

        Returns:
            ``(H, W, 3)`` full-range RGB and ``(H, W, 1)`` straight alpha or None, both contiguous
            and upright; uint8 in [0, 255], or uint16 in [0, 65535] where the picture has more
            than 8 bits.
        """
        if is_float(frame.format):
            color, alpha = self._read_float(frame)
        else:
            color, alpha = self._read_color(frame), self._read_alpha(frame)
        turns = frame.rotation // 90 % 4
        if turns:
            color = np.ascontiguousarray(np.rot90(color, turns))
            alpha = None if alpha is None else np.ascontiguousarray(np.rot90(alpha, turns))
        return color, alpha

    def _read_color(self, frame: VideoFrame) -> Samples:
        layout, bits = layout_of(frame.format), depth_of(frame.format)
        if layout is Layout.GRAY and bits >= 8:
            return np.repeat(self._read_gray(frame, bits), 3, axis=2)
        packed = self._pack(frame, "rgb24" if bits <= 8 else "rgb48le")
        color = _samples(packed, 3)
        if layout is Layout.YUV and bits > 8:
            color = self._stretch(color, bits)
        return color

    def _pack(self, frame: VideoFrame, target: str) -> VideoFrame:
        return self._swscale.reformat(
            frame,
            format=target,
            src_colorspace=self.tags.sws_matrix,
            dst_colorspace=self.tags.sws_matrix,
            src_color_range=ColorRange.JPEG if self.tags.full_range else ColorRange.MPEG,
            dst_color_range=ColorRange.JPEG,
            interpolation=SHALLOW if target in ("rgb24", "rgba") else DEEP,
            threads=1,
        )

    def _stretch(self, color: Samples, bits: int) -> Samples:
        """Bring white up to 65535: swscale shifts codes up and leaves the low bits empty."""
        used = bits if self.tags.full_range else 8
        white = (1 << used) - 1 << 16 - used
        np.minimum(color, white, out=color)  # whiter than white would wrap around
        color += color >> used
        return color

    def _read_gray(self, frame: VideoFrame, bits: int) -> Samples:
        """(H, W, 1); swscale takes every grey picture for full range, so it is read by table."""
        codes = _codes(frame, 0, bits)
        top = (1 << bits) - 1
        black, white = (0, top) if self.tags.full_range else (16 << bits - 8, 235 << bits - 8)
        return _scale(codes, bits, black, white)

    def _read_alpha(self, frame: VideoFrame) -> Samples | None:
        pixels = frame.format
        if not has_alpha(pixels):
            return None
        bits = depth_of(pixels)
        if pixels.is_planar and not pixels.has_palette:
            return _scale(_codes(frame, len(frame.planes) - 1, bits), bits, 0, (1 << bits) - 1)
        packed = self._pack(frame, "rgba" if bits <= 8 else "rgba64le")
        return np.ascontiguousarray(_samples(packed, 4)[..., 3:])

    def _read_float(self, frame: VideoFrame) -> tuple[Samples, Samples | None]:
        planes = _float_planes(frame)
        alpha = planes[..., 3:] if planes.shape[2] == 4 else None
        color = planes[..., :3] if planes.shape[2] >= 3 else np.repeat(planes, 3, axis=2)
        if self.linear:
            if alpha is not None:  # OpenEXR stores colour multiplied by alpha
                color = np.divide(color, alpha, out=np.zeros_like(color), where=alpha > 0)
            color = encode_srgb(color)
        return _quantize(color), None if alpha is None else _quantize(alpha)


def encode_srgb(linear: NDArray[np.float32]) -> NDArray[np.float32]:
    """Linear light to the sRGB curve, any shape, in [0, 1]; values outside are clipped."""
    light = np.clip(linear, 0.0, 1.0)
    curved = 1.055 * np.power(light, 1 / 2.4, dtype=np.float32) - 0.055
    srgb: NDArray[np.float32] = np.where(light <= 0.0031308, light * 12.92, curved)
    return srgb.astype(np.float32)


def _quantize(values: NDArray[np.float32]) -> NDArray[np.uint16]:
    clean = np.clip(np.nan_to_num(values), 0.0, 1.0)
    return np.ascontiguousarray(np.rint(clean * 65535.0).astype(np.uint16))


def plane_rows(plane: VideoPlane, kind: np.dtype[Any]) -> NDArray[Any]:
    """(rows, line size) over the memory of a plane, padding included."""
    flat = np.frombuffer(cast(Any, plane), kind)
    row = plane.line_size // kind.itemsize
    return flat[: flat.size // row * row].reshape(-1, row)


def _samples(frame: VideoFrame, channels: int) -> Samples:
    """(H, W, C) over the memory of a packed picture; copied only where its rows are padded."""
    plane = frame.planes[0]
    kind = np.uint8 if depth_of(frame.format) <= 8 else np.uint16
    rows = plane_rows(plane, np.dtype(kind))[: frame.height, : frame.width * channels]
    picture = rows.reshape(frame.height, frame.width, channels)
    return np.ascontiguousarray(picture)


def _codes(frame: VideoFrame, index: int, bits: int) -> Samples:
    """(H, W) view of the codes of one full-size integer plane, in native byte order."""
    plane = frame.planes[index]
    kind: np.dtype[Any] = np.dtype(np.uint8 if bits <= 8 else np.uint16)
    if frame.format.is_big_endian:
        kind = kind.newbyteorder(">")
    step = 2 if "ya" in frame.format.name[:2] else 1
    return plane_rows(plane, kind)[: frame.height, : frame.width * step : step]


def _scale(codes: Samples, bits: int, black: int, white: int) -> Samples:
    """(H, W) codes to (H, W, 1) full-range samples, by table."""
    levels, kind = (255, np.uint8) if bits <= 8 else (65535, np.uint16)
    ramp = np.clip((np.arange(1 << bits) - black) / (white - black), 0, 1)
    table: Samples = np.rint(ramp * levels).astype(kind)
    return cast(Samples, table[codes & (1 << bits) - 1][..., None])


def _float_planes(frame: VideoFrame) -> NDArray[np.float32]:
    """(H, W, C) float32: RGB, RGBA or one grey channel; FFmpeg orders planes G, B, R, A."""
    kind: np.dtype[Any] = np.dtype(np.float16 if "f16" in frame.format.name else np.float32)
    if frame.format.is_big_endian:
        kind = kind.newbyteorder(">")
    found = []
    for plane in frame.planes:
        found.append(plane_rows(plane, kind)[: frame.height])
    if len(found) == 1:
        channels = len(frame.format.components)
        packed = found[0][:, : frame.width * channels]
        return packed.reshape(frame.height, frame.width, channels).astype(np.float32)
    order = (2, 0, 1, 3)[: len(found)]
    return np.stack([found[i][:, : frame.width] for i in order], axis=2).astype(np.float32)
