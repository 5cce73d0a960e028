"""How many frames a run will have, before it has begun."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from animecolor.cli.checks import imaginary_clip
from animecolor.cli.plan import expected_frames, plan
from animecolor.config import Finish, FinishKind, Range, Render
from animecolor.video.info import StreamSummary

CLIP = replace(imaginary_clip(), frames=48)  # two seconds at 24 fps


@pytest.mark.parametrize(
    ("asked", "frames"),
    [
        ({}, 48),
        ({"frames": 10}, 10),
        ({"frames": 100}, 48),
        ({"start": "1.0"}, 24),
        ({"start": "40f"}, 8),
        ({"start": "40f", "frames": 5}, 5),
        ({"end": "00:00:01:12"}, 36),
        ({"end": "9.0"}, 48),
        ({"start": "0.5", "end": "1.5"}, 24),
        ({"start": "5.0"}, 0),
    ],
)
def test_a_range_of_a_clip(asked: dict[str, str], frames: int) -> None:
    assert expected_frames(CLIP, Range.model_validate(asked)) == frames


def test_a_stream_has_no_length_unless_asked() -> None:
    stream = replace(CLIP, frames=None)
    assert expected_frames(stream, Range()) is None
    assert expected_frames(stream, Range(frames=7)) == 7
    assert expected_frames(stream, Range(start="1.0", end="2.0")) == 24


def test_the_plan_tells_the_finish_and_its_palette(tmp_path: Path) -> None:
    (tmp_path / "cast.gpl").write_text("GIMP Palette\n1 2 3 skin\n4 5 6 coat\n")
    finish = Finish(kind=FinishKind.FLATS, palette=tmp_path / "cast.gpl")
    lines = list(plan(CLIP, tmp_path / "out.mp4", Render(finish=finish)))
    said = next(line for line in lines if line.startswith("finish"))
    assert said.split(None, 1)[1] == f"flats, 2 colors of {tmp_path / 'cast.gpl'}"


def test_what_a_clip_says_of_itself_cannot_command_a_terminal(tmp_path: Path) -> None:
    streams = (
        StreamSummary("attachment", "ttf", None, None, detail="\x1b]0;owned\x07"),
        StreamSummary("audio", "aac", "\x1b[2J", None),
    )
    clip = replace(CLIP, path=Path("in\x1b[31m\n.mp4"), streams=streams)
    lines = list(plan(clip, tmp_path / "out\x9b.mp4", Render()))
    assert any("]0;owned" in line for line in lines)
    assert all(line.isprintable() for line in lines)
