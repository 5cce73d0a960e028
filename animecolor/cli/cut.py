"""``animecolor run`` on a cut folder: layers of cels, a timesheet, retakes."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from animecolor import __version__
from animecolor.cli.messages import quiet
from animecolor.cli.progress import progress
from animecolor.cli.target import STDIO
from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    from animecolor.cels.plan import CutPlan
    from animecolor.config import Render
    from animecolor.models.colorizer import Colorizer

log = logging.getLogger(__name__)

CUT = (
    click.option(
        "--approve",
        metavar="CEL",
        multiple=True,
        help="Of a cut: A/a003 or A/* is right and stays as it is; alone, nothing is painted.",
    ),
    click.option(
        "--release", metavar="CEL", multiple=True, help="Of a cut: take an approval back."
    ),
)
RECORD = "run.toml"
_NO_SETTINGS = {"source", "alias", "output", "approve", "release", "dry_run", "meter"}
_NO_SETTINGS |= {"debug", "log_file", "log_level", "quiet", "verbose"}
"""Flags that say nothing of how cels are painted."""
_FOR_CLIPS = {
    "review": "--review",
    "confidence": "--confidence",
    "qa": "--qa",
    "shots": "--cuts",
    "range__start": "--start",
    "range__end": "--end",
    "range__frames": "--frames",
}


def takes_cut(source: Path) -> bool:
    """Whether the input is a cut folder.

    Raises:
        UsageError: it is not, but a flag is for cuts only.
    """
    from animecolor.cels.folder import is_cut

    if is_cut(source):
        return True
    for name in ("approve", "release"):
        if _flags()[name]:
            raise UsageError(f"--{name} is for cut folders, and {source} is none")
    return False


def run_cut(source: Path, render: Render, load: Callable[[Render], Colorizer]) -> None:
    """Color a cut, or say what would be done; flags are those of the current command.

    Where they only approve or release cels, that is done and nothing is painted: who wants to say
    that a cel is right shall not have to repeat the settings that it was painted with.

    Raises:
        UsageError: a flag is for clips only; and as ``plan_cut`` and ``color_cut``.
    """
    target = _flags()["output"] or _beside(source, "color")
    if _only_approves():
        return _approve(target)
    _color(source, target, render, load)


def is_painted(source: Path) -> bool:
    """Whether the input is a folder of cels that an earlier run painted."""
    from animecolor.cels.manifest import NAME

    return (source / NAME).is_file()


def swap_cut(
    source: Path, palette: Path, render: Render, load: Callable[[Render], Colorizer]
) -> None:
    """Paint the cels of an earlier run in another palette, into a folder of their own.

    Args:
        source: the earlier cels.
        palette: with the swatches of theirs in other colors.
        render: as the earlier cels were painted.
        load: loads a network, for drawings that have no cel yet.

    Raises:
        UsageError: as ``run_cut``; the drawings are not where they were, or the palette has other
            swatches.
    """
    from animecolor.cels.folder import is_cut
    from animecolor.cels.manifest import read_manifest
    from animecolor.cels.recolor import check_swap
    from animecolor.flats.palette_files import read_palette

    manifest = read_manifest(source)
    assert manifest is not None
    if render.finish.palette is None or not check_swap(manifest, read_palette(palette)):
        raise UsageError(
            f"{palette} has not the swatches that {source} was painted with; paint the drawings "
            "with --palette"
        )
    cut = source / manifest.cut
    if not is_cut(cut):
        raise UsageError(f"the drawings of {source} are not at {cut.resolve()} any more")
    finish = render.finish.model_copy(update={"palette": palette.absolute()})
    render = render.model_copy(update={"finish": finish, "keyframes": source.absolute()})
    _color(cut, _flags()["output"] or _beside(source, palette.stem), render, load)


def _color(source: Path, target: Path, render: Render, load: Callable[[Render], Colorizer]) -> None:
    from animecolor.cels.cut import cels_to_watch, color_cut
    from animecolor.cels.folder import read_cut
    from animecolor.cels.layers import check_layers, write_layers
    from animecolor.cels.painting import Painter
    from animecolor.cels.plan import Wishes, plan_cut
    from animecolor.video.part import check_writable

    flags = _flags()
    _check_flags(flags, source)
    wishes = Wishes(flags["overwrite"], flags["approve"], flags["release"])
    plan = plan_cut(read_cut(source), target, render, wishes)
    for remark in plan.remarks:
        log.warning("%s", remark)
    if layers := flags["layers"]:
        check_layers(layers, plan, wishes.overwrite)
    if flags["dry_run"]:
        click.echo("\n".join(_said(plan)))
        return
    check_writable(target, 0)
    total = cels_to_watch(plan)
    meter = "none" if quiet() or not total else flags["meter"]
    with progress(meter, total) as watch:
        manifest = color_cut(plan, Painter(cache(partial(load, render)), watch))
    if layers:
        count = sum(len(layer.tasks) for layer in plan.layers)
        with progress("none" if quiet() else flags["meter"], count) as watch:
            write_layers(layers, plan, manifest, Painter(partial(load, render), watch))
    _record(plan, render)
    click.echo(f"{printable(str(target))} ({_counted(plan)})")


def _only_approves() -> bool:
    context = click.get_current_context()
    given = {
        name
        for name in context.params
        if context.get_parameter_source(name) is not ParameterSource.DEFAULT
    }
    return bool(given & {"approve", "release"}) and given <= _NO_SETTINGS


def _approve(target: Path) -> None:
    from animecolor.cels.cut import approve
    from animecolor.cels.plan import Wishes

    flags = _flags()
    wishes = Wishes(approve=flags["approve"], release=flags["release"])
    cels = approve(target, wishes, dry=flags["dry_run"]).drawings.values()
    approved = sum(cel.approved for cel in cels)
    click.echo(f"{printable(str(target))} ({approved} of {len(cels)} cels approved)")


def _record(plan: CutPlan, render: Render) -> None:
    """Write the settled run among its cels, whole or not at all."""
    from animecolor.config import to_toml
    from animecolor.video.part import part_file, write_errors

    remarks = [f"animecolor {__version__} made these cels of {plan.cut.path.name} with these."]
    record = plan.folder / RECORD
    with part_file(record) as part, write_errors(record):
        part.write_text(to_toml(render, remarks), encoding="utf-8", errors="replace")


def _flags() -> Mapping[str, Any]:
    """The command's parameters; None or empty where not given."""
    return click.get_current_context().params


def _check_flags(flags: Mapping[str, Any], source: Path) -> None:
    from animecolor.video.presets import find_preset

    for name, option in _FOR_CLIPS.items():
        if flags[name] is not None:
            raise UsageError(f"{option} is for clips, and {source} is a cut folder")
    preset = flags["output__preset"]
    if preset is not None and not find_preset(preset).images:
        raise UsageError(f"cels are written as images: --encode png, tga or exr, not {preset}")
    if flags["output"] == STDIO:
        raise UsageError("the cels of a cut are written into a folder; name one with -o")


def _beside(source: Path, what: str) -> Path:
    source = source.absolute()
    return source.with_name(f"{source.resolve().name}.{what}")


def _said(plan: CutPlan) -> Iterator[str]:
    """The plan, line by line."""
    sheet = plan.cut.sheet
    rows = {"input": str(plan.cut.path)}
    rows["timesheet"] = f"{sheet.path.name}, {sheet.frames} frames" if sheet else "none"
    for layer in plan.layers:
        fates = ", ".join(f"{count} to {fate}" for fate, count in layer.fates.items() if count)
        keys = f", {len(layer.keys)} with a keyframe" if layer.keys else ""
        rows[f"layer {layer.layer.name}"] = f"{fates}{keys}, as {layer.making.suffix}"
    rows["output"] = str(plan.folder)
    width = max(map(len, rows))
    for name, value in rows.items():
        yield f"{printable(name):{width}}  {printable(value)}"


def _counted(plan: CutPlan) -> str:
    """``2 painted, 8 kept``."""
    from animecolor.cels.tasks import Fate

    said = dict(zip(Fate, ("painted", "recolored", "kept", "locked"), strict=True))
    counts = [f"{plan.count(fate)} {word}" for fate, word in said.items() if plan.count(fate)]
    return ", ".join(counts)
