"""Opening untrusted media: nothing but an existing regular file, read as a known container."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import av.error
from av.codec.context import ThreadType
from av.stream import Disposition

from animecolor.errors import AnimecolorError, UsageError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.codeccontext import VideoCodecContext
    from av.video.stream import VideoStream

    from animecolor.config import Limits

# Demuxers of real media. What is missing matters: concat, hls, dash, lavfi, image2 patterns and
# every playlist or script format, because those open other files or the network.
CONTAINERS = (
    "mov,mp4,m4a,3gp,3g2,mj2",
    "matroska,webm",
    "avi",
    "mpegts",
    "mpeg",
    "mpegvideo",
    "m4v",
    "h264",
    "hevc",
    "av1",
    "obu",
    "ivf",
    "flv",
    "asf",
    "ogg",
    "mxf",
    "nut",
    "gif",
    "apng",
    "dv",
    "rm",
    "wtv",
    "yuv4mpegpipe",
)
IMAGE_SUFFIXES = (".png", ".tga", ".tif", ".tiff", ".exr", ".dpx", ".jpg", ".jpeg", ".bmp", ".webp")
"""Image files that are read, alone or as a numbered sequence."""

_PNG_MAGIC = b"\x89PNG\r\n\x1a\n"
_INDEXED_BOXES = (b"ftyp", b"mdat", b"free", b"wide", b"skip")


def existing_file(path: Path) -> Path:
    """The real path of a readable, non-empty regular file.

    Raises:
        UsageError: nothing is there, or it is a folder or a device.
        AnimecolorError: it is empty or may not be read.
    """
    try:
        real = path.resolve(strict=True)
        status = real.stat()
    except PermissionError as error:
        raise AnimecolorError(f"{path}: permission denied") from error
    except (OSError, RuntimeError, ValueError) as error:
        raise UsageError(f"{path}: no such file") from error
    if stat.S_ISDIR(status.st_mode):
        raise UsageError(f"{path} is a folder; name a video file or a folder of numbered images")
    if stat.S_ISFIFO(status.st_mode):
        raise UsageError(f"{path} is a pipe; send y4m to standard input and name the input '-'")
    if not stat.S_ISREG(status.st_mode):
        raise UsageError(f"{path} is a device, not a video file")
    if status.st_size == 0:
        raise AnimecolorError(f"{path} is empty")
    if not os.access(real, os.R_OK):
        raise AnimecolorError(f"{path}: permission denied")
    return real


def open_media(path: Path, limits: Limits) -> InputContainer:
    """Open a video or image file so that it can reach nothing but its own bytes.

    Raises:
        UsageError: the file is missing or is not a regular file.
        AnimecolorError: it is not media that we read, or its picture is larger than ``limits``.
    """
    real = existing_file(path)
    refuse_large_png(real, path, limits)
    options = {"protocol_whitelist": "file", "max_pixels": str(limits.max_pixels)}
    image = real.suffix.lower() in IMAGE_SUFFIXES and not _is_animated(real)
    if image:
        # image2 named by us with its pattern language off: a name such as a%03d.png is one file.
        options |= {"format_whitelist": "image2", "pattern_type": "none", "framerate": "24"}
    else:
        options["format_whitelist"] = ",".join(CONTAINERS)
    try:
        return av.open(
            str(real) if image else f"file:{real}",
            format="image2" if image else None,
            options=options,
            metadata_errors="replace",
        )
    except (av.error.FFmpegError, ValueError) as error:
        raise AnimecolorError(_why_unreadable(real, path)) from error


def check_size(path: Path, width: int, height: int, limits: Limits) -> None:
    """Refuse a picture larger than ``limits``.

    Raises:
        AnimecolorError: naming the size and the limit.
    """
    if max(width, height) > limits.max_side or width * height > limits.max_pixels:
        raise AnimecolorError(
            f"{path} is {width}x{height}, more than the limit of {limits.max_side} pixels a side "
            f"and {limits.max_pixels} in all"
        )


def picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first real picture stream: cover pictures do not count.

    Raises:
        AnimecolorError: there is none, or no decoder for its codec is at hand.
    """
    for stream in container.streams.video:
        if stream.disposition & Disposition.attached_pic:
            continue
        if cast("VideoCodecContext | None", stream.codec_context) is None:
            raise AnimecolorError(f"{path} is coded in a way that this build of FFmpeg cannot read")
        return stream
    raise AnimecolorError(f"{path} has no video stream")


def open_decoder(stream: VideoStream, limits: Limits) -> VideoCodecContext:
    """The decoder of a picture stream, threads on, guarded against sudden large pictures."""
    context = stream.codec_context
    name = {"vp9": "libvpx-vp9", "vp8": "libvpx"}.get(context.name)
    if name and stream.metadata.get("alpha_mode") == "1":
        # FFmpeg's own VP8 and VP9 decoders drop the alpha plane without a word.
        forced = av.CodecContext.create(name, "r")
        forced.extradata = context.extradata
        context = cast("VideoCodecContext", forced)
    context.thread_type = ThreadType.AUTO
    context.options = {"max_pixels": str(limits.max_pixels)}
    return context


def refuse_large_png(real: Path, path: Path, limits: Limits) -> None:
    """Read a PNG's size from its header, because FFmpeg allocates before it tells us.

    Raises:
        AnimecolorError: it is larger than ``limits``.
    """
    with real.open("rb") as file:
        head = file.read(24)
    if head.startswith(_PNG_MAGIC) and len(head) == 24:
        width, height = int.from_bytes(head[16:20]), int.from_bytes(head[20:24])
        check_size(path, width, height, limits)


def _is_animated(real: Path) -> bool:
    """True for an animated PNG, which is a clip and not a still."""
    with real.open("rb") as file:
        head = file.read(4096)
    return head.startswith(_PNG_MAGIC) and b"acTL" in head


def _why_unreadable(real: Path, path: Path) -> str:
    with real.open("rb") as file:
        head = file.read(16)
    if head[4:8] in _INDEXED_BOXES:
        return f"{path} is cut short or damaged: its index (the moov box) cannot be read"
    if head.startswith(b"\x1aE\xdf\xa3"):
        return f"{path} is damaged: its Matroska header cannot be read"
    return f"{path} is not a video file that animecolor reads"
