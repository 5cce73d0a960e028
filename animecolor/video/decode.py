"""A clip to frames: native size, upright RGB, exact time; damage is an error at the end."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import av.error
from av.video.frame import VideoFrame

from animecolor.errors import AnimecolorError, UsageError
from animecolor.frame import Frame, from_array
from animecolor.video import pipe
from animecolor.video.damage import Tally
from animecolor.video.info import Kind, VideoInfo
from animecolor.video.media import check_size, open_decoder, open_media, picture_stream
from animecolor.video.picture import PictureReader, depth_of, is_interlaced
from animecolor.video.planes import shrunk
from animecolor.video.timecode import Window, parse_window

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.plane import VideoPlane
    from av.video.stream import VideoStream

    from animecolor.config import Limits, Range

_log = logging.getLogger("animecolor")

_SEEK_MARGIN_S = 2
"""Containers seek by decoding order, which runs ahead of time by the reordering of a few frames."""
_SEEKABLE = ("mov,mp4,m4a,3gp,3g2,mj2", "matroska,webm")


@dataclass(frozen=True, slots=True)
class _Picture:
    """A decoded picture before conversion."""

    coded: VideoFrame
    pts: int
    duration: int


def decode(
    source: VideoInfo, range: Range, limits: Limits, small: tuple[int, int] | None = None
) -> Iterator[Frame]:
    """Yield the frames of a clip, in order.

    Args:
        source: from ``probe``; the file is opened again, standard input is read once.
        range: start is the first frame shown at that moment or after it, end is exclusive.
        limits: the largest picture that may be decoded.
        small: (height, width) that is enough: where that is cheaper, pictures have it, see
            ``planes.shrunk``; all others are native.

    Yields:
        Frames whose ``image`` is (3, H, W) uint8, or uint16 above 8 bits: full-range RGB, upright;
        ``alpha`` is (1, H, W) of the same type where the clip has it. ``index`` counts from the
        first frame yielded; ``pts`` is the source's.

    Raises:
        UsageError: the range cannot be read or holds no frame.
        AnimecolorError: the clip is interlaced, changes its size, or (after the last frame that
            could be read) is truncated or damaged.
    """
    window = parse_window(range, source.rate)
    skipped = 0
    if source.kind is Kind.SEQUENCE:
        skipped = _images_before(source, window)
        pictures = _image_pictures(source, limits, skipped)
    elif source.kind is Kind.PIPE:
        pictures = _piped_pictures(_Clip(source, limits, window))
    else:
        pictures = _file_pictures(_Clip(source, limits, window))
    reader = PictureReader(source.color, linear=source.codec == "exr")
    index = 0
    with closing(pictures):
        for picture in _select(enumerate(pictures, skipped), source, window):
            yield _to_frame(picture, reader, source, index, small)
            index += 1
    if index == 0:
        length = "" if source.duration_s is None else f" (it lasts {source.duration_s:.3f} s)"
        raise UsageError(f"the range holds no frame of {source.path}{length}")


def _to_frame(
    picture: _Picture,
    reader: PictureReader,
    source: VideoInfo,
    index: int,
    small: tuple[int, int] | None,
) -> Frame:
    few = None if small is None else shrunk(picture.coded, source.color, small)
    color, alpha = reader.read(picture.coded) if few is None else (few, None)
    return Frame(
        image=from_array(cast(Any, color)),
        alpha=None if alpha is None else from_array(cast(Any, alpha)),
        pts=picture.pts,
        time_base=source.time_base,
        duration=picture.duration,
        index=index,
        opens_shot=index == 0,
    )


def _select(
    pictures: Iterator[tuple[int, _Picture]], source: VideoInfo, window: Window
) -> Iterator[_Picture]:
    # Half a tick: Matroska rounds to 1 ms, and a person types the exact time.
    slack_s = source.time_base / 2
    taken = 0
    for number, picture in pictures:
        time_s = (picture.pts - source.start_pts) * source.time_base
        if window.end and window.end.reached(number, time_s, slack_s):
            return
        if window.start and not window.start.reached(number, time_s, slack_s):
            continue
        _check_same(picture.coded, source, number)
        yield picture
        taken += 1
        if taken == window.frames:
            return


def _check_same(coded: VideoFrame, source: VideoInfo, number: int) -> None:
    if is_interlaced(coded, source.codec):
        raise AnimecolorError(
            f"{source.path} is interlaced; deinterlace it first, for example with "
            "ffmpeg -i clip -vf bwdif clip-progressive.mp4"
        )
    if (coded.width, coded.height) != (source.coded_width, source.coded_height):
        raise AnimecolorError(
            f"{source.path} changes size from {source.coded_width}x{source.coded_height} to "
            f"{coded.width}x{coded.height} at frame {number}; animecolor reads clips of one size"
        )
    if (depth_of(coded.format) > 8) != source.deep:
        raise AnimecolorError(f"{source.path} changes its bit depth at frame {number}")


@dataclass(frozen=True, slots=True)
class _Clip:
    """A clip and how much of it is wanted."""

    source: VideoInfo
    limits: Limits
    window: Window

    def seek_pts(self) -> int | None:
        """Where reading may begin; None to read from the start."""
        start, end = self.window.start, self.window.end
        if self.source.container not in _SEEKABLE or start is None or start.time_s is None:
            return None
        if (end is not None and end.number is not None) or start.time_s <= 2 * _SEEK_MARGIN_S:
            return None
        return self.source.start_pts + int((start.time_s - _SEEK_MARGIN_S) / self.source.time_base)


def _file_pictures(clip: _Clip) -> Generator[_Picture]:
    """Pictures of a file, begun near the wanted start where the container can seek."""
    seek = clip.seek_pts()
    if seek is not None:
        pictures = _stream_pictures(clip, seek)
        first = next(pictures, None)
        if first is not None and first.pts <= seek + _SEEK_MARGIN_S / clip.source.time_base:
            yield first
            yield from pictures
            return
        pictures.close()
    yield from _stream_pictures(clip)


def _piped_pictures(clip: _Clip) -> Generator[_Picture]:
    """Pictures of y4m on standard input; half a picture at the end is an error."""
    counted = pipe.CountedPipe(pipe.standard_input())
    seen = 0
    with counted.open() as container:
        for picture in _container_pictures(container, clip):
            yield picture
            seen += 1
    size = VideoFrame(clip.source.width, clip.source.height, clip.source.pix_fmt)
    if not counted.is_whole(sum(_packed_size(plane, size) for plane in size.planes)):
        raise AnimecolorError(f"standard input is truncated: {seen} frames could be read")


def _packed_size(plane: VideoPlane, picture: VideoFrame) -> int:
    """Bytes of a plane without padding."""
    return plane.width * plane.height * (2 if depth_of(picture.format) > 8 else 1)


def _stream_pictures(clip: _Clip, seek: int | None = None) -> Generator[_Picture]:
    """Pictures of a file, from the start or from a seek."""
    with open_media(clip.source.path, clip.limits) as container:
        yield from _container_pictures(container, clip, seek)


def _container_pictures(
    container: InputContainer, clip: _Clip, seek: int | None = None
) -> Generator[_Picture]:
    """Decode one container to its end, then say whether it was whole."""
    source = clip.source
    stream = picture_stream(container, source.path)
    tally = Tally.expect(container, stream, whole=seek is None)
    if seek is not None:
        with suppress(av.error.FFmpegError):  # the first picture tells where reading begins
            container.seek(seek, stream=stream)
    last: int | None = None
    for coded in _decoded(container, stream, tally, clip.limits):
        check_size(source.path, coded.width, coded.height, clip.limits)
        pts = _time_of(coded, last, source)
        tally.count(coded)
        last = pts
        yield _Picture(coded, pts, max(0, int(coded.duration or 0)))
    tally.judge(source)


def _time_of(coded: VideoFrame, last: int | None, source: VideoInfo) -> int:
    """The picture's ticks; always later than the one before, as no player shows two at once."""
    step = max(1, round(1 / (source.rate * source.time_base)))
    if coded.pts is None:
        return source.start_pts if last is None else last + step
    if last is not None and coded.pts <= last:
        _log.warning("%s: a time stamp goes backwards and was moved on", source.path)
        return last + 1
    return coded.pts


def _decoded(
    container: InputContainer, stream: VideoStream, tally: Tally, limits: Limits
) -> Iterator[VideoFrame]:
    """Every picture that can be had; what cannot is counted in ``tally``."""
    decoder = open_decoder(stream, limits)
    # All streams are read: sound that goes on is proof that the file does not end early.
    packets = container.demux()
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError:
            tally.cut_off = True
            return
        tally.see(packet)
        if packet.stream_index != stream.index:
            continue
        try:
            pictures = decoder.decode(packet)
        except av.error.EOFError:
            return
        except av.error.FFmpegError:
            tally.failed += 1
            continue
        yield from pictures


def _images_before(source: VideoInfo, window: Window) -> int:
    """How many images lie before the window, which need not be opened."""
    assert source.images is not None
    if window.start is None:
        return 0
    numbers, tick = source.images.numbers, source.time_base
    for place, number in enumerate(numbers):
        if window.start.reached(place, (number - numbers[0]) * tick, tick / 2):
            return place
    return len(numbers)


def _image_pictures(source: VideoInfo, limits: Limits, skipped: int) -> Generator[_Picture]:
    assert source.images is not None
    numbers = source.images.numbers
    following_each = (*numbers[1:], numbers[-1] + 1)
    for number, following in list(zip(numbers, following_each, strict=True))[skipped:]:
        path = source.images.path_of(number)
        with open_media(path, limits) as container:
            stream = picture_stream(container, path)
            tally = Tally()
            pictures = list(_decoded(container, stream, tally, limits))
        if not pictures or tally.failed or pictures[0].is_corrupt:
            raise AnimecolorError(f"{path} is damaged: its picture cannot be read")
        check_size(path, pictures[0].width, pictures[0].height, limits)
        yield _Picture(pictures[0], number - numbers[0], following - number)
