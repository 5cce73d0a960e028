"""Colours animation: line art or grey clips in, coloured clips out.

The public names load on first use, so that ``import animecolor`` costs nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from animecolor.frame import Frame, Plane
    from animecolor.models.registry import MODELS, load_model
    from animecolor.pipeline import colorize_video

__version__ = "0.1.0"
__all__ = ["MODELS", "Frame", "Plane", "colorize_video", "load_model"]

_HOMES = {
    "Frame": "animecolor.frame",
    "MODELS": "animecolor.models.registry",
    "Plane": "animecolor.frame",
    "colorize_video": "animecolor.pipeline",
    "load_model": "animecolor.models.registry",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return [*globals(), *_HOMES]
