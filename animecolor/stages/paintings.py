"""What a person painted of a clip, read from a folder.

``000123.png`` is frame 123 of the clip, the first being 0. With a ``keys.toml`` (see
``stages.keylist``) a file that still holds what was exported is not painted, and its time stamp,
not its number, says which frame it is. Without one every numbered PNG is.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from animecolor.config import Limits, Range, Render
from animecolor.errors import AnimecolorError, UsageError
from animecolor.frame import Frame
from animecolor.stages.ink import drawing
from animecolor.stages.keylist import KeyList, changed, numbered, read_key_list
from animecolor.stages.sizing import shrink, unit, working_size
from animecolor.video.decode import decode
from animecolor.video.info import Kind, VideoInfo
from animecolor.video.probe import probe

log = logging.getLogger("animecolor")

_ASPECT = 0.02
"""How far the aspect of a painting may be from the clip's: rounding, not cropping."""


@dataclass(frozen=True, slots=True, eq=False)
class Painting:
    """One painted file, not yet known to be any frame of the clip."""

    path: Path
    number: int
    """Frames that the clip has before it, wherever decoding begins."""
    pts: int | None
    """Its time stamp, where ``keys.toml`` has it."""
    color: Tensor
    """(3, h, w) float32 RGB in [0, 1] at working size."""


@dataclass(frozen=True, slots=True, eq=False)
class Paintings:
    """What a folder holds."""

    folder: Path
    painted: tuple[Painting, ...]
    listed: tuple[int, ...] = ()
    """Time stamps that ``keys.toml`` says the clip has, in order."""


def read_paintings(folder: Path, source: VideoInfo, render: Render) -> Paintings:
    """Read what is painted in a folder, laid on white and reduced to the clip's working size.

    A painting takes 1.4 MB at 456x256; its native picture is dropped at once.

    Raises:
        UsageError: the clip cannot be read twice, the folder is missing, belongs to another clip
            or holds nothing painted, or a painting has another aspect than the clip.
        AnimecolorError: a painting cannot be read or is larger than the limits.
    """
    if source.kind is Kind.PIPE:
        raise UsageError("keyframes need a clip that can be read twice, and standard input cannot")
    files = numbered(folder)
    keys = read_key_list(folder)
    pts: dict[str, int] = {}
    if keys is not None:
        keys.check_is_of(source, folder)
        pts = {key.file: key.pts for key in keys.key}
        files = _painted(folder, files, keys)
    if not files:
        hint = "paint over some of its PNG files" if pts else "name them 000123.png for frame 123"
        raise UsageError(f"{folder} holds no painted frame: {hint}")
    resized: list[str] = []
    found = []
    for number, path in files.items():
        picture = read_still(path, render.limits)
        if _check_aspect(path, picture, source):
            resized.append(f"{path} is {picture.size[1]}x{picture.size[0]}")
        size = working_size((source.height, source.width), render.network.size)
        color = unit(shrink(drawing(picture), size))
        channels_first = torch.from_numpy(np.ascontiguousarray(color.transpose(2, 0, 1)))
        found.append(Painting(path, number, pts.get(path.name), channels_first))
    if resized:
        more = f", {len(resized) - 1} more are of another size" if len(resized) > 1 else ""
        clip = f"the clip is {source.width}x{source.height}"
        log.warning("%s, %s%s: resized", resized[0], clip, more)
    return Paintings(folder, tuple(found), tuple(sorted(pts.values())))


def painted_frames(folder: Path, source: VideoInfo) -> tuple[set[int], set[int]]:
    """Which frames are painted in a folder, which may be missing.

    Returns:
        Time stamps of those that ``keys.toml`` lists, and numbers of the others.

    Raises:
        UsageError: as ``read_paintings``.
    """
    if not folder.exists():
        return set(), set()
    listed, counted = painted_files(folder, source)
    return set(listed), set(counted)


def painted_files(folder: Path, source: VideoInfo) -> tuple[dict[int, Path], dict[int, Path]]:
    """The painted files of a folder.

    Returns:
        Those that ``keys.toml`` lists by time stamp, and the others by number of the frame.

    Raises:
        UsageError: as ``read_paintings``.
    """
    files, keys = numbered(folder), read_key_list(folder)
    if keys is None:
        return {}, files
    keys.check_is_of(source, folder)
    pts = {key.file: key.pts for key in keys.key}
    painted = _painted(folder, files, keys)
    listed = {pts[path.name]: path for path in painted.values() if path.name in pts}
    return listed, {n: path for n, path in painted.items() if path.name not in pts}


def read_still(path: Path, limits: Limits) -> Frame:
    """Read one untrusted picture, as a clip of one frame is read.

    Raises:
        AnimecolorError: it is damaged, animated, or larger than ``limits``.
    """
    frames = decode(probe(path, limits), Range(), limits)
    picture = next(frames)
    if next(frames, None) is not None:
        raise AnimecolorError(f"{path} is animated; a painting is one still picture")
    return picture


def _painted(folder: Path, files: dict[int, Path], keys: KeyList) -> dict[int, Path]:
    """Leave out what still is as it was exported."""
    painted = changed(folder, keys.key)
    listed = {key.file for key in keys.key}
    for key in keys.key:
        if key.line_file in painted and key.file not in painted:
            log.warning(
                "%s was painted but is not read: save it as %s", folder / key.line_file, key.file
            )
    chosen = {n: p for n, p in files.items() if p.name in painted or p.name not in listed}
    if idle := len(files) - len(chosen):
        log.info("%s: %d exported frames are not painted and are left out", folder, idle)
    return chosen


def _check_aspect(path: Path, picture: Frame, source: VideoInfo) -> bool:
    """True when the picture must be resized.

    Raises:
        UsageError: its aspect is not the clip's.
    """
    height, width = picture.size
    if abs(width * source.height / (height * source.width) - 1) > _ASPECT:
        raise UsageError(
            f"{path} is {width}x{height} and cannot be a frame of a clip of "
            f"{source.width}x{source.height}"
        )
    return (width, height) != (source.width, source.height)
