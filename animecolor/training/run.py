"""One training run from one file: read it, gather clips, train, export."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import TypeVar

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from animecolor.errors import UsageError
from animecolor.models.weights import Header, save
from animecolor.training import checkpoint
from animecolor.training.clips import Clip, draw_folder, read_folder
from animecolor.training.loop import Schedule, train
from animecolor.training.pairs import Look, Mix, Pairs, draw_pairs
from animecolor.training.recipes.tcvc import TcvcConfig, TcvcRecipe


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


Settings = TypeVar("Settings", bound=BaseModel)


class Data(_Frozen):
    """Which clips, how often each source is drawn from, and what is held out."""

    root: Path
    """Folder of clip folders (see ``training.clips``)."""
    cache: Path
    split: Path
    """TOML list of what training never sees."""
    weights: dict[str, float]
    """Source -> how often it is drawn; ``toon`` is drawn by ourselves."""
    toon_clips: int = Field(default=0, ge=0)
    toon_size: tuple[int, int] = (256, 256)
    toon_frames: int = Field(default=12, ge=3)


class Split(_Frozen):
    """What is held out: starts of clip names, models a clip shows, first drawn seed."""

    prefixes: dict[str, tuple[str, ...]] = {}
    models: dict[str, tuple[str, ...]] = {}
    seeds: dict[str, int] = {}

    def holds(self, clip: Clip) -> bool:
        """Whether a clip is for validation only."""
        if clip.source in self.seeds:
            return int(clip.name) >= self.seeds[clip.source]
        named = clip.name.startswith(self.prefixes.get(clip.source, ()))
        return named or not set(clip.shows).isdisjoint(self.models.get(clip.source, ()))


class TrainConfig(_Frozen):
    """A run, whole."""

    folder: Path
    data: Data
    recipe: TcvcConfig
    schedule: Schedule


class Sources(_Frozen):
    """Clips by source, on either side of the split."""

    training: dict[str, list[Clip]]
    held_out: dict[str, list[Clip]]


def read_config(path: Path) -> TrainConfig:
    """Read a training file; UsageError names what is wrong in it."""
    return _read(path, TrainConfig)


def gather(data: Data) -> Sources:
    """Read, and decode or draw where the cache lacks them, all clips of a run."""
    split = _read(data.split, Split)
    training: dict[str, list[Clip]] = {}
    held_out: dict[str, list[Clip]] = {}
    for name in data.weights:
        if name == "toon":
            first = split.seeds.get("toon", data.toon_clips)
            ranges = range(data.toon_clips), range(first, first + max(2, data.toon_clips // 20))
            size, frames = data.toon_size, data.toon_frames
            clips = [c for seeds in ranges for c in draw_folder(seeds, size, frames, data.cache)]
        else:
            clips = list(read_folder(data.root / name, data.cache))
        training[name] = [clip for clip in clips if not split.holds(clip)]
        held_out[name] = [clip for clip in clips if split.holds(clip)]
    return Sources(training=training, held_out=held_out)


def start(config: TrainConfig) -> TcvcRecipe:
    """Make the run's recipe, its networks as the last checkpoint left them."""
    sources = gather(config.data)
    names = list(config.data.weights)
    mix = Mix([sources.training[n] for n in names], [config.data.weights[n] for n in names])
    watched = [
        _watch(clips, gray, number)
        for number, clips in enumerate(clips for clips in sources.held_out.values() if clips)
        for gray in (0.0, 1.0)
    ]
    return TcvcRecipe(config.recipe, mix, watched)


def run(path: Path) -> None:
    """Train what a file says, from its last checkpoint to its end."""
    config = read_config(path)
    train(start(config), config.schedule, config.folder)


def export(path: Path, target: Path) -> None:
    """Write the weights of a run's last checkpoint as ``target`` (safetensors, float16)."""
    config = read_config(path)
    recipe = TcvcRecipe(config.recipe, Mix((), ()), ())
    step = checkpoint.restore(config.folder, recipe)
    if step == 0:
        raise UsageError(f"{config.folder} holds no checkpoint to export")
    weights, net = recipe.export()
    training = {
        "recipe": "tcvc, scheduled roll-out" if config.recipe.own_previous else "tcvc",
        "steps": step,
        "config_sha256": hashlib.sha256(path.read_bytes()).hexdigest(),
        "torch": torch.__version__,
    }
    save(target, Header("tcvc", net, training), weights)


def _read(path: Path, kind: type[Settings]) -> Settings:
    try:
        return kind.model_validate(tomllib.loads(path.read_text("utf-8")))
    except (OSError, tomllib.TOMLDecodeError, ValidationError) as error:
        raise UsageError(f"{path}: {error}") from error


def _watch(clips: list[Clip], gray: float, number: int) -> Pairs:
    look = Look(crops=(256,), pixels=2 * 256 * 256, gray=gray, ink=0.7, shrink=1.0)
    return draw_pairs(Mix([clips], [1.0]), look, (7, number))
