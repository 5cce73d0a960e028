"""Paint what a layer's tasks ask for, through the pipeline that paints a clip."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch
from torch import Tensor

from animecolor.cels.recolor import Copyist, Exchange, exchanged, paints_flats
from animecolor.cels.strip import Cel, as_clip
from animecolor.config import LineSource, Output, Range, Render, Shots
from animecolor.errors import UsageError
from animecolor.frame import Frame, from_array, to_array
from animecolor.pipeline import paint
from animecolor.stages.paintings import read_still
from animecolor.video.encode import encode
from animecolor.video.part import write_errors
from animecolor.video.presets import find_preset

if TYPE_CHECKING:
    from animecolor.models.colorizer import Colorizer
    from animecolor.video.info import VideoInfo

Watch = Callable[[Frame], None]

_PNG = Output(preset="png")
_PIECE = 16
"""Cels."""


@dataclass(frozen=True, slots=True)
class Painter:
    """A network and who watches it paint."""

    load: Callable[[], Colorizer]
    """Called only where a network is needed, once for each strip."""
    watch: Watch
    """Sees every frame on its way, those that only show their colors too."""


@dataclass(frozen=True, slots=True)
class Strip:
    """Cels side by side, and how they are painted."""

    cels: tuple[Cel, ...]
    render: Render

    @property
    def decided(self) -> bool:
        """Whether painted cels say the colors of all: no network is needed."""
        return paints_flats(self.render) and all(cel.painted for cel in self.cels)

    @property
    def pieces(self) -> Iterator[Strip]:
        """The same in shorter strips where no cel needs another: a strip's keyframes fill memory,
        and each drawing is compared with all of them."""
        length = _PIECE if self.decided else len(self.cels)
        for start in range(0, len(self.cels), length):
            yield Strip(self.cels[start : start + length], self.render)


def paint_cels(strip: Strip, painter: Painter, room: Path) -> dict[str, Path]:
    """Paint a strip's tasks into a folder for what is not finished.

    Returns:
        Name of each drawing painted to its file.

    Raises:
        UsageError, AnimecolorError: a drawing or a keyframe cannot be read or does not fit; the
            disk refused.
    """
    info, frames = play(strip, painter, room)
    cels, output = strip.cels, strip.render.output
    target = room / "painted"
    encode((frame for frame in frames if cels[frame.index].task), target, output, info)
    suffix = find_preset(output.preset).suffixes[0]
    numbered = {cel.drawing.name: f"{index:06d}{suffix}" for index, cel in enumerate(cels)}
    return {cel.drawing.name: target / numbered[cel.drawing.name] for cel in cels if cel.task}


def play(strip: Strip, painter: Painter, room: Path) -> tuple[VideoInfo, Iterator[Frame]]:
    """A strip as a clip, and its painted frames: frame n is cel n.

    Raises:
        UsageError, AnimecolorError: as ``paint_cels``.
    """
    render = strip.render
    info = as_clip(strip.cels, render.limits)
    lines = render.lines
    if lines.source is LineSource.AUTO:
        lines = lines.model_copy(update={"source": LineSource.INK})  # a cel is a line drawing
    alone = {
        "keyframes": _lay_keys(strip, room / "keys", info),
        "range": Range(),
        "shots": Shots(detect=False),
        "hold": False,  # equal drawings were found by their files: these all differ
        "lines": lines,
    }
    colorizer = Copyist() if strip.decided else painter.load()
    frames = paint(info, colorizer, render.model_copy(update=alone))
    return info, _watched(frames, painter.watch)


@contextmanager
def workroom(folder: Path) -> Iterator[Path]:
    """A folder among the results for what is not finished; gone afterwards.

    Raises:
        AnimecolorError: it cannot be made.
    """
    with write_errors(folder):
        room = Path(tempfile.mkdtemp(dir=folder, prefix=".", suffix=".part"))
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _watched(frames: Iterator[Frame], watch: Watch) -> Iterator[Frame]:
    for frame in frames:
        watch(frame)
        yield frame


def _lay_keys(strip: Strip, folder: Path, like: VideoInfo) -> Path | None:
    """Number the painted cels as ``stages.keyframes`` reads them; None where there are none.

    Raises:
        UsageError: one is not of its drawing's size.
        AnimecolorError: one cannot be read.
    """
    painted = {i: cel.painted for i, cel in enumerate(strip.cels) if cel.painted is not None}
    if not painted:
        return None
    with write_errors(folder):
        folder.mkdir()
    for index, cel in painted.items():
        path = cel.path
        still = read_still(path, strip.render.limits)
        if still.size != (like.height, like.width):
            height, width = still.size
            name = strip.cels[index].drawing.name
            raise UsageError(
                f"{path} is {width}x{height}, but the drawing {name} that it is painted from is "
                f"{like.width}x{like.height}"
            )
        key = folder / f"{index:06d}.png"
        if path.suffix.lower() == ".png" and not cel.exchange:
            with write_errors(key):
                shutil.copyfile(path, key)
        else:
            _save(replace(still, image=_recolored(still, cel.exchange)), key, like)
    return folder


def _recolored(cel: Frame, exchange: Exchange) -> Tensor:
    return from_array(exchanged(to_array(cel.image), exchange))


def _save(cel: Frame, path: Path, like: VideoInfo) -> None:
    """Write one cel as a PNG."""
    bits = 8 if cel.image.dtype == torch.uint8 else 16
    like = replace(like, images=None, has_alpha=cel.alpha is not None, bits=bits)
    folder = path.with_suffix("")
    encode([cel], folder, _PNG, like)
    (written,) = folder.iterdir()
    written.replace(path)
    folder.rmdir()
