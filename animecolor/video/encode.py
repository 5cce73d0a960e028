"""Frames to a file: converted and tagged, timed as the source, sound and subtitles carried over."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av

from animecolor.errors import AnimecolorError
from animecolor.frame import Frame
from animecolor.video.clip import clip_writer, coded_picture
from animecolor.video.paint import PictureWriter
from animecolor.video.part import part_folder, write_errors
from animecolor.video.plan import Y4M, OutputPlan, check, plan_output, set_up
from animecolor.video.retas import on_white
from animecolor.video.sequence import NamePattern
from animecolor.video.y4m import Y4mWriter

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame

    from animecolor.config import Output
    from animecolor.video.info import VideoInfo

_log = logging.getLogger("animecolor")


def encode(frames: Iterable[Frame], target: Path | str, output: Output, like: VideoInfo) -> int:
    """Write frames; the file appears under its name only when it is complete.

    Args:
        frames: in order; ``painted`` is written, or ``image`` where it is None. Closed at the
            end and on any error when it can be.
        target: a video file; for images a folder, or a pattern such as ``A/a####.tga`` in one; or
            ``-`` for y4m on standard output.
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
    with clip_writer(plan, output, like) as clip:
        for frame in frames:
            clip.write(frame)
    return clip.written


def _write_images(frames: Iterable[Frame], plan: OutputPlan, like: VideoInfo) -> int:
    context = cast("VideoCodecContext", av.CodecContext.create(plan.codec, "w"))
    set_up(context, plan, like)
    context.time_base = Fraction(1, 1)
    writer = PictureWriter(plan.pix_fmt, plan.tags)
    with part_folder(plan.target, plan.suffix) as folder:
        names = image_names(folder, plan.suffix, like) if plan.names is None else plan.names
        names = replace(names, folder=folder)
        written = 0
        for frame in frames:
            coded = coded_picture(on_white(frame) if plan.retas else frame, writer)
            coded.pts = number_of(frame, like)
            coded.time_base = context.time_base
            with write_errors(plan.target):
                written += _save_images(context, coded, names)
        with write_errors(plan.target):
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


def image_names(folder: Path, suffix: str, like: VideoInfo) -> NamePattern:
    """How a clip's images are named: as the source's where that is a sequence too."""
    if like.images is not None:
        source = like.images.pattern
        return NamePattern(folder, source.prefix, source.digits, suffix)
    stem = "frame" if str(like.path) == "-" else like.path.stem
    return NamePattern(folder, f"{stem}.", 6, suffix)


def number_of(frame: Frame, like: VideoInfo) -> int:
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
            coded = coded_picture(frame, pictures)
            if written == 0:
                sink.start(coded, like.rate, like.sample_aspect)
            sink.write(coded)
            written += 1
        sys.stdout.buffer.flush()
    except BrokenPipeError as error:
        raise AnimecolorError("standard output was closed before the last frame") from error
    return written


__all__ = ["check", "encode", "image_names", "number_of"]
