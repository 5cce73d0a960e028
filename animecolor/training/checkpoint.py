"""Save and restore a run: networks, optimizers, averages, step, time and random states."""

from __future__ import annotations

import os
import pickle
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from animecolor.errors import AnimecolorError
from animecolor.training.recipe import Recipe

NAME = "last.ckpt"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come."""

    step: int = 0
    seconds: float = 0.0
    """Time spent in steps, over all sittings."""
    best: float = float("-inf")
    """Highest validation score so far."""


def save(folder: Path, progress: Progress, recipe: Recipe) -> None:
    """Write the run's state to ``folder`` in one rename; a kill leaves the one before."""
    state = {
        **asdict(progress),
        "nets": {name: net.state_dict() for name, net in recipe.nets.items()},
        "optimizers": {name: opt.state_dict() for name, opt in recipe.optimizers.items()},
        "random": torch.get_rng_state(),
    }
    part = folder / f"{NAME}.part"
    torch.save(state, part)
    os.replace(part, folder / NAME)


def restore(folder: Path, recipe: Recipe) -> Progress:
    """Load the run's last state into ``recipe``; a run without one is at step 0.

    Raises:
        AnimecolorError: the checkpoint is damaged, or that of another recipe.
    """
    path = folder / NAME
    if not path.is_file():
        return Progress()
    try:
        state = torch.load(path, map_location="cpu", weights_only=True)
        for name, net in recipe.nets.items():
            net.load_state_dict(state["nets"][name])
        for name, optimizer in recipe.optimizers.items():
            # The file's rates win over the checkpoint's, so that a run can be slowed down.
            rates = [group["lr"] for group in optimizer.param_groups]
            optimizer.load_state_dict(state["optimizers"][name])
            for group, rate in zip(optimizer.param_groups, rates, strict=True):
                group["lr"] = rate
        torch.set_rng_state(state["random"])
        return Progress(int(state["step"]), float(state["seconds"]), float(state["best"]))
    except (RuntimeError, KeyError, ValueError, TypeError, EOFError, pickle.UnpicklingError) as e:
        reason = str(e).splitlines()[0]
        raise AnimecolorError(
            f"{path} is not a checkpoint of this run ({reason}): "
            "remove it to start again, or choose another folder"
        ) from e
