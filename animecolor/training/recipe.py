"""What a model must bring to be trained; the loop knows nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

from numpy.typing import NDArray
from torch import Tensor, nn
from torch.optim import Optimizer

Batch = Any
"""Whatever the recipe's own ``batch`` returns and its own ``step`` takes."""


class Recipe(Protocol):
    """Owns its networks, its optimizers, its data and the whole of its step."""

    @property
    def nets(self) -> Mapping[str, nn.Module]:
        """Networks by name, averages included: what a checkpoint holds."""

    @property
    def optimizers(self) -> Mapping[str, Optimizer]:
        """Optimizers by name."""

    def batch(self, step: int) -> Batch:
        """Make the batch of a step; the same step always gives the same batch."""

    def step(self, step: int, batch: Batch) -> dict[str, float]:
        """Update every network once; return the losses by name."""

    def sheet(self) -> NDArray[Any]:
        """Paint fixed validation clips; return an (H, W, 3) uint8 RGB picture to look at."""

    def validate(self) -> dict[str, float]:
        """Score roll-outs on validation clips, baselines included."""

    def export(self) -> tuple[dict[str, Tensor], dict[str, Any]]:
        """Return the weights to ship and the configuration that rebuilds their network."""
