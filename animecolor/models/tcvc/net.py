"""The TCVC generator and discriminator (Thasarathan, Nazeri, Ebrahimi 2019).

The generator is the residual encoder-decoder of EdgeConnect's inpainting stage, not a U-Net: no
skip connections, dilated residual blocks at a quarter of the resolution.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.utils.parametrizations import spectral_norm


class InstanceNorm(nn.Module):
    """Instance normalisation without affine weights or running statistics.

    One group a channel is the same function, and PyTorch's group norm keeps channels-last bf16 as
    it is where its instance norm copies twice: six times faster forward on a CPU. Its backward is
    four times slower, so training keeps instance norm.
    """

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape, each channel of each sample to mean 0, variance 1."""
        if features.requires_grad:
            return F.instance_norm(features)
        return F.group_norm(features, features.shape[1])


def _norm_relu() -> list[nn.Module]:
    return [InstanceNorm(), nn.ReLU(True)]


class ResidualBlock(nn.Module):
    """3x3 dilation 2, then 3x3 dilation 1, reflection padding, instance norm; adds its input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.ReflectionPad2d(2),
            nn.Conv2d(channels, channels, 3, dilation=2),
            *_norm_relu(),
            nn.ReflectionPad2d(1),
            nn.Conv2d(channels, channels, 3),
            InstanceNorm(),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        residual: Tensor = self.block(features)
        return features + residual


class Generator(nn.Module):
    """Line art or grey frame + previous colour frame -> colour frame.

    Args:
        width: channels of the first layer; 64 as published (10,774,595 parameters).
        blocks: residual blocks; 8 as published.
    """

    def __init__(self, width: int = 64, blocks: int = 8) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            nn.ReflectionPad2d(3),
            nn.Conv2d(4, width, 7),
            *_norm_relu(),
            nn.Conv2d(width, 2 * width, 4, stride=2, padding=1),
            *_norm_relu(),
            nn.Conv2d(2 * width, 4 * width, 4, stride=2, padding=1),
            *_norm_relu(),
        )
        self.middle = nn.Sequential(*(ResidualBlock(4 * width) for _ in range(blocks)))
        self.decoder = nn.Sequential(
            nn.ConvTranspose2d(4 * width, 2 * width, 4, stride=2, padding=1),
            *_norm_relu(),
            nn.ConvTranspose2d(2 * width, width, 4, stride=2, padding=1),
            *_norm_relu(),
            nn.ReflectionPad2d(3),
            nn.Conv2d(width, 3, 7),
        )
        self.apply(_init_normal)

    def forward(self, plane: Tensor, previous: Tensor) -> Tensor:
        """Paint one frame.

        Args:
            plane: (N, 1, H, W) in [0, 1], H and W multiples of 4; line art is black on white.
            previous: (N, 3, H, W) RGB in [0, 1], black where there is no previous frame.

        Returns:
            (N, 3, H, W) RGB in [0, 1].
        """
        features = self.encoder(torch.cat((plane, previous), 1))
        painted: Tensor = self.decoder(self.middle(features))
        return (torch.tanh(painted) + 1) / 2


class Discriminator(nn.Module):
    """70x70 PatchGAN on (current plane, previous colour, candidate colour), spectral norm.

    2,767,872 weights at width 64 (convolutions without bias, as published).
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = (7, width, 2 * width, 4 * width, 8 * width)
        for index, (fan_in, fan_out) in enumerate(zip(channels, channels[1:], strict=False)):
            conv = nn.Conv2d(fan_in, fan_out, 4, 1 if index == 3 else 2, 1, bias=False)
            layers += [conv, nn.LeakyReLU(0.2, True)]
        layers.append(nn.Conv2d(8 * width, 1, 4, 1, 1, bias=False))
        self.layers = nn.Sequential(*layers)
        self.apply(_init_normal)
        for layer in self.layers:
            if isinstance(layer, nn.Conv2d):
                spectral_norm(layer)

    def forward(self, plane: Tensor, previous: Tensor, candidate: Tensor) -> Tensor:
        """(N, 1|3|3, H, W) in [0, 1] -> (N, 1, H/8 - 2, W/8 - 2) logits.

        The published network ends in a sigmoid; here it is folded into the loss
        (``binary_cross_entropy_with_logits``), which is the same function without its overflow.
        """
        scores: Tensor = self.layers(torch.cat((plane, previous, candidate), 1))
        return scores


def _init_normal(module: nn.Module) -> None:
    """N(0, 0.02) weights and zero biases, as published."""
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0.0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
