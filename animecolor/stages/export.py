"""Write the frames worth painting, their line art and ``keys.toml``; never over a painted file."""

from __future__ import annotations

import logging
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.config import Lines
from animecolor.errors import UsageError
from animecolor.frame import Frame
from animecolor.stages.ink import drawing
from animecolor.stages.keylist import (
    NAME,
    Key,
    KeyList,
    changed,
    digest,
    numbered,
    read_key_list,
    source_name,
    to_toml,
)
from animecolor.stages.lines import native_line
from animecolor.stages.novelty import Choice
from animecolor.video.info import Kind, VideoInfo
from animecolor.video.part import check_writable, write_errors

log = logging.getLogger("animecolor")


def check_export(folder: Path, source: VideoInfo, overwrite: bool) -> None:
    """Refuse before any work what would fail or destroy something after it.

    Raises:
        UsageError: the clip cannot be read twice; or the folder is none, is not empty and may not
            be overwritten, holds the clip, or holds the keyframes of another clip.
        AnimecolorError: it cannot be written.
    """
    if source.kind is Kind.PIPE:
        raise UsageError("choosing keyframes reads the clip twice, and standard input cannot be")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; keyframes are written into a folder")
    if folder.is_dir() and any(folder.iterdir()):
        if source.path.resolve().is_relative_to(folder.resolve()):
            raise UsageError(f"{folder} holds the input; name another folder")
        if not overwrite:
            raise UsageError(
                f"{folder} is a folder that is not empty; pass -y to export again, which keeps "
                "painted files"
            )
        if keys := read_key_list(folder):
            keys.check_is_of(source, folder)
    check_writable(folder, 0)


def export(
    chosen: Iterable[tuple[int, Frame, Choice]],
    folder: Path,
    source: VideoInfo,
    lines: Lines,
    adding: bool = False,
) -> KeyList:
    """Write each frame as ``000123.png`` and ``000123.line.png``, and the list of them.

    All is written aside and moved into place at the end. What an earlier export left unpainted is
    removed first, unless these are added to it, and the list is in place before the pictures, so
    that an interruption cannot make an unpainted frame look painted.

    Args:
        chosen: in order, the number of each frame (how many the clip has before it) and the frame,
            ``line`` set where the drawing has ink.
        folder: made if missing; its parent exists.
        source: the clip.
        lines: Canny's settings, for the line art of frames without ink.
        adding: keep the unpainted frames of an earlier export, too.

    Returns:
        The list as written: the new frames, and what stays of an earlier export.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    with _room(folder) as room:
        new: dict[str, Key] = {}
        for number, frame, choice in chosen:
            with write_errors(folder):
                key = _write(frame, number, choice, room, lines)
            new[key.file] = key
        with write_errors(folder):
            return _settle(new, room, folder, source, adding)


@contextmanager
def _room(folder: Path) -> Iterator[Path]:
    """A folder to write into, beside what it will replace; nothing of it is left behind."""
    made = not folder.exists()
    with write_errors(folder):
        folder.mkdir(exist_ok=True)
        room = Path(tempfile.mkdtemp(dir=folder, prefix=".", suffix=".part"))
    done = False
    try:
        yield room
        done = True
    finally:
        shutil.rmtree(room, ignore_errors=True)
        if made and not done:
            shutil.rmtree(folder, ignore_errors=True)


def _write(frame: Frame, number: int, choice: Choice, room: Path, lines: Lines) -> Key:
    """Write one frame and its line art, opaque and of 8 bits, as painters' programs expect."""
    picture = cv2.cvtColor(drawing(frame), cv2.COLOR_RGB2BGR)
    line = frame.line if frame.line is not None else native_line(frame, lines)
    name = f"{number:06d}"
    return Key(
        file=f"{name}.png",
        frame=number,
        pts=frame.pts,
        time_s=round(frame.time_s, 6),
        shot=choice.shot,
        why=choice.why,
        sha256=_save(room / f"{name}.png", picture),
        line_sha256=_save(room / f"{name}.line.png", np.bitwise_not(line[0].numpy())),
    )


def _save(path: Path, picture: NDArray[Any]) -> str:
    data = cv2.imencode(".png", picture)[1].tobytes()
    path.write_bytes(data)
    return digest(data)


def _settle(
    new: Mapping[str, Key], room: Path, folder: Path, source: VideoInfo, adding: bool
) -> KeyList:
    """Move what was written into place, around what is painted."""
    before = read_key_list(folder)
    old = {key.file: key for key in before.key} if before else {}
    painted = changed(folder, tuple(old.values()))
    painted |= {path.name for path in numbered(folder).values() if path.name not in old}
    for key in old.values():
        if not adding or key.file in new:
            for name in {key.file, key.line_file} - painted:
                (folder / name).unlink(missing_ok=True)
    kept = old.keys() if adding else painted
    stay = {name: key for name, key in old.items() if name in kept and name not in new}
    keys = sorted([*new.values(), *stay.values()], key=lambda key: key.frame)
    listed = KeyList(source=source_name(source), time_base=str(source.time_base), key=tuple(keys))
    text = room / NAME
    text.write_text(to_toml(listed), encoding="utf-8")
    text.replace(folder / NAME)
    for path in sorted(room.iterdir()):
        if path.name in painted:
            log.warning("%s is painted and was kept", folder / path.name)
        else:
            path.replace(folder / path.name)
    return listed
