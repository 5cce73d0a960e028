"""Grey mode: what the network reads is the picture's luma."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import torch

from animecolor.frame import Frame
from animecolor.stages.sizing import working_luma


def take_luma(frames: Iterable[Frame], size: int) -> Iterator[Frame]:
    """Set ``plane`` to the BT.709 luma (of gamma-encoded RGB, as video has it) at working size.

    Args:
        frames: decoded frames.
        size: short side of the plane in pixels.
    """
    for frame in frames:
        yield replace(frame, plane=torch.from_numpy(working_luma(frame, size))[None])
