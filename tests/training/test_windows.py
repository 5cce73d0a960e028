"""Windows of one shot become the shot again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from animecolor.training.clips import Clip
from animecolor.training.windows import whole_shots


@pytest.fixture
def windows(tmp_path: Path) -> list[Clip]:
    chance = np.random.default_rng(0)

    def clip(name: str, frames: int, side: int = 8) -> Clip:
        paths = [tmp_path / f"{name}.npy", tmp_path / f"{name}.line.npy"]
        np.save(paths[0], chance.integers(0, 256, (frames, side, side, 3), dtype=np.uint8))
        np.save(paths[1], chance.integers(0, 256, (frames, side, side), dtype=np.uint8))
        return Clip(name, "film", "unknown", paths[0], paths[1])

    (tmp_path / "film").mkdir()
    return [
        clip("a_0000", 5),
        clip("a_0005", 4),
        clip("a_0010", 4),  # a gap of one frame
        clip("b_0014", 4),  # another shot
        clip("b_0018", 4, side=16),
        clip("plain", 4),
    ]


def test_windows_without_a_gap_are_joined(windows: list[Clip], tmp_path: Path) -> None:
    shots = whole_shots(windows, tmp_path)
    assert [shot.name for shot in shots] == ["a_0000", "a_0010", "b_0014", "b_0018", "plain"]
    whole = np.concatenate([windows[0].color(), windows[1].color()])
    np.testing.assert_array_equal(shots[0].color(), whole)
    drawn = [windows[i].ink() for i in range(2)]
    np.testing.assert_array_equal(shots[0].ink(), np.concatenate(drawn))
    assert shots[1:] == windows[2:]


def test_joined_shots_are_read_from_the_cache(windows: list[Clip], tmp_path: Path) -> None:
    first = whole_shots(windows, tmp_path)[0]
    written = first.color_path.stat().st_mtime_ns
    assert whole_shots(windows, tmp_path)[0] == first
    assert first.color_path.stat().st_mtime_ns == written
