"""One training process, or several that keep the same weights (``torchrun``)."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from animecolor.models.device import pick_device

CPU = torch.device("cpu")


@dataclass(frozen=True, slots=True)
class World:
    """This process among its peers, and what it computes on.

    Gradients are averaged by hand, one all-reduce a ``descend``: a step with several networks,
    some called many times, stays plain code, where a wrapper around each network would have to be
    told about it.
    """

    rank: int = 0
    size: int = 1
    device: torch.device = CPU
    half: bool = True
    """Whether networks run in bf16 (under autocast; weights and optimizers stay float32)."""

    @property
    def leads(self) -> bool:
        """True for the one process that writes logs and checkpoints."""
        return self.rank == 0

    def autocast(self) -> torch.autocast:
        """The arithmetic of the networks."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.half)

    def average_gradients(self, weights: Iterable[nn.Parameter]) -> None:
        """Replace gradients by their mean over all processes."""
        if self.size == 1:
            return
        gradients = [weight.grad for weight in weights if weight.grad is not None]
        flat = torch.cat([gradient.flatten() for gradient in gradients])
        dist.all_reduce(flat)
        flat /= self.size
        for gradient, mean in zip(
            gradients, torch.split(flat, [g.numel() for g in gradients]), strict=True
        ):
            gradient.copy_(mean.view_as(gradient))

    def average(self, numbers: Mapping[str, float]) -> dict[str, float]:
        """The mean over all processes of numbers that all of them have."""
        if self.size == 1:
            return dict(numbers)
        sums = torch.tensor(list(numbers.values()), dtype=torch.float64, device=self.device)
        dist.all_reduce(sums)
        return dict(zip(numbers, (sums / self.size).tolist(), strict=True))

    def any(self, flag: bool) -> bool:
        """Whether it is so in any process; all get the same answer."""
        return self.average({"flag": float(flag)})["flag"] > 0

    def place(self, tensor: Tensor) -> Tensor:
        """Bring a batch's tensor to the device while the device still works."""
        return tensor.to(self.device, non_blocking=True)


@contextmanager
def join_world(device: str = "auto", half: bool = True) -> Iterator[World]:
    """Be the only process, or join the peers that ``torchrun`` has started.

    Args:
        device: ``auto``, ``cpu``, ``cuda``, ``cuda:1``, ...; with several processes each takes
            the GPU of its local rank.
        half: bf16 autocast.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    chosen = pick_device(device)
    if size == 1:
        yield World(device=chosen, half=half)
        return
    if chosen.type == "cuda":
        chosen = torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
        torch.cuda.set_device(chosen)
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    try:
        yield World(dist.get_rank(), size, chosen, half)
    finally:
        dist.destroy_process_group()
