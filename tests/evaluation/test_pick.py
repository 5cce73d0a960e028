"""Which clips are judged."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from animecolor.errors import UsageError
from animecolor.evaluation.pick import Half, pick
from animecolor.training.clips import Clip


def clip(folder: Path, name: str, source: str = "show", frames: int = 3, side: int = 32) -> Clip:
    path = folder / f"{source}-{name}.npy"
    np.save(path, np.zeros((frames, side, side, 3), np.uint8))
    return Clip(name, source, "CC0", path, None)


@pytest.fixture
def split(tmp_path: Path) -> Path:
    path = tmp_path / "split.toml"
    path.write_text('[prefixes]\nshow = ["held"]\n[seeds]\ntoon = 10\n')
    return path


def test_halves(tmp_path: Path, split: Path) -> None:
    shown = [clip(tmp_path, name) for name in ("held_1", "seen_1", "held_2")]
    drawn = [clip(tmp_path, name, "toon") for name in ("000009", "000010")]
    film = clip(tmp_path, "film_000100", "film")
    late = replace(film, begins=0.95, ends=1.0)
    early = replace(film, name="film_000000", begins=0.0, ends=0.95)
    every = [*shown, *drawn, late, early]
    held = pick(every, split, Half.HELD_OUT, None, None)
    seen = pick(every, split, Half.TRAINING, None, None)
    assert [c.name for c in held] == ["held_1", "held_2", "000010", "film_000100"]
    assert [c.name for c in seen] == ["seen_1", "000009", "film_000000"]
    assert pick(every, None, Half.ALL, None, None) == every


def test_most_is_a_source_and_evenly_spread(tmp_path: Path) -> None:
    many = [clip(tmp_path, str(i)) for i in range(9)] + [clip(tmp_path, "one", "other")]
    assert [c.name for c in pick(many, None, Half.ALL, 3, None)] == ["1", "4", "7", "one"]


def test_what_cannot_be_judged_is_left_out_and_said(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    short, tiny = clip(tmp_path, "short", frames=2), clip(tmp_path, "tiny", side=31)
    good = clip(tmp_path, "good")
    assert pick([short, tiny, good], None, Half.ALL, None, None) == [good]
    assert "short is left out: 2 frames" in caplog.text
    assert "tiny is left out: 3 frames of 31x31" in caplog.text
    assert pick([tiny], None, Half.ALL, None, 64) == [tiny]
    with pytest.raises(UsageError, match="no clip that was named has 3 frames"):
        pick([short], None, Half.ALL, None, None)


def test_bad_requests_are_refused(tmp_path: Path, split: Path) -> None:
    seen = [clip(tmp_path, "seen_1")]
    with pytest.raises(UsageError, match="needs --split"):
        pick(seen, None, Half.TRAINING, None, None)
    with pytest.raises(UsageError, match="no clip that was named is in the part held-out"):
        pick(seen, split, Half.HELD_OUT, None, None)
    for text in ("[prefixes", "[nonsense]\nx = 1\n"):
        split.write_text(text)
        with pytest.raises(UsageError, match=r"(split|none)\.toml"):
            pick(seen, split, Half.HELD_OUT, None, None)
    with pytest.raises(UsageError, match=r"(split|none)\.toml"):
        pick(seen, tmp_path / "none.toml", Half.HELD_OUT, None, None)
