"""A place in a picture."""

from __future__ import annotations

Window = tuple[int, int, int, int]
"""Top, left, bottom, right in pixels; the last two are excluded."""
