"""A folder with a small season, and an engine that does its tasks right here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.batch.episodes import Season, cut_clip
from tests.cli.conftest import tiny

__all__ = ["season", "tiny"]


@pytest.fixture
def season(tmp_path: Path, tiny: Path) -> Season:
    """One grey clip of three shots, and a manifest of it."""
    made = Season(tmp_path / "season", tiny)
    cut_clip(made.root / "ep01.mkv")
    made.write('[[episode]]\nname = "ep01"\nsource = "ep01.mkv"\n')
    return made
