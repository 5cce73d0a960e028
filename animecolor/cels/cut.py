"""Color a cut: paint what the plan says, layer by layer, and write down what was made."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path

from animecolor.cels.manifest import Entry, Manifest, read_manifest, write_manifest
from animecolor.cels.painting import Painter, Strip, paint_cels, workroom
from animecolor.cels.plan import CutPlan, LayerPlan, Wishes
from animecolor.cels.preview import NAME, preview_digest, write_preview
from animecolor.cels.strip import Cel, lay_out
from animecolor.cels.tasks import Fate, Making, Task
from animecolor.errors import AnimecolorError, UsageError
from animecolor.stages.keylist import digest_of
from animecolor.video.claim import claimed
from animecolor.video.part import part_file, write_errors


def color_cut(plan: CutPlan, painter: Painter) -> Manifest:
    """Paint a planned cut, and its preview where there is a timesheet.

    A layer's cels appear together when all of them are painted; stopped in between, the next run
    goes on from there. What is kept or locked is not touched.

    Raises:
        UsageError, AnimecolorError: a drawing or a keyframe cannot be read or does not fit; the
            disk refused; another run is, or has been since the plan, at work in the folder.
    """
    with claimed(plan.folder):
        if read_manifest(plan.folder) != plan.found:
            raise AnimecolorError(f"{plan.folder}: another run changed it meanwhile; run again")
        write_manifest(
            plan.folder, plan.manifest
        )  # a run that is killed early leaves a folder of ours
        return _color(plan, painter)


def approve(folder: Path, wishes: Wishes, dry: bool = False) -> Manifest:
    """Approve and release cels of an earlier run; nothing is painted.

    Args:
        folder: of painted cels.
        wishes: whose approvals and releases are carried out.
        dry: only say what the manifest would be.

    Raises:
        UsageError: it holds no painted cels, or none of a name.
        AnimecolorError: another run is at work there; the system refused.
    """
    if read_manifest(folder) is None:
        raise UsageError(f"{folder} holds no painted cels yet")
    with nullcontext() if dry else claimed(folder):
        manifest = wishes.carried_out(read_manifest(folder) or Manifest())
        if not dry:
            write_manifest(folder, manifest)
    return manifest


def _color(plan: CutPlan, painter: Painter) -> Manifest:
    manifest = plan.manifest
    for layer in plan.layers:
        if layer.recolored:
            manifest = _recolor_layer(layer, manifest, painter)
        if layer.fates[Fate.PAINT]:
            manifest = _color_layer(layer, manifest, painter)
    if plan.cut.sheet is not None:
        _mirror(plan.cut.sheet.path, plan.folder)
        files = {t.drawing.name: t.target for layer in plan.layers for t in layer.tasks}
        digest = preview_digest(plan.cut, files)
        if digest != manifest.preview or not (plan.folder / NAME).is_file():
            write_preview(plan.cut, files, plan.folder / NAME, plan.layers[0].render)
            manifest = manifest.model_copy(update={"preview": digest})
    write_manifest(plan.folder, manifest)
    return manifest


def cels_to_watch(plan: CutPlan) -> int:
    """How many frames the painter's watcher will see."""
    return sum(
        len(layer.recolored) + len(_strip(layer, plan.manifest).cels) for layer in plan.layers
    )


def _mirror(sheet: Path, folder: Path) -> None:
    """Lay the timesheet beside the cels, so that they are a cut folder themselves."""
    target = folder / sheet.name
    if target.is_file() and digest_of(target) == digest_of(sheet):
        return
    with part_file(target) as part, write_errors(target):
        shutil.copyfile(sheet, part)


def _strip(plan: LayerPlan, manifest: Manifest) -> Strip:
    cels = lay_out(plan.layer, plan.wanted, plan.painted(manifest))
    return Strip(cels, plan.render)


def _recolor_layer(plan: LayerPlan, manifest: Manifest, painter: Painter) -> Manifest:
    """Give cels their colors in another palette; their own old ones say which."""
    tasks = plan.recolored
    cels = tuple(Cel(task.drawing, task, plan.cel_of(task.drawing, manifest)) for task in tasks)
    with workroom(plan.making.folder) as room:
        painted: dict[str, Path] = {}
        for number, piece in enumerate(Strip(cels, plan.render).pieces):
            (place := room / str(number)).mkdir()
            painted |= paint_cels(piece, painter, place)
        files = {task: painted[task.drawing.name] for task in tasks}
        return _hand_over(files, manifest, plan.making)


def _color_layer(plan: LayerPlan, manifest: Manifest, painter: Painter) -> Manifest:
    wanted, folder = plan.wanted, plan.making.folder
    with workroom(folder) as room:
        strip = _strip(plan, manifest)
        painted = paint_cels(strip, painter, room) if wanted else {}
        files: dict[Task, Path] = {task: painted[task.drawing.name] for task in wanted}
        named = {task.drawing.name: task for task in plan.tasks}
        for number, (name, equal) in enumerate(plan.copies.items()):
            files[named[name]] = room / f"{number}{plan.making.suffix}"
            with write_errors(equal.target):
                shutil.copyfile(painted.get(equal.drawing.name, equal.target), files[named[name]])
        return _hand_over(files, manifest, plan.making)


def _hand_over(files: Mapping[Task, Path], manifest: Manifest, making: Making) -> Manifest:
    """Give painted files their names, having written down first what they are.

    A run that is stopped in between finds by ``Entry.replaced`` what is its own.
    """
    entries = {
        task.drawing.name: Entry(
            source=task.source,
            made_with=making.made_with,
            palette=making.palette,
            result=digest_of(file),
            replaced=digest_of(task.target) if task.target.is_file() else "",
        )
        for task, file in files.items()
    }
    manifest = manifest.having(entries)
    write_manifest(making.folder, manifest)
    for task, file in files.items():
        with write_errors(task.target):
            task.target.parent.mkdir(parents=True, exist_ok=True)
            file.replace(task.target)
    return manifest
