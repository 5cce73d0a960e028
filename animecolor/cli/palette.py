"""``animecolor palette``: read the colors of painted pictures, or check them against a palette."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from animecolor.cli.messages import reporting
from animecolor.cli.options import FILE
from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from animecolor.flats.lacking import Lack
    from animecolor.flats.palette import Palette, Swatch
    from animecolor.frame import Frame

LACKING = 3
"""Exit code where pictures have colors that the palette lacks."""


@click.command()
@click.argument("sources", metavar="PICTURES...", nargs=-1, type=click.Path(path_type=Path))
@click.option("-o", "--output", type=FILE, help="Palette to write: .toml, .gpl or .ase.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace the palette.")
@click.option(
    "--names", type=FILE, metavar="FILE", help="Palette whose names its colors are known by."
)
@click.option(
    "--merge",
    type=click.FloatRange(0, 100),
    metavar="ΔE",
    help="Take colors this near for one [CIEDE2000; 0 for exact pictures, 3 for compressed ones].",
)
@click.option(
    "--against",
    type=FILE,
    metavar="PALETTE",
    help="List the colors that PALETTE lacks, and where; exit code 3 if there are any.",
)
@reporting
def palette(
    sources: tuple[Path, ...],
    output: Path | None,
    overwrite: bool,
    names: Path | None,
    merge: float | None,
    against: Path | None,
) -> int:
    """Read the flat colors of PICTURES: painted images, folders of them, or clips.

    Exact colors are counted; those of compressed pictures are merged to the most frequent. Mixes
    along smooth lines and gradients are left out. Of a folder that `animecolor keyframes` made
    only what was painted is read.
    """
    from animecolor.flats.palette_files import read_palette, write_palette

    if not sources:
        raise click.UsageError("name painted PICTURES, or folders of them")
    if merge is not None and math.isnan(merge):
        raise click.UsageError("--merge takes a number from 0 to 100")
    if output is not None:
        _check_output(output, overwrite)
    known = None if names is None else read_palette(names)
    allowed = None if against is None else read_palette(against)
    found, lacks = _read(sources, merge, known, allowed)
    if output is not None:
        named_after = output.stem if known is None or not known.name else known.name
        write_palette(replace(found, name=named_after), output)
        click.echo(f"{printable(str(output))} ({len(found.swatches)} colors)")
    if allowed is None or not lacks:
        return 0
    for line in lacks:
        click.echo(line)
    return LACKING


def _check_output(output: Path, overwrite: bool) -> None:
    from animecolor.flats.palette_files import check_kind

    check_kind(output)
    if output.exists() and not overwrite:
        raise UsageError(f"{output} exists; pass -y to replace it")
    if not output.absolute().parent.is_dir():
        raise UsageError(f"{output.parent}: no such folder")


def _read(
    sources: tuple[Path, ...], merge: float | None, names: Palette | None, allowed: Palette | None
) -> tuple[Palette, list[str]]:
    """The palette of all pictures, after its table is printed, and what ``allowed`` lacks."""
    from animecolor.flats.census import flat_colors
    from animecolor.flats.lacking import lacking
    from animecolor.flats.palette import Counter, named

    counter = Counter(merge)
    lacks = []
    for shown, picture in _pictures(sources):
        counter.add(flat_colors(picture))
        if allowed is not None:
            lacks += [f"{shown}: {_line(lack)}" for lack in lacking(picture, allowed, merge)]
    found = counter.palette()
    if not found.swatches:
        raise UsageError(f"{sources[0]}: there is no flat color in it; is it painted?")
    found = found if names is None else named(found, names)
    for swatch in found.swatches:
        click.echo(_row(swatch, counter.pixels))
    if counter.soft:
        click.echo(f"gradients {100 * counter.soft / counter.pixels:6.2f} %")
    return found, lacks


def _row(swatch: Swatch, pixels: int) -> str:
    share = 100 * swatch.count / pixels
    return f"{swatch.hex}   {share:6.2f} %  {printable(swatch.name)}".rstrip()


def _line(lack: Lack) -> str:
    top, left, bottom, right = lack.box
    near = ""
    if lack.nearest is not None:
        name = printable(lack.nearest.name or lack.nearest.hex)
        near = f"; the nearest is {name}, ΔE {lack.distance:.1f}"
    where = f"x {left} to {right - 1}, y {top} to {bottom - 1}"
    return f"{lack.found.hex} on {lack.found.count} pixels, {where}{near}"


def _pictures(sources: tuple[Path, ...]) -> Iterator[tuple[str, NDArray[np.uint8]]]:
    """Every picture with what it is called, one at a time."""
    from animecolor.config import Limits, Range
    from animecolor.video.decode import decode
    from animecolor.video.probe import probe

    limits = Limits()
    for source in sources:
        for path in _in_folder(source) if source.is_dir() else [source]:
            for frame in decode(probe(path, limits), Range(), limits):
                shown = f"{path}, frame {frame.index}" if frame.index else str(path)
                yield printable(shown), _samples(frame)


def _in_folder(folder: Path) -> list[Path]:
    """The images of a folder; of exported keyframes those that were painted."""
    from animecolor.stages.keylist import changed, read_key_list
    from animecolor.video.media import IMAGE_SUFFIXES

    keys = read_key_list(folder)
    idle: set[str] = set()
    if keys is not None:
        idle = {key.file for key in keys.key} - changed(folder, keys.key)
        idle |= {key.line_file for key in keys.key}
    found = [
        path
        for path in sorted(folder.iterdir())
        if path.suffix.lower() in IMAGE_SUFFIXES and path.name[0] != "." and path.name not in idle
    ]
    if not found:
        raise UsageError(f"{folder} is a folder without painted images")
    return found


def _samples(frame: Frame) -> NDArray[np.uint8]:
    """(H, W, 3) of 8 bits, or (H, W, 4) where the picture has alpha."""
    import numpy as np

    from animecolor.frame import to_array
    from animecolor.stages.sizing import alpha_of, eight_bits

    color, alpha = eight_bits(to_array(frame.image)), alpha_of(frame)
    if alpha is None:
        return color
    return np.dstack((color, eight_bits(np.ascontiguousarray(alpha))))
