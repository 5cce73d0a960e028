"""``animecolor keyframes``: choose the frames worth painting and export them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from animecolor.cli.messages import quiet, reporting
from animecolor.cli.options import CONFIG, DRAWING, FILE, PROGRESS, options, settled
from animecolor.cli.plan import expected_frames
from animecolor.cli.progress import progress
from animecolor.cli.run import look_at
from animecolor.errors import printable

WHERE = (
    click.option("-o", "--output", "folder", type=FILE, required=True, help="Folder to write."),
    click.option("-y", "--overwrite", is_flag=True, help="Export again; painted files stay."),
    click.option(
        "--per-shot",
        "most",
        type=click.IntRange(1, 100),
        default=2,
        show_default=True,
        help="At most so many frames of a shot.",
    ),
)


@click.command(context_settings={"show_default": False})
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path))
@options(WHERE, DRAWING, (CONFIG, PROGRESS))
@reporting
def keyframes(
    source: Path,
    folder: Path,
    overwrite: bool,
    most: int,
    config: Path | None,
    meter: str,
    **flags: Any,
) -> None:
    """Choose the frames of INPUT worth painting, and export them with their line art.

    Of every shot the first drawing is chosen, then the frames that differ most from those chosen.
    Paint over the PNG files, then colour the rest with `animecolor run INPUT --keyframes DIR`.
    """
    from animecolor.stages.export import check_export

    render = settled(flags, config)
    info = look_at(source, render)
    check_export(folder, info, overwrite)

    from animecolor.pipeline import export_keyframes

    total = expected_frames(info, render.range)
    with progress("none" if quiet() else meter, total) as watch:
        keys = export_keyframes(info, folder, render, most, watch)
    shots = len({key.shot for key in keys.key})
    click.echo(f"{printable(str(folder))} (frames: {len(keys.key)}, shots: {shots})")
