"""Indexed PNG: index i of the picture is swatch i of the palette (ISO/IEC 15948, color type 3).

Written here because OpenCV turns indices into colors, on the way out and on the way in.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from animecolor.config import Limits
from animecolor.errors import AnimecolorError
from animecolor.flats.palette import MOST, Palette
from animecolor.frame import UNPAINTED

_MAGIC = b"\x89PNG\r\n\x1a\n"
_INDEXED = 3
_LIMITS = Limits()


def to_indexed_png(index: NDArray[np.uint8], palette: Palette) -> bytes:
    """Write an indexed PNG.

    Args:
        index: (H, W) uint8: swatches of the palette, or ``UNPAINTED``, which is transparent.
        palette: at most 255 swatches. Where ``UNPAINTED`` occurs the file's table has 256 entries,
            those that no swatch fills being black.

    Raises:
        ValueError: an index has no swatch, or there are too many swatches.
    """
    rgb = palette.rgb
    used = np.flatnonzero(np.bincount(index.ravel(), minlength=256))
    painted = used[used != UNPAINTED]
    if len(rgb) > MOST or (len(painted) and painted[-1] >= len(rgb)):
        raise ValueError(f"an index has no swatch among {len(rgb)}")
    alpha = b""
    if UNPAINTED in used or not len(rgb):
        rgb = np.concatenate((rgb, np.zeros((256 - len(rgb), 3), np.uint8)))
        alpha = b"\xff" * UNPAINTED + b"\x00"
    height, width = index.shape
    header = struct.pack(">IIBBBBB", width, height, 8, _INDEXED, 0, 0, 0)
    # A filter of 0 before every row: differences of indices mean nothing and compress worse.
    rows = np.zeros((height, width + 1), np.uint8)
    rows[:, 1:] = index
    chunks = [_chunk(b"IHDR", header), _chunk(b"PLTE", rgb.tobytes())]
    chunks += [_chunk(b"tRNS", alpha)] if alpha else []
    chunks += [_chunk(b"IDAT", zlib.compress(rows.tobytes(), 1)), _chunk(b"IEND", b"")]
    return _MAGIC + b"".join(chunks)


def read_indexed_png(path: Path, limits: Limits = _LIMITS) -> NDArray[np.uint8]:
    """Read the indices of an indexed PNG, ours or another program's.

    Returns:
        (H, W) uint8; what the colors are the file's own table says, which is not read.

    Raises:
        AnimecolorError: it is missing, damaged, interlaced, no indexed PNG, or larger than
            ``limits``.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise AnimecolorError(f"cannot read {path}: {error.strerror}") from error
    try:
        return _decode(data, limits)
    except (ValueError, struct.error, zlib.error) as error:
        raise AnimecolorError(f"{path} cannot be read as an indexed PNG: {error}") from error


def _decode(data: bytes, limits: Limits) -> NDArray[np.uint8]:
    chunks = _chunks(data)
    kind, header = next(chunks)
    if kind != b"IHDR":
        raise ValueError("it does not begin with its size")
    width, height, bits, color, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    if color != _INDEXED or bits not in (1, 2, 4, 8):
        raise ValueError("its pixels are no indices into a palette")
    if interlaced:
        raise ValueError("it is interlaced; save it without")
    pixels = width * height
    if max(width, height) > limits.max_side or not 0 < pixels <= limits.max_pixels:
        raise ValueError(f"it is {width}x{height}")
    stride = (width * bits + 7) // 8
    packed = b"".join(body for kind, body in chunks if kind == b"IDAT")
    raw = zlib.decompressobj().decompress(packed, height * (stride + 1))
    if len(raw) < height * (stride + 1):
        raise ValueError("it is cut short")
    rows = _unfiltered(np.frombuffer(raw, np.uint8).reshape(height, stride + 1))
    if bits == 8:
        return rows
    parts = np.unpackbits(rows, axis=1).reshape(height, -1, bits)
    weights = np.left_shift(1, np.arange(bits - 1, -1, -1)).astype(np.uint8)
    return np.ascontiguousarray((parts @ weights)[:, :width], np.uint8)


def _unfiltered(rows: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Undo the filter that each row names in its first byte; bytes are one pixel apart."""
    kinds, coded = rows[:, 0], rows[:, 1:]
    if not kinds.any():
        return np.ascontiguousarray(coded)
    if kinds.max() > 4:
        raise ValueError("a row has an unknown filter")
    out = np.empty_like(coded)
    above = np.zeros(coded.shape[1], np.uint8)
    for number, (kind, row) in enumerate(zip(kinds.tolist(), coded, strict=True)):
        if kind == 0:
            above = row
        elif kind == 1:
            above = np.add.accumulate(row, dtype=np.uint8)
        elif kind == 2:
            above = row + above
        else:
            above = np.frombuffer(_from_left(row.tobytes(), above.tobytes(), kind), np.uint8)
        out[number] = above
    return out


def _from_left(row: bytes, above: bytes, kind: int) -> bytes:
    """Average (3) and Paeth (4): each byte needs the one before it."""
    out = bytearray(len(row))
    left = corner = 0
    for at, (value, up) in enumerate(zip(row, above, strict=True)):
        guess = (left + up) // 2 if kind == 3 else _paeth(left, up, corner)
        left = out[at] = (value + guess) & 255
        corner = up
    return bytes(out)


def _paeth(left: int, up: int, corner: int) -> int:
    whole = left + up - corner
    near = abs(whole - left), abs(whole - up), abs(whole - corner)
    return (left, up, corner)[near.index(min(near))]


def _chunks(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    if not data.startswith(_MAGIC):
        raise ValueError("it is no PNG")
    at = len(_MAGIC)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8 : at + 8 + length]
        if struct.unpack_from(">I", data, at + 8 + length) != (zlib.crc32(kind + body),):
            raise ValueError("it is damaged")
        yield kind, body
        if kind == b"IEND":
            return
        at += 12 + length
    raise ValueError("it is cut short")


def _chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
