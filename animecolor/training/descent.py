"""One step downhill, and the moving average that follows it."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Generic, TypeVar

import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from animecolor.errors import AnimecolorError
from animecolor.training.world import World


def descend(loss: Tensor, optimizer: Optimizer, world: World, clip: float) -> float:
    """Move an optimizer's weights against the gradient of ``loss``.

    Args:
        loss: scalar, the mean over this process's samples.
        optimizer: of every weight that shall move; all of them take part in ``loss``.
        world: gradients are averaged over its processes.
        clip: largest norm of the whole gradient; it is scaled down to that.

    Returns:
        The norm of the gradient before it was clipped.

    Raises:
        AnimecolorError: the gradient is not finite, so that the run has diverged.
    """
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    optimizer.zero_grad(set_to_none=True)
    # Only towards these weights: a discriminator's own gradient from a generator's loss is waste.
    torch.autograd.backward([loss], inputs=weights)
    world.average_gradients(weights)
    norm = float(nn.utils.clip_grad_norm_(weights, clip))
    if not norm < float("inf"):
        raise AnimecolorError(
            "training diverged (the gradient is not finite): lower the rates, "
            "and run again to go on from the last checkpoint"
        )
    optimizer.step()
    return norm


Net = TypeVar("Net", bound=nn.Module)


SETTLING = range(1, 25)
"""Steps whose batches settle an average's batch norms."""


class Average(Generic[Net]):
    """Exponential moving average of a network: what is exported (Polyak averaging)."""

    def __init__(self, net: Net, decay: float) -> None:
        """Args:
        net: the network that is trained.
        decay: share of the average that a step keeps, in [0, 1).
        """
        self.net = copy.deepcopy(net).requires_grad_(False)
        self._decay = decay

    def follow(self, net: Net) -> None:
        """Move a step towards ``net``."""
        with torch.no_grad():
            for mine, its in zip(self.net.parameters(), net.parameters(), strict=True):
                mine.lerp_(its, 1 - self._decay)
            for kept, newest in zip(self.net.buffers(), net.buffers(), strict=True):
                kept.copy_(newest)


def settle(net: nn.Module, batches: Iterable[tuple[Tensor, ...]], world: World) -> None:
    """Measure anew what the batch norms of an averaged network normalize by; leaves it evaluating.

    The statistics of the network that is trained do not fit the mean of its weights (Izmailov et
    al. 2018): left so, S-Net's average painted holes of magenta, 1 dB below the network itself.

    Args:
        net: what is averaged; one without batch norms stays as it is.
        batches: what it reads, the arguments of a call each.
        world: its device and arithmetic.
    """
    norms = [module for module in net.modules() if isinstance(module, nn.BatchNorm2d)]
    if norms:
        momenta = [norm.momentum for norm in norms]
        for norm in norms:
            norm.reset_running_stats()
            norm.momentum = None  # which makes PyTorch take the plain mean over batches
        # Training goes on with the random numbers it would have had.
        with torch.random.fork_rng(), torch.no_grad(), world.autocast():
            net.train()
            for batch in batches:
                net(*batch)
        for norm, momentum in zip(norms, momenta, strict=True):
            norm.momentum = momentum
    net.eval()
