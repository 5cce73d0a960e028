"""Shot lists: every kind we read, and one clear sentence for every kind we cannot."""

from __future__ import annotations

import sys
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import pytest

from animecolor.errors import MissingPiece, UsageError
from animecolor.stages.shotlist import read_shot_list

RATE = Fraction(24000, 1001)

EDL = """TITLE: episode
FCM: NON-DROP FRAME

001  AX       V     C        00:00:00:00 00:00:02:00 01:00:00:00 01:00:02:00
* FROM CLIP NAME: one
002  AX       V     C        00:00:10:00 00:00:11:12 01:00:02:00 01:00:03:12
003  AX       V     C        00:00:00:00 00:00:01:00 01:00:03:12 01:00:04:12
"""


def read(tmp_path: Path, name: str, text: str, rate: Fraction = RATE) -> list[int]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return sorted(read_shot_list(path, rate))


@pytest.mark.parametrize(
    "text",
    [
        "start_frame\n0\n48\n84\n",
        "name;first frame\na;0\nb;48\nc;84\n",
        "\ufeffStart,note\n0,\n\n48,x\n84,\n",
        "timecode\n00:00:00:00\n00:00:02:00\n00:00:03:12\n",
        "start time\n00:00:00.000\n00:00:02.002\n00:00:03.503\n",
    ],
)
def test_csv(tmp_path: Path, text: str) -> None:
    assert read(tmp_path, "shots.csv", text) == [0, 48, 84]


def test_csv_of_scenedetect_itself(tmp_path: Path) -> None:
    from scenedetect import FrameTimecode
    from scenedetect.output import write_scene_list

    ends = [FrameTimecode(n, fps=24.0) for n in (0, 48, 84, 100)]
    path = tmp_path / "scenes.csv"
    with path.open("w") as file:
        write_scene_list(file, list(pairwise(ends)))
    assert sorted(read_shot_list(path, RATE)) == [0, 48, 84]


def test_edl(tmp_path: Path) -> None:
    assert read(tmp_path, "cut.edl", EDL) == [0, 48, 84]


@pytest.mark.parametrize("rate", [24, 23.976, 48])
def test_otio(tmp_path: Path, rate: float) -> None:
    import opentimelineio as otio

    timeline = otio.schema.Timeline("episode")
    track = otio.schema.Track("picture", kind=otio.schema.TrackKind.Video)
    timeline.tracks.append(track)
    double = 2 if rate == 48 else 1
    for length in (48, 36, 24):
        span = otio.opentime.TimeRange(
            otio.opentime.RationalTime(10, rate), otio.opentime.RationalTime(length * double, rate)
        )
        track.append(otio.schema.Clip(source_range=span))
    track.insert(
        1,
        otio.schema.Transition(
            in_offset=otio.opentime.RationalTime(2, rate),
            out_offset=otio.opentime.RationalTime(2, rate),
        ),
    )
    path = tmp_path / "cut.otio"
    otio.adapters.write_to_file(timeline, str(path))
    assert sorted(read_shot_list(path, Fraction(24))) == [0, 48, 84]


@pytest.mark.parametrize(
    ("name", "text", "sentence"),
    [
        ("a.csv", "", "names no shots"),
        ("a.csv", "start_frame\n", "names no shots"),
        ("a.csv", "shot,length\n1,5\n", "line 1: no column named start_frame"),
        ("a.csv", "start_frame\n0\n12x\n", "line 3: '12x' is neither a frame number nor"),
        ("a.csv", "start_frame\n0\n-4\n", "line 3: '-4' is neither"),
        ("a.csv", "start_frame\n0\n9\n9\n", "line 4: shot begins at frame 9, not after 9"),
        ("a.csv", "shot,start_frame\na,0\nb\n", "line 3: the row has no column 2"),
        ("a.csv", "timecode\n00:00:00:00\n00:00:01:24\n", "line 3: '00:00:01:24' has frame 24 at"),
        ("a.csv", "Scene Number,Start Frame\n1,0\n", "line 2: '0' is neither"),
        ("a.csv", f"start_frame\n0\n{'x' * 200_000}\n", "a.csv, line 3: field larger than field"),
        ("a.csv", f"start_frame\n0\n{'9' * 5000}\n", "line 3: '9999"),
        ("a.csv", f"timecode\n{'9' * 5000}:00:00:00\n", "line 2: '9999"),
        ("a.csv", f"timecode\n00:00:00.{'9' * 5000}\n", "line 2: '00:00:00.9999"),
        ("a.edl", "001  AX  V  C  nonsense\n", "a.edl: cannot read the shot list"),
        ("a.otio", "{", "a.otio: cannot read the shot list"),
        ("a.xml", "<xml/>", "a shot list is a .csv, .edl or .otio file"),
    ],
)
def test_bad_lists_are_refused_in_one_sentence(
    tmp_path: Path, name: str, text: str, sentence: str
) -> None:
    with pytest.raises(UsageError) as refusal:
        read(tmp_path, name, text)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert len(str(refusal.value)) < len(str(tmp_path)) + 200


def test_missing_and_binary_files(tmp_path: Path) -> None:
    for name in ("none.csv", "none.edl", "none.otio"):
        with pytest.raises(UsageError, match="cannot read the shot list"):
            read_shot_list(tmp_path / name, RATE)
    path = tmp_path / "binary.csv"
    path.write_bytes(bytes(range(256)))
    with pytest.raises(UsageError, match="cannot read the shot list"):
        read_shot_list(path, RATE)


def test_says_which_extra_is_missing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentimelineio", None)
    with pytest.raises(MissingPiece, match=r"pip install 'animecolor\[cuts\]'"):
        read(tmp_path, "cut.edl", EDL)
