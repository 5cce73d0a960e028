"""Where clips come from, and which of them training never sees."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import replace
from glob import glob
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from animecolor.errors import UsageError
from animecolor.training.clips import Clip, draw_folder, read_folder
from animecolor.training.films import SHORTEST, read_film
from animecolor.training.recipe import Material, Supply
from animecolor.training.samples import Mix
from animecolor.training.windows import whole_shots

FILMS = "films"
"""Name under which the clips of all films are one source."""
TOON = "toon"
"""Name of the source that is drawn by ourselves."""
TOON_SIZE, TOON_FRAMES = (256, 256), 12


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Data(_Frozen):
    """Which clips, how often each source is drawn from, and what is held out."""

    root: Path | None = None
    """Folder of clip folders (see ``training.clips``); films alone need none."""
    cache: Path
    split: Path | None = None
    """TOML list of what training never sees (see ``Split``)."""
    weights: dict[str, Annotated[float, Field(gt=0)]] = {}
    """Source -> how often it is drawn; ``toon`` is drawn by ourselves, others are folders."""
    whole_shots: bool = False
    """Join the windows that folders cut shots into (``training.windows``)."""
    toon_clips: int = Field(default=0, ge=0)
    toon_size: tuple[int, int] = TOON_SIZE
    toon_frames: int = Field(default=TOON_FRAMES, ge=3)
    films: tuple[str, ...] = ()
    """Patterns of video files, for example ``films/*.mkv``."""
    films_weight: float = Field(default=1.0, gt=0)
    """How often films are drawn from, on the scale of ``weights``."""
    films_held_out: float = Field(default=0.1, ge=0, lt=1)
    """Last share of every film that is for validation only."""
    films_side: int = Field(default=288, ge=64)
    """Short side in pixels to which films are reduced."""

    @property
    def shares(self) -> dict[str, float]:
        """Source -> how often it is drawn, films included."""
        return self.weights | ({FILMS: self.films_weight} if self.films else {})


class Split(_Frozen):
    """What is held out: starts of clip names, models a clip shows, first drawn seed."""

    prefixes: dict[str, tuple[str, ...]] = {}
    tests: dict[str, tuple[str, ...]] = {}
    """Starts of names of what is neither trained nor validated on: final tests alone see it."""
    models: dict[str, tuple[str, ...]] = {}
    seeds: dict[str, int] = {}

    def holds(self, clip: Clip) -> bool:
        """Whether a clip is for validation only."""
        if clip.source in self.seeds:
            return int(clip.name) >= self.seeds[clip.source]
        named = clip.name.startswith(self.prefixes.get(clip.source, ()))
        return named or not set(clip.shows).isdisjoint(self.models.get(clip.source, ()))

    def spares(self, clip: Clip) -> bool:
        """Whether a clip is for final tests only."""
        return clip.name.startswith(self.tests.get(clip.source, ()))


class Sources(_Frozen):
    """Clips by source, on either side of the split."""

    training: dict[str, list[Clip]]
    held_out: dict[str, list[Clip]]


def gather(data: Data) -> Sources:
    """Read, and decode or draw where the cache lacks them, all clips of a run.

    Raises:
        UsageError: the split, a folder or a pattern names nothing, or a source has no clip left.
        AnimecolorError: a film cannot be decoded.
    """
    split = Split() if data.split is None else read_split(data.split)
    # Scenes cost nothing: where the split names none, those after the training ones are held out.
    split = split.model_copy(update={"seeds": {TOON: data.toon_clips} | split.seeds})
    training: dict[str, list[Clip]] = {}
    held_out: dict[str, list[Clip]] = {}
    for name in data.weights:
        clips = _drawn(data, split) if name == TOON else _folder(data, name)
        training[name] = [clip for clip in clips if not split.holds(clip)]
        held_out[name] = [clip for clip in clips if split.holds(clip)]
    if data.films:
        border = 1 - data.films_held_out
        films = _films(data)
        training[FILMS] = [part for clip in films for part in _part(clip, 0.0, border)]
        held_out[FILMS] = [part for clip in films for part in _part(clip, border, 1.0)]
    if not training:
        raise UsageError("the data names no source: give it weights, films or both")
    for name, clips in training.items():
        if not clips:
            raise UsageError(f"the source {name} has no clip to train on")
    return Sources(training=training, held_out=held_out)


def mixed(data: Data) -> Material:
    """Gather the clips of a run as what recipes of clips train on.

    Raises:
        UsageError: as ``gather``, or nothing is held out.
        AnimecolorError: a film cannot be decoded.
    """
    sources, shares = gather(data), data.shares
    if not any(sources.held_out.values()):
        raise UsageError("nothing is held out to validate on: name a data.split")
    mix = Mix([sources.training[name] for name in shares], list(shares.values()))
    return Material(mix, sources.held_out)


CLIPS = Supply(Data, mixed, Material())
"""Clips in motion."""


def read_clips(paths: Sequence[str], cache: Path, whole: bool = False) -> list[Clip]:
    """Read clips as a person names them.

    Args:
        paths: each a clip folder, a video file, or ``toon:FIRST-LAST``, drawn scenes with both
            numbers included, of 12 frames, or of more in ``toon:FIRST-LASTxFRAMES``.
        cache: folder of the memory maps.
        whole: whether windows are joined into whole shots.

    Raises:
        UsageError: something named is none of these.
        AnimecolorError: a video cannot be decoded.
    """
    clips = [clip for path in paths for clip in _named(path, cache)]
    return whole_shots(clips, cache) if whole else clips


def last_of(clips: Sequence[Clip], share: float, least: int = SHORTEST) -> list[Clip]:
    """What lies in the last share, in (0, 1], of each clip's film, cut where the border falls.

    Parts of fewer than ``least`` frames are left out.
    """
    return [part for clip in clips for part in _part(clip, 1 - share, 1.0, least)]


def rest_of(clips: Sequence[Clip], share: float) -> list[Clip]:
    """What lies before the last share; parts of fewer than 4 frames are left out."""
    return [part for clip in clips for part in _part(clip, 0.0, 1 - share)]


def _named(path: str, cache: Path) -> list[Clip]:
    if scenes := re.fullmatch(r"toon:(\d{1,9})-(\d{1,9})(?:x(\d{1,3}))?", path):
        first, last, frames = int(scenes[1]), int(scenes[2]), int(scenes[3] or TOON_FRAMES)
        if last < first:
            raise UsageError(f"{path}: the last scene comes before the first")
        return list(draw_folder(range(first, last + 1), TOON_SIZE, frames, cache))
    if Path(path).is_dir():
        return list(read_folder(Path(path), cache))
    if Path(path).is_file():
        return list(read_film(Path(path), cache))
    raise UsageError(f"{path} is not a clip folder, a video or toon:FIRST-LAST")


def _drawn(data: Data, split: Split) -> list[Clip]:
    first = split.seeds[TOON]
    ranges = range(data.toon_clips), range(first, first + max(2, data.toon_clips // 20))
    size, frames = data.toon_size, data.toon_frames
    return [clip for seeds in ranges for clip in draw_folder(seeds, size, frames, data.cache)]


def _folder(data: Data, name: str) -> list[Clip]:
    if data.root is None:
        raise UsageError(f"the source {name} needs a root: the folder that holds its folder")
    clips = read_folder(data.root / name, data.cache)
    return whole_shots(clips, data.cache) if data.whole_shots else list(clips)


def _films(data: Data) -> list[Clip]:
    clips: list[Clip] = []
    for pattern in data.films:
        paths = sorted(glob(pattern, recursive=True))
        if not paths:
            raise UsageError(f"no film matches {pattern}")
        for path in paths:
            clips += read_film(Path(path), data.cache, data.films_side)
    return clips


def _part(clip: Clip, begin: float, end: float, least: int = SHORTEST) -> list[Clip]:
    """What of a film's clip lies between two shares of the film; nothing if that is too short."""
    length = len(clip.color())
    share = clip.ends - clip.begins
    first, last = (
        min(length, max(0, round((moment - clip.begins) / share * length)))
        for moment in (begin, end)
    )
    if last - first < least:
        return []
    begins = clip.begins + share * first / length
    ends = clip.begins + share * last / length
    return [
        replace(clip, first=clip.first + first, last=clip.first + last, begins=begins, ends=ends)
    ]


def read_split(path: Path) -> Split:
    """Read a split; UsageError says what is wrong with it."""
    try:
        return Split.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError, ValidationError) as error:
        raise UsageError(f"{path}: {error}") from error
