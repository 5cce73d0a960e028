"""Paint what a layer's tasks ask for, through the pipeline that paints a clip."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.cels.strip import Cel, as_clip
from animecolor.config import LineSource, Output, Range, Render, Shots
from animecolor.frame import Frame
from animecolor.pipeline import paint
from animecolor.stages.paintings import read_still
from animecolor.video.encode import encode
from animecolor.video.part import write_errors
from animecolor.video.presets import find_preset
from animecolor.video.probe import probe

if TYPE_CHECKING:
    from animecolor.models.colorizer import Colorizer

Watch = Callable[[Frame], None]

_PNG = Output(preset="png")


@dataclass(frozen=True, slots=True)
class Painter:
    """A network and who watches it paint."""

    colorizer: Colorizer
    watch: Watch
    """Sees every frame on its way, those that only show their colors too."""


def paint_cels(
    cels: Sequence[Cel], render: Render, painter: Painter, room: Path
) -> dict[str, Path]:
    """Paint a strip's tasks into a folder for what is not finished.

    Returns:
        Name of each drawing painted to its file.

    Raises:
        UsageError, AnimecolorError: a drawing or a keyframe cannot be read or does not fit; the
            disk refused.
    """
    keys = _lay_keys(cels, room / "keys", render)
    lines = render.lines
    if lines.source is LineSource.AUTO:
        lines = lines.model_copy(update={"source": LineSource.INK})  # a cel is a line drawing
    alone = {
        "keyframes": keys,
        "range": Range(),
        "shots": Shots(detect=False),
        "hold": False,  # equal drawings were found by their files: these all differ
        "lines": lines,
    }
    render = render.model_copy(update=alone)
    info = as_clip(cels, render.limits)
    target = room / "painted"
    frames = paint(info, painter.colorizer, render)
    encode(_wanted(frames, cels, painter.watch), target, render.output, info)
    suffix = find_preset(render.output.preset).suffixes[0]
    numbered = {cel.drawing.name: f"{index:06d}{suffix}" for index, cel in enumerate(cels)}
    return {cel.drawing.name: target / numbered[cel.drawing.name] for cel in cels if cel.task}


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


def _wanted(frames: Iterator[Frame], cels: Sequence[Cel], watch: Watch) -> Iterator[Frame]:
    for frame in frames:
        watch(frame)
        if cels[frame.index].task is not None:
            yield frame


def _lay_keys(cels: Sequence[Cel], folder: Path, render: Render) -> Path | None:
    """Number the painted cels as ``stages.keyframes`` reads them; None where there are none."""
    painted: Mapping[int, Path] = {i: cel.painted for i, cel in enumerate(cels) if cel.painted}
    if not painted:
        return None
    with write_errors(folder):
        folder.mkdir()
        for index, path in painted.items():
            key = folder / f"{index:06d}.png"
            if path.suffix.lower() == ".png":
                shutil.copyfile(path, key)
            else:
                _to_png(path, key, render)
    return folder


def _to_png(path: Path, key: Path, render: Render) -> None:
    still = read_still(path, render.limits)
    folder = key.with_suffix("")
    encode([still], folder, _PNG, probe(path, render.limits))
    (written,) = folder.iterdir()
    written.replace(key)
    folder.rmdir()
