"""Palette files: our TOML, GIMP's .gpl and Adobe's .ase, told apart by their extension.

Only TOML keeps how often a color was found. A palette file is untrusted: it is read whole only
when it is small, and every number in it is checked before it is believed.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import tomllib
from collections.abc import Callable
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from animecolor.config import complaint
from animecolor.errors import AnimecolorError, UsageError
from animecolor.flats.ase import from_ase, to_ase
from animecolor.flats.palette import MOST, Palette, Swatch, tidy

_LARGEST = 1 << 20
_GIMP = "GIMP Palette"
_GIMP_HEADER = re.compile(r"(Name|Columns):\s*(.*)")
_GIMP_COLOR = re.compile(r"(\d{1,3})\s+(\d{1,3})\s+(\d{1,3})(?:\s+(.*))?", re.ASCII)
_GIMP_NAMELESS = "Untitled"


def read_palette(path: Path) -> Palette:
    """Read a ``.toml``, ``.gpl`` or ``.ase`` file.

    Raises:
        UsageError: it is missing, of another kind, damaged, holds no color or more than 255, or
            holds colors that are not RGB or grey.
    """
    read, _ = _kind(path)
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read the palette {path}: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise UsageError(f"{path} is too large to be a palette")
    try:
        palette = read(data)
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: the text is not UTF-8; save it as that") from error
    except (ValueError, RecursionError) as error:
        why = complaint(error) if isinstance(error, ValidationError) else str(error)
        raise UsageError(f"{path} is not a {path.suffix.lower()} palette: {why[:200]}") from error
    if not palette.swatches:
        raise UsageError(f"{path} holds no color")
    if len(palette.swatches) > MOST:
        raise UsageError(f"{path} holds {len(palette.swatches)} colors; the most is {MOST}")
    return palette


def write_palette(palette: Palette, path: Path) -> None:
    """Write a ``.toml``, ``.gpl`` or ``.ase`` file, whole or not at all.

    Raises:
        UsageError: the extension is another.
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    _, write = _kind(path)
    data = write(palette)
    part = path.with_name(f".{path.stem[:40]}.{secrets.token_hex(4)}.part")
    try:
        try:
            part.write_bytes(data)
            os.replace(part, path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise AnimecolorError(f"{path}: cannot be written: {error.strerror}") from error


def check_kind(path: Path) -> None:
    """Refuse a name that is no palette file's.

    Raises:
        UsageError: naming the extensions there are.
    """
    _kind(path)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class _SwatchTable(_Frozen):
    rgb: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    name: str = ""
    count: int = Field(default=0, ge=0, le=1 << 53, strict=True)


class _PaletteTable(_Frozen):
    name: str = ""
    swatch: tuple[_SwatchTable, ...] = ()


def _from_toml(data: bytes) -> Palette:
    table = _PaletteTable.model_validate(tomllib.loads(data.decode("utf-8")))
    swatches = (
        Swatch(_levels(bytes.fromhex(row.rgb[1:])), tidy(row.name), row.count)
        for row in table.swatch
    )
    return Palette(tuple(swatches), tidy(table.name))


def _to_toml(palette: Palette) -> bytes:
    lines = [f"name = {_literal(palette.name)}"]
    for swatch in palette.swatches:
        lines += ["", "[[swatch]]", f"rgb = {_literal(swatch.hex)}"]
        lines += [f"name = {_literal(swatch.name)}"] if swatch.name else []
        lines += [f"count = {swatch.count}"] if swatch.count else []
    return ("\n".join(lines) + "\n").encode()


def _from_gimp(data: bytes) -> Palette:
    lines = data.decode("utf-8-sig").splitlines()
    if not lines or lines[0].strip() != _GIMP:
        raise ValueError(f"its first line is not '{_GIMP}'")
    name = ""
    swatches: list[Swatch] = []
    for number, line in enumerate(map(str.strip, lines[1:]), 2):
        if not line or line.startswith("#"):
            continue
        if not swatches and (header := _GIMP_HEADER.fullmatch(line)):
            name = header[2] if header[1] == "Name" else name
            continue
        color = _GIMP_COLOR.fullmatch(line)
        if color is None or max(int(level) for level in color.group(1, 2, 3)) > 255:
            raise ValueError(f"line {number} is not a color such as '160 176 192 shirt'")
        red, green, blue = (int(level) for level in color.group(1, 2, 3))
        swatches.append(Swatch((red, green, blue), _gimp_name(color[4] or "")))
    return Palette(tuple(swatches), _gimp_name(name))


def _gimp_name(text: str) -> str:
    return "" if text == _GIMP_NAMELESS else tidy(text)


def _to_gimp(palette: Palette) -> bytes:
    """As GIMP writes it: numbers right-aligned, a tab before the name."""
    lines = [_GIMP, f"Name: {tidy(palette.name) or _GIMP_NAMELESS}", "Columns: 0", "#"]
    for swatch in palette.swatches:
        levels = " ".join(f"{level:3d}" for level in swatch.rgb)
        lines.append(f"{levels}\t{tidy(swatch.name) or _GIMP_NAMELESS}")
    return ("\n".join(lines) + "\n").encode()


def _levels(data: bytes) -> tuple[int, int, int]:
    red, green, blue = data
    return red, green, blue


def _literal(text: str) -> str:
    return json.dumps(tidy(text), ensure_ascii=False)  # a string of JSON is one of TOML


_Kind = tuple[Callable[[bytes], Palette], Callable[[Palette], bytes]]
_KINDS: dict[str, _Kind] = {
    ".toml": (_from_toml, _to_toml),
    ".gpl": (_from_gimp, _to_gimp),
    ".ase": (from_ase, to_ase),
}


def _kind(path: Path) -> _Kind:
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise UsageError(f"{path}: a palette's extension must be one of {', '.join(_KINDS)}")
    return kind
