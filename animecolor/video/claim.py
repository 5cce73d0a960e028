"""One run at a time in a folder of results; what a killed one left there is swept away."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from animecolor.errors import AnimecolorError
from animecolor.video.part import write_errors

LOCK = ".lock"
_UNFINISHED = re.compile(r"\.(.*\.)?[a-z0-9_]{8}\.part(\.\w+)?")
"""Names of ``cels.painting.workroom`` and ``video.part.part_file``."""


class Busy(AnimecolorError):
    """Another run has the folder."""


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Have a folder, which is made where it is missing, to oneself.

    The lock ends with the process, however it ends. Where the system knows no locks (Windows, some
    file servers) nobody is kept out, and nothing is swept: it may be another run's.

    Raises:
        Busy: another run is at work there.
        AnimecolorError: the system refused.
    """
    path = folder / LOCK
    with write_errors(folder):
        folder.mkdir(exist_ok=True)
        handle = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o666)
    try:
        if _lock(handle, path):
            sweep(folder)
        try:
            yield
        finally:
            with suppress(OSError):
                path.unlink()
    finally:
        os.close(handle)


def _lock(handle: int, path: Path) -> bool:
    """Whether a lock could be had; False where the system has none to give."""
    if sys.platform == "win32":
        return False
    import fcntl

    busy = Busy(f"{path.parent}: another run is at work there; wait until it is done")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise busy from error
    except OSError:
        return False
    try:
        # The one who had it may have ended, and a third begun, since we opened the file.
        if not os.path.samestat(os.fstat(handle), path.stat()):
            raise busy
    except FileNotFoundError as error:
        raise busy from error
    return True


def sweep(folder: Path, stem: str = "") -> None:
    """Remove what was begun in a folder and never finished; a missing folder has nothing.

    Args:
        folder: nobody else may be at work in it.
        stem: only what was to be called so; in a folder that others write to, too.
    """
    for entry in folder.iterdir() if folder.is_dir() else ():
        if _UNFINISHED.fullmatch(entry.name) is None or not entry.name.startswith(f".{stem}"):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            with suppress(OSError):
                entry.unlink()
