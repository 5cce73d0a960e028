"""What a model must bring to be trained; the loop knows nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from numpy.typing import NDArray
from pydantic import BaseModel
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.utils.data import Dataset

from animecolor.training.clips import Clip
from animecolor.training.samples import Mix

Batch = Any
"""Whatever the recipe's own ``data`` holds and its own ``step`` takes."""


@dataclass(frozen=True, slots=True)
class Material:
    """The clips a recipe works on."""

    mix: Mix = field(default_factory=lambda: Mix((), ()))
    """What it trains on."""
    held_out: Mapping[str, Sequence[Clip]] = field(default_factory=dict)
    """What it is validated on, by source."""


@dataclass(frozen=True, slots=True)
class Supply:
    """How recipes of one kind, of clips or of still pictures, come by their material."""

    table: type[BaseModel]
    """The frozen pydantic table ``[data]`` of a training file."""
    gather: Callable[[Any], Any]
    """That table -> the material."""
    nothing: Any
    """Material of no data, which is enough to restore and export a run."""


class Recipe(Protocol):
    """Owns its networks, its optimizers, its data and the whole of its step.

    A recipe is a file of ``training.recipes``, with three names in it: ``Config``, the frozen
    pydantic table ``[recipe]`` of a training file, ``SUPPLY``, how it comes by its material, and
    ``build(config, material, world)``.
    """

    @property
    def nets(self) -> Mapping[str, nn.Module]:
        """Networks by name, averages included: what a checkpoint holds."""

    @property
    def optimizers(self) -> Mapping[str, Optimizer]:
        """Optimizers by name."""

    @property
    def data(self) -> Dataset[Batch]:
        """Batches by step: item ``s`` is the batch of step ``s``, always the same. Picklable."""

    def step(self, step: int, batch: Batch) -> dict[str, float]:
        """Update every network; return the losses by name."""

    def sheet(self) -> NDArray[Any]:
        """Paint fixed validation clips; return an (H, W, 3) uint8 RGB picture to look at."""

    def validate(self) -> dict[str, float]:
        """Score validation clips, baselines included; the first is what to choose weights by."""

    def begin_from(self, weights: Path) -> None:
        """Start from a checkpoint that ``export`` made, or from a model's own weights."""

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the weights to ship and the configuration that rebuilds their network."""
