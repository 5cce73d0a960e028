"""Painted cels that say what colors are right: a person's keyframes, and what is painted."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path

from animecolor.cels.folder import Cut, read_folders
from animecolor.cels.manifest import Manifest, read_manifest
from animecolor.cels.recolor import Exchange, exchange_all, exchange_of
from animecolor.errors import UsageError
from animecolor.flats.palette import Palette

log = logging.getLogger("animecolor")


@dataclass(frozen=True, slots=True)
class Painted:
    """A painted cel."""

    path: Path
    exchange: Exchange
    """What its colors are in the present palette, where it was painted in another."""


def read_keys(
    cut: Cut, folder: Path, manifest: Manifest, palette: Palette | None
) -> dict[str, Painted]:
    """The painted keyframe of each drawing that has one, by the drawing's name.

    They may be the cels of another run: its manifest then tells the palette of each. Of others
    whatever palette the manifest of this run knows may be theirs.

    Args:
        cut: whose drawings they are of.
        folder: laid out as the cut is: ``A/a001.png``.
        manifest: of this run.
        palette: the present one.

    Raises:
        UsageError: there are none, or they cannot be read.
    """
    earlier = read_manifest(folder)
    exchange = exchange_all(manifest.known_palettes, palette)
    found = {
        (name.casefold(), number): drawing
        for name, drawings in read_folders(folder).items()
        for number, drawing in drawings.items()
    }
    keys: dict[str, Painted] = {}
    for layer in cut.layers:
        for drawing in (*layer.retaken, *layer.drawings):
            key = found.pop((drawing.folder.casefold(), drawing.number), None)
            if key is not None:
                own = None if earlier is None else exchange_of(key.name, earlier, palette)
                keys[drawing.name] = Painted(key.path, exchange if own is None else own)
    if not keys:
        raise UsageError(f"{folder} holds no painted cel of {cut.path}: name them as A/a001.png")
    for drawing in found.values():
        log.warning("%s is a keyframe of no drawing of the cut", drawing.path)
    return keys
