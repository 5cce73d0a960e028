"""What a run was asked to do: frozen, complete, and refused when a key is unknown.

A run is settled from layers: flags win over ``--config``, that over ``--preset``, that over the
defaults below. Each layer is checked on its own first, so that a complaint can name its origin.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
)

from animecolor.errors import UsageError, printable

PRESETS = Path(__file__).with_name("presets")


def _beside(path: Path, info: ValidationInfo) -> Path:
    """A relative path in a file is relative to that file, so that the file can be moved."""
    folder: Path = (info.context or {}).get("folder", Path())
    return folder / path


Located = Annotated[Path, AfterValidator(_beside)]
"""A path that is absolute once the layer naming it has been read."""


class Mode(StrEnum):
    """What the input is."""

    LINEART = "lineart"
    GRAY = "gray"
    NIR = "nir"
    """Near infrared: the picture's one channel, of 8 or 16 bits."""


class LineSource(StrEnum):
    """Where line art comes from."""

    AUTO = "auto"
    CANNY = "canny"
    INK = "ink"


class FinishKind(StrEnum):
    """How the network's colours become a native picture."""

    AUTO = "auto"
    """Flats for an artist's ink, smooth for Canny's lines; the luma kept of grey, and the detail of
    near infrared."""
    FLATS = "flats"
    """One exact color a region."""
    SMOOTH = "smooth"
    """Enlarged, each color on its own side of the lines."""
    NONE = "none"
    """Enlarged plainly."""


class LinesOver(StrEnum):
    """Which lines lie over the colours."""

    ORIGINAL = "original"
    """The artist's black ink; coloured trace lines are filled."""
    NONE = "none"
    COLORED = "colored"
    """The artist's black ink in a darker shade of the color beside it."""


class Precision(StrEnum):
    """Arithmetic of the network."""

    AUTO = "auto"
    FP32 = "fp32"
    BF16 = "bf16"
    FP16 = "fp16"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Lines(_Frozen):
    """How line art is drawn. Training draws its lines with these very values."""

    source: LineSource = LineSource.AUTO
    sigma: float = Field(default=1.0, gt=0, le=8)
    """Blur before Canny, in pixels of the working-size picture."""
    low: float = Field(default=0.1, ge=0, le=1)
    """Weak gradient threshold, Kornia's scale: unnormalised Sobel magnitude of [0, 1] luma."""
    high: float = Field(default=0.2, ge=0, le=1)
    """Strong gradient threshold, same scale."""


class Shots(_Frozen):
    """Where the cuts are."""

    detect: bool = True
    list: Located | None = None
    """CSV, EDL or OTIO shot list; wins over detection."""


class Range(_Frozen):
    """Which part of the clip: seconds or frame numbers, whichever the text says."""

    start: str | None = None
    end: str | None = None
    frames: int | None = Field(default=None, ge=1)


class Finish(_Frozen):
    """How the result is painted at native size."""

    kind: FinishKind = FinishKind.AUTO
    palette: Located | None = None
    """The colors that flats may have (.toml, .gpl or .ase); without it those of the shot's painted
    keyframes, and others as they come."""
    lines_over: LinesOver = LinesOver.ORIGINAL
    gap: int | None = Field(default=None, ge=0, le=64)
    """Largest gap in a line that still parts two regions, in native pixels; None: by size."""
    reject: float = Field(default=15.0, gt=0, le=100)
    """CIEDE2000 from which on a color of the network is none of the palette's."""


class Limits(_Frozen):
    """What untrusted media may cost."""

    max_side: int = Field(default=8192, ge=16)
    max_pixels: int = Field(default=8192 * 8192, ge=256)


class Output(_Frozen):
    """How the result is written."""

    preset: str = "web"
    codec: str | None = None
    pix_fmt: str | None = None
    options: dict[str, str] = Field(default_factory=dict)
    audio: bool = True
    subtitles: bool = True
    retas: bool = False
    """Images without alpha in which white means transparent (see ``video.retas``)."""


class Network(_Frozen):
    """Which network, on which arithmetic."""

    model: str = "anchor"
    weights: Located | None = None
    adapter: Located | None = None
    """What ``animecolor adapt`` learned of a show."""
    size: int = Field(default=256, ge=64, le=2048)
    """Short side of the working-size plane in pixels."""
    keyframe_model: str | None = None
    """Paints the first frame of every shot that a person painted nothing of."""
    device: str = "auto"
    precision: Precision = Precision.AUTO


class Render(_Frozen):
    """One run, resolved: everything that decides a pixel."""

    mode: Mode = Mode.LINEART
    caption: str = Field(default="", max_length=1000)
    """What is in the clip and in which colors, for models that read; a shot list's captions win."""
    network: Network = Network()
    lines: Lines = Lines()
    shots: Shots = Shots()
    finish: Finish = Finish()
    keyframes: Located | None = None
    """Folder of painted frames (see ``stages.keyframes``)."""
    references: tuple[Located, ...] = ()
    """Painted pictures that are no frames of the clip, character sheets (see ``stages.sheets``)."""
    hold: bool = True
    """Colour a held drawing once."""
    range: Range = Range()
    limits: Limits = Limits()
    output: Output = Output()


@dataclass(frozen=True, slots=True)
class Layer:
    """Some of a run's settings, and who said them."""

    origin: str
    """What a complaint names: a file, or ``the command line``."""
    settings: Mapping[str, Any]
    folder: Path = field(default_factory=Path.cwd)
    """What relative paths in the settings are relative to."""


def read_layer(path: Path) -> Layer:
    """Read one TOML file. Its keys are checked when the run is settled."""
    try:
        settings = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"cannot read the config file {path}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error
    return Layer(str(path), settings, path.resolve().parent)


def preset_names() -> list[str]:
    """Names that ``--preset`` knows."""
    return sorted(path.stem for path in PRESETS.glob("*.toml"))


def read_preset(name: str) -> Layer:
    """Read a preset that ships with the package."""
    if name not in preset_names():
        raise UsageError(f"no preset is called {name}; there are {', '.join(preset_names())}")
    return read_layer(PRESETS / f"{name}.toml")


def settle(layers: Sequence[Layer]) -> Render:
    """Merge layers, the first being the weakest, into one complete run."""
    merged: dict[str, Any] = {}
    for layer in layers:
        context = {"folder": layer.folder}
        try:
            checked = Render.model_validate(layer.settings, context=context)
        except ValidationError as error:
            raise UsageError(f"{layer.origin}: {complaint(error)}") from error
        merged = _merge(merged, checked.model_dump(exclude_unset=True))
    return Render.model_validate(merged)


def to_toml(render: Render, remarks: Sequence[str] = ()) -> str:
    """Write a run as TOML that ``read_layer`` takes back; remarks become comments.

    Written by hand because a run holds only tables of strings, numbers, booleans and lists of
    strings, which does not call for one more dependency.
    """
    lines = [f"# {printable(remark)}" for remark in remarks]
    tables = render.model_dump(mode="json", exclude_none=True)
    for key, value in tables.items():
        if not isinstance(value, dict):
            lines.append(f"{_quote_key(key)} = {_literal(value)}")
    for name, table in tables.items():
        if isinstance(table, dict):
            lines += _table(name, table)
    return "\n".join(lines) + "\n"


def _table(name: str, table: Mapping[str, Any]) -> list[str]:
    plain = {key: value for key, value in table.items() if not isinstance(value, dict)}
    lines = ["", f"[{name}]", *(f"{_quote_key(k)} = {_literal(v)}" for k, v in plain.items())]
    for key, value in table.items():
        if isinstance(value, dict) and value:
            lines += _table(f"{name}.{_quote_key(key)}", value)
    return lines


def _literal(value: str | float | bool | list[str]) -> str:
    # JSON's strings, numbers, booleans and lists are TOML's, but for DEL, which TOML wants escaped.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _quote_key(key: str) -> str:
    return key if key.replace("_", "").isalnum() and key.isascii() else _literal(key)


def _merge(weak: dict[str, Any], strong: dict[str, Any]) -> dict[str, Any]:
    merged = dict(weak)
    for key, value in strong.items():
        below = merged.get(key)
        if isinstance(value, dict) and isinstance(below, dict):
            merged[key] = _merge(below, value)
        else:
            merged[key] = value
    return merged


def complaint(error: ValidationError) -> str:
    """The first thing wrong, in words."""
    fault = error.errors()[0]
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key {key}"
    if fault["type"] == "model_type":
        return f"{key} must be a table"
    reason = fault["msg"][:1].lower() + fault["msg"][1:]
    return f"{key} = {fault['input']!r}: {reason}"
