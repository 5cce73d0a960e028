"""Another palette for a clip that was painted already: its layers tell all, no network runs.

Every pixel of ``flats/`` keeps its index, which means another color now; the ink of ``lines/`` is
laid over it as before. Transparency stays, and so do gradients (``soft/``), which no swatch tells.
"""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from animecolor.config import Limits, LinesOver, Output, Range, complaint
from animecolor.errors import UsageError
from animecolor.flats.indexed import read_indexed_png
from animecolor.flats.palette import Palette
from animecolor.flats.palette_files import read_palette
from animecolor.flats.swap import swapped
from animecolor.frame import UNPAINTED, Frame, from_array, to_array
from animecolor.stages.layers import ABOUT, PALETTE
from animecolor.stages.overlay import darker, lay_ink
from animecolor.stages.paintings import read_still
from animecolor.stages.sizing import alpha_of
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.info import VideoInfo
from animecolor.video.probe import probe

log = logging.getLogger("animecolor")

Watch = Callable[[Frame], None]

_LARGEST = 1 << 20
_SAME = 2
"""Levels by which a line may differ from the color that it is taken to be drawn in."""


@dataclass(frozen=True, slots=True)
class Layers:
    """What an earlier run left of a clip."""

    folder: Path
    like: VideoInfo
    """Of the finished pictures."""
    palette: Palette
    """What an index means."""
    lines_over: LinesOver


def read_layers(folder: Path, limits: Limits | None = None) -> Layers:
    """Look into a folder that ``run --layers`` wrote.

    Raises:
        UsageError: it is no such folder.
        AnimecolorError: its pictures cannot be read.
    """
    about = _read_about(folder / ABOUT)
    palette = read_palette(folder / PALETTE)
    like = probe(folder / "result", limits or Limits(), about.rate)
    return Layers(folder, like, palette, about.lines_over)


def recolor(
    layers: Layers, palette: Palette, target: Path, output: Output, watch: Watch | None = None
) -> int:
    """Write a clip again in another palette.

    Args:
        layers: from ``read_layers``.
        palette: takes the place of that of the layers; see ``flats.swap.swapped``.
        target: as of ``video.encode.encode``; sound is not among the layers.
        output: how it is written.
        watch: sees every frame on its way.

    Returns:
        The number of frames written.

    Raises:
        UsageError: a color that is used has no counterpart, or the layers do not fit together.
        AnimecolorError: a layer cannot be read or the target cannot be written.
    """
    frames = recolored(layers, palette)
    return encode(_watched(frames, watch) if watch else frames, target, output, layers.like)


def recolored(layers: Layers, palette: Palette) -> Iterator[Frame]:
    """The clip's frames with ``painted`` in another palette.

    Raises:
        UsageError, AnimecolorError: as ``recolor``.
    """
    if (layers.folder / "soft").is_dir():
        log.warning("gradients have no swatch and keep their colors")
    used = _used(layers)
    old = _table(layers.palette)
    swap = _Swap(layers, old, swapped(layers.palette, palette, used), used)
    for frame in decode(layers.like, Range(), Limits()):
        yield swap(frame)


@dataclass(frozen=True, slots=True, eq=False)
class _Swap:
    """Paints a frame's layers anew."""

    layers: Layers
    old: NDArray[np.uint8]
    """(256, 3)."""
    new: NDArray[np.uint8]
    """(256, 3)."""
    used: list[int]

    def __call__(self, frame: Frame) -> Frame:
        before = to_array(frame.image)
        index = self._same_size(frame, read_indexed_png(_layer(self.layers, "flats", frame)))
        still = read_still(_layer(self.layers, "lines", frame), Limits())
        cover = alpha_of(still)
        if cover is None:
            raise UsageError(f"{_layer(self.layers, 'lines', frame)} has no alpha")
        ink = self._same_size(frame, np.array(cover))
        soft = self._soft(frame)
        now = _painted(self.new, index, soft, before)
        ground = index == UNPAINTED
        if soft is not None:
            ground &= ~soft.inside
        if self.layers.lines_over is LinesOver.ORIGINAL:
            now = lay_ink(now, ink)
        # No region has painted the ground: what shows there is ink alone, in its own color.
        now[ground] = before[ground]
        if self.layers.lines_over is LinesOver.COLORED:
            ink[ground & (ink > 0)] = np.iinfo(ink.dtype).max
            was = _painted(self.old, index, soft, before)
            now = self._with_lines(before, was, now, ink)
        return replace(frame, painted=from_array(now))

    def _with_lines(
        self, before: Any, was: NDArray[Any], now: NDArray[Any], ink: NDArray[Any]
    ) -> NDArray[Any]:
        inked = ink > 0
        level = ink[inked][None]
        shades = _shades(before[inked][None], was[inked][None], level, self.old[self.used])
        known = shades >= 0
        shade = _deepened(darker(self.new[self.used])[shades], now)
        laid = lay_ink(now[inked][None], level, shade)
        out = now.copy()
        out[inked] = np.where(known[..., None], laid, before[inked])[0]
        return out

    def _soft(self, frame: Frame) -> _Soft | None:
        path = _layer(self.layers, "soft", frame)
        if not path.is_file():
            return None
        still = read_still(path, Limits())
        cover = alpha_of(still)
        if cover is None:
            raise UsageError(f"{path} has no alpha")
        return _Soft(to_array(still.image), self._same_size(frame, cover) > 0)

    def _same_size(self, frame: Frame, layer: NDArray[Any]) -> NDArray[Any]:
        if layer.shape != frame.size:
            raise UsageError(
                f"{self.layers.folder}: the layers of frame {frame.index} differ in size"
            )
        return layer


@dataclass(frozen=True, slots=True, eq=False)
class _Soft:
    """Gradients, and where they are."""

    color: NDArray[Any]
    inside: NDArray[np.bool_]


def _painted(
    table: NDArray[np.uint8], index: NDArray[np.uint8], soft: _Soft | None, like: NDArray[Any]
) -> NDArray[Any]:
    out = _deepened(np.asarray(cv2.applyColorMap(index, table[:, None])), like)
    if soft is not None:
        out[soft.inside] = soft.color[soft.inside]
    return out


def _shades(
    drawn: NDArray[Any], under: NDArray[Any], ink: NDArray[Any], colors: NDArray[np.uint8]
) -> NDArray[np.int64]:
    """Which of some colors each line pixel was drawn in the shade of; -1 where in none.

    A line in the color of a region beside it leaves no trace of which one it was but its own color,
    so each is tried.

    Args:
        drawn: (1, N, 3) finished pixels.
        under: (1, N, 3) the same without lines.
        ink: (1, N) their cover.
        colors: (C, 3).
    """
    best = np.full(ink.shape, np.inf)
    chosen = np.full(ink.shape, -1)
    for number, color in enumerate(_deepened(darker(colors), drawn)):
        laid = lay_ink(under, ink, np.broadcast_to(color, drawn.shape).copy())
        off = np.abs(laid.astype(np.int32) - drawn).max(2)
        chosen[off < best] = number
        best = np.minimum(best, off)
    chosen[best > _SAME * (1 if drawn.dtype == np.uint8 else 257)] = -1
    return chosen


def _deepened(color: NDArray[np.uint8], like: NDArray[Any]) -> NDArray[Any]:
    """8-bit colors in the depth of other pictures."""
    return color if like.dtype == np.uint8 else color.astype(np.uint16) * np.uint16(257)


def _used(layers: Layers) -> list[int]:
    """Indices of swatches that occur in any frame, ascending."""
    assert layers.like.images is not None
    found = np.zeros(256, np.bool_)
    for number in layers.like.images.numbers:
        found[read_indexed_png(_numbered(layers, "flats", number))] = True
    found[UNPAINTED] = False
    return [int(index) for index in np.flatnonzero(found)]


def _table(palette: Palette) -> NDArray[np.uint8]:
    table = np.full((256, 3), 255, np.uint8)
    table[: len(palette.swatches)] = palette.rgb
    return table


def _layer(layers: Layers, layer: str, frame: Frame) -> Path:
    assert layers.like.images is not None
    return _numbered(layers, layer, layers.like.images.numbers[0] + frame.pts)


def _numbered(layers: Layers, layer: str, number: int) -> Path:
    assert layers.like.images is not None
    return replace(layers.like.images.pattern, folder=layers.folder / layer).path_of(number)


class _About(BaseModel):
    """What is needed of ``layers.toml``."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    rate: Fraction
    lines_over: LinesOver


def _read_about(path: Path) -> _About:
    try:
        with path.open("rb") as file:
            text = file.read(_LARGEST).decode("utf-8")
        about = _About.model_validate(tomllib.loads(text))
    except OSError as error:
        raise UsageError(
            f"{path.parent} holds no layers that --layers wrote: {path.name} cannot be read"
        ) from error
    except (ValueError, RecursionError) as error:
        why = complaint(error) if isinstance(error, ValidationError) else str(error)
        raise UsageError(f"{path} is damaged: {why[:200]}") from error
    if not 0 < about.rate <= 1000:
        raise UsageError(f"{path} is damaged: the rate is {about.rate}")
    return about


def _watched(frames: Iterator[Frame], watch: Watch) -> Iterator[Frame]:
    for frame in frames:
        watch(frame)
        yield frame
