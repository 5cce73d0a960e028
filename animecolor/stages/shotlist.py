"""Read a shot list: CSV (our own or PySceneDetect's), EDL or OTIO."""

from __future__ import annotations

import csv
import re
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

from animecolor.errors import MissingPiece, UsageError

if TYPE_CHECKING:
    from _csv import Reader

_START_COLUMNS = ("start_frame", "start frame", "first_frame", "first frame", "frame", "start")
_TIME_COLUMNS = ("start_timecode", "start timecode", "timecode", "start_time", "start time")
_CAPTION = "caption"
_TIMECODE = re.compile(r"(\d+):(\d\d):(\d\d)(?:[:;](\d+)|(\.\d+))?")
_LONGEST = 40
"""Letters of a number or timecode; Python refuses to read numbers of thousands of digits."""


def read_shot_list(path: Path, rate: Fraction) -> frozenset[int]:
    """First frame of every shot in the list, frame 0 being the first of the clip.

    A CSV has a header; the start of a shot is a frame number counted from 0 (``start_frame``,
    ``first_frame``, ``frame`` or ``start``) or a timecode ``HH:MM:SS:FF`` or ``HH:MM:SS.mmm``
    (those, or ``start_timecode``, ``timecode``). A column ``Scene Number`` marks a list of
    PySceneDetect, whose frames count from 1; a column ``caption`` is for ``read_captions``. In an
    EDL or OTIO every item of the first video track is a shot, counted from the beginning of the
    track.

    Args:
        path: the list; its suffix says which kind.
        rate: frames per second of the clip, for timecodes.

    Raises:
        UsageError: the list cannot be read, is empty or out of order; names the line.
        MissingPiece: EDL or OTIO without the ``cuts`` extra.
    """
    return frozenset(_read(path, rate))


def read_captions(path: Path, rate: Fraction) -> dict[int, str]:
    """First frame of a shot -> what the list's column ``caption`` says of it, empty for nothing.

    Arguments and errors as ``read_shot_list``. Only CSV has captions.
    """
    return _read(path, rate)


def _read(path: Path, rate: Fraction) -> dict[int, str]:
    kind = path.suffix.lower()
    if kind == ".csv":
        shots = _from_csv(path, rate)
    elif kind in (".edl", ".otio"):
        shots = dict.fromkeys(_from_timeline(path, rate), "")
    else:
        raise UsageError(f"{path}: a shot list is a .csv, .edl or .otio file")
    if not shots:
        raise UsageError(f"{path}: the shot list names no shots")
    return shots


def _from_csv(path: Path, rate: Fraction) -> dict[int, str]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path}: cannot read the shot list: {error}") from error
    delimiter = ";" if text.count(";") > text.count(",") else ","
    rows = csv.reader(text.splitlines(), delimiter=delimiter)
    try:
        return _starts(rows, path, rate)
    except csv.Error as error:
        raise UsageError(f"{path}, line {rows.line_num}: {error}") from error


def _starts(rows: Reader, path: Path, rate: Fraction) -> dict[int, str]:
    column: int | None = None
    said: int | None = None
    origin, last = 0, -1
    shots: dict[int, str] = {}
    for row in rows:
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if column is None:
            if all(_TIMECODE.fullmatch(cell) or cell == "Timecode List:" for cell in cells):
                continue  # PySceneDetect writes its cuts above the header
            column, origin = _header(cells, path, rows.line_num)
            names = [cell.lower() for cell in cells]
            said = names.index(_CAPTION) if _CAPTION in names else None
            continue
        where = f"{path}, line {rows.line_num}"
        if len(cells) <= column:
            raise UsageError(f"{where}: the row has no column {column + 1}")
        start = _start(cells[column], origin, rate, where)
        if start <= last:
            raise UsageError(f"{where}: shot begins at frame {start}, not after {last}")
        shots[start] = cells[said] if said is not None and said < len(cells) else ""
        last = start
    return shots


def _header(cells: list[str], path: Path, line: int) -> tuple[int, int]:
    """Which column has the starts, and the number its frames count from."""
    names = [cell.lower() for cell in cells]
    for name in (*_START_COLUMNS, *_TIME_COLUMNS):
        if name in names:
            return names.index(name), 1 if "scene number" in names else 0
    raise UsageError(
        f"{path}, line {line}: no column named start_frame or start_timecode in the header"
    )


def _start(text: str, origin: int, rate: Fraction, where: str) -> int:
    if len(text) > _LONGEST:
        raise UsageError(f"{where}: {text[:_LONGEST]!r}... is no frame number: it is too long")
    if text.isdecimal() and int(text) >= origin:
        return int(text) - origin
    match = _TIMECODE.fullmatch(text)
    if match is None:
        raise UsageError(f"{where}: {text!r} is neither a frame number nor a timecode")
    hours, minutes, seconds, frames, decimals = match.groups()
    whole = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    if frames is None:
        return round((whole + Fraction(decimals or 0)) * rate)
    # Timecode counts frames at the whole rate: 24 a second for 23.976.
    base = round(rate)
    if int(frames) >= base:
        raise UsageError(f"{where}: {text!r} has frame {frames} at {base} frames per second")
    return whole * base + int(frames)


def _from_timeline(path: Path, rate: Fraction) -> list[int]:
    try:
        import opentimelineio as otio
    except ImportError as error:
        raise MissingPiece(
            f"{path}: reading EDL and OTIO needs an extra: pip install 'animecolor[cuts]'"
        ) from error
    # An EDL does not say its rate; the clip does.
    options = {"rate": float(round(rate))} if path.suffix.lower() == ".edl" else {}
    try:
        timeline = otio.adapters.read_from_file(str(path), **options)
        track = timeline.video_tracks()[0]
        starts = [track.range_of_child(item).start_time for item in track if not _joins(item)]
        return [_frame(start, rate) for start in starts]
    except Exception as error:
        # The adapters raise whatever went wrong inside them: this is a file a person gave us.
        raise UsageError(f"{path}: cannot read the shot list: {_sentence(error)}") from error


def _joins(item: Any) -> bool:
    """A transition lies over two shots and begins none."""
    return bool(item.overlapping())


def _frame(start: Any, rate: Fraction) -> int:
    if abs(start.rate - round(rate)) < 0.1:
        value: float = start.value
        return round(value)
    return round(Fraction(start.to_seconds()) * rate)


def _sentence(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__
