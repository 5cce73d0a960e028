"""A first manifest, of what lies in a folder."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path

from animecolor.batch.manifest import FOLDER
from animecolor.errors import AnimecolorError, UsageError
from animecolor.video.media import IMAGE_SUFFIXES
from animecolor.video.presets import CONTAINERS
from animecolor.video.sequence import find_images

_CLIPS = frozenset({*CONTAINERS, ".avi", ".mpg", ".mpeg", ".ts", ".y4m", ".gif", ".ogv", ".flv"})
_HEAD = """\
# What `animecolor batch render` shall render. Paths are relative to this file, and everything it
# names lies in its folder. A key of [defaults] holds for every episode that does not say otherwise.
version = 1

[defaults]
mode = "lineart"        # or "gray", "nir"
encode = "web"          # the output preset, as `animecolor run --encode`
# model = "anchor"
# palette = "show.toml"
# config = "look.toml"  # settings as `animecolor run --config` reads them
# qa = "tv"             # judge every result; a report goes beside it
# priority = 0          # larger goes first
"""


def draft(folder: Path, manifest: Path) -> tuple[str, int]:
    """Write a manifest of the clips, and of the folders of numbered images, in a folder.

    What an earlier run left (``*.color.*``, ``colored/``, ``*.job``) is no source. A folder
    ``NAME.keys`` beside a clip holds its keyframes, a list ``NAME.shots.csv`` its shots.

    Returns:
        The text, and the number of episodes.

    Raises:
        UsageError: there is no such folder, it holds no clip, or the manifest lies outside it.
    """
    if not folder.is_dir():
        raise UsageError(f"{folder}: no such folder")
    root = manifest.absolute().parent
    if not folder.resolve().is_relative_to(root.resolve()):
        raise UsageError(f"{manifest} must lie in {folder} or above it: it names what is below it")
    lines = [_HEAD]
    taken: set[str] = set()
    for source in _sources(folder):
        lines += ["[[episode]]", *_episode(source, root, taken), ""]
    if not taken:
        raise UsageError(f"{folder} holds neither a clip nor a folder of numbered images")
    return "\n".join(lines), len(taken)


def _sources(folder: Path) -> Iterator[Path]:
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(".") or entry.stem.endswith(".color"):
            continue
        if _is_clip(entry) or _is_sequence(entry):
            yield entry


def _is_ours(folder: Path) -> bool:
    return folder.name == FOLDER or folder.suffix in (".job", ".keys", ".qa", ".color")


def _is_clip(entry: Path) -> bool:
    return entry.is_file() and entry.suffix.lower() in _CLIPS


def _is_sequence(folder: Path) -> bool:
    if not folder.is_dir() or _is_ours(folder):
        return False
    if not any(entry.suffix.lower() in IMAGE_SUFFIXES for entry in folder.iterdir()):
        return False
    try:
        return find_images(folder) is not None
    except AnimecolorError:
        return False


def _episode(source: Path, root: Path, taken: set[str]) -> Iterator[str]:
    stem = source.name if source.is_dir() else source.stem
    name = re.sub(r"[^A-Za-z0-9_.-]", "_", stem).lstrip(".-")[:70] or "episode"
    name = name if re.match(r"[A-Za-z0-9_]", name) else f"e{name}"
    number = 2
    whole = name
    while name.lower() in taken:
        name, number = f"{whole}-{number}", number + 1
    taken.add(name.lower())
    yield f"name = {json.dumps(name)}"
    yield f"source = {_said(source, root)}"
    keys, shots = source.with_name(f"{stem}.keys"), source.with_name(f"{stem}.shots.csv")
    if keys.is_dir():
        yield f"keyframes = {_said(keys, root)}"
    if shots.is_file():
        yield f"shots = {_said(shots, root)}"


def _said(path: Path, root: Path) -> str:
    relative = os.path.relpath(path.absolute(), root)
    return json.dumps(Path(relative).as_posix(), ensure_ascii=False).replace("\x7f", "\\u007f")
