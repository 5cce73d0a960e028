"""Shot-aware training clips: a folder of clips, decoded once into a cache of memory maps.

The folder format is one directory a source: ``manifest.jsonl`` (a line a clip: ``clip``,
``source``, ``license``, ``frames``, ``line``, ...), ``<clip>.mkv`` with the color frames of one
shot, and ``<clip>.line.mkv`` with the exact ink drawing where ``line`` is true.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animecolor.config import Limits, Range
from animecolor.errors import UsageError
from animecolor.frame import to_array
from animecolor.training.toon import draw_clip
from animecolor.video.decode import decode
from animecolor.video.probe import probe

Pictures = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Clip:
    """One shot on disk, decoded: memory maps are opened when asked for, never all at once."""

    name: str
    source: str
    license: str
    color_path: Path
    ink_path: Path | None
    shows: tuple[str, ...] = ()
    """Names of the models in the picture, where the manifest has them."""
    first: int = 0
    """Frame of the files at which the clip begins."""
    last: int | None = None
    """Frame before which it ends; None where the files end."""
    begins: float = 0.0
    """Share of its film's length at which it begins, in [0, 1); 0 where it is no part of one."""
    ends: float = 1.0
    """Share of its film's length at which it ends, in (0, 1]."""
    captions: tuple[str, ...] = ()
    """What people said is in the picture, where the manifest has it."""

    @property
    def key(self) -> str:
        """Its name among the clips of all sources."""
        return f"{self.source}/{self.name}"

    def color(self) -> Pictures:
        """(T, H, W, 3) uint8 RGB, memory-mapped."""
        frames: Pictures = np.load(self.color_path, mmap_mode="r")[self.first : self.last]
        return frames

    def ink(self) -> Pictures | None:
        """(T, H, W) uint8 ink drawing, 255 = paper, memory-mapped; None where there is none."""
        if self.ink_path is None:
            return None
        frames: Pictures = np.load(self.ink_path, mmap_mode="r")[self.first : self.last]
        return frames


def read_folder(folder: Path, cache: Path) -> Iterator[Clip]:
    """Yield the clips of one source, decoding into ``cache`` what is not there yet.

    Raises:
        UsageError: the folder has no manifest, or a line of it is not a clip.
    """
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        raise UsageError(f"{folder} is not a clip folder: it has no manifest.jsonl")
    home = cache / folder.name
    home.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(manifest.read_text("utf-8").splitlines(), start=1):
        try:
            row = json.loads(text)
            name, line = str(row["clip"]), bool(row["line"])
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{manifest}, line {number}: not a clip ({error})") from error
        if Path(name).name != name:
            raise UsageError(f"{manifest}, line {number}: {name!r} is not a plain file name")
        color = _cached(folder / f"{name}.mkv", home / f"{name}.npy", gray=False)
        ink = (
            _cached(folder / f"{name}.line.mkv", home / f"{name}.line.npy", gray=True)
            if line
            else None
        )
        shows = tuple(str(model) for model in row.get("models", ()))
        yield Clip(name, folder.name, str(row.get("license", "unknown")), color, ink, shows)


def draw_folder(seeds: range, size: tuple[int, int], frames: int, cache: Path) -> Iterator[Clip]:
    """Yield drawn clips (``training.toon``), one a seed, drawing what is not in ``cache`` yet.

    Args:
        seeds: the scenes.
        size: (H, W) in pixels.
        frames: frames a clip, drawn 12 a second.
        cache: folder of the memory maps.
    """
    home = cache / f"toon-{size[0]}x{size[1]}x{frames}"
    home.mkdir(parents=True, exist_ok=True)
    for seed in seeds:
        color, ink = home / f"{seed:06d}.npy", home / f"{seed:06d}.line.npy"
        if not (color.is_file() and ink.is_file()):
            drawn = list(draw_clip(seed, size, frames, fps=12))
            save_pictures(ink, np.stack([frame.ink for frame in drawn]))
            save_pictures(color, np.stack([frame.color for frame in drawn]))
        yield Clip(f"{seed:06d}", "toon", "Apache-2.0 (drawn by animecolor)", color, ink)


def _cached(video: Path, array: Path, gray: bool) -> Path:
    if not array.is_file():
        limits = Limits()
        frames = [to_array(f.image) for f in decode(probe(video, limits), Range(), limits)]
        pictures: Pictures = np.stack(frames).astype(np.uint8, copy=False)
        save_pictures(array, pictures[..., 0] if gray else pictures)
    return array


def save_pictures(path: Path, pictures: NDArray[np.integer]) -> None:
    """Write a cache file in one rename, so that a kill leaves no half of it, and two
    processes may write it at once."""
    part = path.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as file:
        np.save(file, pictures)
    os.replace(part, path)
