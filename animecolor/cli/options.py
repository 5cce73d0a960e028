"""The options of ``run``, some of which ``keyframes`` has too.

A destination such as ``network__size`` is the key ``network.size`` of the config: the flag and the
file say the same thing in the same words.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from animecolor.cli import progress
from animecolor.video.presets import PRESETS

if TYPE_CHECKING:
    from animecolor.config import Render

C = TypeVar("C", bound=Callable[..., Any])

SETTINGS = Path(__file__).parents[1] / "presets"
FILE = click.Path(path_type=Path)


def _pairs(ctx: click.Context, param: click.Parameter, value: tuple[str, ...]) -> Any:
    """``-e key=value``, repeated, into a table."""
    table = {}
    for pair in value:
        key, equals, said = pair.partition("=")
        if not (key and equals):
            raise click.BadParameter(f"{pair!r} is not key=value", ctx, param)
        table[key] = said
    return table or None


def _listed(ctx: click.Context, param: click.Parameter, value: tuple[Path, ...]) -> Any:
    """An option that may be repeated; None where it was not given."""
    return value or None


def shot_list(ctx: click.Context, param: click.Parameter, value: str | None) -> Any:
    """``none`` or a shot list, into the table ``shots``."""
    if value is None:
        return None
    none = value.lower() == "none"
    return {"detect": not none, "list": None if none else Path(value)}


DRAWING = (
    click.option(
        "--mode", type=click.Choice(["lineart", "gray", "nir"]), help="What the input is."
    ),
    click.option(
        "--lines",
        "lines__source",
        type=click.Choice(["auto", "canny", "ink"]),
        help="Draw the lines (canny) or take the artist's (ink).",
    ),
    click.option("--size", "network__size", type=int, help="Working size: short side in pixels."),
    click.option(
        "--cuts",
        "shots",
        metavar="FILE|none",
        callback=shot_list,
        help="Shot list (.csv .edl .otio), or no cuts at all.",
    ),
    click.option(
        "--start", "range__start", metavar="TIME", help="Begin at 1.5, 00:00:01:12 or 48f."
    ),
    click.option("--end", "range__end", metavar="TIME", help="Stop before: as --start."),
    click.option("--frames", "range__frames", type=int, help="At most so many frames."),
)

PICTURE = (
    click.option("--model", "network__model", metavar="NAME", help="See `animecolor models list`."),
    click.option("--weights", "network__weights", type=FILE, help="Other weights (safetensors)."),
    click.option("--adapter", "network__adapter", type=FILE, help="What `adapt` made of a show."),
    click.option("--keyframes", type=FILE, help="Folder of painted frames, as 000123.png."),
    click.option(
        "--reference",
        "references",
        type=FILE,
        multiple=True,
        callback=_listed,
        help="A painted character sheet for the whole clip; repeat for more.",
    ),
    click.option(
        "--caption", metavar="TEXT", help="What is to be seen, in color words (captioncolor)."
    ),
    click.option(
        "--keyframe-model",
        "network__keyframe_model",
        metavar="NAME",
        help="Paints the first frame of shots without keyframes.",
    ),
    click.option(
        "--no-hold",
        "hold",
        flag_value=False,
        default=None,
        help="Colour every frame, repeats of the one before too.",
    ),
    click.option("--device", "network__device", metavar="NAME", help="auto, cuda:0, mps or cpu."),
    click.option(
        "--precision",
        "network__precision",
        type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
        help="Arithmetic of the network.",
    ),
)

FINISH = (
    click.option(
        "--finish",
        "finish__kind",
        type=click.Choice(["auto", "flats", "smooth", "none"]),
        help="One exact color a region (flats), or the network's colors enlarged.",
    ),
    click.option(
        "--palette",
        "finish__palette",
        type=FILE,
        help="Colors that flats may have: .toml, .gpl or .ase.",
    ),
    click.option(
        "--lines-over",
        "finish__lines_over",
        type=click.Choice(["original", "none", "colored"]),
        help="Lines over the colors: the artist's, none, or in darker colors.",
    ),
    click.option(
        "--gap", "finish__gap", type=int, help="Largest gap in a line that is closed, in pixels."
    ),
)

RESULT = (
    click.option(
        "--encode",
        "output__preset",
        type=click.Choice(list(PRESETS)),
        help="What to write: see README.",
    ),
    click.option("--codec", "output__codec", metavar="NAME", help="Another encoder of FFmpeg's."),
    click.option(
        "-e",
        "output__options",
        metavar="KEY=VALUE",
        multiple=True,
        callback=_pairs,
        help="An option of the encoder; repeat for more.",
    ),
    click.option("--pix-fmt", "output__pix_fmt", metavar="NAME", help="Pixel format to encode."),
    click.option(
        "--retas",
        "output__retas",
        flag_value=True,
        default=None,
        help="Images of 24 bits in which white means transparent.",
    ),
    click.option("--no-audio", "output__audio", flag_value=False, default=None, help="No sound."),
    click.option(
        "--no-subs", "output__subtitles", flag_value=False, default=None, help="No subtitles."
    ),
)

CONFIG = click.option("--config", type=FILE, help="Settings in TOML; flags win over it.")
PROGRESS = click.option(
    "--progress",
    "meter",
    type=click.Choice(progress.KINDS),
    default="auto",
    show_default=True,
    help="How to show progress on stderr.",
)

JOB = (
    click.option("-o", "--output", type=FILE, help="Result [beside the input: STEM.color.EXT]."),
    click.option("-y", "--overwrite", is_flag=True, help="Replace files that exist."),
    click.option("-n", "--dry-run", is_flag=True, help="Say what would be done; write nothing."),
    click.option("--review", type=FILE, help="Also write source | lines | result side by side."),
    click.option(
        "--confidence",
        type=FILE,
        metavar="OUT",
        help="Also write where the colours are in doubt: a heat map, and tables beside it.",
    ),
    click.option(
        "--layers",
        type=FILE,
        metavar="DIR",
        help="Also write flats, lines, confidence and result as layers of images.",
    ),
    CONFIG,
    click.option(
        "--preset",
        type=click.Choice(sorted(path.stem for path in SETTINGS.glob("*.toml"))),
        help="Settings that ship with animecolor; --config wins over them.",
    ),
    PROGRESS,
)


def options(*groups: tuple[Callable[[Any], Any], ...]) -> Callable[[C], C]:
    """Give a command these options, listed in this order by ``--help``."""

    def give(command: C) -> C:
        for option in reversed([option for group in groups for option in group]):
            command = option(command)
        return command

    return give


def settled(flags: dict[str, Any], config: Path | None, preset: str | None = None) -> Render:
    """Flag over --config over preset over default."""
    from animecolor.config import Layer, read_layer, read_preset, settle

    layers = [read_preset(preset)] if preset else []
    if config:
        layers.append(read_layer(config))
    return settle([*layers, Layer("the command line", as_settings(flags))])


def as_settings(flags: dict[str, Any]) -> dict[str, Any]:
    """Flags that were given, as nested tables of the config."""
    settings: dict[str, Any] = {}
    for name, value in flags.items():
        if value is None:
            continue
        *tables, key = name.split("__")
        place = settings
        for table in tables:
            place = place.setdefault(table, {})
        place[key] = value
    return settings
