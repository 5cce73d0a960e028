"""S-Net: ColorNet, its training-only EdgeNet, and the refiner that a survey took EdgeNet for.

Layers are those of a notebook of the authors' laboratory (January 2018), an architecture figure and
a thesis: a U-Net with four poolings, and a shallow EdgeNet on the difference from the truth.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

MULTIPLE = 16
"""ColorNet halves its input four times."""
DEPTHS = (1, 2, 4, 8, 8)
"""Channels of the levels, in widths."""


def _double(fan_in: int, fan_out: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for fan in (fan_in, fan_out):
        layers += [nn.Conv2d(fan, fan_out, 3, padding=1), nn.BatchNorm2d(fan_out), nn.ReLU(True)]
    return nn.Sequential(*layers)


class ColorNet(nn.Module):
    """Near infrared -> color: a U-Net of double convolutions.

    Args:
        width: channels of the first level; 64 as published (13,394,307 parameters).
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        channels = [width * depth for depth in DEPTHS]
        self.first = _double(1, channels[0])
        self.down = nn.ModuleList(
            _double(a, b) for a, b in zip(channels, channels[1:], strict=False)
        )
        # Upwards each level gives as many channels as the skip it meets next; the last, its own.
        gives = [*channels[2::-1], channels[0]]
        takes = [channels[4], *gives]
        self.up = nn.ModuleList(
            _double(below + skip, fan_out)
            for below, skip, fan_out in zip(takes, channels[3::-1], gives, strict=False)
        )
        self.last = nn.Conv2d(gives[-1], 3, 1)

    def forward(self, plane: Tensor) -> Tensor:
        """Paint pictures.

        Args:
            plane: (N, 1, H, W) near infrared in [0, 1], H and W multiples of 16.

        Returns:
            (N, 3, H, W) RGB in (-1, 1) as published (tanh): what is below 0 is clamped by whoever
            shows it.
        """
        skips = [self.first(plane)]
        for level in self.down:
            skips.append(level(F.max_pool2d(skips[-1], 2)))
        features = skips.pop()
        for level in self.up:
            larger = F.interpolate(features, scale_factor=2, mode="bilinear", align_corners=True)
            features = level(torch.cat((skips.pop(), larger), 1))
        return torch.tanh(self.last(features))


class EdgeNet(nn.Module):
    """The published edge loss's network: (painting - truth) -> an edge picture; 2,499 parameters.

    It runs in training only. Its target, the edges of the truth, is not what a perfect painting
    gives it (which is a difference of nothing), so its loss cannot vanish.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 3, stride=2, padding=1),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2, True),
            nn.ConvTranspose2d(width, 1, 3, stride=2, padding=1, output_padding=1),
            nn.BatchNorm2d(1),
            nn.Tanh(),
        )

    def forward(self, difference: Tensor) -> Tensor:
        """(N, 3, H, W) in (-2, 1), H and W even -> (N, 1, H, W) in (-1, 1)."""
        edges: Tensor = self.layers(difference)
        return edges


class Refiner(nn.Module):
    """A survey's reading of EdgeNet: ColorNet's painting -> a clearer one, at inference too.

    Two convolutions of stride 2 and two transposed ones; what it gives is added to the painting.
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        last = nn.ConvTranspose2d(width, 3, 4, stride=2, padding=1)
        nn.init.zeros_(last.weight)
        self.layers = nn.Sequential(
            nn.Conv2d(3, width, 3, stride=2, padding=1),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2, True),
            nn.Conv2d(width, 2 * width, 3, stride=2, padding=1),
            nn.BatchNorm2d(2 * width),
            nn.LeakyReLU(0.2, True),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
            nn.BatchNorm2d(width),
            nn.LeakyReLU(0.2, True),
            last,
        )

    def forward(self, painting: Tensor) -> Tensor:
        """(N, 3, H, W), H and W multiples of 4 -> the same shape."""
        change: Tensor = self.layers(painting)
        return painting + change


class SNet(nn.Module):
    """What paints: ColorNet, and in the variant the refiner behind it."""

    def __init__(self, width: int = 64, refine: bool = False) -> None:
        super().__init__()
        self.color = ColorNet(width)
        self.refiner = Refiner(width) if refine else None

    def forward(self, plane: Tensor) -> Tensor:
        """(N, 1, H, W) in [0, 1], sides multiples of 16 -> (N, 3, H, W) RGB, not yet clamped."""
        painting: Tensor = self.color(plane)
        return painting if self.refiner is None else self.refiner(painting)
