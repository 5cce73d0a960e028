"""The manifest: which episodes there are and how each is rendered; TOML, or a CSV of rows."""

from __future__ import annotations

import csv
import io
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from animecolor.config import Layer, Mode, Render, read_layer, settle
from animecolor.errors import UsageError
from animecolor.video.presets import find_preset
from animecolor.video.sequence import parse_pattern

_LARGEST = 16 << 20
_HEADER = re.compile(r"\s*(\[\[?)\s*([A-Za-z0-9_-]+)\s*\]\]?\s*(#.*)?")
_KEY = re.compile(r"""\s*["']?([A-Za-z0-9_-]+)["']?\s*=""")
_PLACES = ("source", "output", "config", "keyframes", "palette", "shots")
FOLDER = "colored"
"""Where results go whose place the manifest does not say, beside the manifest."""


class Look(BaseModel):
    """How an episode is rendered. What is not said is as ``animecolor run`` has it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mode: Mode | None = None
    """What the clip is."""
    config: str | None = None
    """Settings in TOML, as ``run --config`` reads them; what is said here wins."""
    model: str | None = None
    keyframe_model: str | None = None
    keyframes: str | None = None
    """Folder of painted frames."""
    palette: str | None = None
    caption: str | None = None
    """What is to be seen; captions of single shots stand in the shot list."""
    shots: str | None = None
    """Shot list (.csv, .edl or .otio); without one shots are found."""
    encode: str | None = None
    """Output preset."""
    qa: str | None = None
    """Profile that the result is judged with; without one it is not judged."""
    priority: int | None = Field(default=None, ge=-1000, le=1000)
    """Larger goes first; 0 where nothing is said."""


class Row(Look):
    """One episode, as it is written."""

    name: str = Field(pattern=r"^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$")
    """Names the episode's folder in the job; unique."""
    source: str
    """A clip, a folder of images or a pattern such as ``ink.####.png``."""
    output: str | None = None
    """The result; ``colored/NAME.EXT`` where nothing is said."""


class Sheet(BaseModel):
    """The whole file."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    defaults: Look = Look()
    """For every episode that does not say otherwise."""
    episode: tuple[Row, ...] = ()


@dataclass(frozen=True, slots=True)
class Episode:
    """One episode, settled."""

    name: str
    source: Path
    output: Path
    render: Render
    qa: str | None
    priority: int
    line: int
    """Where the manifest speaks of it."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What is to be rendered. Every path lies under ``root``, links resolved."""

    path: Path
    root: Path
    episodes: tuple[Episode, ...]


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing that is wrong, and the line it stands in."""

    line: int
    sentence: str


class FaultyManifest(UsageError):
    """All that is wrong with a manifest."""

    def __init__(self, path: Path, faults: list[Fault]) -> None:
        """Sort the faults by line."""
        self.faults = tuple(sorted(set(faults)))
        count = len(self.faults)
        super().__init__(f"{path} has {count} fault{'s' * (count != 1)}; nothing was rendered")


Lines = Mapping[tuple[int, str], int]
"""(number of the episode, -1 for defaults; key, empty for the whole table) -> line."""


def read_manifest(path: Path) -> Manifest:
    """Read a manifest and settle every episode's run.

    Raises:
        FaultyManifest: with everything that is wrong, each with its line.
        UsageError: the file cannot be read at all.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a manifest")
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text in UTF-8"
        raise UsageError(f"cannot read the manifest {path}: {reason}") from error
    table = path.suffix.lower() == ".csv"
    said, lines = _from_csv(path, text) if table else _from_toml(path, text)
    try:
        sheet = Sheet.model_validate(said)
    except ValidationError as error:
        raise FaultyManifest(path, list(_misfits(error, lines))) from error
    return _Settling(path, lines).settle(sheet)


class _Settling:
    """Turns rows into episodes and collects what is wrong with them."""

    def __init__(self, path: Path, lines: Lines) -> None:
        self._path, self._lines = path, lines
        self._root = path.resolve().parent
        self._faults: list[Fault] = []

    def settle(self, sheet: Sheet) -> Manifest:
        if not sheet.episode:
            self._complain(0, "", "there is no [[episode]]")
        tried = (self._episode(n, row, sheet.defaults) for n, row in enumerate(sheet.episode))
        episodes = {number: each for number, each in enumerate(tried) if each is not None}
        self._check_unique(sheet)
        self._check_outputs(episodes)
        if self._faults:
            raise FaultyManifest(self._path, self._faults)
        return Manifest(self._path, self._root, tuple(episodes.values()))

    def _episode(self, number: int, row: Row, defaults: Look) -> Episode | None:
        said = defaults.model_dump(exclude_none=True) | row.model_dump(exclude_none=True)
        named = [key for key in _PLACES if key in said]
        if str(said.get("qa", "")).lower().endswith(".toml"):
            named.append("qa")
        found = {key: self._place(number, key, str(said[key])) for key in named}
        places = {key: place for key, place in found.items() if place is not None}
        if len(places) < len(named):
            return None
        try:
            render = settle(list(_layers(said, places)))
            preset = find_preset(render.output.preset)
        except UsageError as error:
            self._complain(number, "", str(error))
            return None
        if render.range.model_dump(exclude_none=True):
            self._complain(number, "config", "a batch renders whole clips; leave the range out")
        for used in _paths(render):
            self._inside(number, "config", used)
        ending = "" if preset.images else preset.suffixes[0]
        output = places.get("output", self._root / FOLDER / f"{row.name}{ending}")
        return Episode(
            name=row.name,
            source=places["source"],
            output=output,
            render=render,
            qa=str(places["qa"]) if "qa" in places else said.get("qa"),
            priority=said.get("priority", 0),
            line=self._line(number, ""),
        )

    def _place(self, number: int, key: str, said: str) -> Path | None:
        path = self._root / said
        if not self._inside(number, key, path):
            return None
        if key == "source" and not path.exists() and parse_pattern(path) is None:
            self._complain(number, key, f"{said}: there is no such clip")
            return None
        if key not in ("source", "output") and not path.exists():
            self._complain(number, key, f"{key} = {said!r}: there is no such file or folder")
            return None
        return path

    def _inside(self, number: int, key: str, path: Path) -> bool:
        """Whether a path and the images in it, links resolved, lie in the manifest's folder."""
        try:
            inside = path.resolve().is_relative_to(self._root)
            if inside and key == "source" and path.is_dir():
                outer = (e for e in path.iterdir() if e.is_symlink())
                inside = all(e.resolve().is_relative_to(self._root) for e in outer)
        except (OSError, RuntimeError, ValueError):
            inside = False
        if not inside:
            self._complain(number, key, f"{path} lies outside the manifest's folder {self._root}")
        return inside

    def _check_unique(self, sheet: Sheet) -> None:
        names: dict[str, int] = {}
        for number, row in enumerate(sheet.episode):
            # Folders are named after episodes, and not every system tells A from a.
            first = names.setdefault(row.name.lower(), number)
            if first != number:
                where = self._line(first, "name")
                self._complain(number, "name", f"the name {row.name!r} is taken in line {where}")

    def _check_outputs(self, episodes: Mapping[int, Episode]) -> None:
        read = {episode.source.resolve(): episode for episode in episodes.values()}
        written: dict[Path, Episode] = {}
        for number, episode in episodes.items():
            output = episode.output.resolve()
            if other := written.get(output):
                self._complain(number, "output", f"{other.name} writes {episode.output}, too")
            written[output] = episode
            for source, other in read.items():
                if source.is_relative_to(output) or output.is_relative_to(source):
                    said = f"{episode.output} is, holds or lies in the source of {other.name}"
                    self._complain(number, "output", said)

    def _line(self, number: int, key: str) -> int:
        places = ((number, key), (-1, key), (number, ""))
        return next((self._lines[place] for place in places if place in self._lines), 1)

    def _complain(self, number: int, key: str, sentence: str) -> None:
        self._faults.append(Fault(self._line(number, key), sentence))


def _layers(said: Mapping[str, Any], places: Mapping[str, Path]) -> Iterator[Layer]:
    """The config of an episode, and over it what its row says."""
    if "config" in places:
        yield read_layer(places["config"])
    settings: dict[str, Any] = {}
    for key, (table, name) in {
        "mode": ("", "mode"),
        "caption": ("", "caption"),
        "keyframes": ("", "keyframes"),
        "model": ("network", "model"),
        "keyframe_model": ("network", "keyframe_model"),
        "palette": ("finish", "palette"),
        "encode": ("output", "preset"),
        "shots": ("shots", "list"),
    }.items():
        if key in said:
            place = settings.setdefault(table, {}) if table else settings
            place[name] = places.get(key, said[key])
    yield Layer("this episode", settings)


def _paths(render: Render) -> Iterator[Path]:
    """The files that a run reads besides its clip."""
    network = render.network
    named = (render.keyframes, render.finish.palette, render.shots.list)
    yield from filter(None, (*named, network.weights, network.adapter, *render.references))


def _from_toml(path: Path, text: str) -> tuple[dict[str, Any], Lines]:
    try:
        said = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error
    lines: dict[tuple[int, str], int] = {}
    table = -2
    episodes = 0
    for number, line in enumerate(text.split("\n"), 1):
        if header := _HEADER.fullmatch(line):
            table = {"[defaults": -1, "[[episode": episodes}.get(header[1] + header[2], -2)
            episodes += table == episodes and header[1] == "[["
            lines[table, ""] = number
        elif key := _KEY.match(line):
            lines.setdefault((table, key[1]), number)
    return said, lines


def _from_csv(path: Path, text: str) -> tuple[dict[str, Any], Lines]:
    first = text.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    lines: dict[tuple[int, str], int] = {}
    episodes: list[dict[str, Any]] = []
    try:
        header = [cell.strip() for cell in next(rows, [])]
        for cells in rows:
            if not any(cell.strip() for cell in cells):
                continue
            row: dict[str, Any] = dict(zip(header, map(str.strip, cells), strict=False))
            row = {key: value for key, value in row.items() if value}
            if len(cells) > len(header):
                row[f"column {len(header) + 1}"] = cells[len(header)]
            lines |= {(len(episodes), key): rows.line_num for key in ("", *header)}
            if row.get("priority", "").lstrip("-").isdecimal():
                row["priority"] = int(row["priority"])
            episodes.append(row)
    except csv.Error as error:
        raise UsageError(f"{path}, line {rows.line_num}: {error}") from error
    return {"episode": episodes}, lines


def _misfits(error: ValidationError, lines: Lines) -> Iterator[Fault]:
    """What does not fit the schema, in words, with lines."""
    for fault in error.errors():
        where = fault["loc"]
        number, key = -2, str(where[0]) if where else ""
        if where[:1] == ("episode",) and len(where) > 1 and isinstance(where[1], int):
            number, key = where[1], ".".join(map(str, where[2:]))
        elif where[:1] == ("defaults",):
            number, key = -1, ".".join(map(str, where[1:]))
        near = ((number, key), (number, ""))
        line = next((lines[place] for place in near if place in lines), 1)
        yield Fault(line, _words(fault, key))


def _words(fault: Any, key: str) -> str:
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key}"
    if fault["type"] == "missing":
        return f"{key} is missing"
    return f"{key} = {str(fault['input'])[:80]!r}: {fault['msg'][:1].lower()}{fault['msg'][1:]}"
