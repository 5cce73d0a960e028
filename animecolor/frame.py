"""The types that travel through the pipeline: Frame, Shot, Keyframe, Hint and Plane."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor


class Plane(StrEnum):
    """What a colorizer reads of a frame."""

    LINE = "line"
    GRAY = "gray"
    NIR = "nir"


UNPAINTED = 255
"""Index of what no swatch tells: a gradient, or the ground of a transparent cel."""


@dataclass(frozen=True, slots=True, eq=False)
class Flats:
    """A drawing as flat areas: every pixel, those under the lines too, belongs to a region.

    Tables have a row for each region, from 1; row 0 is unused.
    """

    labels: NDArray[np.int32]
    """(H, W): the region of each pixel, no zeros."""
    swatch: NDArray[np.uint8]
    """(R + 1,): which of ``rgb`` a region has, or ``UNPAINTED``."""
    soft: NDArray[np.bool_]
    """(R + 1,): painted with a gradient, which only the picture has."""
    sure: NDArray[np.float32]
    """(R + 1,) in [0, 1]: 1 is certain; 0 where the color was none of the palette's."""
    rgb: NDArray[np.uint8]
    """(P, 3), P <= 255: display-referred sRGB."""
    names: tuple[str, ...]
    """P names of the swatches, empty where they have none."""
    ink: NDArray[Any]
    """(H, W) of the picture's dtype: cover of the artist's black ink, the greatest value = full; no
    coloured trace lines."""


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One displayed picture and the planes derived from it.

    Born in ``video.decode``; stages never mutate a frame, they ``dataclasses.replace`` it.
    Pictures are integer tensors, channels first in shape and interleaved in memory (the permuted
    view of a contiguous ``(H, W, 3)`` array), display-referred BT.709/sRGB, full range: uint8 in
    [0, 255], or uint16 in [0, 65535] when the source has more than 8 bits.
    """

    image: Tensor
    """(3, H, W) uint8 or uint16: the decoded picture, upright; grey repeats one plane."""
    pts: int
    """Presentation time in ticks of ``time_base``, as the source has it."""
    time_base: Fraction
    """Seconds per tick."""
    index: int
    """Position in the clip; 0 is the first frame decoded."""
    duration: int = 0
    """Ticks the picture stays up; 0 when the source does not say."""
    alpha: Tensor | None = None
    """(1, H, W), dtype of ``image``, straight (not premultiplied); None when opaque."""
    shot: int = 0
    """Index of the shot this frame belongs to."""
    opens_shot: bool = False
    """True on the first frame after a cut, and on the first of the clip."""
    held: bool = False
    """True when the drawing equals the one before it in the shot (see ``stages.unique``)."""
    line: Tensor | None = None
    """(1, H, W) uint8 at native size, 255 = ink, 0 = paper; None in grey mode. Canny's is drawn in
    the finish, and a held frame has that of the drawing it repeats."""
    inked: bool = False
    """True when ``line`` is the artist's own ink, which the finish draws over the colours."""
    plane: Tensor | None = None
    """(1, h, w) float32 in [0, 1] at working size: what the network reads. Line art is black on
    white (0 = ink), grey is luma."""
    luma: Tensor | None = None
    """(1, h, w) float32 in [0, 1] on the CPU: what Canny drew ``plane`` from; None for ink and in
    grey mode."""
    color: Tensor | None = None
    """(3, h, w) float32 RGB in [0, 1] at working size: what the network painted."""
    error: Tensor | None = None
    """(1, h, w) float32: absolute error that the network expects of ``color``, mean of R, G and B;
    None where it cannot tell."""
    painted: Tensor | None = None
    """(3, H, W), dtype and layout of ``image``: the finished picture that is encoded."""
    cover: Tensor | None = None
    """(1, H, W) of the dtype of ``image``: alpha of ``painted``; None where it is ``alpha``."""
    flats: Flats | None = None
    """What ``painted`` is made of, where it was painted region by region."""

    @property
    def time_s(self) -> float:
        """Presentation time in seconds."""
        return float(self.pts * self.time_base)

    @property
    def size(self) -> tuple[int, int]:
        """Native (height, width) in pixels."""
        return self.image.shape[-2], self.image.shape[-1]


@dataclass(frozen=True, slots=True)
class Hint:
    """What a person said about a shot."""

    caption: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Keyframe:
    """A painted frame and the plane it was painted on, both at working size."""

    index: int
    """Frame index in the clip."""
    plane: Tensor
    """(1, h, w) float32 in [0, 1], as ``Frame.plane``."""
    color: Tensor
    """(3, h, w) float32 RGB in [0, 1]."""
    path: Path | None = None
    """The painted file, whose native pixels have the exact colors."""


@dataclass(frozen=True, slots=True, eq=False)
class Reference:
    """A painted picture that is no frame of the clip, a character sheet; of any size."""

    plane: Tensor
    """(1, h, w) float32 in [0, 1], as ``Frame.plane``."""
    color: Tensor
    """(3, h, w) float32 RGB in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Shot:
    """What a colorizer may know of a shot before its first frame."""

    index: int = 0
    first: int = 0
    """Index of the first frame."""
    keyframes: tuple[Keyframe, ...] = ()
    references: tuple[Reference, ...] = ()
    hint: Hint = field(default_factory=Hint)


def to_array(picture: Tensor) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """(C, H, W) integer tensor -> (H, W, C) array over the same memory (no copy)."""
    return picture.permute(1, 2, 0).numpy()


def from_array(array: NDArray[np.uint8] | NDArray[np.uint16]) -> Tensor:
    """(H, W, C) integer array -> (C, H, W) tensor over the same memory (no copy)."""
    import torch

    return torch.from_numpy(array).permute(2, 0, 1)
