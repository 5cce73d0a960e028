"""Look: how training clips are cropped, timed, recolored and drawn."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from animecolor.training.strokes import Strokes

_Share = Annotated[float, Field(ge=0, le=1)]


class Look(BaseModel):
    """Everything that decides a sample but the clips and the seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crops: tuple[Annotated[int, Field(ge=8)], ...] = Field(default=(128,), min_length=1)
    """Sides of the square crops in pixels; one is drawn a batch."""
    pixels: int = Field(default=8 * 128 * 128, ge=1)
    """Pixels of one frame of all samples of a batch, per process: the batch size follows from the
    crop."""
    frames: int = Field(default=2, ge=1)
    """Frames a sample."""
    gray: _Share = 0.4
    """Share of samples whose plane is luma; the others are line art."""
    shrink: float = Field(default=2.0, ge=1)
    """Largest reduction of a frame before it is cropped."""
    flip: _Share = 0.5
    """Share of samples mirrored left to right."""
    strides: tuple[Annotated[int, Field(ge=1)], ...] = Field(default=(1, 1, 1, 2), min_length=1)
    """Steps in frames from one frame of a sample to the next; one is drawn a sample."""
    hold: _Share = 0.0
    """Share of those steps at which the frame repeats, as a drawing on twos does."""
    gap: _Share = 0.0
    """Share of samples whose first frame lies farther before the others, as far as the clip goes:
    what a keyframe is to the middle of a long shot."""
    jitter: _Share = 0.0
    """Strength of a change of brightness, contrast and saturation, the same over a sample."""
    remap: _Share = 0.0
    """Share of samples whose palette is exchanged (``training.paints``)."""
    motion: bool = False
    """Measure the motion between frames, for losses that follow it; costs as much as the rest."""
    strokes: Strokes = Strokes()
    """How line art is drawn."""
