"""Adobe Swatch Exchange: named colors in blocks, big endian.

Adobe published no specification; this follows the description that its readers share: ``ASEF``,
version 1.0, a count of blocks, and blocks of a type, a length and that many bytes. A color block is
a name, a color model, its values as float32 and a kind; names are UTF-16 with their number of
units before and a zero after them.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator

from animecolor.flats.palette import Palette, Swatch, tidy

_MAGIC = b"ASEF"
_GROUP, _GROUP_END, _COLOR = 0xC001, 0xC002, 0x0001
_NORMAL = 2
"""A color that is neither global nor a spot color."""
_VALUES = {b"RGB ": 3, b"GRAY": 1, b"CMYK": 4, b"LAB ": 3}
_SLACK = 1e-3
"""How far outside [0, 1] a value may be by rounding."""


def from_ase(data: bytes) -> Palette:
    """Read the bytes of a ``.ase`` file.

    The names of several groups come before the names in them, ``girl.shirt``; a single group that
    holds every color names the palette. RGB and grey values are taken as sRGB. What CMYK and Lab
    mean in RGB depends on profiles that the file does not carry, so they are refused.

    Raises:
        ValueError: what is wrong.
    """
    groups: list[str] = []
    found: list[tuple[str, Swatch]] = []
    inside = ""
    for kind, body in _blocks(data):
        if kind == _GROUP:
            inside, _ = _name(body)
            groups.append(inside)
        elif kind == _GROUP_END:
            inside = ""
        elif kind == _COLOR:
            found.append((inside, _swatch(body)))
    if len(groups) == 1 and all(group == groups[0] for group, _ in found):
        return Palette(tuple(swatch for _, swatch in found), groups[0])
    return Palette(tuple(_within(group, swatch) for group, swatch in found))


def to_ase(palette: Palette) -> bytes:
    """Write RGB colors, in one group where the palette has a name."""
    blocks = [_block(_COLOR, _coded(swatch)) for swatch in palette.swatches]
    if palette.name:
        group = _block(_GROUP, _coded_name(palette.name))
        blocks = [group, *blocks, _block(_GROUP_END, b"")]
    return _MAGIC + struct.pack(">HHI", 1, 0, len(blocks)) + b"".join(blocks)


def _blocks(data: bytes) -> Iterator[tuple[int, bytes]]:
    if len(data) < 12 or data[:4] != _MAGIC:
        raise ValueError("it does not begin as one")
    major, _, count = struct.unpack_from(">HHI", data, 4)
    if major != 1:
        raise ValueError(f"it is of version {major}, and only version 1 is known")
    at = 12
    for number in range(count):
        if at + 6 > len(data):
            raise ValueError(f"it says that it has {count} blocks and ends in block {number + 1}")
        kind, length = struct.unpack_from(">HI", data, at)
        at += 6
        if at + length > len(data):
            raise ValueError(f"block {number + 1} is longer than the file")
        yield kind, data[at : at + length]
        at += length


def _swatch(body: bytes) -> Swatch:
    name, at = _name(body)
    shown = f"the color '{name}'" if name else "a color"
    model = body[at : at + 4].upper()
    count = _VALUES.get(model)
    if count is None or len(body) < at + 4 + 4 * count:
        raise ValueError(f"{shown} is cut short or of no known color model")
    if model in (b"CMYK", b"LAB "):
        kind = model.decode().strip()
        raise ValueError(f"{shown} is {kind}; turn the swatches into RGB and export them again")
    values = struct.unpack_from(f">{count}f", body, at + 4)
    levels = [_level(value, shown) for value in values]
    red, green, blue = levels * 3 if count == 1 else levels
    return Swatch((red, green, blue), name)


def _level(value: float, shown: str) -> int:
    if not (math.isfinite(value) and -_SLACK <= value <= 1 + _SLACK):
        raise ValueError(f"{shown} has the value {value:g}, which is not between 0 and 1")
    return min(255, max(0, round(value * 255)))


def _within(group: str, swatch: Swatch) -> Swatch:
    if not group or not swatch.name or swatch.name.startswith(f"{group}."):
        return Swatch(swatch.rgb, swatch.name)
    return Swatch(swatch.rgb, f"{group}.{swatch.name}")


def _name(body: bytes) -> tuple[str, int]:
    """A name, and where it ends in the block."""
    units = struct.unpack_from(">H", body)[0] if len(body) >= 2 else 0
    end = 2 + 2 * units
    if len(body) < max(2, end):
        raise ValueError("a name is longer than its block")
    text = body[2:end].decode("utf-16-be", "replace")
    return tidy(text), end


def _block(kind: int, body: bytes) -> bytes:
    return struct.pack(">HI", kind, len(body)) + body


def _coded(swatch: Swatch) -> bytes:
    values = struct.pack(">3f", *(level / 255 for level in swatch.rgb))
    return _coded_name(swatch.name) + b"RGB " + values + struct.pack(">H", _NORMAL)


def _coded_name(name: str) -> bytes:
    text = (tidy(name) + "\0").encode("utf-16-be")
    return struct.pack(">H", len(text) // 2) + text
