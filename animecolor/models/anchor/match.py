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
from functools import lru_cache

import torch
import torch.nn.functional as F
from torch import Tensor, nn

TOKEN = 8
"""Side of a token in pixels."""
KEY = 64
"""Channels that are compared."""
COLORS = 12
"""2 x 2 RGB colors a token."""
MOST_VALUES = KEY - COLORS - 1
"""Channels that fit beside the colors, and beside whether anything matched."""
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
        scale = self.sharpness.exp()
        known = [*memory, *sheets]
        keys = [self.nothing.weight[None].expand(len(query), -1, -1), *(t.key for t in known)]
        none = torch.cat((query.new_full((COLORS,), NEUTRAL), self.nowhere, query.new_zeros(1)))
        values = [none.expand(len(query), 1, -1), *(_whole(t) for t in known)]
        near = _squares(size, query.device) * (-torch.exp(-2 * self.reach) / 2)
        anywhere = [near.new_zeros(1).expand(len(near), t.key.shape[1]) for t in sheets]
        nothing = (scale * self.nothing.bias).expand(len(near), 1)
        bias = torch.cat((nothing, *[near] * len(memory), *anywhere), 1)
        dtype = query.dtype
        carried = torch.cat([value.to(dtype) for value in values], 1)
        # The fused kernel wants one head, and values as long as keys.
        found = F.scaled_dot_product_attention(
            (query * scale.to(dtype))[:, None],
            torch.cat([key.to(dtype) for key in keys], 1)[:, None],
            F.pad(carried, (0, KEY - carried.shape[2]))[:, None],
            attn_mask=bias.to(dtype),
            scale=1.0,
        )[:, 0, :, : carried.shape[2]]
        parts = torch.split(found.float(), [COLORS, len(self.nowhere), 1], dim=2)
        return Match(*(_picture(part, size) for part in parts))


def _whole(tokens: Tokens) -> Tensor:
    """(N, L, C): all that a token carries, and that it is something."""
    return torch.cat((tokens.color, tokens.value, torch.ones_like(tokens.color[..., :1])), 2)


@lru_cache(maxsize=4)
def _squares(size: tuple[int, int], device: torch.device) -> Tensor:
    """(L, L) float32 squared distances between tokens; the same all through a clip."""
    with torch.inference_mode(False):  # what is kept may be asked for by a training, too
        where = _places(size, device)
        return (where[:, None] - where).square().sum(2)


def _places(size: tuple[int, int], device: torch.device) -> Tensor:
    """(L, 2) float32 x, y of the tokens."""
    y, x = torch.meshgrid(*(torch.arange(side, device=device) for side in size), indexing="ij")
    return torch.stack((x, y), -1).flatten(0, 1).float()


def _picture(tokens: Tensor, size: tuple[int, int]) -> Tensor:
    return torch.unflatten(tokens.transpose(1, 2), 2, size)
