"""The ffmpeg program: for filter graphs with text, and for turning subtitles into another kind."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING, Any

from animecolor.errors import AnimecolorError, MissingPiece
from animecolor.video.media import CONTAINERS

if TYPE_CHECKING:
    from pathlib import Path

    from animecolor.video.info import VideoInfo

_QUIET = ("-nostdin", "-hide_banner", "-loglevel", "error")
SUBTITLE_CODECS = {"mp4": "mov_text", "mov": "mov_text", "matroska": "subrip", "webm": "webvtt"}
"""What text subtitles become in each container."""


def find_ffmpeg() -> str:
    """Path of an ffmpeg program: the system's, or the one that imageio-ffmpeg brings.

    Raises:
        MissingPiece: there is neither.
    """
    if found := shutil.which("ffmpeg"):
        return found
    try:
        import imageio_ffmpeg

        return str(imageio_ffmpeg.get_ffmpeg_exe())
    except (ImportError, RuntimeError) as error:
        raise MissingPiece(
            "no ffmpeg program was found; get one with: pip install 'animecolor[ffmpeg]'"
        ) from error


def open_input(path: Path) -> Any:
    """An ffmpeg-python input that can reach nothing but its own bytes."""
    import ffmpeg

    return ffmpeg.input(
        f"file:{path.resolve()}",
        protocol_whitelist="file",
        format_whitelist=",".join(CONTAINERS),
    )


def run(graph: Any, purpose: str, timeout_s: float) -> None:
    """Run an ffmpeg-python graph without a shell and without reading standard input.

    Raises:
        MissingPiece: there is no ffmpeg program.
        AnimecolorError: it failed or took longer than ``timeout_s`` seconds.
    """
    argv = graph.global_args(*_QUIET).compile(cmd=find_ffmpeg(), overwrite_output=True)
    try:
        done = subprocess.run(
            argv, stdin=subprocess.DEVNULL, capture_output=True, timeout=timeout_s, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AnimecolorError(f"{purpose} took longer than {timeout_s:.0f} s") from error
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        raise AnimecolorError(f"{purpose} failed: {said[-1] if said else 'ffmpeg gave no reason'}")


def convert_subtitles(like: VideoInfo, index: int, muxer: str, target: Path) -> None:
    """Write one text subtitle stream of a clip alone, as ``muxer`` can hold it.

    Args:
        like: the clip.
        index: of the stream in the clip.
        muxer: FFmpeg's name of the container that it shall go into.
        target: the file to write, in that very container.

    Raises:
        MissingPiece: there is no ffmpeg program.
        AnimecolorError: the stream is pictures and not text, or is damaged.
    """
    graph = open_input(like.path)[str(index)].output(
        f"file:{target}", format=muxer, **{"c:s": SUBTITLE_CODECS[muxer], "copyts": None}
    )
    run(graph, f"turning the subtitles of {like.path} into {SUBTITLE_CODECS[muxer]}", 600)
