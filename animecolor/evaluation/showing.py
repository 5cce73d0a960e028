"""A clip as it is shown to a colorizer: its true colors, and the plane the colorizer reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from torch import Tensor

from animecolor.color import LUMA_709
from animecolor.config import Lines
from animecolor.frame import Plane
from animecolor.stages.canny import canny_plane
from animecolor.stages.ink import ink_plane
from animecolor.stages.sizing import shrink, unit, working_size
from animecolor.training.clips import Clip, Pictures
from animecolor.training.pseudo import pseudo_nir

LEAST_FRAMES = 3
"""Frame 0 is often given; what is judged needs two frames after it to have a before and after."""

_WEIGHTS = np.asarray([LUMA_709], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Showing:
    """One clip, ready to be painted and judged."""

    clip: Clip
    reads: Plane
    truth: Tensor
    """(T, 3, h, w) float32 RGB in [0, 1]."""
    planes: Tensor
    """(T, 1, h, w) float32 in [0, 1]: lines (0 = ink), luma or near infrared."""

    def __len__(self) -> int:
        return len(self.truth)


def show(clip: Clip, reads: Sequence[Plane], short: int | None) -> list[Showing]:
    """Open a clip once for every plane asked for; the showings share their truth.

    Lines are the exact ink where the clip has it and Canny's otherwise, drawn as inference draws
    them; grey is BT.709 luma; near infrared is guessed from the colors (``training.pseudo``).

    Args:
        clip: at least ``LEAST_FRAMES`` frames.
        reads: planes.
        short: short side in pixels; None keeps the clip's own size.
    """
    colors = clip.color()
    own = colors.shape[1], colors.shape[2]
    size = own if short is None else working_size(own, short)
    small = [shrink(np.asarray(frame), size) for frame in colors]
    truth = torch.from_numpy(np.stack([unit(frame) for frame in small])).permute(0, 3, 1, 2)
    truth = truth.contiguous()
    drawings = clip.ink()
    found = []
    for plane in reads:
        if plane is Plane.LINE:
            shown = _lines(small, drawings)
        else:
            shown = _luma(small) if plane is Plane.GRAY else [pseudo_nir(frame) for frame in small]
        planes = torch.from_numpy(np.stack(shown))[:, None]
        found.append(Showing(clip, plane, truth, planes))
    return found


def _luma(frames: Sequence[Pictures]) -> list[np.ndarray]:
    return [np.clip(cv2.transform(unit(frame), _WEIGHTS), 0, 1) for frame in frames]


def _lines(frames: Sequence[Pictures], drawings: Pictures | None) -> list[np.ndarray]:
    if drawings is None:
        return [canny_plane(luma, Lines()) for luma in _luma(frames)]
    size = frames[0].shape[0], frames[0].shape[1]
    return [ink_plane(np.asarray(drawing), size) for drawing in drawings]
