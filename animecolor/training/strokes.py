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
_FAINT = np.float32(0.004)
"""Difference of luma below which nothing is a line: grain and compression."""
_DIM = 0.01
"""Difference above that which is the least to be drawn as a dark line."""
_CLEAR = 0.7
"""Level above which a pixel has no line for ``_near``."""
_BLANK = np.float32(1e3)
"""Distance in pixels to the next line where there is none."""
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
    source = _source(strokes, inks is not None, chance)
    if source == "plain":
        return _canny(colors, Lines())
    if source == "canny":
        planes = _canny(colors, random_lines(chance))
    elif source == "ink" and inks is not None:
        planes = inks
    else:
        planes = _soft(luma_of(colors), chance)
    if chance.random() < strokes.width:
        planes = _widened(planes, chance)
    if chance.random() < strokes.gaps:
        planes = _broken(planes, chance)
    if chance.random() < strokes.distance:
        planes = _near(planes, chance)
    return planes


def random_lines(chance: np.random.Generator) -> Lines:
    """Canny with a random blur and random thresholds, around the defaults inference uses."""
    scale = float(np.exp(chance.uniform(np.log(0.5), np.log(1.5))))
    return Lines(sigma=float(chance.uniform(0.8, 1.8)), low=0.1 * scale, high=0.2 * scale)


def _source(strokes: Strokes, inked: bool, chance: np.random.Generator) -> str:
    weights = {"plain": strokes.plain, "canny": strokes.canny, "soft": strokes.soft}
    if inked:
        weights["ink"] = strokes.ink
    total = sum(weights.values())
    if total == 0:  # a clip without ink where only ink is wanted
        return "plain"
    return str(chance.choice(list(weights), p=[weight / total for weight in weights.values()]))


def _canny(colors: Pictures, lines: Lines) -> Planes:
    return np.stack([canny_plane(luma, lines) for luma in luma_of(colors)])


def _soft(lumas: Planes, chance: np.random.Generator) -> Planes:
    """Difference of Gaussians with a soft threshold (XDoG, Winnemoeller et al. 2012)."""
    sigma, sharp = chance.uniform(0.6, 1.2), chance.uniform(1.0, 3.0)
    fine, wide = (
        np.stack([cv2.GaussianBlur(luma, (0, 0), scale) for luma in lumas])
        for scale in (sigma, 1.6 * sigma)
    )
    darker = np.maximum(wide - fine - _FAINT, np.float32(0))
    # One gain for all frames, from the strongest lines: a dim film is drawn as dark as any.
    strongest = max(_DIM, float(np.quantile(darker[:, ::2, ::2], 0.98)))
    return np.asarray(1 - np.tanh(np.float32(sharp / strongest) * darker), np.float32)


def _widened(planes: Planes, chance: np.random.Generator) -> Planes:
    """Lines a pixel or two thicker, or thinner and fainter."""
    if chance.random() < 0.6:
        side = int(chance.integers(2, 4))
        pen = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side))
        return np.stack([np.asarray(cv2.erode(plane, pen), np.float32) for plane in planes])
    darkness = (1 - planes) ** np.float32(chance.uniform(1.0, 2.0))
    return np.asarray(1 - darkness * np.float32(chance.uniform(0.5, 1.0)), np.float32)


def _broken(planes: Planes, chance: np.random.Generator) -> Planes:
    """Lines erased in round spots that stay where they are on all frames."""
    size = planes.shape[1:]
    spots = max(2, max(size) // int(chance.integers(6, 13)))
    coarse = chance.random((spots, spots), dtype=np.float32)
    field = cv2.resize(coarse, size[::-1], interpolation=cv2.INTER_CUBIC)
    erased = np.clip((field - np.float32(chance.uniform(0.7, 0.85))) * 8, 0, 1)
    return np.asarray(np.maximum(planes, erased), np.float32)


def _near(planes: Planes, chance: np.random.Generator) -> Planes:
    """One minus exp(-distance to the next line / scale): every pixel knows of its lines."""
    scale = np.float32(chance.uniform(1.5, 6.0))
    clear = (planes > _CLEAR).astype(np.uint8)
    # OpenCV's exact distance differs in the last bit from call to call; this one is 2 % off.
    distances = [
        cv2.distanceTransform(plane, cv2.DIST_L2, cv2.DIST_MASK_5)
        if plane.min() == 0
        else _BLANK * plane
        for plane in clear
    ]
    return np.asarray(1 - np.exp(-np.stack(distances) / scale), np.float32)
