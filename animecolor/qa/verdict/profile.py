"""Profiles: from which value on a sighting or a number of a shot is a warning or a failure."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from animecolor.config import complaint
from animecolor.errors import UsageError
from animecolor.qa.columns import COLUMNS, Better
from animecolor.qa.sighting import Check

PROFILES = Path(__file__).with_name("profiles")
DEFAULT = "tv"
_LARGEST = 1 << 20

Limit = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Rgb = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$", to_lower=True)]
"""A color as ``#rrggbb``."""


class Statistic(StrEnum):
    """What of a shot's numbers is compared with a limit."""

    P95 = "p95"
    """Reached or passed, in the bad direction, by one frame in twenty."""
    WORST = "worst"
    MEAN = "mean"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Rule(_Frozen):
    """When something seen of one check counts. Without limits it is reported nowhere."""

    on: bool = True
    warn: Limit | None = None
    """Least value, in the unit of the check, that is a warning."""
    fail: Limit | None = None
    area: int = Field(default=0, ge=0)
    """Least area in native pixels; what has no area always counts."""
    frames: int = Field(default=1, ge=1)
    """Fewest frames it lasts."""

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.warn is not None and self.fail is not None and self.warn > self.fail:
            raise ValueError(f"warn ({self.warn:g}) lies beyond fail ({self.fail:g})")
        return self


class Bound(_Frozen):
    """When a shot's numbers of one column count."""

    statistic: Statistic = Statistic.P95
    warn: Limit | None = None
    fail: Limit | None = None


_BETTER = {column.key: column.better for column in COLUMNS}


def _bounded(bounds: dict[str, Bound]) -> dict[str, Bound]:
    for key, bound in bounds.items():
        better = _BETTER.get(key)
        if better is None:
            raise ValueError(f"no column is called {key}; there are {', '.join(_BETTER)}")
        if better is Better.NEITHER and (bound.warn, bound.fail) != (None, None):
            raise ValueError(f"{key} is context and has no good side, so it takes no limit")
        if bound.warn is not None and bound.fail is not None:
            beyond = bound.warn > bound.fail
            if bound.warn != bound.fail and beyond is not (better is Better.HIGHER):
                raise ValueError(f"{key}: warn ({bound.warn:g}) lies beyond fail ({bound.fail:g})")
    return bounds


class Profile(_Frozen):
    """One set of limits."""

    name: str = Field(default="", max_length=100)
    about: str = Field(default="", max_length=1000)
    size: Annotated[int, Field(ge=64, le=8192)] | Literal["native"] = 540
    """Rows at which clips are analysed; smaller ones, and all if native, as they are."""
    temporary: tuple[Rgb, ...] = ()
    """Placeholder colors that must be replaced."""
    checks: dict[Check, Rule] = Field(default_factory=dict)
    columns: Annotated[dict[str, Bound], AfterValidator(_bounded)] = Field(default_factory=dict)

    @property
    def rows(self) -> int | None:
        """``size`` as measuring takes it; None is native."""
        return None if self.size == "native" else self.size

    def rule(self, check: Check) -> Rule:
        """What holds for a check; a check that no file names is off."""
        return self.checks.get(check, Rule(on=False))


def profile_names() -> list[str]:
    """Names that ``--profile`` knows."""
    return sorted(path.stem for path in PROFILES.glob("*.toml"))


def read_profile(named: str | Path) -> Profile:
    """Read a profile that ships with the package, or one in a file.

    A file says only what is different from the profile that it names as ``like`` (tv if it names
    none).

    Raises:
        UsageError: no such profile, it is no TOML, or a key or value is wrong; names it.
    """
    if str(named) in profile_names():
        return _checked(str(named), _read(PROFILES / f"{named}.toml"))
    path = Path(named)
    if path.suffix.lower() != ".toml" and not path.exists():
        known = ", ".join(profile_names())
        raise UsageError(f"no profile is called {named}; there are {known}, or name a .toml file")
    settings = _read(path)
    like = settings.pop("like", DEFAULT)
    if like not in profile_names():
        raise UsageError(f"{path}: like = {like!r}: there are {', '.join(profile_names())}")
    _checked(str(path), settings)
    below = _read(PROFILES / f"{like}.toml")
    return _checked(str(path), _merged(below, {"name": path.stem, "about": "", **settings}))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST + 1)
    except OSError as error:
        raise UsageError(f"cannot read the profile {path}: {error.strerror}") from error
    if len(data) > _LARGEST:
        raise UsageError(f"{path} is too large to be a profile")
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error


def _checked(origin: str, settings: Mapping[str, Any]) -> Profile:
    try:
        return Profile.model_validate(settings)
    except ValidationError as error:
        raise UsageError(f"{origin}: {complaint(error)}") from error


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = merged.get(key)
        both = isinstance(value, dict) and isinstance(under, dict)
        merged[key] = _merged(under, value) if both and under is not None else value
    return merged
