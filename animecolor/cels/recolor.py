"""Painted cels in another palette: each region keeps its swatch, and no network runs.

A painted cel says by itself which region has which swatch, since its colors are exactly those of
the palette it was painted with. So its pixels are exchanged color for color, and what comes of it
is laid beside the drawing as a keyframe: the finish takes each region's color from there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from animecolor.cels.manifest import Manifest
from animecolor.config import FinishKind, LineSource, Mode, Render
from animecolor.flats.palette import Palette
from animecolor.frame import Frame, Plane, Shot

RGB = tuple[int, int, int]
Exchange = Mapping[RGB, RGB]
"""A color of an earlier palette to that of the present one."""


def exchange_for(old: Palette, new: Palette) -> Exchange | None:
    """What each color of a palette is in another that has the same swatches in another light.

    Swatches belong together by name; where neither palette has names, by their place.

    Returns:
        None where the palettes have other swatches, or two swatches of one color part: the cels
        must be painted again then.
    """
    ours, theirs = _by_name(old), _by_name(new)
    if ours is None or theirs is None or ours.keys() != theirs.keys():
        return None
    found: dict[RGB, RGB] = {}
    for name, rgb in ours.items():
        if found.setdefault(rgb, theirs[name]) != theirs[name]:
            return None
    return found


def exchange_all(known: Iterable[Palette], new: Palette | None) -> Exchange:
    """What the colors of earlier palettes are in the present one, whose own stay as they are."""
    found: dict[RGB, RGB] = {}
    if new is None:
        return found
    for old in known:
        for color, now in (exchange_for(old, new) or {}).items():
            found.setdefault(color, now)
    return {color: now for color, now in found.items() if color not in _colors(new)}


def exchange_of(name: str, manifest: Manifest, palette: Palette | None) -> Exchange | None:
    """What the colors of a cel are in the present palette; None where its own is not known."""
    entry = manifest.drawings.get(name)
    old = None if entry is None else manifest.palette_of(entry.palette)
    if old is None or palette is None:
        return None
    return exchange_for(old, palette) or {}


def check_swap(manifest: Manifest, palette: Palette) -> bool:
    """Whether all cels of a run can be had in another palette."""
    olds = [manifest.palette_of(entry.palette) for entry in manifest.drawings.values()]
    return all(old is not None and exchange_for(old, palette) is not None for old in set(olds))


def exchanged(picture: NDArray[Any], exchange: Exchange) -> NDArray[Any]:
    """Exchange the colors of an (H, W, 3) picture, uint8 or uint16; others stay."""
    scale = 1 if picture.dtype == np.uint8 else 257
    was, out = np.ascontiguousarray(picture), picture.copy()
    for color, now in exchange.items():
        levels = tuple(level * scale for level in color)
        found = cv2.inRange(was, levels, levels)
        if color != now and cv2.hasNonZero(found):
            np.copyto(out, np.array(now, out.dtype) * scale, where=found[..., None] > 0)
    return out


def paints_flats(render: Render) -> bool:
    """Whether a painted keyframe alone decides the colors of its drawing."""
    flat = render.finish.kind in (FinishKind.AUTO, FinishKind.FLATS)
    inked = render.lines.source is not LineSource.CANNY
    return flat and inked and render.mode is Mode.LINEART


@dataclass(frozen=True, slots=True)
class Copyist:
    """A colorizer for frames that are all keyframes: each has its own colors."""

    reads: Plane = Plane.LINE
    span: int = 1

    def begin(self, shot: Shot) -> Mapping[int, Tensor]:
        """Remember the colors of each keyframe."""
        return {key.index: key.color for key in shot.keyframes}

    def __call__(
        self, frames: Sequence[Frame], memory: Mapping[int, Tensor]
    ) -> tuple[Tensor, Mapping[int, Tensor]]:
        """Give a keyframe its colors."""
        (frame,) = frames
        return memory[frame.index][None], memory


def _by_name(palette: Palette) -> dict[str, RGB] | None:
    names = [swatch.name for swatch in palette.swatches]
    if not any(names):
        names = [str(place) for place in range(len(names))]
    if not all(names) or len(set(names)) != len(names):
        return None
    return {name: swatch.rgb for name, swatch in zip(names, palette.swatches, strict=True)}


def _colors(palette: Palette) -> set[RGB]:
    return {swatch.rgb for swatch in palette.swatches}
