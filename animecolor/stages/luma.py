"""Grey and infrared mode: what the network reads is the picture's luma.

An infrared picture has one channel, or the same thing thrice, of which its luma is that channel.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import replace

import torch

from animecolor.frame import Frame
from animecolor.stages.lines import Wanted, every
from animecolor.stages.sizing import working_luma


def take_luma(
    frames: Iterable[Frame], size: int, wanted: Wanted = every
) -> Generator[Frame, None, None]:
    """Set ``plane`` to the BT.709 luma (of gamma-encoded RGB, as video has it) at working size.

    Args:
        frames: decoded frames.
        size: short side of the plane in pixels.
        wanted: frames to set it on; the others pass as they are.
    """
    for frame in frames:
        if wanted(frame):
            frame = replace(frame, plane=torch.from_numpy(working_luma(frame, size))[None])
        yield frame
