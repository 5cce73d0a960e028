"""What decides the pixels of a picture besides the drawing itself, in one digest."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from animecolor.config import Render
from animecolor.flats.palette import Palette
from animecolor.models.registry import weights_of
from animecolor.stages.keylist import digest_of

CEL = frozenset({"keyframes", "range", "limits", "shots", "hold"})
"""Settings that decide no pixel of a cel, and the keyframes, which each layer has its own of."""


def fingerprint(render: Render, without: frozenset[str] = CEL) -> str:
    """SHA-256 of the settings; a file counts by what it holds, not by its name.

    The palette is left out, see ``palette_print``. So are the device and what is as it always is:
    another machine, or a version that can be told more, shall not paint a cut anew.

    Args:
        render: the settings.
        without: tables and keys of the config that do not count.

    Raises:
        UsageError: a file that the settings name cannot be read.
    """
    settings = render.model_dump(exclude=set(without), exclude_defaults=True)
    network = settings.setdefault("network", {})
    network.pop("device", None)
    network["weights"] = render.network.weights or weights_of(render.network.model)
    if render.network.keyframe_model is not None:
        network["keyframe_weights"] = weights_of(render.network.keyframe_model)
    settings.get("finish", {}).pop("palette", None)
    return digest_of_value(_by_content(settings))


def palette_print(palette: Palette | None) -> str:
    """SHA-256 of a palette's names and colors, in order; empty without one."""
    if palette is None:
        return ""
    return digest_of_value([[swatch.name, swatch.rgb] for swatch in palette.swatches])


def with_keys(settings: str, keys: Mapping[str, Path]) -> str:
    """SHA-256 of the settings and of a layer's painted keyframes, by name of the drawing.

    Raises:
        UsageError: a keyframe cannot be read.
    """
    return digest_of_value(
        [settings, {name: digest_of(path) for name, path in sorted(keys.items())}]
    )


def _by_content(value: Any) -> Any:
    if isinstance(value, Path):
        return digest_of(value)
    if isinstance(value, Mapping):
        return {key: _by_content(inner) for key, inner in value.items()}
    if isinstance(value, (list, tuple)):
        return [_by_content(inner) for inner in value]
    return value


def digest_of_value(value: Any) -> str:
    """SHA-256 of what JSON can say; anything else counts as its text."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
