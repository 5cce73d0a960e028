"""Read a report's folder back, to judge it again without decoding anything.

The folder may come from anybody: sizes, types, counts and references are checked before anything is
made of them.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError

from animecolor.errors import UsageError
from animecolor.qa.columns import COLUMNS, Frames
from animecolor.qa.document import MOST_FRAMES, BoxRow, ClipRow, Document, PictureRow
from animecolor.qa.measurement import About, Measurement
from animecolor.qa.report.compose import Asked, Material
from animecolor.qa.report.files import FRAMES, JSON, SIGHTINGS, picture_name
from animecolor.qa.report.pictures import Shown, jpeg_size
from animecolor.qa.report.tables import FRAMES as FRAME_COLUMNS
from animecolor.qa.report.tables import SIGHTINGS as SIGHTING_COLUMNS
from animecolor.qa.sighting import Box, Check, Sighting

_LARGEST = 1 << 30
_LARGEST_PICTURE = 8 << 20
_MOST_SIGHTINGS = 5_000_000
_SIDE = 1 << 16
_TOLD = re.compile(r"#[0-9a-fA-F]{6}|[0-9]{1,12}(\.[0-9]{1,12})?[a-z ]{1,40}|")


def read_report(folder: Path) -> tuple[Material, Document]:
    """What a report was made of, and the document as it was.

    Args:
        folder: what ``report.write`` has made.

    Raises:
        UsageError: a file is missing, too large, damaged, or does not fit the others; names it.
    """
    document = _document(folder / JSON)
    clip = document.clip
    frames = _frames(folder / FRAMES, clip)
    shots = len(document.shots)
    if int(frames.shot[-1]) + 1 != shots:
        raise UsageError(
            f"{folder / FRAMES} has {frames.shot[-1] + 1} shots and {JSON} beside it {shots}"
        )
    sightings = _sightings(folder / SIGHTINGS, clip, shots)
    keys = dict.fromkeys(key for shot in document.shots for key in shot.measures)
    measures = {key: tuple(_number(s.measures.get(key)) for s in document.shots) for key in keys}
    measurement = Measurement(_about(clip), frames, sightings, {}, measures)
    shown = tuple(_shown(folder, row, len(sightings), clip) for row in document.pictures)
    palette = tuple((swatch.hex, swatch.name) for swatch in document.palette)
    return Material(measurement, shown, Asked(document.command, palette)), document


def _number(value: float | None) -> float:
    return float("nan") if value is None else value


def _document(path: Path) -> Document:
    data = _bytes(path, _LARGEST)
    try:
        return Document.model_validate_json(data)
    except ValidationError as error:
        fault = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(map(str, fault["loc"]))[:100]
        said = f"{key}: {fault['msg'][:300]}" if key else fault["msg"][:300]
        raise UsageError(f"{path} is no report: {said}") from error


def _bytes(path: Path, most: int) -> bytes:
    try:
        if not path.is_file():
            raise UsageError(f"{path}: no such file; is this a folder that `qa` has written?")
        if path.stat().st_size > most:
            raise UsageError(f"{path} is too large to be part of a report")
        return path.read_bytes()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def _about(clip: ClipRow) -> About:
    return About(
        clip=clip.clip,
        frames=clip.frames,
        height=clip.height,
        width=clip.width,
        rate=Fraction(clip.rate),
        time_base=Fraction(clip.time_base),
        start_pts=clip.start_pts,
        lossy=clip.lossy,
        coding=clip.coding,
        view_height=clip.view_height,
        source=clip.source,
        source_kind=clip.source_kind,
        reference=clip.reference,
        palette=clip.palette,
        missing=clip.missing,
        first_frame=clip.first_frame,
    )


@dataclass(frozen=True, slots=True)
class _Rows:
    """The rows of a table of ours."""

    path: Path
    columns: Sequence[str]

    def __iter__(self) -> Iterator[list[str]]:
        """Yield rows of the right width.

        Raises:
            UsageError: it is no such table, or a row is of another width.
        """
        text = _text(self.path)
        rows = csv.reader(text.splitlines(), strict=True)
        try:
            if tuple(next(rows, ())) != tuple(self.columns):
                raise UsageError(f"{self.path} has not the columns that `qa` writes")
            width = len(self.columns)
            for row in rows:
                if len(row) != width:
                    raise UsageError(f"{self.path}, line {rows.line_num}: not {width} cells")
                yield row
        except csv.Error as error:
            raise UsageError(f"{self.path} is damaged: {error}") from error


def _text(path: Path) -> str:
    try:
        return _bytes(path, _LARGEST).decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is damaged: {error}") from error


def _frames(path: Path, clip: ClipRow) -> Frames:
    rows: list[list[str]] = []
    for row in _Rows(path, FRAME_COLUMNS):
        if len(rows) >= clip.frames:
            raise UsageError(f"{path} has more than the {clip.frames} frames of the clip")
        rows.append(row)
    if len(rows) != clip.frames:
        raise UsageError(f"{path} has {len(rows)} frames; the clip has {clip.frames}")
    table = dict(zip(FRAME_COLUMNS, zip(*rows, strict=True), strict=True))
    number = _integers(path, "frame", table["frame"])
    shot = _integers(path, "shot", table["shot"])
    steps = np.diff(shot, prepend=0)
    if not np.array_equal(number, clip.first_frame + np.arange(clip.frames)):
        raise UsageError(f"{path}: its frames do not follow one another from {clip.first_frame}")
    if shot[0] != 0 or not np.isin(steps, (0, 1)).all():
        raise UsageError(f"{path}: its shots do not follow one another from 0")
    values = {
        column.key: _floats(path, column.key, table[column.key])
        for column in COLUMNS
        if any(table[column.key])
    }
    return Frames(_integers(path, "pts", table["pts"]), shot.astype(np.int32), values)


def _integers(path: Path, name: str, cells: Sequence[str]) -> NDArray[np.int64]:
    try:
        if not all(cell.isascii() and cell.removeprefix("-").isdecimal() for cell in cells):
            raise ValueError("a cell is no whole number")
        return np.array([int(cell[:20]) for cell in cells], np.int64)
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{path}, column {name}: {error}") from error


def _floats(path: Path, name: str, cells: Sequence[str]) -> NDArray[np.float32]:
    """NaN for an empty cell."""
    try:
        return np.array([float(cell or "nan") for cell in cells], np.float32)
    except ValueError as error:
        raise UsageError(f"{path}, column {name}: {error}") from error


def _sightings(path: Path, clip: ClipRow, shots: int) -> tuple[Sighting, ...]:
    found: list[Sighting] = []
    for line, row in enumerate(_Rows(path, SIGHTING_COLUMNS), 2):
        if len(found) >= _MOST_SIGHTINGS:
            raise UsageError(f"{path} has too many rows to be part of a report")
        try:
            sighting = _sighting(row, clip.first_frame)
        except ValueError as error:
            raise UsageError(f"{path}, line {line}: {error}") from error
        if sighting.shot >= shots:
            raise UsageError(f"{path}, line {line}: there is no shot {sighting.shot}")
        found.append(sighting)
    return tuple(found)


def _sighting(row: Sequence[str], first_frame: int) -> Sighting:
    check, shot, first, last, value, area, *corners, worst, found, expected = row[:13]
    sighting = Sighting(
        check=Check(check),
        shot=_whole(shot),
        first=_whole(first) - first_frame,
        last=_whole(last) - first_frame,
        value=float(value),
        area=_whole(area),
        box=_box(corners) if any(corners) else None,
        worst=_whole(worst) - first_frame if worst else None,
        found=_told(found),
        expected=_told(expected),
    )
    if not 0 <= sighting.first <= sighting.last <= MOST_FRAMES:
        raise ValueError("the frames are out of order")
    if sighting.worst is not None and not 0 <= sighting.worst <= MOST_FRAMES:
        raise ValueError("its worst frame is out of range")
    if not 0 <= sighting.value < float("inf"):
        raise ValueError("its value is out of range")
    return sighting


def _whole(cell: str) -> int:
    if not (cell.isdecimal() and cell.isascii() and len(cell) < 17):
        raise ValueError(f"{cell[:20]!r} is no whole number")
    return int(cell)


def _box(cells: Iterable[str]) -> Box:
    box = Box(*map(_whole, cells))
    if not (box.top < box.bottom <= _SIDE and box.left < box.right <= _SIDE):
        raise ValueError("its box is empty or too large")
    return box


def _told(cell: str) -> str:
    """A color, or words of a check that tells something else: ``12 frames``."""
    if not _TOLD.fullmatch(cell):
        raise ValueError(f"{cell[:20]!r} is no color")
    return cell


def _shown(folder: Path, row: PictureRow, sightings: int, clip: ClipRow) -> Shown:
    if row.sighting >= sightings or not clip.first_frame <= row.frame:
        raise UsageError(f"{folder / JSON}: picture {row.number} is of nothing that was seen")
    jpegs: dict[str, bytes] = {}
    for view in row.views:
        path = folder / picture_name(row.number, view)
        data = _bytes(path, _LARGEST_PICTURE)
        if jpeg_size(data) != (row.height, row.width):
            raise UsageError(f"{path} is no JPEG of {row.width}x{row.height}")
        jpegs[view] = data
    frame = row.frame - clip.first_frame
    return Shown(row.sighting, frame, row.height, row.width, _native(row.box), jpegs)


def _native(row: BoxRow | None) -> Box | None:
    return None if row is None else Box(row.top, row.left, row.bottom, row.right)
