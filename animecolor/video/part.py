"""Results appear whole or not at all: written under a ``.part`` name and renamed at the end."""

from __future__ import annotations

import errno
import logging
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import av.error

from animecolor.errors import AnimecolorError, UsageError

_log = logging.getLogger("animecolor")

_NAME_KEPT = 40
"""Characters of a result's name in its part's, so that a long name stays within the system's."""


@contextmanager
def part_file(target: Path) -> Iterator[Path]:
    """Give the path to write to; rename it to ``target`` on success, remove it on any error.

    The file is made here, under a name that nobody else has.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    name = f".{target.stem[:_NAME_KEPT]}.{secrets.token_hex(4)}.part{target.suffix}"
    part = target.with_name(name)
    with write_errors(target):
        part.touch(exist_ok=False)  # follows no link, and its mode is what the umask leaves
    try:
        yield part
        with write_errors(target):
            with part.open("rb+") as written:
                os.fsync(written.fileno())
            part.replace(target)
            _sync_folder(target.parent)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def part_folder(target: Path, suffix: str) -> Iterator[Path]:
    """As ``part_file``, for a folder of images.

    An existing ``target`` folder is replaced if it holds nothing but files with this ``suffix``;
    until the new one has its place the old one is kept.

    Raises:
        UsageError: the folder holds something else.
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    check_replaceable(target, (suffix,))
    with part_tree(target) as part:
        yield part


@contextmanager
def part_tree(target: Path) -> Iterator[Path]:
    """As ``part_folder``, for a folder of any kind: what the caller has not checked is lost.

    Of a link to a folder the folder is replaced, and the link stays.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    with write_errors(target):
        target = target.resolve()
        prefix = f".{target.name[:_NAME_KEPT]}."
        room = Path(tempfile.mkdtemp(dir=target.parent, prefix=prefix, suffix=".part"))
    part, spare = room / "new", room / "old"
    try:
        with write_errors(target):
            part.mkdir()  # inside, because mkdtemp's own mode shuts out everybody else
        yield part
        with write_errors(target):
            _exchange(part, target, spare)
            _sync_folder(target.parent)
    finally:
        shutil.rmtree(part, ignore_errors=True)
        if target.exists():
            shutil.rmtree(spare, ignore_errors=True)
        with suppress(OSError):
            room.rmdir()  # stays where the old folder could not be put back


def _exchange(part: Path, target: Path, spare: Path) -> None:
    """Rename ``part`` to ``target``; what was there goes to ``spare``, and back on any error."""
    try:
        if target.exists():
            target.replace(spare)
        part.replace(target)
    except BaseException:
        if spare.exists() and not target.exists():
            spare.replace(target)
        raise


def check_replaceable(target: Path, suffixes: tuple[str, ...]) -> None:
    """Refuse to replace a folder that holds more than images of our own kinds.

    A folder is replaced as a whole, so everything in it would be lost.

    Raises:
        UsageError: naming what is in the way.
    """
    if target.is_file():
        raise UsageError(f"{target} is a file; images are written into a folder")
    if not target.is_dir():
        return
    for entry in target.iterdir():
        if entry.suffix.lower() not in suffixes or not entry.is_file():
            raise UsageError(f"{target} holds {entry.name} too; name a folder for the images only")


@contextmanager
def write_errors(target: Path) -> Iterator[None]:
    """Turn an error of the operating system or of FFmpeg into a sentence about ``target``.

    Raises:
        AnimecolorError: the disk is full, or the system or FFmpeg refused the write.
    """
    try:
        yield
    except (OSError, av.error.FFmpegError) as error:
        raise write_error(target, error) from error


def write_error(target: Path, error: OSError | av.error.FFmpegError) -> AnimecolorError:
    """The sentence for a failed write."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return AnimecolorError(f"{target}: the disk is full")
    if error.errno == errno.EFBIG:
        return AnimecolorError(f"{target}: the file grew larger than this system allows")
    return AnimecolorError(f"{target}: cannot be written: {error.strerror or error}")


def check_writable(target: Path, needed: int) -> None:
    """Make sure that ``target`` can be written before any work is done.

    Args:
        target: the file or folder to be made.
        needed: bytes it will take, to a factor of three: room for less than a third of them is
            an error, room for less than all of them a warning.

    Raises:
        UsageError: its folder is missing or is no folder.
        AnimecolorError: the folder refuses writes or the disk is too full.
    """
    folder = target.parent
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    with write_errors(target):
        with suppress(FileNotFoundError):
            target.lstat()  # refuses a name that is too long
        with tempfile.TemporaryFile(dir=folder):
            pass
    free = shutil.disk_usage(folder).free
    if free < needed:
        room = f"about {needed >> 20} MiB are needed, {free >> 20} MiB are free"
        if free < needed / 3:
            raise AnimecolorError(f"{target}: the disk is too full: {room}")
        _log.warning("%s: the disk may be too full: %s", target, room)


def _sync_folder(folder: Path) -> None:
    """Make the rename itself durable, where the system can."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return  # Windows does not open folders
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
