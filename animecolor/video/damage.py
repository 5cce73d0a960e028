"""Was the clip whole? Counts what was read against what the container promised."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

import av

from animecolor.errors import AnimecolorError
from animecolor.video.ffv1 import is_whole

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

    from animecolor.video.info import VideoInfo

_log = logging.getLogger("animecolor")

_CLOCK = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")
_SLACK_FRAMES = 2
_SLACK_S = 0.25
"""Containers round, and the longest stream may be one that is not read."""


@dataclass(slots=True)
class Tally:
    """What a decode saw. Filled while reading, judged at the end."""

    packets_promised: int | None = None
    """Pictures by the container's table; None where it has none."""
    end_promised_s: float | None = None
    """When the picture ends by the header; None where it does not say."""
    file_end_promised_s: float | None = None
    """When the longest stream ends by the header."""
    stream_index: int = 0
    packets: int = 0
    pictures: int = 0
    corrupt: int = 0
    failed: int = 0
    """Packets that the decoder refused."""
    sums: bool = False
    """The stream is FFV1, whose pictures may carry check sums."""
    sums_right: int = 0
    sums_wrong: int = 0
    """Or absent: they are wrong where others are right."""
    cut_off: bool = False
    """Reading ended in an error."""
    picture_end_s: float = 0.0
    file_end_s: float = 0.0

    @classmethod
    def expect(cls, container: InputContainer, stream: VideoStream, whole: bool) -> Tally:
        """Read what the container promises; ``whole`` is False when reading starts inside."""
        name = container.format.name
        tally = cls(stream_index=stream.index, sums=stream.codec_context.name == "ffv1")
        if whole and stream.frames:
            # The index of an MP4 already leaves out what its edit list hides; the count does not.
            tally.packets_promised = (
                min(stream.frames, len(stream.index_entries) or stream.frames)
                if name.startswith("mov")
                else stream.frames
                if name == "avi"
                else None
            )
        if name.startswith("matroska"):
            tally.end_promised_s = _seconds(stream.metadata.get("DURATION"))
        if name.startswith(("matroska", "flv")) and container.duration:
            tally.file_end_promised_s = container.duration / av.time_base
        return tally

    def see(self, packet: Packet[Stream]) -> None:
        """Count one packet of any stream."""
        if packet.size == 0:
            return
        if packet.stream_index == self.stream_index:
            self.packets += 1
            if self.sums:
                right = is_whole(bytes(packet))
                self.sums_right += right
                self.sums_wrong += not right
        if packet.pts is not None and packet.time_base:
            end = (packet.pts + (packet.duration or 0)) * Fraction(packet.time_base)
            self.file_end_s = max(self.file_end_s, float(end))
            if packet.stream_index == self.stream_index:
                self.picture_end_s = max(self.picture_end_s, float(end))

    def count(self, coded: VideoFrame) -> None:
        """Count one decoded picture."""
        self.pictures += 1
        self.corrupt += bool(coded.is_corrupt)

    def judge(self, source: VideoInfo) -> None:
        """Say whether the clip was whole, once it was read to its end.

        Raises:
            AnimecolorError: it is truncated or damaged.
        """
        unsound = self.sums_wrong if self.sums_right else 0
        good = self.pictures - max(self.corrupt, unsound - self.failed)
        promised = self._promised(float(source.rate))
        if promised is not None or self.cut_off:
            known = f"{good} of {promised} frames" if promised else f"only {good} frames"
            raise AnimecolorError(f"{source.path} is truncated: {known} could be read")
        broken = max(self.corrupt + self.failed, unsound)
        if broken:
            total = self.pictures + self.failed
            raise AnimecolorError(
                f"{source.path} is damaged: {broken} of {total} frames are broken"
            )

    def _promised(self, rate: float) -> int | None:
        """How many pictures there should have been; None when none is missing."""
        if self.packets_promised is not None and self.packets < self.packets_promised:
            return self.packets_promised
        slack_s = max(_SLACK_S, _SLACK_FRAMES / rate)
        for promised_s, seen_s in (
            (self.end_promised_s, self.picture_end_s),
            (self.file_end_promised_s, self.file_end_s),
        ):
            if promised_s is not None and seen_s < promised_s - slack_s:
                return max(self.pictures + 1, round(promised_s * rate))
        return None


def _seconds(clock: str | None) -> float | None:
    """Seconds of Matroska's ``00:00:05.280000000``; None where it is missing or odd."""
    match = _CLOCK.fullmatch(clock.strip("\0 ")) if clock else None
    if match is None:
        return None
    return int(match[1]) * 3600 + int(match[2]) * 60 + float(match[3])
