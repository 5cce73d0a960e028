"""Clip folders and drawn clips: what is in them, what is held out, what is refused."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from animecolor.config import Limits, Output
from animecolor.errors import UsageError
from animecolor.frame import Frame, from_array
from animecolor.training.clips import Clip, draw_folder, read_folder
from animecolor.training.sources import Split
from animecolor.video.encode import encode
from animecolor.video.probe import probe


def write_video(path: Path, pictures: np.ndarray) -> None:
    """Lossless, so that what is read can be compared with what was written."""
    seed = path.with_suffix(".seed.mkv")
    import av

    with av.open(seed, "w") as container:
        stream = container.add_stream("ffv1", rate=12)
        stream.width, stream.height, stream.pix_fmt = (*pictures.shape[2:0:-1], "bgr0")
        for packet in [*stream.encode(av.VideoFrame.from_ndarray(pictures[0], "rgb24"))]:
            container.mux(packet)
        container.mux(stream.encode(None))
    like = replace(probe(seed, Limits()), time_base=Fraction(1, 12))
    frames = [Frame(from_array(p), i, Fraction(1, 12), i, 1) for i, p in enumerate(pictures)]
    encode(frames, path, Output(preset="master"), like)
    seed.unlink()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "show"
    home.mkdir()
    chance = np.random.default_rng(3)
    color = chance.integers(0, 256, (4, 32, 48, 3), dtype=np.uint8)
    line = np.repeat(chance.integers(0, 256, (4, 32, 48, 1), dtype=np.uint8), 3, axis=3)
    write_video(home / "a_0000.mkv", color)
    write_video(home / "a_0000.line.mkv", line)
    write_video(home / "b_0000.mkv", color[::-1])
    rows = [
        {"clip": "a_0000", "license": "CC0", "line": True, "models": ["Wolf.glb"]},
        {"clip": "b_0000", "license": "CC0", "line": False},
    ]
    (home / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    np.save(tmp_path / "color.npy", color)
    np.save(tmp_path / "line.npy", line[..., 0])
    return home


def test_reads_what_was_written_and_decodes_once(folder: Path, tmp_path: Path) -> None:
    first, second = read_folder(folder, tmp_path / "cache")
    assert np.array_equal(first.color(), np.load(tmp_path / "color.npy"))
    ink = first.ink()
    assert ink is not None
    assert np.array_equal(ink, np.load(tmp_path / "line.npy"))
    assert second.ink() is None
    assert (first.source, first.license, first.shows) == ("show", "CC0", ("Wolf.glb",))
    for video in folder.glob("*.mkv"):
        video.unlink()
    again = list(read_folder(folder, tmp_path / "cache"))
    assert np.array_equal(again[1].color(), second.color())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "line 1: not a clip"),
        ('{"clip": "x"}', "line 1: not a clip"),
        ("[]", "line 1: not a clip"),
        ('{"clip": "../x", "line": false}', "not a plain file name"),
    ],
)
def test_bad_manifests_are_refused(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "manifest.jsonl").write_text(text)
    with pytest.raises(UsageError, match=said):
        list(read_folder(tmp_path, tmp_path / "cache"))


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no manifest"):
        list(read_folder(tmp_path, tmp_path / "cache"))


def test_drawn_clips_are_cached_and_the_same_again(tmp_path: Path) -> None:
    (clip,) = draw_folder(range(5, 6), (48, 64), 3, tmp_path / "one")
    (again,) = draw_folder(range(5, 6), (48, 64), 3, tmp_path / "two")
    assert clip.color().shape == (3, 48, 64, 3)
    assert np.array_equal(clip.color(), again.color())
    ink = clip.ink()
    assert ink is not None
    assert ink.shape == (3, 48, 64)


def test_windows_of_one_shot_fall_on_one_side() -> None:
    split = Split(
        prefixes={"show": ("popeye_T00",)}, models={"rig": ("Wolf.glb",)}, seeds={"toon": 100}
    )

    def clip(name: str, source: str, *shows: str) -> Clip:
        return Clip(name, source, "", Path(), None, shows)

    held = [clip("popeye_T00_9", "show"), clip("x", "rig", "Cow.glb", "Wolf.glb")]
    held.append(clip("000100", "toon"))
    kept = [clip("popeye_T01_9", "show"), clip("x", "rig", "Cow.glb"), clip("000099", "toon")]
    kept.append(clip("popeye_T00_9", "other"))
    assert [split.holds(c) for c in held] == [True] * 3
    assert [split.holds(c) for c in kept] == [False] * 4
