"""Drawings as an artist inks them, what a network paints on them, and how they come out."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from animecolor.config import Lines, LineSource
from animecolor.flats.palette import Palette, Swatch
from animecolor.frame import Frame, Keyframe, from_array, to_array
from animecolor.stages.finish import finish
from animecolor.stages.flats import Flatten
from animecolor.stages.lines import draw_lines, ink_plane
from animecolor.stages.sizing import shrink, unit, working_size
from tests.stages.drawings import Picture, frame

Size = tuple[int, int]
INK = Lines(source=LineSource.INK)
SIZE = 180, 320
SHORT = 90
RED, SHADE, BLUE, WHITE = (220, 60, 50), (120, 20, 40), (40, 60, 180), (255, 255, 255)
CEL = Palette((Swatch(RED, "cloak"), Swatch(SHADE, "cloak.shadow"), Swatch(BLUE, "sky")))


def inked(pages: Iterable[NDArray[Any]], colors: Iterable[torch.Tensor]) -> list[Frame]:
    """Drawings of one shot, as the artist inked them, and what a network painted on them."""
    drawn = (frame(page, n, opens_shot=n == 0) for n, page in enumerate(pages))
    lined = draw_lines(drawn, INK, SHORT)
    return [replace(f, color=color) for f, color in zip(lined, colors, strict=True)]


def small(picture: NDArray[Any]) -> torch.Tensor:
    """What a perfect network would paint."""
    return from_array(unit(shrink(picture, working_size(picture.shape[:2], SHORT))))


def noisy(picture: NDArray[Any], seed: int, sigma: float) -> torch.Tensor:
    """What a network that is as wrong as this would."""
    rng = np.random.default_rng(seed)
    clean = small(picture)
    wrong = rng.normal(0, sigma, tuple(clean.shape)).astype(np.float32)
    return (clean + torch.from_numpy(wrong)).clamp(0, 1)


def paint(frames: list[Frame], flatten: Flatten | None = None) -> list[Frame]:
    return list(finish(frames, INK, flatten or Flatten()))


def painted(f: Frame) -> NDArray[Any]:
    assert f.painted is not None
    picture = to_array(f.painted)
    assert (picture.dtype, picture.shape) == (to_array(f.image).dtype, to_array(f.image).shape)
    return picture


def layer(f: Frame) -> Picture:
    """(H, W, 3) the flats layer in color; magenta where no swatch tells."""
    assert f.flats is not None
    table = np.full((256, 3), (255, 0, 255), np.uint8)
    table[: len(f.flats.rgb)] = f.flats.rgb
    return table[f.flats.swatch[f.flats.labels]]


def page_of(size: Size = SIZE) -> tuple[Picture, Picture]:
    """A cloak with a shadow in a sky: the inked drawing with a blue trace line, and the truth."""
    height, width = size
    page, truth = (np.full((height, width, 3), fill, np.uint8) for fill in (WHITE, BLUE))
    middle, axes = (width // 2, height // 2), (width // 5, height // 3)
    cv2.ellipse(truth, middle, axes, 0, 0, 360, RED, -1)
    cv2.ellipse(truth, middle, axes, 0, -90, 90, SHADE, -1)
    top, bottom = (middle[0], middle[1] - axes[1]), (middle[0], middle[1] + axes[1])
    cv2.line(page, top, bottom, (0, 0, 255), 2)
    cv2.ellipse(page, middle, axes, 0, 0, 360, (0, 0, 0), 2, cv2.LINE_AA)
    return page, truth


def away_from_lines(page: Picture) -> NDArray[np.bool_]:
    dark = (page.min(axis=2) < 255).astype(np.uint8)
    return np.asarray(cv2.dilate(dark, np.ones((5, 5), np.uint8)) == 0)


def key(folder: Path, picture: NDArray[Any], index: int = 0) -> Keyframe:
    folder.mkdir(exist_ok=True)
    path = folder / f"{index:06d}.png"
    order = [2, 1, 0, *range(3, picture.shape[2])]
    assert cv2.imwrite(str(path), picture[..., order])
    plane = ink_plane(picture[..., :3].max(axis=2), working_size(SIZE, SHORT))
    lined = torch.from_numpy(np.where(plane < 0.4, 0, 1).astype(np.float32))[None]
    return Keyframe(index, lined, torch.zeros(3, 4, 4), path)


def inside(page: Picture, truth: Picture) -> Picture:
    """A painting: colors under the drawing's black lines, the trace line painted over."""
    black = (page.max(axis=2, keepdims=True) < 255) & (page[..., 2:] < 255)
    return np.where(black, 0, truth).astype(np.uint8)
