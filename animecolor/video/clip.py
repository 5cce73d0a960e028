"""A video file being written, frame by frame, with what the source carries beside the picture."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, cast

import av
import av.error

from animecolor.errors import AnimecolorError
from animecolor.frame import Frame, to_array
from animecolor.video.copies import Copies, Cut, open_copies, picture_goes_on
from animecolor.video.paint import PictureWriter
from animecolor.video.part import part_file, write_errors
from animecolor.video.plan import OutputPlan, set_up
from animecolor.video.retas import laid_on_white

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from animecolor.config import Output
    from animecolor.video.info import VideoInfo

_log = logging.getLogger("animecolor")

_LARGEST_TIMESCALE = 1_000_000
"""Durations of an hour still fit into 32 bits."""
_FRAME_DURATION = 1 << 8
"""AV_CODEC_FLAG_FRAME_DURATION: an encoder passes each picture's duration on."""


@contextmanager
def clip_writer(plan: OutputPlan, output: Output, like: VideoInfo) -> Iterator[ClipWriter]:
    """A video file to write frames to.

    Leaving the block normally completes the file and gives it its name; leaving it by an error
    removes what was written.

    Raises:
        AnimecolorError: there was no frame, the disk is full, or the file was refused.
    """
    options = {}
    if plan.muxer in ("mp4", "mov"):
        options = {"movflags": "+faststart", "movie_timescale": str(_movie_timescale(like))}
    if plan.muxer in ("matroska", "webm"):
        options = {"fflags": "+bitexact"}  # no random number for the file: same run, same bytes
    with part_file(plan.target) as part:
        with write_errors(plan.target):
            out = av.open(f"file:{part}", "w", format=plan.muxer, options=options)
        clip = ClipWriter(plan, output, like, out)
        try:
            yield clip
            with write_errors(plan.target):
                clip.finish()
        finally:
            clip.close()


@dataclass(slots=True)
class ClipWriter:
    """The open file; see ``clip_writer``."""

    plan: OutputPlan
    output: Output
    like: VideoInfo
    out: OutputContainer
    written: int = 0
    """Frames taken so far."""
    _stream: VideoStream | None = None
    _copies: Copies | None = None
    _pixels: PictureWriter = field(init=False)
    _last: Frame | None = None

    def __post_init__(self) -> None:
        self._pixels = PictureWriter(self.plan.pix_fmt, self.plan.tags)

    def write(self, frame: Frame) -> None:
        """Encode one frame, and mux the sound that belongs before it.

        Args:
            frame: the next one; ``painted`` is written, or ``image`` where it is None.

        Raises:
            AnimecolorError: the disk is full, or the file or the encoder refused.
        """
        with write_errors(self.plan.target):
            stream, copies = self._begun(frame)
            tick = self.like.time_base
            self.out.mux(list(copies.until(frame.pts * tick)))
            coded = coded_picture(frame, self._pixels)
            coded.pts = frame.pts - round(copies.cut.shift_s / tick)
            coded.time_base = tick
            coded.duration = frame.duration or self._step()
            self.out.mux(stream.encode(coded))
        self.written += 1
        self._last = frame

    def finish(self) -> None:
        """Flush the encoder, copy what is left of the sound, and write the index."""
        if self._last is None:
            raise AnimecolorError(f"{self.plan.target}: there was no frame to write")
        stream, copies = self._begun(self._last)
        end = None
        if picture_goes_on(self.like, self._last.pts):
            end = (self._last.pts + (self._last.duration or self._step())) * self.like.time_base
        self.out.mux(stream.encode(None))
        for packet in copies.rest(end):
            self.out.mux(packet)
        self.out.close()

    def close(self) -> None:
        """Let go of every file; what is unfinished stays unfinished."""
        if self._copies is not None:
            self._copies.close()
        try:
            self.out.close()
        except (av.error.FFmpegError, ValueError):
            _log.debug("the unfinished file was closed with an error")

    def _begun(self, frame: Frame) -> tuple[VideoStream, Copies]:
        """The streams, which are made when the first frame tells where the clip is cut."""
        if self._stream is None or self._copies is None:
            self._stream = _add_picture_stream(self.out, self.plan, self.like)
            self._copies = open_copies(self.like, self.out, self.output, _cut_at(frame, self.like))
        return self._stream, self._copies

    def _step(self) -> int:
        """Ticks of an average picture."""
        return max(1, round(1 / (self.like.rate * self.like.time_base)))


def _movie_timescale(like: VideoInfo) -> int:
    """Ticks a second in which MP4 says when a stream begins: its usual 1000 shifts the sound."""
    rates = [like.time_base.denominator, *(s.sample_rate for s in like.streams if s.sample_rate)]
    exact = math.lcm(*rates)
    return exact if exact < _LARGEST_TIMESCALE else max(rates)


def coded_picture(frame: Frame, pixels: PictureWriter) -> VideoFrame:
    """What is written of a frame: ``painted`` where it is set, else ``image``.

    A painted cel is laid on white where the pixel format holds no alpha.
    """
    picture, alpha = frame.image, frame.alpha
    if frame.painted is not None:
        picture, alpha = frame.painted, frame.alpha if frame.cover is None else frame.cover
    if frame.painted is not None and frame.cover is not None and not pixels.holds_alpha:
        return pixels.write(laid_on_white(to_array(picture), to_array(frame.cover)), None)
    return pixels.write(to_array(picture), None if alpha is None else to_array(alpha))


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
