"""Where in a painted drawing each place of the current drawing lies.

Attention over the tokens (8 x 8 pixels) of the memory, with two additions: a prior on distance, a
learned Gaussian that is wide for keyframes and narrow for the previous frame; and a place that
stands for "nothing matches", whose color is a neutral grey, so that new things are recognised
instead of invented.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TOKEN = 8
"""Side of a token in pixels."""
KEY = 64
"""Channels that are compared."""
COLORS = 12
"""2 x 2 RGB colors a token."""
NEUTRAL = 0.5
"""Color of what matches nothing, in each of R, G and B."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """One painted drawing as a memory of L = h * w tokens."""

    key: Tensor
    """(N, L, KEY), each of length one."""
    color: Tensor
    """(N, L, COLORS): 2 x 2 colors of the picture at a quarter of its size, pixel-unshuffled."""
    value: Tensor
    """(N, L, V): learned features of the painted drawing."""


@dataclass(frozen=True, slots=True)
class Match:
    """What the current drawing found in a memory of K painted drawings, in tokens (h x w)."""

    color: Tensor
    """(N, COLORS, h, w) carried colors; neutral where nothing matches."""
    value: Tensor
    """(N, V, h, w) carried features."""
    mass: Tensor
    """(N, 1, h, w) in [0, 1]: how much matched at all."""


class Matcher(nn.Module):
    """Attention over one kind of memory: keyframes, or the previous frame.

    Args:
        value: channels of ``Tokens.value``.
        reach: standard deviation in tokens that the prior starts with.
    """

    def __init__(self, value: int, reach: float) -> None:
        super().__init__()
        self.sharpness = nn.Parameter(torch.tensor(math.log(10.0)))
        self.reach = nn.Parameter(torch.tensor(math.log(reach)))
        self.nothing = nn.Linear(KEY, 1)
        nn.init.zeros_(self.nothing.weight)
        nn.init.zeros_(self.nothing.bias)
        self.nowhere = nn.Parameter(torch.zeros(value))

    def forward(
        self,
        query: Tensor,
        memory: Sequence[Tokens],
        size: tuple[int, int],
        sheets: Sequence[Tokens] = (),
    ) -> Match:
        """Match every token of a drawing.

        Args:
            query: (N, L, KEY), each of length one.
            memory: K painted drawings of the same size; may be empty.
            size: (h, w) in tokens, h * w = L.
            sheets: painted drawings of any size, in which all places are equally near.
        """
        where = _places(size, query.device)
        scale = self.sharpness.exp()
        logits = [scale * self.nothing(query).float()]
        prior = torch.cdist(where, where).square() * (torch.exp(-2 * self.reach) / 2)
        for tokens in memory:
            logits.append(scale * (query @ tokens.key.transpose(1, 2)).float() - prior)
        for tokens in sheets:
            logits.append(scale * (query @ tokens.key.transpose(1, 2)).float())
        weights = F.softmax(torch.cat(logits, 2), dim=2)
        known = [*memory, *sheets]
        lengths = [tokens.key.shape[1] for tokens in known]
        nothing, *found = torch.split(weights, [1, *lengths], dim=2)
        color = nothing * nothing.new_full((COLORS,), NEUTRAL)
        value = nothing * self.nowhere
        for tokens, weight in zip(known, found, strict=True):
            carried = weight.to(query.dtype) @ torch.cat((tokens.color, tokens.value), 2)
            colors, values = torch.split(carried.float(), [COLORS, len(self.nowhere)], dim=2)
            color, value = color + colors, value + values
        return Match(*(_picture(part, size) for part in (color, value, 1 - nothing)))


def _places(size: tuple[int, int], device: torch.device) -> Tensor:
    """(L, 2) float32 x, y of the tokens."""
    y, x = torch.meshgrid(*(torch.arange(side, device=device) for side in size), indexing="ij")
    return torch.stack((x, y), -1).flatten(0, 1).float()


def _picture(tokens: Tensor, size: tuple[int, int]) -> Tensor:
    return torch.unflatten(tokens.transpose(1, 2), 2, size)
