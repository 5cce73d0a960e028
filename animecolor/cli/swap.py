"""``animecolor run LAYERS --palette-swap``: a painted clip in another palette, no network."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from animecolor.cli.messages import quiet
from animecolor.cli.options import FILE
from animecolor.cli.progress import progress
from animecolor.cli.target import STDIO, check_target, default_target, place_of
from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    from animecolor.config import Render
    from animecolor.stages.recolor import Layers

SWAP = (
    click.option(
        "--palette-swap",
        type=FILE,
        metavar="FILE",
        help="INPUT is what --layers wrote, or a painted cut: paint it in this palette's colors.",
    ),
)
_TAKEN = {"source", "alias", "palette_swap", "overwrite", "dry_run", "config", "preset", "meter"}
_TAKEN |= {"debug", "log_file", "log_level", "quiet", "verbose"}
"""Parameters that mean something here, besides those of the output."""


def run_swap(source: Path, palette: Path, render: Render) -> None:
    """Paint layers in another palette; flags are those of the current command.

    Raises:
        UsageError: a flag decides what only a network does; the palette or the layers cannot be
            used; the target may not be written.
        AnimecolorError: a layer cannot be read or the target cannot be written.
    """
    from animecolor.flats.palette_files import read_palette
    from animecolor.stages.recolor import read_layers, recolor
    from animecolor.video.encode import check

    flags = click.get_current_context().params
    _check_flags()
    new = read_palette(palette)
    layers = read_layers(source, render.limits)
    target = flags["output"] or _default_target(source, palette, render.output.preset)
    check_target(target, source, flags["overwrite"])
    if target != STDIO and place_of(target).resolve().is_relative_to(source.resolve()):
        raise UsageError(f"{target} lies in the layers; name another output")
    check(target, render.output, layers.like)
    if flags["dry_run"]:
        click.echo("\n".join(_said(layers, palette, target)))
        return
    with progress("none" if quiet() else flags["meter"], layers.like.frames) as watch:
        frames = recolor(layers, new, target, render.output, watch)
    if target != STDIO:
        click.echo(f"{printable(str(target))} ({frames} frames)")


def _check_flags() -> None:
    """Refuse what only a network or the finish heeds, rather than take no notice of it."""
    context = click.get_current_context()
    for parameter in context.command.params:
        name = parameter.name or ""
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if given and name not in _TAKEN and not name.startswith("output"):
            option = max(parameter.opts, key=len)
            raise UsageError(f"{option} is no matter of --palette-swap, which paints no frame anew")


def _default_target(source: Path, palette: Path, encode: str) -> Path:
    """``<layers>.<palette>.<ext>`` beside the layers."""
    default = default_target(source, encode)
    name = source.resolve().name
    return default.with_name(f"{name}.{palette.stem}{default.name.removeprefix(f'{name}.color')}")


def _said(layers: Layers, palette: Path, target: Path) -> list[str]:
    """What would be done, line by line."""
    like = layers.like
    rows = {
        "layers": f"{layers.folder}, {like.frames} frames of {like.width}x{like.height}",
        "palette": f"{palette} instead of the {len(layers.palette.swatches)} colors there",
        "output": str(target),
    }
    return [f"{name:8} {printable(value)}" for name, value in rows.items()]
