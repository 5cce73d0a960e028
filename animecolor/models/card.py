"""A model's card: what it is, what it saw, how good it is, where it fails."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Source(BaseModel):
    """Something the weights were trained on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    license: str
    clips: int = Field(ge=1)
    """How many, of what ``of`` says."""
    of: Literal["clips", "pictures", "pairs"] = "clips"


class Score(BaseModel):
    """A measurement, beside what a trivial answer scores on the same pictures."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    what: str
    value: float
    unit: str
    baselines: dict[str, float]
    command: str


class ModelCard(BaseModel):
    """``card.toml``, the facts of a model; tables in the README are made from it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    summary: str
    reads: tuple[str, ...]
    paper: str
    parameters: int = Field(ge=1)
    license: str
    notice: str = ""
    """Said whenever its weights are loaded: what a user of them must know."""
    weights_sha256: str
    recipe: str
    sources: tuple[Source, ...]
    scores: tuple[Score, ...]
    failures: tuple[str, ...]


def read_card(path: Path) -> ModelCard:
    """Read a card; pydantic's ValidationError names a key that is wrong."""
    return ModelCard.model_validate(tomllib.loads(path.read_text("utf-8")))
