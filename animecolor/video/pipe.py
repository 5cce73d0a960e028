"""y4m on standard input: its header is read without taking a byte from decode."""

from __future__ import annotations

import io
import sys
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


def open_stream(stream: io.BufferedReader) -> InputContainer:
    """The whole y4m stream.

    Raises:
        AnimecolorError: FFmpeg does not understand the header.
    """
    return _open(stream)


def is_interlaced(header: bytes) -> bool:
    """True when the header says that pictures are fields woven together."""
    return any(word in (b"It", b"Ib", b"Im") for word in header.split())


def _open(stream: io.BufferedReader | io.BytesIO) -> InputContainer:
    try:
        return av.open(stream, "r", format="yuv4mpegpipe")
    except av.error.FFmpegError as error:
        raise AnimecolorError("standard input has a y4m header that cannot be read") from error
