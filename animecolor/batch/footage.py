"""What a clip holds, in digests: what is rendered anew when it changes, and only that."""

from __future__ import annotations

import hashlib
from pathlib import Path

from animecolor.errors import AnimecolorError
from animecolor.stages.keylist import digest_of
from animecolor.video.info import VideoInfo


def files_of(source: VideoInfo) -> list[Path]:
    """The files of a clip: one, or every image of a sequence."""
    if source.images is None:
        return [source.path]
    return [source.images.path_of(number) for number in source.images.numbers]


def signature(source: VideoInfo) -> str:
    """What changes when a file is written to: names, sizes and times, in one digest.

    A file that has its old signature is not read again to know what it holds.

    Raises:
        AnimecolorError: a file is gone.
    """
    told = hashlib.sha256()
    for path in files_of(source):
        try:
            stat = path.stat()
        except OSError as error:
            raise AnimecolorError(f"{path} cannot be read: {error.strerror}") from error
        told.update(f"{path.name}\0{stat.st_size}\0{stat.st_mtime_ns}\0".encode(errors="replace"))
    return told.hexdigest()


def contents(source: VideoInfo) -> tuple[str, ...]:
    """SHA-256 of each file of a clip.

    Raises:
        UsageError: one cannot be read.
    """
    return tuple(digest_of(path) for path in files_of(source))
