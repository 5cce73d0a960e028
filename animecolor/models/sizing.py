"""Any size in, the same size out: pad to what a network can take, crop what it gives."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def pad_to(picture: Tensor, multiple: int) -> Tensor:
    """Repeat the right and bottom edges of (N, C, H, W) up to a multiple of ``multiple``.

    Returns the very tensor when nothing is missing.
    """
    height, width = picture.shape[-2:]
    missing = (-width % multiple, -height % multiple)
    if missing == (0, 0):
        return picture
    return F.pad(picture, (0, missing[0], 0, missing[1]), mode="replicate")


def crop_to(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, C, H, W) -> (N, C, *size), the top left corner."""
    return picture[..., : size[0], : size[1]]
