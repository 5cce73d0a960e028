"""Any size in, the same size out: pad to what a network can take, crop what it gives."""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor


def pad_to(picture: Tensor, multiple: int, least: int = 1) -> Tensor:
    """Repeat the right and bottom edges of (N, C, H, W) up to a multiple of ``multiple``.

    Sides shorter than ``least`` (itself a multiple) grow to it. Returns the very tensor when
    nothing is missing.
    """
    down, right = (max(least, side + -side % multiple) - side for side in picture.shape[-2:])
    if down == right == 0:
        return picture
    return F.pad(picture, (0, right, 0, down), mode="replicate")


def crop_to(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """(N, C, H, W) -> (N, C, *size), the top left corner."""
    return picture[..., : size[0], : size[1]]
