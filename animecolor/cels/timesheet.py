"""XDTS timesheets: which drawing of which layer is before the camera in which frame.

The exchange format of digital timesheets (Celsys, "XDTS file format", version 1.0): one line that
names the format, then JSON. A track lists only the frames in which it changes; its drawing holds
until the next entry. We read the cells and leave dialogue (3) and camera work (5) alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from animecolor.errors import UsageError

HEADER = "exchangeDigitalTimeSheet Save Data"
CELLS = 0
"""``fieldId`` of the layers of cels."""
NULL_CELL = "SYMBOL_NULL_CELL"
HOLDS = frozenset({"", "SYMBOL_HYPHEN", "SYMBOL_TICK_1", "SYMBOL_TICK_2"})
"""What leaves the drawing as it is: go on, and the marks for inbetweens and reversed sheets."""

_LARGEST = 16 << 20
_FRAMES = 100_000
"""More than an hour; no cut is longer."""
_TRACKS = 256
_WORD = 256


class _Read(BaseModel):
    # Other programs add fields of their own, which say nothing to us.
    model_config = ConfigDict(frozen=True, extra="ignore")


class _Data(_Read):
    values: tuple[str, ...] = Field(default=(), max_length=64)


class _Frame(_Read):
    frame: int = Field(ge=-_FRAMES, le=_FRAMES)
    data: tuple[_Data, ...] = Field(default=(), max_length=64)

    @property
    def value(self) -> str:
        """What stands in the cell."""
        return self.data[0].values[0].strip() if self.data and self.data[0].values else ""


class _Track(_Read):
    trackNo: int = Field(ge=0, lt=_TRACKS)
    frames: tuple[_Frame, ...] = Field(default=(), max_length=_FRAMES)


class _Field(_Read):
    fieldId: int
    tracks: tuple[_Track, ...] = Field(default=(), max_length=_TRACKS)


class _Header(_Read):
    fieldId: int
    names: tuple[str, ...] = Field(default=(), max_length=_TRACKS)


class _Table(_Read):
    duration: int = Field(ge=1, le=_FRAMES)
    name: str = Field(default="", max_length=_WORD)
    timeTableHeaders: tuple[_Header, ...] = Field(default=(), max_length=64)
    fields: tuple[_Field, ...] = Field(default=(), max_length=64)


class _Sheet(_Read):
    timeTables: tuple[_Table, ...] = Field(min_length=1, max_length=64)


@dataclass(frozen=True, slots=True)
class Track:
    """One layer's column."""

    name: str
    """Of the layer, as the sheet has it."""
    cells: tuple[str | None, ...]
    """The drawing in each frame, as the sheet names it; None where the layer is empty."""

    @property
    def drawings(self) -> tuple[str, ...]:
        """Each drawing once, in the order of first exposure."""
        return tuple(dict.fromkeys(cell for cell in self.cells if cell is not None))


@dataclass(frozen=True, slots=True)
class Timesheet:
    """The layers of a cut and how long it is."""

    path: Path
    frames: int
    tracks: tuple[Track, ...]
    """Back to front."""


def read_timesheet(path: Path) -> Timesheet:
    """Read the cells of an XDTS file; of several sheets in it, the first.

    Raises:
        UsageError: it cannot be read, is no XDTS, or is not what the format says; names the fault.
    """
    sheet = _checked(path, _parsed(path))
    table = sheet.timeTables[0]
    names = next((h.names for h in table.timeTableHeaders if h.fieldId == CELLS), ())
    found: dict[int, Track] = {}
    for track in _cells(table):
        if track.trackNo in found:
            raise UsageError(f"{path}: two columns have the number {track.trackNo}")
        if track.trackNo >= len(names) or not names[track.trackNo].strip():
            if all(frame.value in (*HOLDS, NULL_CELL) for frame in track.frames):
                continue  # sheets have more columns than layers
            raise UsageError(f"{path}: column {track.trackNo} of the timesheet has no name")
        name = names[track.trackNo].strip()
        found[track.trackNo] = Track(name, _exposed(path, track, name, table.duration))
    if not found:
        raise UsageError(f"{path}: the timesheet has no layers")
    return Timesheet(path, table.duration, tuple(found[number] for number in sorted(found)))


def _parsed(path: Path) -> Any:
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a timesheet")
        first, _, rest = path.read_text(encoding="utf-8-sig").partition("\n")
    except OSError as error:
        raise UsageError(f"cannot read the timesheet {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path} is not an XDTS timesheet: it is not UTF-8 text") from error
    if first.strip() != HEADER:
        raise UsageError(f"{path} is not an XDTS timesheet: its first line must be '{HEADER}'")
    try:
        return json.loads(rest)
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{path}: what follows the first line is not JSON: {error}") from error


def _checked(path: Path, parsed: Any) -> _Sheet:
    try:
        return _Sheet.model_validate(parsed)
    except ValidationError as error:
        # Without the input, which may be the whole sheet.
        fault = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, fault["loc"])) or "the whole"
        raise UsageError(f"{path}: {where}: {fault['msg'].lower()}") from error


def _cells(table: _Table) -> Iterator[_Track]:
    for field in table.fields:
        if field.fieldId == CELLS:
            yield from field.tracks


def _exposed(path: Path, track: _Track, name: str, duration: int) -> tuple[str | None, ...]:
    """Spell out the holds. What is said of frames before 0 holds on into the cut."""
    changes: dict[int, str | None] = {}
    for frame in sorted(track.frames, key=lambda frame: frame.frame):
        value = frame.value
        if len(value) > _WORD:
            raise UsageError(f"{path}: a cell of layer {name} holds {len(value)} letters")
        if value not in HOLDS:
            changes[max(frame.frame, 0)] = None if value == NULL_CELL else value
    cells: list[str | None] = []
    current: str | None = None
    for number in range(duration):
        current = changes.get(number, current)
        cells.append(current)
    return tuple(cells)
