"""Sound, subtitles, attachments, chapters and metadata: carried packet by packet, never decoded."""

from __future__ import annotations

import heapq
import logging
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import av
import av.error
from av.format import Flags
from av.stream import Disposition

from animecolor.config import Limits
from animecolor.errors import AnimecolorError
from animecolor.video.ffmpeg import SUBTITLE_CODECS, convert_subtitles
from animecolor.video.info import Kind, VideoInfo
from animecolor.video.media import open_media, picture_stream

if TYPE_CHECKING:
    from av.container import InputContainer, OutputContainer
    from av.container.core import Chapter
    from av.packet import Packet
    from av.stream import Stream

    from animecolor.config import Output

_log = logging.getLogger("animecolor")

# Written afresh by every muxer; carried over they would be wrong.
_STALE_TAGS = {
    "encoder", "major_brand", "minor_version", "compatible_brands", "duration", "bps",
    "number_of_frames", "number_of_bytes", "_statistics_writing_app",
    "_statistics_writing_date_utc", "_statistics_tags", "vendor_id", "alpha_mode",
}  # fmt: skip
_SUBTITLES = {
    "mp4": ("mov_text", "dvdsub"),
    "mov": ("mov_text",),
    "webm": ("webvtt",),
    "matroska": ("subrip", "srt", "ass", "ssa", "webvtt", "dvdsub", "dvd_subtitle", "pgssub",
                 "hdmv_pgs_subtitle", "dvbsub", "dvb_subtitle", "text"),
}  # fmt: skip
_SIZES_ANY = Limits(max_side=1 << 30, max_pixels=1 << 60)
"""Copying decodes nothing, and probe has judged the size already."""


@dataclass(frozen=True, slots=True)
class Cut:
    """Where the frames lie in the source, in seconds of the source's own clock."""

    start_s: Fraction | None
    """None: the frames begin where the clip does, and nothing is dropped before them."""
    shift_s: Fraction
    """What is taken from every time stamp."""


@dataclass(slots=True)
class Copies:
    """The packets of every stream that is carried over, in order of time."""

    cut: Cut
    strict: bool
    """The muxer also refuses two packets of a sound stream with the same time."""
    _open: ExitStack
    _packets: Iterator[tuple[Fraction, Packet[Any], Stream]]
    _next: tuple[Fraction, Packet[Any], Stream] | None = None
    _last: dict[int, int] = field(default_factory=dict)
    """Output stream's index to the newest time stamp it was given."""
    _warned: bool = False

    def until(self, time_s: Fraction) -> Iterator[Packet[Any]]:
        """Packets that begin at ``time_s`` of the source or before it, ready for the muxer."""
        while True:
            if self._next is None:
                self._next = next(self._packets, None)
                if self._next is None:
                    return
            begins_s, packet, stream = self._next
            if begins_s > time_s:
                return
            self._next = None
            if self._place(packet) and self._advances(packet, stream):
                packet.stream = stream
                yield packet

    def rest(self, end_s: Fraction | None) -> Iterator[Packet[Any]]:
        """What is left; with ``end_s`` only what begins before that moment of the source."""
        if end_s is None:
            yield from self.until(Fraction(1 << 62))
            return
        for packet in self.until(end_s):
            shifted = end_s - self.cut.shift_s
            if packet.pts is None or packet.pts * Fraction(packet.time_base) < shifted:
                yield packet

    def close(self) -> None:
        """Close the source."""
        self._open.close()

    def _place(self, packet: Packet[Any]) -> bool:
        """Shift a packet's time stamps; False when it lies before the cut."""
        tick = Fraction(packet.time_base)
        if self.cut.start_s is not None and packet.pts is not None:
            early = self.cut.start_s - packet.pts * tick
            if early > 0:
                ends_later = (packet.duration or 0) * tick > early
                if packet.stream.type != "subtitle" or not ends_later:
                    return False
                ticks = round(early / tick)  # a line of text that is on screen at the cut
                packet.pts += ticks
                packet.dts = packet.pts
                packet.duration = (packet.duration or 0) - ticks
        ticks = round(self.cut.shift_s / tick)
        if packet.pts is not None:
            packet.pts -= ticks
        if packet.dts is not None:
            packet.dts -= ticks
        return True

    def _advances(self, packet: Packet[Any], stream: Stream) -> bool:
        """False for what a muxer would end the run over: a damaged source's time going back."""
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is None:
            return True
        last = self._last.get(stream.index)
        equal_is_late = self.strict and stream.type == "audio"
        if last is not None and (stamp < last or (equal_is_late and stamp == last)):
            if not self._warned:
                _log.warning("the %s goes back in time in places: dropped there", stream.type)
            self._warned = True
            return False
        self._last[stream.index] = stamp
        return True


def open_copies(like: VideoInfo, out: OutputContainer, output: Output, cut: Cut) -> Copies:
    """Open the source a second time and add a stream to ``out`` for each that can be carried.

    What the container cannot hold is dropped and said so on the ``animecolor`` log.
    """
    stack = ExitStack()
    strict = Flags.ts_nonstrict not in Flags(out.format.flags)
    if like.kind is not Kind.FILE:
        return Copies(cut, strict, stack, iter(()))
    source = stack.enter_context(open_media(like.path, _SIZES_ANY))
    picture = picture_stream(source, like.path).index
    _carry_metadata(source, out, cut)
    kept: dict[int, Stream] = {}
    flows = []
    for stream in source.streams:
        if stream.index == picture or not _is_wanted(stream, output):
            continue
        if (copy := _add_copy(stream, stream, out)) is not None:
            kept[stream.index] = copy
        elif (text := _converted(stream, like, out.format.name, stack)) is not None:
            subtitle = text.streams.subtitles[0]
            if (copy := _add_copy(subtitle, stream, out)) is not None:
                flows.append(_flow(text, {subtitle.index: copy}))
        else:
            name = f"{stream.type} stream {stream.index} ({_codec_of(stream)})"
            _log.warning("the %s cannot be carried in %s: dropped", name, out.format.name)
    if kept:
        flows.append(_flow(source, kept))
    return Copies(cut, strict, stack, heapq.merge(*flows, key=lambda item: item[0]))


def picture_goes_on(like: VideoInfo, last_pts: int) -> bool:
    """True when the source shows pictures later than ``last_pts``: its end was cut off."""
    if like.kind is not Kind.FILE:
        return False
    with open_media(like.path, _SIZES_ANY) as source:
        stream = picture_stream(source, like.path)
        try:
            source.seek(last_pts, stream=stream)
        except av.error.FFmpegError:
            _log.debug("%s cannot be sought in: it is read whole", like.path)
        try:
            return any(
                packet.pts is not None and packet.pts > last_pts and not packet.is_discard
                for packet in source.demux(stream)
            )
        except av.error.FFmpegError:
            return False  # decode has already said that the source is damaged


def _is_wanted(stream: Stream, output: Output) -> bool:
    return {"audio": output.audio, "subtitle": output.subtitles}.get(stream.type, True)


def _codec_of(stream: Stream) -> str:
    return stream.codec_context.name if stream.codec_context else stream.name or "unknown"


def _add_copy(stream: Stream, named: Stream, out: OutputContainer) -> Stream | None:
    """A stream like ``stream`` with the tags of ``named``; None where ``out`` cannot hold it."""
    codec, muxer = _codec_of(stream), out.format.name
    if stream.type == "subtitle" and codec not in _SUBTITLES.get(muxer, ()):
        return None
    if stream.type == "attachment" and muxer != "matroska":
        return None
    if stream.type not in ("audio", "subtitle", "attachment"):
        return None
    try:
        copy = out.add_stream_from_template(stream, opaque=True)
    except (ValueError, av.error.FFmpegError):
        return None
    copy.metadata.update(_fresh(named.metadata))
    copy.disposition = Disposition(named.disposition)
    return copy


def _converted(
    stream: Stream, like: VideoInfo, muxer: str, stack: ExitStack
) -> InputContainer | None:
    """A text subtitle stream in the kind that ``muxer`` holds, open; None where it cannot be."""
    if stream.type != "subtitle" or muxer not in SUBTITLE_CODECS:
        return None
    if stream.codec_context is None or not stream.codec_context.codec.text_sub:
        return None
    folder = Path(stack.enter_context(TemporaryDirectory(prefix="animecolor-")))
    text = folder / f"text.{muxer}"
    try:
        convert_subtitles(like, stream.index, muxer, text)
        return stack.enter_context(open_media(text, _SIZES_ANY))
    except AnimecolorError as error:
        _log.warning("%s", error)
        return None


def _carry_metadata(source: InputContainer, out: OutputContainer, cut: Cut) -> None:
    out.metadata.update(_fresh(source.metadata))
    chapters: list[Chapter] = []
    for chapter in source.chapters():
        tick = Fraction(chapter["time_base"] or Fraction(1, av.time_base))
        start, end = chapter["start"], chapter["end"]
        if cut.start_s is not None:
            start = max(start, round(cut.start_s / tick))
        if end <= start:
            continue
        shift = round(cut.shift_s / tick)
        chapters.append({**chapter, "start": start - shift, "end": end - shift})
    if chapters:
        out.set_chapters(chapters)


def _fresh(tags: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in tags.items() if key.lower() not in _STALE_TAGS}


def _flow(
    source: InputContainer, kept: dict[int, Stream]
) -> Iterator[tuple[Fraction, Packet[Any], Stream]]:
    """(seconds, packet, output stream) in the order of the source."""
    last_s = Fraction(-(1 << 62))
    packets = source.demux([source.streams[index] for index in kept])
    while True:
        try:
            packet = next(packets)
        except StopIteration:
            return
        except av.error.FFmpegError:
            return  # damage at the end: decode reports it
        if packet.size == 0:
            continue
        stamp = packet.dts if packet.dts is not None else packet.pts
        if stamp is not None:
            last_s = max(last_s, stamp * Fraction(packet.time_base))
        yield last_s, packet, kept[packet.stream_index]
