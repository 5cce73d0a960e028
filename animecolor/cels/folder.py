"""A cut folder: one folder a layer, one numbered picture a drawing, ``A.R1`` a retake of ``A``."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from animecolor.cels.timesheet import Timesheet, Track, read_timesheet
from animecolor.errors import UsageError
from animecolor.video.media import IMAGE_SUFFIXES

SHEET = ".xdts"
_RETAKE = re.compile(r"(.+)\.R([1-9]\d?)", re.IGNORECASE | re.ASCII)
_DRAWING = re.compile(r"(.*?)(\d{1,9})([A-Za-z]?)", re.ASCII)
_MOST = 10_000
"""Drawings in a layer; a folder with more is something else."""

Number = tuple[int, str]
"""What tells a layer's drawings apart: 12 and ``a`` for an inbetween put in later as ``a0012a``."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One cel as it was drawn."""

    path: Path
    folder: str
    """``A``, or ``A.R1`` for a retake."""
    number: Number

    @property
    def name(self) -> str:
        """``A.R1/a003``: what people and the manifest call it."""
        return f"{self.folder}/{self.path.stem}"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of cels."""

    name: str
    """Of its folder."""
    drawings: tuple[Drawing, ...]
    """What is before the camera: the highest retake of each number; in order of first exposure
    where the timesheet knows the layer, those it does not name following by number."""
    retaken: tuple[Drawing, ...] = ()
    """What a retake has replaced."""
    cells: tuple[Drawing | None, ...] = ()
    """The drawing in each frame of the cut, None where the layer is empty; () without a sheet."""


@dataclass(frozen=True, slots=True)
class Cut:
    """One camera shot: its layers, back to front, and its timing."""

    path: Path
    layers: tuple[Layer, ...]
    sheet: Timesheet | None
    remarks: tuple[str, ...]
    """Where folder and sheet disagree; sentences a person should see."""


def is_cut(path: Path) -> bool:
    """Whether this is a folder of cel layers.

    One that holds numbered images itself is a sequence, unless a timesheet lies beside them.

    Raises:
        UsageError: the folder cannot be read.
    """
    if not path.is_dir():
        return False
    entries = _listed(path)
    if any(map(_is_drawing, entries)) and not any(map(_is_sheet, entries)):
        return False
    return any(entry.is_dir() and any(map(_is_drawing, _listed(entry))) for entry in entries)


def read_cut(path: Path) -> Cut:
    """Look through a cut folder.

    Folders of numbered images are layers, back to front in the order of their names. With a
    timesheet the layers are those on it, in its order, and other folders are left out.

    Raises:
        UsageError: it cannot be read, has several timesheets or a broken one, no layer of the
            sheet has a folder, or two files of a folder are the same drawing.
    """
    folders = read_folders(path)
    sheet = _sheet_of(path)
    takes = _by_layer(folders)
    if sheet is None:
        layers = tuple(_layer(name, found) for name, found in takes.items())
        return Cut(path, layers, None, ())
    known = {name.casefold(): name for name in takes}
    remarks: list[str] = []
    found: list[Layer] = []
    for track in sheet.tracks:
        name = known.pop(track.name.casefold(), None)
        if name is not None:
            found.append(_exposed(_layer(name, takes[name]), track, remarks))
        elif track.drawings:
            twice = any(layer.name.casefold() == track.name.casefold() for layer in found)
            fault = "twice: its later column is left out" if twice else "but has no folder"
            remarks.append(f"layer {track.name} is on the timesheet {fault}")
    if not found:
        raise UsageError(f"{path}: no layer of the timesheet {sheet.path.name} has a folder here")
    remarks += [f"folder {name} is not on the timesheet: left out" for name in known.values()]
    return Cut(path, tuple(found), sheet, tuple(remarks))


def read_folders(path: Path) -> dict[str, dict[Number, Drawing]]:
    """The folders of numbered images in a folder, by name, in order.

    Raises:
        UsageError: it cannot be read, two files are the same drawing, two folders differ in case
            only, or a name is no text.
    """
    listed = ((entry.name, _drawings(entry)) for entry in _listed(path) if entry.is_dir())
    folders = {name: drawings for name, drawings in listed if drawings}
    same: dict[str, str] = {}
    for name in folders:
        if (other := same.setdefault(name.casefold(), name)) != name:
            raise UsageError(f"{path} holds {other} and {name}, which are the same layer")
    return folders


def _listed(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise UsageError(f"cannot read the folder {folder}: {error.strerror}") from error


def _is_sheet(entry: Path) -> bool:
    return entry.suffix.lower() == SHEET


def _is_drawing(entry: Path) -> bool:
    return (
        entry.suffix.lower() in IMAGE_SUFFIXES
        and _DRAWING.fullmatch(entry.stem) is not None
        and entry.is_file()
    )


def _drawings(folder: Path) -> dict[Number, Drawing]:
    found: dict[Number, Drawing] = {}
    for entry in filter(_is_drawing, _listed(folder)):
        number = _number(entry.stem)
        assert number is not None
        _check_name(entry)
        if number in found:
            raise UsageError(f"{found[number].path} and {entry.name} are the same drawing")
        found[number] = Drawing(entry, folder.name, number)
        if len(found) > _MOST:
            raise UsageError(f"{folder} holds more than {_MOST} drawings: it is no layer of a cut")
    return dict(sorted(found.items()))


def _check_name(drawing: Path) -> None:
    try:
        f"{drawing.parent.name}/{drawing.name}".encode()
    except UnicodeEncodeError as error:
        raise UsageError(f"{drawing}: its name is not UTF-8; rename it") from error


def _number(stem: str) -> Number | None:
    match = _DRAWING.fullmatch(stem)
    return None if match is None else (int(match[2]), match[3].lower())


def _by_layer(
    folders: dict[str, dict[Number, Drawing]],
) -> dict[str, list[dict[Number, Drawing]]]:
    """The takes of each layer, the first being the layer itself; a retake may stand alone."""
    takes: dict[str, list[tuple[int, dict[Number, Drawing]]]] = {}
    own = {name.casefold(): name for name in folders if _RETAKE.fullmatch(name) is None}
    for name, drawings in folders.items():
        match = _RETAKE.fullmatch(name)
        layer = name if match is None else own.get(match[1].casefold(), match[1])
        takes.setdefault(layer, []).append((0 if match is None else int(match[2]), drawings))
    return {
        layer: [drawings for _, drawings in sorted(found, key=lambda take: take[0])]
        for layer, found in sorted(takes.items())
    }


def _layer(name: str, takes: Iterable[dict[Number, Drawing]]) -> Layer:
    chosen: dict[Number, Drawing] = {}
    retaken: list[Drawing] = []
    for drawings in takes:
        retaken += [chosen[number] for number in drawings if number in chosen]
        chosen |= drawings
    return Layer(name, tuple(chosen[number] for number in sorted(chosen)), tuple(retaken))


def _exposed(layer: Layer, track: Track, remarks: list[str]) -> Layer:
    """Lay a layer's drawings out by the sheet, and remark where the two disagree (枚数)."""
    by_stem = {d.path.stem.casefold(): d for d in (*layer.retaken, *layer.drawings)}
    by_number = {d.number: d for d in layer.drawings}
    named: dict[str, Drawing] = {}
    missing: list[str] = []
    for cell in track.drawings:
        stem = by_stem.get(cell.casefold())
        number = stem.number if stem else _number(cell)
        if number in by_number:
            named[cell] = by_number[number]
        else:
            missing.append(cell)
    used = dict.fromkeys(named.values())
    idle = [drawing for drawing in layer.drawings if drawing not in used]
    if missing:
        remarks.append(f"{layer.name}: on the timesheet but not in the folder: {_some(missing)}")
    if idle:
        names = [drawing.name for drawing in idle]
        remarks.append(f"{layer.name}: in the folder but not on the timesheet: {_some(names)}")
    cells = tuple(None if cell is None else named.get(cell) for cell in track.cells)
    return Layer(layer.name, (*used, *idle), layer.retaken, cells)


def _sheet_of(path: Path) -> Timesheet | None:
    sheets = list(filter(_is_sheet, _listed(path)))
    if len(sheets) > 1:
        raise UsageError(f"{path} holds several timesheets: {_some([s.name for s in sheets])}")
    return read_timesheet(sheets[0]) if sheets else None


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 8} more" if len(names) > 8 else ""
    return ", ".join(names[:8]) + more
