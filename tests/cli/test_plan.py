"""How many frames a run will have, before it has begun."""

from __future__ import annotations

from dataclasses import replace

import pytest

from animecolor.cli.checks import imaginary_clip
from animecolor.cli.plan import expected_frames
from animecolor.config import Range

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
