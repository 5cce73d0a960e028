"""The Deep Koalarization network (Baldassarre, Morín, Rodés-Guirao 2017), without its classifier.

Lightness and what a frozen classifier makes of the whole picture -> chroma. Fully convolutional.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ENCODER = ((1, 2), (2, 1), (2, 2), (4, 1), (4, 2), (8, 1), (8, 1), (4, 1))
"""Width, in units of the first layer's, and stride of each 3x3 convolution."""


class Koala(nn.Module):
    """Encoder, fusion and decoder.

    6,574,050 parameters as published: width 64, and the 1,001 logits of Inception-ResNet-v2.

    Args:
        width: channels of the first layer.
        embedding: numbers that the classifier gives; 0 builds the network without that branch.
    """

    def __init__(self, width: int = 64, embedding: int = 1001) -> None:
        super().__init__()
        self.embedding = embedding
        layers: list[nn.Module] = []
        channels = 1
        for wide, stride in ENCODER:
            layers += [nn.Conv2d(channels, wide * width, 3, stride, 1), nn.ReLU(True)]
            channels = wide * width
        self.encoder = nn.Sequential(*layers)
        self.fusion = nn.Conv2d(channels + embedding, 4 * width, 1)
        last = nn.Conv2d(width // 2, 2, 3, padding=1)
        self.decoder = nn.Sequential(
            *_conv(4 * width, 2 * width),
            nn.Upsample(scale_factor=2),
            *_conv(2 * width, width),
            *_conv(width, width),
            nn.Upsample(scale_factor=2),
            *_conv(width, width // 2),
            last,
            nn.Tanh(),
            nn.Upsample(scale_factor=2),
        )
        self.apply(_init_he)
        nn.init.xavier_normal_(last.weight, gain=0.1)

    def forward(self, lightness: Tensor, seen: Tensor) -> Tensor:
        """Predict chroma; at half the resolution, each value four pixels wide, as published.

        Args:
            lightness: (N, 1, H, W), L / 50 - 1, H and W multiples of 8.
            seen: (N, embedding) what the classifier saw; zeros where nobody looked.

        Returns:
            (N, 2, H, W): a and b over 127, in [-1, 1].
        """
        features = self.encoder(lightness)
        chroma: Tensor = self.decoder(F.relu(self._fuse(features, seen)))
        return chroma

    def _fuse(self, features: Tensor, seen: Tensor) -> Tensor:
        """The 1x1 convolution of the features beside the embedding, repeated at every place.

        The embedding's part is the same everywhere, so it is multiplied once and added.
        """
        local = features.shape[1]
        weight = self.fusion.weight
        fused = F.conv2d(features, weight[:, :local], self.fusion.bias)
        if self.embedding:
            fused = fused + F.linear(seen, weight[:, local:, 0, 0])[..., None, None]
        return fused


def scale(lab: Tensor) -> tuple[Tensor, Tensor]:
    """(N, 3, H, W) Lab -> (N, 1, H, W) L and (N, 2, H, W) chroma, as the network has it."""
    return lab[:, :1] / 50 - 1, lab[:, 1:] / 127


def unscale(lightness: Tensor, chroma: Tensor) -> Tensor:
    """The inverse of ``scale``."""
    return torch.cat(((lightness + 1) * 50, chroma * 127), 1)


def _conv(fan_in: int, fan_out: int) -> tuple[nn.Module, nn.Module]:
    return nn.Conv2d(fan_in, fan_out, 3, padding=1), nn.ReLU(True)


def _init_he(module: nn.Module) -> None:
    """He's normal weights (2015), zero biases.

    Keras's default, which the published code takes, halves the variance at every ReLU: after
    fourteen layers the picture is lost against the biases, and a run of hours begins with most of
    them in brown.
    """
    if isinstance(module, nn.Conv2d):
        nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        assert module.bias is not None
        nn.init.zeros_(module.bias)
