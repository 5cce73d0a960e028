"""Line styles: what line art training sees, one style a sample and the same on all its frames."""

from __future__ import annotations

from typing import Annotated

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from animecolor.color import LUMA_709
from animecolor.config import Lines
from animecolor.stages.canny import canny_plane
from animecolor.training.clips import Pictures

Planes = NDArray[np.float32]
"""(T, S, S) float32 in [0, 1]: 1 is paper, 0 is ink."""

_Weight = Annotated[float, Field(ge=0)]
_Share = Annotated[float, Field(ge=0, le=1)]
_LUMA = np.asarray([LUMA_709], dtype=np.float32)


class Strokes(BaseModel):
    """How often each source of lines is drawn from, and what befalls the lines after that."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    plain: _Weight = 0.35
    """Weight of the very lines that inference draws; nothing befalls these."""
    canny: _Weight = 0.15
    """Weight of Canny with random blur and thresholds."""
    soft: _Weight = 0.15
    """Weight of a difference of Gaussians, whose lines are grey and thick."""
    ink: _Weight = 0.35
    """Weight of the exact ink, where the clip has it."""
    width: _Share = 0.3
    """Share of samples whose lines are thickened or thinned."""
    gaps: _Share = 0.15
    """Share whose lines are erased in spots."""
    distance: _Share = 0.1
    """Share drawn as nearness to the next line."""


def luma_of(colors: Pictures) -> Planes:
    """(T, H, W, 3) uint8 RGB -> (T, H, W) float32 BT.709 luma in [0, 1]."""
    unit = colors.reshape(-1, colors.shape[2], 3).astype(np.float32) / np.float32(255)
    luma = np.minimum(cv2.transform(unit, _LUMA), np.float32(1))
    return np.asarray(luma, np.float32).reshape(colors.shape[:3])


def draw_strokes(
    colors: Pictures, inks: Planes | None, strokes: Strokes, chance: np.random.Generator
) -> Planes:
    """Draw a sample as line art.

    Args:
        colors: (T, S, S, 3) uint8 RGB.
        inks: (T, S, S) float32 planes of the exact ink (``stages.ink.ink_plane``), or None.
        strokes: the styles.
        chance: draws the style.

    Returns:
        (T, S, S) float32 in [0, 1]: 1 is paper, 0 is ink.
    """
    weights = np.asarray(
        [strokes.plain, strokes.canny, strokes.soft, strokes.ink if inks is not None else 0.0]
    )
    if weights.sum() == 0:
        weights[0] = 1.0
    source = ("plain", "canny", "soft", "ink")[int(chance.choice(4, p=weights / weights.sum()))]
    if source == "plain":
        return np.stack([canny_plane(luma, Lines()) for luma in luma_of(colors)])
    if source == "canny":
        lines = random_lines(chance)
        return np.stack([canny_plane(luma, lines) for luma in luma_of(colors)])
    if source == "soft":
        return _soft(luma_of(colors), chance)
    assert inks is not None
    return inks


def random_lines(chance: np.random.Generator) -> Lines:
    """Canny with a random blur and random thresholds, around the defaults inference uses."""
    scale = float(np.exp(chance.uniform(np.log(0.5), np.log(1.5))))
    return Lines(sigma=float(chance.uniform(0.8, 1.8)), low=0.1 * scale, high=0.2 * scale)


def _soft(lumas: Planes, chance: np.random.Generator) -> Planes:
    sigma, sharp = chance.uniform(0.6, 1.2), chance.uniform(15, 40)
    fine = np.stack([cv2.GaussianBlur(luma, (0, 0), sigma) for luma in lumas])
    wide = np.stack([cv2.GaussianBlur(luma, (0, 0), 1.6 * sigma) for luma in lumas])
    darker = np.maximum(wide - fine - np.float32(0.01), np.float32(0))
    return np.asarray(1 - np.tanh(np.float32(sharp) * darker), np.float32)
