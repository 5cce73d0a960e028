"""What is to be done with each drawing of a layer: paint it, keep what is there, or leave it be."""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from animecolor.cels.folder import Drawing, Layer
from animecolor.cels.manifest import Manifest
from animecolor.stages.keylist import digest_of


class Fate(StrEnum):
    """What becomes of a drawing."""

    PAINT = "paint"
    RECOLOR = "recolor"
    """Only the palette has changed, and the painted cel says what its colors are in the new one."""
    KEEP = "keep"
    """Painted before, and nothing has changed since."""
    LOCKED = "leave"
    """Approved, or painted over by a person: never overwritten."""


@dataclass(frozen=True, slots=True)
class Making:
    """How the cels of a layer are made."""

    folder: Path
    """Where painted cels go."""
    suffix: str
    """Of their files."""
    made_with: str
    palette: str
    swaps: frozenset[str] = frozenset()
    """SHA-256 of the palettes whose cels can be had in the present one without painting."""
    overwrite: bool = False
    """Paint again what a person painted over; never what is approved."""

    def target(self, drawing: Drawing) -> Path:
        """The painted file of a drawing."""
        return self.folder / drawing.folder / f"{drawing.path.stem}{self.suffix}"


@dataclass(frozen=True, slots=True)
class Task:
    """One drawing and its fate."""

    drawing: Drawing
    target: Path
    source: str
    """SHA-256 of the drawing."""
    fate: Fate
    outdated: bool = False
    """It is locked but the drawing has changed since it was painted."""


def find_tasks(layer: Layer, manifest: Manifest, making: Making) -> tuple[Task, ...]:
    """Decide on each drawing before the camera.

    Raises:
        UsageError: a file cannot be read.
    """
    return tuple(_task(drawing, manifest, making) for drawing in layer.drawings)


def is_done(drawing: Drawing, manifest: Manifest, making: Making) -> bool:
    """Whether a drawing, such as one that was retaken, has a painted cel from an earlier run."""
    entry = manifest.drawings.get(drawing.name)
    made = entry is not None and entry.source == digest_of(drawing.path)
    return made and making.target(drawing).is_file()


def orphans(known: Iterable[Drawing], manifest: Manifest) -> list[str]:
    """Painted cels whose drawing has left the cut."""
    names = {drawing.name for drawing in known}
    return [name for name in manifest.drawings if name not in names]


def twins(tasks: Iterable[Task], keyed: Container[str]) -> Mapping[str, Task]:
    """For each name to be painted, an equal drawing whose cel it can have instead.

    What is kept comes first, then what has a keyframe of its own, which is painted in any case;
    else the first of the equal drawings is painted for all.

    Args:
        tasks: of a layer.
        keyed: names of the drawings that have a person's keyframe.
    """
    first: dict[str, Task] = {}
    listed = list(tasks)

    def rank(task: Task) -> tuple[bool, bool]:
        return task.fate is Fate.PAINT, task.drawing.name not in keyed

    for task in sorted(listed, key=rank):
        if task.fate in (Fate.PAINT, Fate.KEEP):
            first.setdefault(task.source, task)
    return {
        task.drawing.name: first[task.source]
        for task in listed
        if task.fate is Fate.PAINT
        and first[task.source] is not task
        and task.drawing.name not in keyed
    }


def _task(drawing: Drawing, manifest: Manifest, making: Making) -> Task:
    source, target = digest_of(drawing.path), making.target(drawing)
    entry = manifest.drawings.get(drawing.name)
    fate = Fate.PAINT
    if entry is None:
        if target.is_file() and not making.overwrite:
            fate = Fate.LOCKED
        return Task(drawing, target, source, fate)
    if entry.approved and target.is_file():
        return Task(drawing, target, source, Fate.LOCKED, entry.source != source)
    present = digest_of(target) if target.is_file() else ""
    same = (entry.source, entry.made_with) == (source, making.made_with)
    if present == entry.result and same and entry.palette == making.palette:
        fate = Fate.KEEP
    elif present == entry.result and same and entry.palette in making.swaps:
        fate = Fate.RECOLOR
    elif present not in ("", entry.result, entry.replaced) and not making.overwrite:
        return Task(drawing, target, source, Fate.LOCKED, entry.source != source)
    return Task(drawing, target, source, fate)
