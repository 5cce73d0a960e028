"""Where the result goes when nobody said, and whether it may be written there."""

from __future__ import annotations

import os
from pathlib import Path

from animecolor.errors import AnimecolorError, UsageError

STDIO = Path("-")

# Containers that hold what each preset writes; the first is taken when the source's cannot.
CONTAINERS = {
    "web": (".mp4", ".mkv", ".mov", ".m4v"),
    "review": (".mp4", ".mkv", ".mov", ".m4v"),
    "master": (".mkv", ".nut", ".avi"),
    "prores4444": (".mov", ".mkv"),
}
IMAGES = ("png", "tga", "exr")


def default_target(source: Path, encode: str) -> Path:
    """``<stem>.color.<ext>`` beside the source; a folder of numbered images for a sequence."""
    if source == STDIO:
        return STDIO
    stem = source.name if source.is_dir() else source.stem
    if encode in IMAGES:
        return source.with_name(f"{stem}.color") / f"%06d.{encode}"
    fitting = CONTAINERS[encode]
    suffix = source.suffix.lower()
    return source.with_name(f"{stem}.color{suffix if suffix in fitting else fitting[0]}")


def record_of(target: Path) -> Path:
    """Where the settled run is written."""
    if "%" in target.name:
        return target.parent / "run.toml"
    return target.with_name(f"{target.name}.run.toml")


def check_target(target: Path, source: Path, overwrite: bool) -> None:
    """Refuse before any work what would fail, or destroy something, after it.

    Raises:
        UsageError: the target exists and may not be replaced, or is the source.
        AnimecolorError: its folder is missing or may not be written.
    """
    if target == STDIO:
        return
    if target.exists() and source.exists() and target.samefile(source):
        raise UsageError(f"{target} is the input; name another output")
    if target.is_dir():
        raise UsageError(f"{target} is a folder; name a file in it")
    if target.exists() and not overwrite:
        raise UsageError(f"{target} exists; pass -y to replace it")
    folder = target.parent
    if "%" in target.name:
        if not overwrite and folder.is_dir() and any(folder.glob(f"*{target.suffix}")):
            raise UsageError(f"{folder} holds images already; pass -y to replace them")
        while not folder.exists():
            folder = folder.parent
    if not folder.is_dir():
        raise AnimecolorError(f"the folder {folder} does not exist; make it first")
    if not os.access(folder, os.W_OK):
        raise AnimecolorError(f"{folder} may not be written to")
