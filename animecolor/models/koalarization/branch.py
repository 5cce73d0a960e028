"""The frozen classifier that looks at the whole grey picture: which one, and how it is fed."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from animecolor.errors import MissingPiece
from animecolor.models.lite0 import MEAN, SPREAD, read_lite0

Branch = Literal["none", "lite0", "inception_resnet_v2"]
"""Without one; the small one that installs as a package; the published one."""


@dataclass(frozen=True, slots=True)
class Diet:
    """What a classifier is fed, and what it gives."""

    side: int
    """Side in pixels of the picture, which is stretched to a square."""
    mean: float
    spread: float
    logits: int


DIETS: dict[Branch, Diet] = {
    "none": Diet(1, 0.0, 1.0, 0),
    "lite0": Diet(224, MEAN, SPREAD, 1000),
    # Published with TensorFlow's 1,001 classes; timm's conversion drops the background class.
    "inception_resnet_v2": Diet(299, 0.5, 0.5, 1000),
}


class Looker(nn.Module):
    """A frozen classifier of grey pictures; its logits are the embedding (published: so).

    Args:
        branch: which one.
        weights: file of Inception-ResNet-v2's weights as timm names them; without it timm looks
            in its cache and downloads.

    Raises:
        MissingPiece: the package or the weights are not here.
    """

    def __init__(self, branch: Branch, weights: Path | None = None) -> None:
        super().__init__()
        self.diet = DIETS[branch]
        self.net: nn.Module | None = None
        if branch == "lite0":
            self.net = read_lite0()
        elif branch == "inception_resnet_v2":
            self.net = _inception(weights)
        self.requires_grad_(False).eval()

    def train(self, mode: bool = True) -> Looker:
        """Stay in evaluation mode."""
        return super().train(False)

    def forward(self, plane: Tensor) -> Tensor:
        """(N, 1, H, W) luma in [0, 1] -> (N, logits), of the dtype of ``plane``."""
        if self.net is None:
            return plane.new_zeros((len(plane), 0))
        side, shrinks = self.diet.side, min(plane.shape[-2:]) > self.diet.side
        small = F.interpolate(plane, (side, side), mode="bilinear", antialias=shrinks)
        fed = ((small - self.diet.mean) / self.diet.spread).expand(-1, 3, -1, -1)
        seen: Tensor = self.net(fed.contiguous(memory_format=torch.channels_last))
        return seen.to(plane.dtype)


def _inception(weights: Path | None) -> Any:
    name = "inception_resnet_v2"
    try:
        import timm
    except ImportError as error:
        raise MissingPiece(f"{name} needs timm: pip install 'animecolor[inception]'") from error
    try:
        given = {} if weights is None else {"pretrained_cfg_overlay": {"file": str(weights)}}
        return timm.create_model(name, pretrained=True, **given)
    except (OSError, RuntimeError) as error:
        raise MissingPiece(
            f"the weights of {name} cannot be had ({str(error).splitlines()[0]}): name their file "
            "as recipe.branch_weights, or set recipe.branch to lite0"
        ) from error
