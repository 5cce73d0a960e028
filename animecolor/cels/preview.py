"""``preview.mp4``: the painted cels as the timesheet exposes them, back to front on white."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.cels.folder import Cut, Drawing
from animecolor.config import Limits, Output, Render
from animecolor.frame import Frame, from_array, to_array
from animecolor.stages.keylist import digest_of
from animecolor.stages.paintings import read_still
from animecolor.stages.sizing import alpha_of, eight_bits
from animecolor.video.encode import encode
from animecolor.video.info import Kind, VideoInfo
from animecolor.video.probe import probe

NAME = "preview.mp4"
RATE = Fraction(24)
"""A timesheet does not say its rate; animation is drawn for 24."""
_OUTPUT = Output(preset="web", audio=False, subtitles=False)

Cells = tuple[Drawing | None, ...]
"""What each layer shows in one frame, back to front."""


@dataclass(frozen=True, slots=True, eq=False)
class _Cel:
    """A painted cel: (H, W, 3) and (H, W) uint8."""

    color: NDArray[np.uint8]
    cover: NDArray[np.uint8]


def preview_digest(cut: Cut, files: Mapping[str, Path]) -> str:
    """SHA-256 of what a preview shows: the sheet and the painted cels.

    Args:
        cut: with a timesheet.
        files: painted cels by name of the drawing.
    """
    shown = [[None if d is None else d.name for d in layer.cells] for layer in cut.layers]
    made = {name: digest_of(path) for name, path in sorted(files.items())}
    return hashlib.sha256(json.dumps([shown, made]).encode()).hexdigest()


def write_preview(cut: Cut, files: Mapping[str, Path], target: Path, render: Render) -> None:
    """Expose the cels frame by frame into an H.264 clip; at most one cel a layer is in memory.

    Where a cel has no alpha its ground is transparent: the white that reaches the border, or all
    pure white where ``render.output.retas`` says so. Cels of several sizes share their middle.

    Raises:
        UsageError, AnimecolorError: a cel cannot be read; the clip cannot be written.
    """
    first = [probe(files[layer.drawings[0].name], render.limits) for layer in cut.layers]
    size = max(info.height for info in first), max(info.width for info in first)
    encode(_frames(cut, files, size, render), target, _OUTPUT, _as_clip(cut, first[0], size))


def _frames(
    cut: Cut, files: Mapping[str, Path], size: tuple[int, int], render: Render
) -> Iterator[Frame]:
    last: dict[int, tuple[Drawing, _Cel]] = {}
    shown: Cells | None = None
    picture = np.full((*size, 3), 255, np.uint8)
    for index, cells in enumerate(zip(*(layer.cells for layer in cut.layers), strict=True)):
        if cells != shown:
            for place, drawing in enumerate(cells):
                if drawing is None or last.get(place, (None,))[0] == drawing:
                    continue
                last[place] = drawing, _read(files[drawing.name], render.limits, render)
            cels = [last[place][1] for place, drawing in enumerate(cells) if drawing is not None]
            picture, shown = _stack(cels, size), cells
        yield Frame(from_array(picture), index, 1 / RATE, index, duration=1)


def _read(path: Path, limits: Limits, render: Render) -> _Cel:
    still = read_still(path, limits)
    color = eight_bits(to_array(still.image))
    alpha = alpha_of(still)
    if alpha is not None:
        return _Cel(color, eight_bits(np.ascontiguousarray(alpha)))
    white = cv2.inRange(color, (255, 255, 255), (255, 255, 255)) > 0
    ground = white if render.output.retas else _reaches_border(white)
    return _Cel(color, np.where(ground, 0, 255).astype(np.uint8))


def _reaches_border(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=4)
    edges = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    outer = np.zeros(int(labels.max()) + 1, np.bool_)
    for edge in edges:
        outer[edge] = True
    outer[0] = False  # what is not in the mask
    return np.asarray(outer[labels], np.bool_)


def _stack(cels: Sequence[_Cel], size: tuple[int, int]) -> NDArray[np.uint8]:
    picture = np.full((*size, 3), 255, np.uint8)
    for cel in cels:
        height, width = cel.cover.shape
        top, left = max(0, (size[0] - height) // 2), max(0, (size[1] - width) // 2)
        under = picture[top : top + height, left : left + width]
        color, cover = cel.color[: under.shape[0], : under.shape[1]], cel.cover
        share = cover[: under.shape[0], : under.shape[1], None].astype(np.uint16)
        under[:] = (color * share + under * (255 - share) + 127) // 255
    return picture


def _as_clip(cut: Cut, like: VideoInfo, size: tuple[int, int]) -> VideoInfo:
    assert cut.sheet is not None
    return replace(
        like,
        path=cut.path,
        kind=Kind.SEQUENCE,
        height=size[0],
        width=size[1],
        rate=RATE,
        time_base=1 / RATE,
        start_pts=0,
        frames=cut.sheet.frames,
        bits=8,
        has_alpha=False,
        sample_aspect=Fraction(1),
    )
