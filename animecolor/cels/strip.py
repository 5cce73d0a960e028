"""Drawings laid side by side as a sequence, so that the pipeline paints them as one shot."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from animecolor.cels.folder import Drawing, Layer
from animecolor.cels.keys import Painted
from animecolor.cels.tasks import Task
from animecolor.config import Limits
from animecolor.errors import UsageError
from animecolor.video.info import Kind, VideoInfo
from animecolor.video.probe import DEFAULT_RATE, probe
from animecolor.video.sequence import ImageFiles, NamePattern


@dataclass(frozen=True, slots=True)
class Cel:
    """One drawing of a strip."""

    drawing: Drawing
    task: Task | None
    """What is to be painted; None where it only shows its neighbours their colors."""
    painted: Painted | None
    """A painted cel of it, which makes it a keyframe."""


@dataclass(frozen=True, slots=True)
class _Pile(ImageFiles):
    """Images of any names, numbered by their place."""

    paths: tuple[Path, ...] = ()

    def path_of(self, number: int) -> Path:
        """The file of one number."""
        return self.paths[number]


def lay_out(
    layer: Layer, wanted: Sequence[Task], painted: Mapping[str, Painted]
) -> tuple[Cel, ...]:
    """The drawings to paint in their order, and beside them those that say what colors are right.

    Of what is painted, the nearest before and after each drawing to paint is shown: a new drawing
    shall agree with the ones it is seen between. What a retake replaced stands before it.

    Args:
        layer: all its drawings.
        wanted: those to paint.
        painted: painted cels by name of the drawing: what is done, and a person's keyframes.
    """
    tasks = {task.drawing.name: task for task in wanted}
    retaken = {old.number: old for old in layer.retaken if old.name in painted}
    order: list[Drawing] = []
    for drawing in layer.drawings:
        if drawing.number in retaken:
            order.append(retaken[drawing.number])
        order.append(drawing)
    shown: set[str] = set()
    for index, drawing in enumerate(order):
        if drawing.name in tasks:
            shown.add(drawing.name)
            shown |= _nearest(reversed(order[:index]), painted)
            shown |= _nearest(order[index + 1 :], painted)
    return tuple(
        Cel(drawing, tasks.get(drawing.name), painted.get(drawing.name))
        for drawing in order
        if drawing.name in shown
    )


def _nearest(drawings: Iterable[Drawing], painted: Mapping[str, Painted]) -> set[str]:
    found = next((drawing.name for drawing in drawings if drawing.name in painted), None)
    return set() if found is None else {found}


def as_clip(cels: Sequence[Cel], limits: Limits) -> VideoInfo:
    """Describe the strip as ``decode`` reads it: picture n is cel n.

    Raises:
        AnimecolorError: a drawing cannot be read.
        UsageError: they are not of one size and depth.
    """
    paths = tuple(cel.drawing.path for cel in cels)
    infos = [probe(path, limits) for path in paths]
    first = infos[0]
    for info in infos[1:]:
        if (info.width, info.height) != (first.width, first.height):
            raise UsageError(
                f"{info.path} is {info.width}x{info.height} but {first.path} is "
                f"{first.width}x{first.height}: the drawings of a layer are of one size"
            )
        if info.deep != first.deep or (info.codec == "exr") != (first.codec == "exr"):
            raise UsageError(
                f"{info.path} and {first.path} differ in bits: a layer is all of one kind"
            )
    return replace(
        first,
        path=paths[0].parent,
        kind=Kind.SEQUENCE,
        rate=DEFAULT_RATE,
        time_base=1 / DEFAULT_RATE,
        start_pts=0,
        duration_s=float(len(paths) / DEFAULT_RATE),
        frames=len(paths),
        variable_rate=False,
        has_alpha=any(info.has_alpha for info in infos),
        warnings=tuple(dict.fromkeys(said for info in infos for said in info.warnings)),
        images=_Pile(NamePattern(paths[0].parent, "", 6, ""), tuple(range(len(paths))), paths),
    )
