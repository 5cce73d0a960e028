"""Save and restore a run: networks, optimizers, averages, step and random states."""

from __future__ import annotations

import os
from pathlib import Path

import torch

from animecolor.training.recipe import Recipe

NAME = "last.ckpt"


def save(folder: Path, step: int, recipe: Recipe) -> None:
    """Write the run's state to ``folder`` in one rename; a kill leaves the one before."""
    state = {
        "step": step,
        "nets": {name: net.state_dict() for name, net in recipe.nets.items()},
        "optimizers": {name: opt.state_dict() for name, opt in recipe.optimizers.items()},
        "random": torch.get_rng_state(),
    }
    part = folder / f"{NAME}.part"
    torch.save(state, part)
    os.replace(part, folder / NAME)


def restore(folder: Path, recipe: Recipe) -> int:
    """Load the run's last state into ``recipe``; return its step, 0 when there is none."""
    path = folder / NAME
    if not path.is_file():
        return 0
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
    return int(state["step"])
