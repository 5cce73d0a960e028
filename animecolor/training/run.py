"""One training run from one file: read it, gather its material, train, export."""

from __future__ import annotations

import hashlib
import importlib
import logging
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError

from animecolor.config import complaint
from animecolor.errors import UsageError
from animecolor.models.registry import weights_of
from animecolor.models.weights import Header, save
from animecolor.training import checkpoint
from animecolor.training.checkpoint import Progress
from animecolor.training.loop import Report, Schedule, train
from animecolor.training.recipe import Recipe, Supply
from animecolor.training.world import World

log = logging.getLogger("animecolor")

RECIPES = Path(__file__).parent / "recipes"
BEST = "best.safetensors"


class TrainConfig(BaseModel):
    """A run, whole."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    folder: Path
    """Where its logs and checkpoints go."""
    start: str | None = None
    """Model or weights file to start from; random weights otherwise."""
    data: Mapping[str, Any]
    """What the recipe's ``SUPPLY`` takes."""
    recipe: Mapping[str, Any]
    """``name``, a file of ``training.recipes``, and what that recipe's ``Config`` takes."""
    schedule: Schedule


def read_config(path: Path, changes: Mapping[str, Any] | None = None) -> TrainConfig:
    """Read a training file.

    Args:
        path: the TOML file.
        changes: keys that replace the file's, dotted where they lie in a table (``data.films``).

    Raises:
        UsageError: names what is wrong in it.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8"))
        for key, value in (changes or {}).items():
            *tables, name = key.split(".")
            place = table
            for part in tables:
                place = place.setdefault(part, {})
            place[name] = value
        config = TrainConfig.model_validate(table)
        module = _module(config)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UsageError(f"{path}: {error}") from error
    except ValidationError as error:
        raise UsageError(f"{path}: {complaint(error)}") from error
    for name, kind in (("recipe", module.Config), ("data", module.SUPPLY.table)):
        try:
            kind.model_validate(getattr(config, name))
        except ValidationError as error:
            raise UsageError(f"{path}, [{name}]: {complaint(error)}") from error
    return config


def run(config: TrainConfig, world: World) -> Report:
    """Train what a file says, from its last checkpoint to its end.

    Besides the run's last state, its folder holds ``best.safetensors``: the weights of the step
    whose validation scored highest.
    """
    recipe = prepare(config, world)

    def keep(progress: Progress) -> None:
        write(config, recipe, progress, config.folder / BEST)

    report = train(recipe, config.schedule, config.folder, world, keep)
    log.info("%s", report)
    return report


def prepare(config: TrainConfig, world: World) -> Recipe:
    """Make a run's recipe, at its start."""
    supply: Supply = _module(config).SUPPLY
    material = supply.gather(supply.table.model_validate(config.data))
    recipe = _build(config, material, world)
    if config.start is not None:
        recipe.begin_from(weights_of(config.start))
    return recipe


def export(config: TrainConfig, target: Path) -> Progress:
    """Write the weights of a run's last checkpoint as ``target`` (safetensors, float16).

    Raises:
        UsageError: the run has no checkpoint yet.
    """
    recipe = _build(config, _module(config).SUPPLY.nothing, World())
    progress = checkpoint.restore(config.folder, recipe)
    if progress.step == 0:
        raise UsageError(f"{config.folder} holds no checkpoint to export")
    write(config, recipe, progress, target)
    return progress


def write(config: TrainConfig, recipe: Recipe, progress: Progress, target: Path) -> None:
    """Write a recipe's weights with a header that says how they came about."""
    weights, net = recipe.export()
    settings = config.model_dump_json(include={"start", "data", "recipe", "schedule"})
    training = {
        "recipe": config.folder.name,
        "steps": progress.step,
        "hours": round(progress.seconds / 3600, 2),
        "validation": progress.best,
        "config_sha256": hashlib.sha256(settings.encode()).hexdigest(),
        "torch": torch.__version__,
    }
    save(target, Header(str(config.recipe["name"]), net, training), weights)


def _build(config: TrainConfig, material: Any, world: World) -> Recipe:
    module = _module(config)
    recipe: Recipe = module.build(module.Config.model_validate(config.recipe), material, world)
    return recipe


def _module(config: TrainConfig) -> ModuleType:
    names = sorted(path.stem for path in RECIPES.glob("[a-z]*.py"))
    name = config.recipe.get("name")
    if name not in names:
        raise UsageError(f"recipe.name is {name!r}, not one of: {', '.join(names)}")
    return importlib.import_module(f"animecolor.training.recipes.{name}")
