"""y4m on standard input: its header is read without taking a byte from decode."""

from __future__ import annotations

import io
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

import av
import av.error

from animecolor.errors import AnimecolorError, UsageError

if TYPE_CHECKING:
    from av.container import InputContainer

_MAGIC = b"YUV4MPEG2"
_LONGEST_HEADER = 4096


def standard_input() -> io.BufferedReader:
    """Standard input as bytes."""
    return cast("io.BufferedReader", sys.stdin.buffer)


def peek_header(stream: io.BufferedReader) -> bytes:
    """The header line of a y4m stream, newline included; nothing is consumed.

    Raises:
        UsageError: the stream does not begin with a y4m header.
    """
    seen = stream.peek(_LONGEST_HEADER)
    line, newline, _ = seen[:_LONGEST_HEADER].partition(b"\n")
    if not line.startswith(_MAGIC) or not newline:
        raise UsageError(
            "standard input is not y4m; make it with: ffmpeg -i clip -f yuv4mpegpipe -strict -1 -"
        )
    return line + newline


def open_header(header: bytes) -> InputContainer:
    """A container that knows the picture's format and holds no picture.

    Raises:
        AnimecolorError: FFmpeg does not understand the header.
    """
    return _open(io.BytesIO(header))


@dataclass(slots=True)
class CountedPipe:
    """Standard input, counted: the y4m demuxer takes half a picture for the end of the stream."""

    stream: io.BufferedReader
    header: int = 0
    """Bytes of the first line; 0 until it has passed."""
    marker: int = 0
    """Bytes of the line before each picture; 0 until the first has passed."""
    taken: int = 0
    _lines: bytes = b""
    """What has passed before both were known."""

    def open(self) -> InputContainer:
        """The whole y4m stream.

        Raises:
            AnimecolorError: FFmpeg does not understand the header.
        """
        return _open(self)

    def read(self, size: int) -> bytes:
        """For FFmpeg."""
        data = self.stream.read(size)
        self.taken += len(data)
        if not self.marker:
            self._measure(data)
        return data

    def _measure(self, data: bytes) -> None:
        """Find the first two lines: a producer may flush its header long before a picture."""
        self._lines += data
        self.header = self._lines.find(b"\n") + 1
        self.marker = max(0, self._lines.find(b"\n", self.header) + 1 - self.header)
        if self.marker:
            self._lines = b""

    def is_whole(self, picture: int) -> bool:
        """True when pictures of ``picture`` bytes each fill what was read."""
        return self.marker > 0 and (self.taken - self.header) % (self.marker + picture) == 0


def size_of(header: bytes) -> tuple[int, int]:
    """(width, height) in pixels as the header says; zeros where it does not."""
    found = {word[:1]: word[1:] for word in header.split()[1:]}
    width, height = found.get(b"W", b""), found.get(b"H", b"")
    return (int(width) if width.isdigit() else 0, int(height) if height.isdigit() else 0)


def is_interlaced(header: bytes) -> bool:
    """True when the header says that pictures are fields woven together."""
    return any(word in (b"It", b"Ib", b"Im") for word in header.split())


def _open(stream: CountedPipe | io.BytesIO) -> InputContainer:
    try:
        return av.open(stream, "r", format="yuv4mpegpipe")
    except av.error.FFmpegError as error:
        raise AnimecolorError("standard input has a y4m header that cannot be read") from error
