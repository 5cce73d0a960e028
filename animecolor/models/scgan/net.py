"""The stacked conditional GAN with a triplet of branches, and its discriminator.

Known in a survey's words (Suárez, Sappa, Vintimilla 2017, 2018): infrared and Gaussian noise in,
noise again in every layer, a branch a color channel, a hierarchy of features, a conditional
discriminator, 64 x 64 patches. Widths, depths and the way levels are stacked are ours: DCGAN's
strided convolutions down and up again, levels of one size joined.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

MULTIPLE = 8
"""A branch halves its input three times."""
DEPTHS = (1, 2, 4, 8)
"""Channels of the levels, in widths."""


class Noisy(nn.Module):
    """A layer whose input gets one more channel of Gaussian noise: N(0, 1) in training, else 0."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> what the layer makes of (N, C + 1, H, W)."""
        noise = torch.zeros_like(features[:, :1])
        if self.training:
            noise = torch.randn_like(noise)
        made: Tensor = self.layer(torch.cat((features, noise), 1))
        return made


def _same(fan_in: int, fan_out: int) -> nn.Sequential:
    conv = nn.Conv2d(fan_in + 1, fan_out, 3, padding=1)
    return nn.Sequential(conv, nn.BatchNorm2d(fan_out), nn.LeakyReLU(0.2, True))


def _down(fan_in: int, fan_out: int) -> nn.Sequential:
    conv = nn.Conv2d(fan_in + 1, fan_out, 4, stride=2, padding=1)
    return nn.Sequential(conv, nn.BatchNorm2d(fan_out), nn.LeakyReLU(0.2, True))


def _up(fan_in: int, fan_out: int) -> nn.Sequential:
    conv = nn.ConvTranspose2d(fan_in + 1, fan_out, 4, stride=2, padding=1)
    return nn.Sequential(conv, nn.BatchNorm2d(fan_out), nn.ReLU(True))


class Branch(nn.Module):
    """One color channel of a picture from its infrared."""

    def __init__(self, width: int) -> None:
        super().__init__()
        channels = [width * depth for depth in DEPTHS]
        self.first = Noisy(_same(1, channels[0]))
        self.down = nn.ModuleList(
            Noisy(_down(a, b)) for a, b in zip(channels, channels[1:], strict=False)
        )
        takes = [channels[3], 2 * channels[2], 2 * channels[1]]
        self.up = nn.ModuleList(
            Noisy(_up(a, b)) for a, b in zip(takes, channels[2::-1], strict=True)
        )
        self.last = Noisy(nn.Conv2d(2 * channels[0] + 1, 1, 3, padding=1))

    def forward(self, plane: Tensor) -> Tensor:
        """(N, 1, H, W) -> (N, 1, H, W) logits."""
        levels = [self.first(plane)]
        for layer in self.down:
            levels.append(layer(levels[-1]))
        features = levels.pop()
        for layer in self.up:
            features = torch.cat((layer(features), levels.pop()), 1)
        channel: Tensor = self.last(features)
        return channel


class Generator(nn.Module):
    """Near infrared -> color, a branch each for red, green and blue.

    Args:
        width: channels of the first level; 64 as in DCGAN.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.branches = nn.ModuleList(Branch(width) for _ in range(3))

    def forward(self, plane: Tensor) -> Tensor:
        """(N, 1, H, W) in [0, 1], sides multiples of 8 -> (N, 3, H, W) RGB in [0, 1]."""
        return torch.sigmoid(torch.cat([branch(plane) for branch in self.branches], 1))


class Discriminator(nn.Module):
    """DCGAN's, conditional: is this the color of that infrared?"""

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        channels = [4, *(width * depth for depth in DEPTHS)]
        layers: list[nn.Module] = []
        for fan_in, fan_out in zip(channels, channels[1:], strict=False):
            layers.append(nn.Conv2d(fan_in, fan_out, 4, stride=2, padding=1))
            if fan_in > 4:
                layers.append(nn.BatchNorm2d(fan_out))
            layers.append(nn.LeakyReLU(0.2, True))
        self.layers = nn.Sequential(*layers, nn.Conv2d(channels[-1], 1, 4))

    def forward(self, plane: Tensor, color: Tensor) -> Tensor:
        """(N, 1|3, S, S) in [0, 1], S at least 64 -> (N, 1, S/16 - 3, S/16 - 3) logits."""
        verdict: Tensor = self.layers(torch.cat((plane, color), 1))
        return verdict
