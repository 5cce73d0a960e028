"""The asymmetric CycleGAN: a strong generator towards color, a plain one back, two discriminators.

Published in words (Sun, Jung, Fu, Han 2019): towards color a U-Net with residual blocks in it, back
a plain U-Net; color is judged by a feature pyramid, infrared by a plain network; batch norm. Depths
and widths are ours: four levels, nine residual blocks, three heads.
"""

from __future__ import annotations

from itertools import pairwise

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MULTIPLE = 8
"""The generators halve their input three times."""
DEPTHS = (1, 2, 4, 8)
"""Channels of the levels, in widths."""


def _layer(fan_in: int, fan_out: int, stride: int = 1) -> nn.Sequential:
    size = 3 if stride == 1 else 4
    conv = nn.Conv2d(fan_in, fan_out, size, stride, 1, padding_mode="reflect")
    return nn.Sequential(conv, nn.BatchNorm2d(fan_out), nn.ReLU(True))


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions with batch norm; adds its input (He et al. 2016)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        conv = nn.Conv2d(channels, channels, 3, padding=1, padding_mode="reflect")
        self.block = nn.Sequential(_layer(channels, channels), conv, nn.BatchNorm2d(channels))

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        residual: Tensor = self.block(features)
        return features + residual


class UNet(nn.Module):
    """A U-Net of four levels, with residual blocks in its lowest.

    Args:
        fan_in: channels of what it reads.
        fan_out: channels of what it makes.
        width: channels of the first level.
        blocks: residual blocks; none makes it plain.
    """

    def __init__(self, fan_in: int, fan_out: int, width: int, blocks: int = 0) -> None:
        super().__init__()
        channels = [width * depth for depth in DEPTHS]
        self.first = _layer(fan_in, channels[0])
        self.down = nn.ModuleList(_layer(a, b, stride=2) for a, b in pairwise(channels))
        self.middle = nn.Sequential(*(ResidualBlock(channels[-1]) for _ in range(blocks)))
        self.up = nn.ModuleList(_layer(a + b, b) for a, b in pairwise(channels[::-1]))
        self.last = nn.Conv2d(channels[0], fan_out, 3, padding=1, padding_mode="reflect")

    def forward(self, picture: Tensor) -> Tensor:
        """(N, fan_in, H, W) in [0, 1], sides multiples of 8, at least 16 -> (N, fan_out, H, W)."""
        levels = [self.first(picture)]
        for layer in self.down:
            levels.append(layer(levels[-1]))
        features = self.middle(levels.pop())
        for layer in self.up:
            larger = F.interpolate(features, scale_factor=2, mode="bilinear", align_corners=False)
            features = layer(torch.cat((larger, levels.pop()), 1))
        return torch.sigmoid(self.last(features))


class PyramidDiscriminator(nn.Module):
    """Judges color at three scales, each told what the coarser ones see (Lin et al. 2017)."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        channels = [3, *(width * depth for depth in DEPTHS)]
        self.up = nn.ModuleList(_judge(a, b, first=a == 3) for a, b in pairwise(channels))
        self.across = nn.ModuleList(nn.Conv2d(fan, 2 * width, 1) for fan in channels[2:])
        self.heads = nn.ModuleList(nn.Conv2d(2 * width, 1, 3, padding=1) for _ in channels[2:])

    def forward(self, color: Tensor) -> list[Tensor]:
        """(N, 3, H, W) in [0, 1], sides multiples of 16 -> (N, 1, h, w) at 1/4, 1/8 and 1/16."""
        seen = []
        features = color
        for layer in self.up:
            features = layer(features)
            seen.append(features)
        told: Tensor | None = None
        verdicts = []
        for across, head, level in reversed(
            list(zip(self.across, self.heads, seen[1:], strict=True))
        ):
            mine = across(level)
            told = mine if told is None else mine + F.interpolate(told, scale_factor=2)
            verdicts.append(head(told))
        return verdicts[::-1]


class PlainDiscriminator(nn.Module):
    """Judges infrared, patch by patch."""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        channels = [1, *(width * depth for depth in DEPTHS[:3])]
        layers = [_judge(a, b, first=a == 1) for a, b in pairwise(channels)]
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 3, padding=1))

    def forward(self, plane: Tensor) -> list[Tensor]:
        """(N, 1, H, W) in [0, 1] -> [(N, 1, H/8, W/8)]."""
        return [self.layers(plane)]


def _judge(fan_in: int, fan_out: int, first: bool) -> nn.Sequential:
    norm: list[nn.Module] = [] if first else [nn.BatchNorm2d(fan_out)]
    conv = nn.Conv2d(fan_in, fan_out, 4, stride=2, padding=1)
    return nn.Sequential(conv, *norm, nn.LeakyReLU(0.2, True))
