"""The layers of painted cels: ``A/flats/a001.png``, ``A/lines/a001.png``, and ``palette.toml``.

As ``stages.layers`` writes them of a clip, but by drawing: flats are indexed PNG, index i being
swatch i of the palette; ``A/soft`` holds gradients where there are any. They are derived from the
painted cels, a person's corrections included, and only of those that changed.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from animecolor.cels.folder import Drawing
from animecolor.cels.manifest import Manifest
from animecolor.cels.painting import Painter, Strip, play, workroom
from animecolor.cels.plan import CutPlan
from animecolor.cels.recolor import paints_flats
from animecolor.cels.strip import Cel
from animecolor.errors import UsageError
from animecolor.flats.palette import Palette
from animecolor.flats.palette_files import read_palette, write_palette
from animecolor.stages.keylist import digest_of
from animecolor.stages.layers import PALETTE, LayersTape, Swatches
from animecolor.video.claim import claimed
from animecolor.video.part import part_file, write_errors

RECORD = "cels.json"
KINDS = ("flats", "lines", "soft")
_LARGEST = 64 << 20

Made = dict[str, str]
"""By name of the drawing: SHA-256 of the painted cel that the layers are of, and the palette's."""


def check_layers(folder: Path, plan: CutPlan, overwrite: bool) -> None:
    """Refuse before any work what cannot be had, or would lie among other things.

    Raises:
        UsageError: the finish is no flats; the folder is none, holds something else, or is one of
            the cut's or of its cels.
    """
    if not paints_flats(plan.layers[0].render):
        raise UsageError("layers are made of flats: take --finish flats, and ink for --lines")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; layers are written into a folder")
    place = folder.resolve()
    for taken in (plan.folder, plan.cut.path):
        if taken.resolve().is_relative_to(place):
            raise UsageError(f"{folder} is or holds {taken}; name another folder of layers")
    for layer in plan.layers:
        for task in layer.tasks:
            if any(place == path.parent.resolve() for path in (task.drawing.path, task.target)):
                raise UsageError(f"{folder} holds cels; name another folder of layers")
    known = (folder / RECORD).is_file() or overwrite
    if folder.is_dir() and any(folder.iterdir()) and not known:
        raise UsageError(f"{folder} is a folder that is not empty; pass -y to write into it")


def write_layers(folder: Path, plan: CutPlan, manifest: Manifest, painter: Painter) -> None:
    """Write the layers of every painted cel that has none, or others.

    Args:
        folder: which ``check_layers`` has let pass.
        plan: carried out already.
        manifest: what ``color_cut`` returned.
        painter: whose watcher sees the cels; no network runs.

    Raises:
        UsageError, AnimecolorError: a cel or an earlier palette cannot be read; the disk refused;
            another run is at work in the folder.
    """
    with claimed(folder):
        made = _read(folder / RECORD)
        _record(folder, made)  # a run that is killed early leaves a folder of ours
        _write_all(folder, plan, manifest, painter, made)


def _write_all(
    folder: Path, plan: CutPlan, manifest: Manifest, painter: Painter, made: Made
) -> None:
    before = folder / PALETTE
    palette = plan.layers[0].palette
    if palette is None:
        palette = read_palette(before) if before.is_file() else Palette(())
    swatches = Swatches(list(palette.swatches))
    for layer in plan.layers:
        now = {task: f"{digest_of(task.target)} {layer.making.palette}" for task in layer.tasks}
        stale = [task for task, digest in now.items() if made.get(task.drawing.name) != digest]
        if stale:
            cels = [Cel(t.drawing, t, layer.cel_of(t.drawing, manifest)) for t in stale]
            for piece in Strip(tuple(cels), layer.render).pieces:
                _write(folder, piece, swatches, painter)
            made |= {task.drawing.name: now[task] for task in stale}
    write_palette(Palette(tuple(swatches.all)), folder / PALETTE)
    _record(folder, made)


def _record(folder: Path, made: Made) -> None:
    with part_file(folder / RECORD) as part, write_errors(folder):
        part.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")


def _write(folder: Path, strip: Strip, swatches: Swatches, painter: Painter) -> None:
    with workroom(folder) as room:
        info, frames = play(strip, painter, room)
        tape = LayersTape(folder, room, info, swatches)
        for frame in frames:
            tape(frame)
        for index, cel in enumerate(strip.cels):
            _place(room, f"{index:06d}.png", folder / cel.drawing.folder, cel.drawing)


def _place(room: Path, name: str, folder: Path, drawing: Drawing) -> None:
    """Give the files of one drawing their names."""
    with write_errors(folder):
        for kind in KINDS:
            target = folder / kind / f"{drawing.path.stem}.png"
            if (room / kind / name).is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                (room / kind / name).replace(target)
            else:
                target.unlink(missing_ok=True)


def _read(path: Path) -> Made:
    if not path.is_file():
        return {}
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a record of layers")
        read: Mapping[str, str] = TypeAdapter(Made).validate_json(path.read_bytes())
        return dict(read)
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(f"{path} is no record of layers: remove it to write them anew") from error
