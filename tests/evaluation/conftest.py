"""Drawn clips, made once a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.evaluation.showing import Showing, show
from animecolor.frame import Plane
from animecolor.training.clips import Clip, draw_folder


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture(scope="session")
def clips(cache: Path) -> list[Clip]:
    return list(draw_folder(range(2), (64, 64), 5, cache))


@pytest.fixture
def showing(clips: list[Clip]) -> Showing:
    (found,) = show(clips[0], [Plane.LINE], None)
    return found
