"""What a run over a cut would do, found out before any work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from animecolor.cels.folder import Cut, Drawing, Layer
from animecolor.cels.keys import Painted, read_keys
from animecolor.cels.manifest import Manifest, read_manifest
from animecolor.cels.recolor import exchange_for, exchange_of, paints_flats
from animecolor.cels.tasks import Fate, Making, Task, find_tasks, is_done, orphans, twins
from animecolor.config import Render
from animecolor.errors import UsageError
from animecolor.flats.palette import Palette
from animecolor.flats.palette_files import read_palette
from animecolor.stages.fingerprint import fingerprint, palette_print, with_keys
from animecolor.video.presets import find_preset, image_preset


@dataclass(frozen=True, slots=True)
class LayerPlan:
    """One layer: its drawings, what becomes of them, and how they are painted."""

    layer: Layer
    making: Making
    render: Render
    tasks: tuple[Task, ...]
    keys: Mapping[str, Painted]
    """A person's keyframes by name of the drawing."""
    palette: Palette | None

    @property
    def fates(self) -> Mapping[Fate, int]:
        """How many drawings have each fate."""
        return {fate: sum(task.fate is fate for task in self.tasks) for fate in Fate}

    @property
    def copies(self) -> Mapping[str, Task]:
        """For each name to be painted, the equal drawing whose cel it takes."""
        return twins(self.tasks, self.keys)

    @property
    def wanted(self) -> tuple[Task, ...]:
        """What the network is to paint."""
        copies = self.copies
        return tuple(
            task
            for task in self.tasks
            if task.fate is Fate.PAINT and task.drawing.name not in copies
        )

    @property
    def recolored(self) -> tuple[Task, ...]:
        """What changes its palette only."""
        return tuple(task for task in self.tasks if task.fate is Fate.RECOLOR)

    def painted(self, manifest: Manifest) -> dict[str, Painted]:
        """Painted cels by name of the drawing: kept, locked, retaken, and a person's keyframes."""
        done = [task.drawing for task in self.tasks if _shows(task)]
        done += [old for old in self.layer.retaken if is_done(old, manifest, self.making)]
        return {d.name: self.cel_of(d, manifest) for d in done} | dict(self.keys)

    def cel_of(self, drawing: Drawing, manifest: Manifest) -> Painted:
        """What an earlier run made of a drawing."""
        exchange = exchange_of(drawing.name, manifest, self.palette) or {}
        return Painted(self.making.target(drawing), exchange)


@dataclass(frozen=True, slots=True)
class CutPlan:
    """A cut, where its cels go, and what is to be done."""

    cut: Cut
    folder: Path
    found: Manifest | None
    """As an earlier run left it."""
    manifest: Manifest
    """With what is known now."""
    layers: tuple[LayerPlan, ...]
    remarks: tuple[str, ...]
    """Sentences a person should see."""

    def count(self, fate: Fate) -> int:
        """Drawings of this fate."""
        return sum(layer.fates[fate] for layer in self.layers)


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a person wants besides settings."""

    overwrite: bool = False
    """Paint again what a person painted over, and paint into any folder."""
    approve: tuple[str, ...] = ()
    """Cels that are right; see ``Manifest.approving``."""
    release: tuple[str, ...] = ()
    """Cels whose approval is taken back."""

    def carried_out(self, manifest: Manifest) -> Manifest:
        """A manifest with cels approved and released.

        Raises:
            UsageError: no painted cel has such a name.
        """
        return manifest.approving(self.approve, True).approving(self.release, False)


_PLAINLY = Wishes()


def plan_cut(cut: Cut, folder: Path, render: Render, wishes: Wishes = _PLAINLY) -> CutPlan:
    """Decide on every drawing of a cut; touches nothing.

    Args:
        cut: from ``read_cut``.
        folder: where painted cels go, mirroring the cut's folders.
        render: the settled run; ``keyframes`` is a folder of painted cels laid out as the cut is.
            A layer is written as its drawings are where the output is no preset of images.
        wishes: approvals, and whether painted files may be replaced.

    Raises:
        UsageError: the folder is in the cut's way or holds something else; a keyframe is of no
            drawing; no painted cel is called what is approved; a file cannot be read.
    """
    _check_folder(cut, folder)
    found = read_manifest(folder)
    if found is None and folder.is_dir() and any(folder.iterdir()) and not wishes.overwrite:
        raise UsageError(f"{folder} is a folder that is not empty; pass -y to paint into it")
    manifest = wishes.carried_out(found or Manifest())
    palette = None if render.finish.palette is None else read_palette(render.finish.palette)
    manifest = manifest.knowing(palette).of(cut.path, folder)
    keys = read_keys(cut, render.keyframes, manifest, palette) if render.keyframes else {}
    plans: list[LayerPlan] = []
    for layer in cut.layers:
        own = {d.name: keys[d.name] for d in (*layer.retaken, *layer.drawings) if d.name in keys}
        adapted, suffix = _written(layer, render)
        making = Making(
            folder=folder,
            suffix=suffix,
            made_with=with_keys(
                fingerprint(adapted), {name: key.path for name, key in own.items()}
            ),
            palette=palette_print(palette),
            swaps=_swaps(manifest, palette, render),
            overwrite=wishes.overwrite,
        )
        tasks = find_tasks(layer, manifest, making)
        plans.append(LayerPlan(layer, making, adapted, tasks, own, palette))
    remarks = (*cut.remarks, *_remarks(cut, plans, manifest))
    return CutPlan(cut, folder, found, manifest, tuple(plans), remarks)


def _shows(task: Task) -> bool:
    """Whether its painted cel is of the drawing as it is now, and right."""
    return task.fate is not Fate.PAINT and not task.outdated


def _swaps(manifest: Manifest, palette: Palette | None, render: Render) -> frozenset[str]:
    if palette is None or not paints_flats(render):
        return frozenset()
    known = ((digest, manifest.palette_of(digest)) for digest in manifest.palettes)
    return frozenset(digest for digest, old in known if old and exchange_for(old, palette))


def _check_folder(cut: Cut, folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; the cels of a cut are written into a folder")
    source, target = cut.path.resolve(), folder.resolve()
    if source.is_relative_to(target):
        raise UsageError(f"{folder} holds the input; name another output")
    for layer in cut.layers:
        for drawing in (*layer.retaken, *layer.drawings):
            if target.is_relative_to(drawing.path.parent.resolve()):
                raise UsageError(f"{folder} lies among the drawings; name another output")


def _written(layer: Layer, render: Render) -> tuple[Render, str]:
    """The run with the output of this layer, and the extension of its files."""
    preset = find_preset(render.output.preset)
    if not preset.images:
        # Of its first drawing by number, retaken or not: no sheet and no retake changes the format.
        drawings = (*layer.retaken, *layer.drawings)
        first = min(drawings, key=lambda drawing: (drawing.number, len(drawing.folder)))
        preset = image_preset(first.path.suffix.lower()) or find_preset("png")
        output = render.output.model_copy(update={"preset": preset.name})
        render = render.model_copy(update={"output": output})
    return render, preset.suffixes[0]


def _made_otherwise(task: Task, manifest: Manifest, making: Making) -> bool:
    """Whether a drawing is painted again only because of how it was painted."""
    entry = manifest.drawings.get(task.drawing.name)
    if task.fate is not Fate.PAINT or entry is None or entry.source != task.source:
        return False
    return (entry.made_with, entry.palette) != (making.made_with, making.palette)


def _remarks(cut: Cut, plans: list[LayerPlan], manifest: Manifest) -> Iterator[str]:
    for plan in plans:
        for task in plan.tasks:
            if task.outdated:
                yield f"{task.drawing.name} is locked, but its drawing has changed since"
        if anew := sum(_made_otherwise(task, manifest, plan.making) for task in plan.tasks):
            why = "they were made with other settings, keyframes or another palette"
            yield f"{plan.layer.name}: {anew} cels are painted anew: {why}"
        locked = (task.drawing.name for task in plan.tasks if task.fate is Fate.LOCKED)
        entries = [manifest.drawings[name] for name in locked if name in manifest.drawings]
        if old := sum(entry.palette != plan.making.palette for entry in entries):
            yield f"{plan.layer.name}: {old} locked cels keep the colors of an earlier palette"
    known = [d for layer in cut.layers for d in (*layer.retaken, *layer.drawings)]
    if left := orphans(known, manifest):
        more = f" and {len(left) - 4} more" if len(left) > 4 else ""
        yield f"painted, but not in the cut any more: {', '.join(left[:4])}{more}"
