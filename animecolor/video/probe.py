"""What a clip is, read from its header and its first picture: VideoInfo."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import av.error

from animecolor.errors import AnimecolorError, UsageError
from animecolor.video import pipe, sequence
from animecolor.video.info import Kind, StreamSummary, VideoInfo
from animecolor.video.media import check_size, open_decoder, open_media, picture_stream
from animecolor.video.picture import depth_of, has_alpha, is_interlaced, layout_of
from animecolor.video.tags import Layout, resolve_tags

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from animecolor.config import Limits
    from animecolor.video.sequence import ImageFiles

DEFAULT_RATE = Fraction(24)
"""Pictures per second of an image sequence that says nothing."""
_ONE = Fraction(1)
# Codecs that define an untagged grey picture as limited range; image codecs mean full range.
_BROADCAST_GRAY = ("h264", "hevc", "av1", "libdav1d", "vp9", "mpeg2video")


def probe(source: Path | str, limits: Limits, rate: Fraction = DEFAULT_RATE) -> VideoInfo:
    """Describe a clip: a video file, a folder or pattern of numbered images, or ``-`` (y4m).

    Args:
        source: a path; ``dir/``, ``dir/name.%04d.png`` and ``name.####.exr`` are sequences.
        limits: the largest picture that may be opened.
        rate: pictures per second of an image sequence.

    Raises:
        UsageError: nothing that could be read was named.
        AnimecolorError: it cannot be read: damaged, too large, HDR, not media.
    """
    if str(source) == "-":
        return _probe_pipe(limits)
    path = Path(source)
    images = sequence.find_images(path)
    if images is not None:
        return _probe_images(path, images, limits, rate)
    with open_media(path, limits) as container:
        return _Reading(path, container, limits).describe()


@dataclass(frozen=True, slots=True)
class _Reading:
    """One look into an open container."""

    path: Path
    container: InputContainer
    limits: Limits

    def describe(self) -> VideoInfo:
        stream = picture_stream(self.container, self.path)
        check_size(self.path, stream.codec_context.width, stream.codec_context.height, self.limits)
        picture = self._first_picture(stream)
        check_size(self.path, picture.width, picture.height, self.limits)
        turned = picture.rotation % 180 == 90
        size = (picture.width, picture.height)
        width, height = size[::-1] if turned else size
        layout = layout_of(picture.format)
        color = resolve_tags(_codes(picture, stream, layout), layout, height)
        if reason := color.refusal():
            raise AnimecolorError(f"{self.path} {reason}")
        time_base = _fraction(stream.time_base) or Fraction(1, 1000)
        rate = _fraction(stream.average_rate) or _fraction(stream.base_rate) or DEFAULT_RATE
        duration = self._duration_s(stream)
        aspect = _fraction(stream.sample_aspect_ratio) or _ONE
        interlaced = is_interlaced(picture, stream.codec_context.name)
        info = VideoInfo(
            path=self.path,
            kind=Kind.FILE,
            width=width,
            height=height,
            coded_width=size[0],
            coded_height=size[1],
            rate=rate,
            time_base=time_base,
            start_pts=picture.pts if picture.pts is not None else 0,
            duration_s=duration,
            frames=stream.frames or (round(duration * rate) if duration else None),
            pix_fmt=picture.format.name,
            bits=depth_of(picture.format),
            color=color,
            rotation=picture.rotation % 360,
            sample_aspect=1 / aspect if turned else aspect,
            has_alpha=has_alpha(picture.format),
            interlaced=interlaced,
            variable_rate=_is_variable(stream, rate),
            codec=stream.codec_context.name,
            container=self.container.format.name,
            streams=tuple(_summary(s) for s in self.container.streams if s.index != stream.index),
            chapters=len(self.container.chapters()),
            warnings=color.warnings() + _warnings(interlaced, picture),
        )
        return info

    def _first_picture(self, stream: VideoStream) -> VideoFrame:
        decoder = open_decoder(stream, self.limits)
        try:
            for packet in self.container.demux(stream):
                try:
                    for picture in decoder.decode(packet):
                        return picture
                except av.error.EOFError:
                    break
                except av.error.FFmpegError:
                    continue  # a damaged first picture: decode reports it, probe looks further
        except av.error.FFmpegError as error:
            raise AnimecolorError(f"{self.path} is damaged: {error.strerror}") from error
        raise AnimecolorError(f"{self.path} holds no picture that can be decoded")

    def _duration_s(self, stream: VideoStream) -> float | None:
        tick = _fraction(stream.time_base)
        if stream.duration and tick:
            return float(stream.duration * tick)
        if self.container.duration:
            return self.container.duration / av.time_base
        return None


def _probe_images(path: Path, images: ImageFiles, limits: Limits, rate: Fraction) -> VideoInfo:
    first = images.path_of(images.numbers[0])
    with open_media(first, limits) as container:
        still = _Reading(first, container, limits).describe()
    said = still.warnings + images.warnings()
    return replace(
        still,
        path=path,
        kind=Kind.SEQUENCE,
        rate=rate,
        time_base=1 / rate,
        start_pts=0,
        duration_s=float(images.span / rate),
        frames=len(images.numbers),
        variable_rate=False,
        warnings=said,
        images=images,
    )


def _probe_pipe(limits: Limits) -> VideoInfo:
    header = pipe.peek_header(pipe.standard_input())
    check_size(Path("standard input"), *pipe.size_of(header), limits)
    with pipe.open_header(header) as container:
        stream = picture_stream(container, Path("-"))
        context = stream.codec_context
        if context.format is None or not context.width:
            raise AnimecolorError("standard input has a y4m header without a picture size")
        layout = layout_of(context.format)
        codes = (context.colorspace, context.color_range, context.color_primaries, 2)
        color = resolve_tags(codes, layout, context.height)
        rate = _fraction(stream.average_rate) or DEFAULT_RATE
        interlaced = pipe.is_interlaced(header)
        if interlaced:
            raise UsageError("standard input is interlaced y4m; deinterlace it first")
        return VideoInfo(
            path=Path("-"),
            kind=Kind.PIPE,
            width=context.width,
            height=context.height,
            coded_width=context.width,
            coded_height=context.height,
            rate=rate,
            time_base=1 / rate,
            start_pts=0,
            duration_s=None,
            frames=None,
            pix_fmt=context.format.name,
            bits=depth_of(context.format),
            color=color,
            rotation=0,
            sample_aspect=_fraction(stream.sample_aspect_ratio) or _ONE,
            has_alpha=has_alpha(context.format),
            interlaced=False,
            variable_rate=False,
            codec="rawvideo",
            container="yuv4mpegpipe",
            warnings=color.warnings(),
        )


def _codes(picture: VideoFrame, stream: VideoStream, layout: Layout) -> tuple[int, int, int, int]:
    """Colour code points; the picture's own win over the container's."""
    context = stream.codec_context
    matrix = picture.colorspace if picture.colorspace != 2 else context.colorspace
    levels = int(picture.color_range or context.color_range)
    name = picture.format.name
    untagged_gray = layout is Layout.GRAY and levels == 0
    if name.startswith("yuvj") or (untagged_gray and context.name not in _BROADCAST_GRAY):
        levels = 2
    primaries = picture.color_primaries if picture.color_primaries != 2 else context.color_primaries
    transfer = picture.color_trc if picture.color_trc != 2 else context.color_trc
    return matrix, levels, int(primaries), int(transfer)


def _warnings(interlaced: bool, picture: VideoFrame) -> tuple[str, ...]:
    said = []
    if interlaced:
        said.append("the pictures are interlaced: deinterlace the clip first")
    if picture.rotation % 90:
        said.append(f"a rotation of {picture.rotation} degrees is not a quarter turn: ignored")
    return tuple(said)


def _is_variable(stream: VideoStream, rate: Fraction) -> bool | None:
    base = _fraction(stream.base_rate)
    if base is None:
        return None
    # The base rate is the lowest at which all time stamps can be told apart.
    return bool(abs(base - rate) > rate / 100)


def _summary(stream: Any) -> StreamSummary:
    codec = stream.codec_context.name if stream.codec_context else (stream.name or "unknown")
    detail, sample_rate = "", 0
    if stream.type == "audio" and stream.codec_context:
        sample_rate = int(stream.codec_context.sample_rate)
        detail = f"{sample_rate} Hz {stream.codec_context.layout.name}"
    if stream.type == "attachment":
        detail = stream.metadata.get("filename", "")
    return StreamSummary(
        kind=stream.type,
        codec=codec,
        language=stream.metadata.get("language"),
        title=stream.metadata.get("title"),
        detail=detail,
        sample_rate=sample_rate,
    )


def _fraction(value: Any) -> Fraction | None:
    """A rational of PyAV as a Fraction; None where unset (None in 18, a falsy value in 19)."""
    return Fraction(value.numerator, value.denominator) if value else None


__all__ = ["DEFAULT_RATE", "Kind", "StreamSummary", "VideoInfo", "probe"]
