"""Small changes of a network's weights, trained in their place (see ``models.adapter``)."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn.utils import parametrize

from animecolor.models.adapter import DOWN, FULL, UP

RANK = 8
"""0.5 MB for `anchor`; a rank of 16 takes twice that."""


class Change(nn.Module):
    """A weight plus up @ down, of low rank, or plus a full difference where that is smaller.

    It starts as no change at all: ``up`` or ``full`` is zero (LoRA, Hu et al. 2021, section 4.1).
    """

    def __init__(self, weight: Tensor) -> None:
        super().__init__()
        parts = {FULL: torch.zeros_like(weight)}
        if weight.dim() > 1:
            out, fan = len(weight), weight[0].numel()
            if RANK * (out + fan) < weight.numel():
                down = torch.randn(RANK, fan, device=weight.device) / fan**0.5
                parts = {UP: weight.new_zeros(out, RANK), DOWN: down}
        self.parts = nn.ParameterDict(parts)

    def forward(self, weight: Tensor) -> Tensor:
        """The changed weight, of the same shape."""
        parts = self.parts
        change: Tensor = parts[FULL] if FULL in parts else parts[UP] @ parts[DOWN]
        return weight + change.view_as(weight)


def limit(net: nn.Module) -> list[nn.Parameter]:
    """Freeze every weight of ``net`` and give each a change that starts at zero; return these."""
    owned = [
        (module, name)
        for module in list(net.modules())
        for name, _ in list(module.named_parameters(recurse=False))
    ]
    net.requires_grad_(False)
    for module, name in owned:
        parametrize.register_parametrization(module, name, Change(getattr(module, name)))
    return [part for _, change in _changes(net) for part in change.parts.values()]


def changes_of(net: nn.Module) -> dict[str, Tensor]:
    """What ``limit`` made of ``net`` and training of that: see ``models.adapter.Changes``."""
    return {
        f"{weight}.{part}": value.detach().half().cpu()
        for weight, change in _changes(net)
        for part, value in change.parts.items()
    }


def _changes(net: nn.Module) -> Iterator[tuple[str, Change]]:
    """The changes by the name of their weight: torch calls them layer.parametrizations.weight.0."""
    for name, module in net.named_modules():
        if isinstance(module, Change):
            yield name.replace("parametrizations.", "").rpartition(".")[0], module
