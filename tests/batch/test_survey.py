"""A clip read once: the shots a run finds, the time stamps it reads, and damage told."""

from __future__ import annotations

from pathlib import Path

import pytest

from animecolor.batch.survey import survey
from animecolor.config import LineSource, Mode, Range, Render, Shots
from animecolor.errors import AnimecolorError
from animecolor.frame import Frame
from animecolor.stages.shots import mark_shots
from animecolor.video.decode import decode
from animecolor.video.probe import probe
from tests.batch.episodes import cut_clip
from tests.filmed import film

GRAY = Render(mode=Mode.GRAY)


def as_run(path: Path) -> list[Frame]:
    """The frames of a clip as a run of the whole marks them."""
    source = probe(path, GRAY.limits)
    return list(mark_shots(decode(source, Range(), GRAY.limits), Shots()))


@pytest.mark.parametrize("name", ["bikes.mp4", "bigbuckbunny.mp4"])
def test_a_film_has_the_shots_that_a_run_finds(name: str) -> None:
    found = survey(probe(film(name), GRAY.limits), GRAY)
    frames = as_run(film(name))
    assert list(found.starts) == [f.index for f in frames if f.opens_shot]
    assert found.timing.ticks() == [(f.pts, f.duration) for f in frames]
    assert found.frames == len(frames)
    assert found.lines is None


@pytest.mark.parametrize("name", ["clip.mp4", "clip.mkv"])
def test_every_frame_is_seen_once_and_marked(name: str, tmp_path: Path) -> None:
    clip = cut_clip(tmp_path / name)
    seen: list[tuple[int, bool]] = []
    found = survey(
        probe(clip, GRAY.limits), GRAY, lambda frame: seen.append((frame.index, frame.opens_shot))
    )
    assert found.starts == (0, 5, 10)
    assert seen == [(number, number in found.starts) for number in range(15)]


def test_a_clip_whose_shots_are_not_sought_is_one(tmp_path: Path) -> None:
    render = Render(mode=Mode.LINEART, shots=Shots(detect=False))
    found = survey(probe(cut_clip(tmp_path / "clip.mp4"), render.limits), render)
    assert found.starts == (0,)
    assert found.lines is LineSource.CANNY
    assert found.decided == 3


def test_a_truncated_clip_is_an_error(tmp_path: Path) -> None:
    clip = cut_clip(tmp_path / "clip.mkv")
    clip.write_bytes(clip.read_bytes()[: clip.stat().st_size // 3])
    source = probe(clip, GRAY.limits)
    with pytest.raises(AnimecolorError, match="truncated"):
        survey(source, GRAY)
