"""``keys.toml``: which frames were exported to be painted, and what each file held then."""

from __future__ import annotations

import hashlib
import json
import os
import re
import tomllib
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from animecolor.config import complaint
from animecolor.errors import UsageError
from animecolor.video.info import VideoInfo

NAME = "keys.toml"
_PNG = re.compile(r"(\d{1,9})\.png", re.ASCII | re.IGNORECASE)
_TICK = re.compile(r"([1-9]\d{0,17})/([1-9]\d{0,17})", re.ASCII)
_LARGEST = 1 << 26


def _tick(text: str) -> str:
    if _TICK.fullmatch(text) is None:
        raise ValueError("not a fraction such as 1/24")
    return text


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Key(_Frozen):
    """One exported frame."""

    file: str = Field(pattern=r"^[0-9]{1,9}\.png$")
    frame: int = Field(ge=0)
    """Frames that the clip has before this one, wherever decoding began."""
    pts: int
    """Ticks of the list's ``time_base``; what finds the frame again."""
    time_s: float
    shot: int
    why: str
    sha256: str
    """Of the PNG as exported: a file that has another was painted."""
    line_sha256: str

    @property
    def line_file(self) -> str:
        """Name of the line art."""
        return f"{Path(self.file).stem}.line.png"


class KeyList(_Frozen):
    """The whole of ``keys.toml``."""

    version: Literal[1] = 1
    source: str
    """Name of the clip, without its folder."""
    time_base: Annotated[str, AfterValidator(_tick)]
    """Seconds per tick, as a fraction."""
    key: tuple[Key, ...] = ()

    def check_is_of(self, source: VideoInfo, folder: Path) -> None:
        """Refuse a list of another clip.

        Raises:
            UsageError: its source has another name or counts time otherwise.
        """
        if self.source != source_name(source):
            raise UsageError(
                f"{folder / NAME} is of the clip {self.source}, not of {source_name(source)}"
            )
        if Fraction(self.time_base) != source.time_base:
            raise UsageError(
                f"{folder / NAME} is of another clip: its time stamps count {self.time_base} s, "
                f"those of {source.path} {source.time_base} s"
            )


def source_name(source: VideoInfo) -> str:
    """The clip's own name, as it can stand in a text file."""
    name = Path(os.path.abspath(source.path)).name
    return name.encode(errors="replace").decode()


def read_key_list(folder: Path) -> KeyList | None:
    """The list of a folder; None where it has none.

    Raises:
        UsageError: it cannot be read; names the key at fault.
    """
    path = folder / NAME
    if not path.exists():
        return None
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a list of keyframes")
        return KeyList.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error
    except ValidationError as error:
        raise UsageError(f"{path}: {complaint(error)}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error


def to_toml(keys: KeyList) -> str:
    """The list as ``read_key_list`` takes it back."""
    said = keys.model_dump(exclude={"key"})
    lines = [
        "# Paint over the PNG files; a file that was changed counts as painted.",
        *(f"{name} = {_literal(value)}" for name, value in said.items()),
    ]
    for key in keys.key:
        lines += ["", "[[key]]"]
        lines += [f"{name} = {_literal(value)}" for name, value in key.model_dump().items()]
    return "\n".join(lines) + "\n"


def numbered(folder: Path) -> dict[int, Path]:
    """The PNG files of a folder that are named by a frame number, by that number, in order.

    Raises:
        UsageError: it is no folder, or two files name one frame.
    """
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise UsageError(f"cannot read the keyframes in {folder}: {error.strerror}") from error
    found: dict[int, Path] = {}
    for entry in entries:
        match = _PNG.fullmatch(entry.name)
        if match is None or not entry.is_file():
            continue
        number = int(match[1])
        if number in found:
            raise UsageError(f"{entry} and {found[number].name} are both frame {number}")
        found[number] = entry
    return dict(sorted(found.items()))


def digest(data: bytes) -> str:
    """SHA-256 in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def digest_of(path: Path) -> str:
    """SHA-256 of a file.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror}") from error


def changed(folder: Path, keys: Sequence[Key]) -> set[str]:
    """Names of the listed files, frames or line art, that no longer hold what was exported."""
    said = {name: sha for key in keys for name, sha in _files(key)}
    present = {name: folder / name for name in said if (folder / name).is_file()}
    return {name for name, path in present.items() if digest_of(path) != said[name]}


def _files(key: Key) -> tuple[tuple[str, str], tuple[str, str]]:
    return (key.file, key.sha256), (key.line_file, key.line_sha256)


def _literal(value: str | int | float) -> str:
    # As in config.to_toml: JSON's strings and numbers are TOML's, but for DEL.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
