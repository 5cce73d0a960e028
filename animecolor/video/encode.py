"""Frames to a file: converted and tagged, timed as the source, sound and subtitles carried over."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import av.error

from animecolor.errors import AnimecolorError
from animecolor.frame import Frame, to_array
from animecolor.video.copies import Copies, Cut, open_copies, picture_goes_on
from animecolor.video.paint import PictureWriter
from animecolor.video.part import part_file, part_folder
from animecolor.video.plan import Y4M, OutputPlan, check, plan_output, set_up
from animecolor.video.sequence import NamePattern
from animecolor.video.y4m import Y4mWriter

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from animecolor.config import Output
    from animecolor.video.info import VideoInfo

_log = logging.getLogger("animecolor")
_FRAME_DURATION = 1 << 8
"""AV_CODEC_FLAG_FRAME_DURATION: an encoder passes each picture's duration on."""


def encode(frames: Iterable[Frame], target: Path | str, output: Output, like: VideoInfo) -> int:
    """Write frames; the file appears under its name only when it is complete.

    Args:
        frames: in order; ``painted`` is written, or ``image`` where it is None. Closed at the
            end and on any error when it can be.
        target: a video file, a folder for image presets, or ``-`` for y4m on standard output.
        output: preset, codec, pixel format and options; which streams are carried over.
        like: the source: its size, clock, sound, subtitles, chapters and metadata.

    Returns:
        The number of frames written.

    Raises:
        UsageError: the target or an option is wrong; ``check`` finds these before any work.
        AnimecolorError: the target cannot be written, or the frames end in an error. Nothing is
            left behind.
    """
    plan = plan_output(target, output, like)
    for notice in plan.notices:
        _log.warning("%s", notice)
    with _closed(frames):
        if plan.muxer == Y4M:
            return _write_y4m(frames, plan, like)
        if plan.images:
            return _write_images(frames, plan, like)
        return _write_clip(frames, plan, output, like)


@contextmanager
def _closed(frames: Iterable[Frame]) -> Iterator[None]:
    """Close a generator of frames whatever happens, so that its reader thread ends."""
    try:
        yield
    finally:
        close = cast("Callable[[], None] | None", getattr(frames, "close", None))
        if close is not None:
            close()


def _write_clip(frames: Iterable[Frame], plan: OutputPlan, output: Output, like: VideoInfo) -> int:
    with part_file(plan.target) as part:
        options = {"movflags": "+faststart"} if plan.muxer in ("mp4", "mov") else {}
        out = av.open(f"file:{part}", "w", format=plan.muxer, options=options)
        copies: Copies | None = None
        try:
            clip: _Clip | None = None
            for frame in frames:
                if clip is None:
                    stream = _add_picture_stream(out, plan, like)
                    copies = open_copies(like, out, output, _cut_at(frame, like))
                    clip = _Clip(out, stream, copies, like, PictureWriter(plan.pix_fmt, plan.tags))
                clip.write(frame)
            if clip is None:
                raise AnimecolorError(f"{plan.target}: there was no frame to write")
            clip.finish()
            out.close()
            return clip.written
        finally:
            _abandon(out)
            if copies is not None:
                copies.close()


def _abandon(out: OutputContainer) -> None:
    """Close a container that may be half written; closing twice does nothing."""
    try:
        out.close()
    except (av.error.FFmpegError, ValueError):
        _log.debug("the unfinished file was closed with an error")


def _add_picture_stream(out: OutputContainer, plan: OutputPlan, like: VideoInfo) -> VideoStream:
    stream = cast("VideoStream", out.add_stream(plan.codec, rate=like.rate))
    context = stream.codec_context
    set_up(context, plan, like)
    context.time_base = like.time_base
    context.flags |= _FRAME_DURATION
    return stream


def _cut_at(first: Frame, like: VideoInfo) -> Cut:
    begun = (first.pts - like.start_pts) * like.time_base
    if begun <= 0:
        return Cut(None, Fraction(0))
    return Cut(first.pts * like.time_base, begun)


@dataclass(slots=True)
class _Clip:
    """A video file being written."""

    out: OutputContainer
    stream: VideoStream
    copies: Copies
    like: VideoInfo
    writer: PictureWriter
    written: int = 0
    last: Frame | None = None

    def write(self, frame: Frame) -> None:
        """Encode one frame, and mux the sound that belongs before it."""
        self.out.mux(list(self.copies.until(frame.pts * self.like.time_base)))
        coded = _coded(frame, self.writer)
        tick = self.like.time_base
        coded.pts = frame.pts - round(self.copies.cut.shift_s / tick)
        coded.time_base = tick
        coded.duration = frame.duration or _step(self.like)
        self.out.mux(self.stream.encode(coded))
        self.written += 1
        self.last = frame

    def finish(self) -> None:
        """Flush the encoder and copy what is left of the sound."""
        assert self.last is not None
        end = None
        if picture_goes_on(self.like, self.last.pts):
            ticks = self.last.pts + (self.last.duration or _step(self.like))
            end = ticks * self.like.time_base
        self.out.mux(self.stream.encode(None))
        for packet in self.copies.rest(end):
            self.out.mux(packet)


def _step(like: VideoInfo) -> int:
    """Ticks of an average picture."""
    return max(1, round(1 / (like.rate * like.time_base)))


def _coded(frame: Frame, writer: PictureWriter) -> VideoFrame:
    picture = frame.image if frame.painted is None else frame.painted
    return writer.write(to_array(picture), None if frame.alpha is None else to_array(frame.alpha))


def _write_images(frames: Iterable[Frame], plan: OutputPlan, like: VideoInfo) -> int:
    context = cast("VideoCodecContext", av.CodecContext.create(plan.codec, "w"))
    set_up(context, plan, like)
    context.time_base = Fraction(1, 1)
    writer = PictureWriter(plan.pix_fmt, plan.tags)
    with part_folder(plan.target, plan.suffix) as folder:
        names = image_names(folder, plan, like)
        written = 0
        for frame in frames:
            coded = _coded(frame, writer)
            coded.pts = _number_of(frame, like)
            coded.time_base = context.time_base
            written += _save_images(context, coded, names)
        written += _save_images(context, None, names)
        if not written:
            raise AnimecolorError(f"{plan.target}: there was no frame to write")
        return written


def _save_images(context: VideoCodecContext, coded: VideoFrame | None, names: NamePattern) -> int:
    packets = context.encode(coded)
    for packet in packets:
        # The picture is a whole file; writing it ourselves keeps % in a name an ordinary letter.
        names.path_of(packet.pts or 0).write_bytes(bytes(packet))
    return len(packets)


def image_names(folder: Path, plan: OutputPlan, like: VideoInfo) -> NamePattern:
    """How the images are named: as the source's where that is a sequence too."""
    if like.images is not None:
        source = like.images.pattern
        return NamePattern(folder, source.prefix, source.digits, plan.suffix)
    stem = "frame" if str(like.path) == "-" else like.path.stem
    return NamePattern(folder, f"{stem}.", 6, plan.suffix)


def _number_of(frame: Frame, like: VideoInfo) -> int:
    """A sequence keeps its numbers; a clip's frames count from 1."""
    if like.images is not None:
        return like.images.numbers[0] + frame.pts
    return frame.index + 1


def _write_y4m(frames: Iterable[Frame], plan: OutputPlan, like: VideoInfo) -> int:
    pictures = PictureWriter(plan.pix_fmt, plan.tags)
    written = 0
    try:
        sink = Y4mWriter(sys.stdout.buffer, plan.pix_fmt)
        for frame in frames:
            coded = _coded(frame, pictures)
            if written == 0:
                sink.start(coded, like.rate, like.sample_aspect)
            sink.write(coded)
            written += 1
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise AnimecolorError("standard output was closed before the last frame") from error
    return written


__all__ = ["check", "encode", "image_names"]
