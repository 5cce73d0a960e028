"""What an adapter is taught from, and the unseen frames that prove or refute it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from animecolor.frame import Plane
from animecolor.models.colorizer import Colorizer
from animecolor.training.look import Look
from animecolor.training.samples import Mix
from animecolor.training.strokes import Strokes

CROP = 192
"""Side of a sample in pixels, where the clips are not smaller."""
FRAMES = 5


class Exam(Protocol):
    """Frames of the show that are never trained on."""

    @property
    def frames(self) -> int:
        """How many are scored."""

    def score(self, colorizer: Colorizer, known: bool) -> float:
        """Mean PSNR in dB of the frames, rolled out from painted frames or from nothing."""

    def __str__(self) -> str:
        """What they are."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One thing that was trained on."""

    name: str
    sha256: str
    """Of the file; of the manifest where it is a clip folder; of the pixels where it is painted."""
    frames: int
    license: str = "unknown"


@dataclass(frozen=True, slots=True)
class Lesson:
    """A show."""

    reads: Plane
    mix: Mix
    look: Look
    exam: Exam | None
    """None where nothing could be held out."""
    seen: Sequence[Seen]


def look_at(reads: Plane, short: int, strokes: Strokes, shrink: float) -> Look:
    """How a show's clips are cut: few and large samples, in their own colors.

    Args:
        reads: what the adapter is for.
        short: shortest side of the clips in pixels.
        strokes: how line art is drawn.
        shrink: largest reduction of a frame before it is cropped.
    """
    side = max(32, min(CROP, short // 8 * 8))
    return Look(
        crops=(side,),
        pixels=2 * side * side,
        frames=FRAMES,
        gray=1.0 if reads is Plane.GRAY else 0.0,
        shrink=shrink,
        strides=(1, 1, 2),
        hold=0.1,
        strokes=strokes,
    )
