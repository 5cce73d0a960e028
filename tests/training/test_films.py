"""Videos as clips, and the sources that runs and evaluations gather from them."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError

from animecolor.errors import AnimecolorError, UsageError
from animecolor.training import films
from animecolor.training.clips import Clip
from animecolor.training.films import read_film
from animecolor.training.sources import FILMS, Data, gather, last_of, read_clips
from tests.training.test_clips import write_video

CUT, FRAMES = 9, 20


def two_shots() -> np.ndarray:
    """(20, 96, 160, 3): nine frames of one room, eleven of another, something moving in each."""
    chance = np.random.default_rng(0)
    rooms = [
        np.kron(chance.integers(0, 256, (6, 10, 3)), np.ones((16, 16, 1))).astype(np.uint8)
        for _ in range(2)
    ]
    pictures = np.stack([rooms[moment >= CUT] for moment in range(FRAMES)])
    for moment, picture in enumerate(pictures):
        picture[40:56, 4 * moment : 4 * moment + 16] = (250, 20, 30)
    return pictures


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("film") / "short film.mkv"
    write_video(path, two_shots())
    return path


def refuse(*_: Any) -> Any:
    raise AssertionError("decoded once more")


def test_a_shot_is_a_clip(film: Path, tmp_path: Path) -> None:
    first, second = read_film(film, tmp_path)
    assert (first.name, second.name) == ("short film_000000", "short film_000009")
    assert (first.begins, first.ends) == (0, second.begins) == (0, CUT / FRAMES)
    assert second.ends == 1
    assert first.source == "short film"
    assert first.ink() is None
    assert np.array_equal(np.concatenate([first.color(), second.color()]), two_shots())


def test_decoded_once(film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = list(read_film(film, tmp_path))
    with monkeypatch.context() as patch:
        patch.setattr(films, "decode", refuse)
        assert list(read_film(film, tmp_path)) == before
        with pytest.raises(AssertionError, match="once more"):
            list(read_film(film, tmp_path, side=64))
        os.utime(film, ns=(1, 1))
        with pytest.raises(AssertionError, match="once more"):
            list(read_film(film, tmp_path))


def test_an_interrupted_decode_is_done_again(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = films.mark_shots

    def broken(*arguments: Any) -> Any:
        for frame in whole(*arguments):
            if frame.index == 15:
                raise AnimecolorError("the film tears")
            yield frame

    with monkeypatch.context() as patch:
        patch.setattr(films, "mark_shots", broken)
        with pytest.raises(AnimecolorError, match="tears"):
            list(read_film(film, tmp_path))
    assert list(tmp_path.rglob("*.npy"))
    assert not list(tmp_path.rglob("*.part"))
    clips = list(read_film(film, tmp_path))
    assert sum(len(clip.color()) for clip in clips) == FRAMES


def test_frames_are_reduced_by_area(film: Path, tmp_path: Path) -> None:
    clips = list(read_film(film, tmp_path, side=48))
    small = np.concatenate([clip.color() for clip in clips])
    blocks = two_shots().reshape(FRAMES, 48, 2, 80, 2, 3).mean(axis=(2, 4))
    assert np.abs(small - blocks).max() <= 0.5


def test_long_shots_are_cut_and_short_ones_left_out(
    film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(films, "_LONGEST", 6)
    clips = list(read_film(film, tmp_path))
    numbers = [(clip.name[-6:], len(clip.color())) for clip in clips]
    assert numbers == [("000000", 6), ("000009", 6), ("000015", 5)]
    assert [clip.begins for clip in clips] == [0, 9 / 20, 15 / 20]
    assert [clip.ends for clip in clips] == [6 / 20, 15 / 20, 1]


def test_what_is_no_film(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read"):
        list(read_film(tmp_path / "none.mkv", tmp_path))
    (tmp_path / "text.mkv").write_text("no film")
    with pytest.raises(AnimecolorError, match=r"text\.mkv"):
        list(read_film(tmp_path / "text.mkv", tmp_path))
    write_video(tmp_path / "blink.mkv", two_shots()[:3])
    with pytest.raises(UsageError, match="no shot of 4 frames"):
        list(read_film(tmp_path / "blink.mkv", tmp_path))


def frames_of(clips: list[Clip]) -> np.ndarray:
    return np.concatenate([clip.color() for clip in clips])


def test_the_end_of_a_film_is_held_out(film: Path, tmp_path: Path) -> None:
    pattern = str(film.parent / "*.mkv")
    data = Data(cache=tmp_path, films=(pattern,), films_held_out=0.3, films_weight=2.0)
    assert data.shares == {FILMS: 2.0}
    sources = gather(data)
    training, held_out = sources.training[FILMS], sources.held_out[FILMS]
    assert [len(clip.color()) for clip in training] == [9, 5]
    assert [len(clip.color()) for clip in held_out] == [6]
    assert np.array_equal(frames_of([*training, *held_out]), two_shots())
    assert training[1].ends == held_out[0].begins == pytest.approx(0.7)
    everything = gather(data.model_copy(update={"films_held_out": 0.0}))
    assert everything.held_out[FILMS] == []
    assert len(frames_of(everything.training[FILMS])) == FRAMES


def test_pieces_too_short_are_dropped_at_the_border(film: Path, tmp_path: Path) -> None:
    data = Data(cache=tmp_path, films=(str(film),), films_held_out=0.1)
    sources = gather(data)
    assert [len(clip.color()) for clip in sources.training[FILMS]] == [9, 9]
    assert sources.held_out[FILMS] == []


def test_folders_and_drawn_clips(tmp_path: Path) -> None:
    show = tmp_path / "data" / "show"
    show.mkdir(parents=True)
    rows = [{"clip": name, "license": "CC0", "line": False} for name in ("a_0", "b_0")]
    (show / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    for name in ("a_0", "b_0"):
        write_video(show / f"{name}.mkv", two_shots()[:4])
    split = tmp_path / "split.toml"
    split.write_text('[prefixes]\nshow = ["b_"]\n[seeds]\ntoon = 7\n')
    data = Data(
        root=show.parent,
        cache=tmp_path / "cache",
        split=split,
        weights={"show": 1.0, "toon": 3.0},
        toon_clips=2,
        toon_size=(32, 48),
        toon_frames=3,
    )
    sources = gather(data)
    names = {name: [clip.name for clip in clips] for name, clips in sources.training.items()}
    assert names == {"show": ["a_0"], "toon": ["000000", "000001"]}
    names = {name: [clip.name for clip in clips] for name, clips in sources.held_out.items()}
    assert names == {"show": ["b_0"], "toon": ["000007", "000008"]}
    assert [clip.name for clip in read_clips([str(show)], data.cache)] == ["a_0", "b_0"]


def test_clips_as_a_person_names_them(film: Path, tmp_path: Path) -> None:
    clips = read_clips(["toon:3-4x3", str(film)], tmp_path)
    assert [clip.name for clip in clips][:2] == ["000003", "000004"]
    assert clips[0].color().shape == (3, 256, 256, 3)
    assert len(clips) == 4


def test_the_last_share_of_a_film_is_cut_where_the_border_falls(film: Path, tmp_path: Path) -> None:
    clips = read_clips([str(film)], tmp_path)
    total = sum(len(clip.color()) for clip in clips)
    late = last_of(clips, 0.3)
    assert sum(len(clip.color()) for clip in late) == pytest.approx(0.3 * total, abs=1)
    assert late[0].begins == pytest.approx(0.7, abs=0.02)
    assert np.array_equal(late[-1].color()[-1], clips[-1].color()[-1])
    assert [len(clip.color()) for clip in last_of(clips, 1.0)] == [len(c.color()) for c in clips]


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("toon:4-3", "last scene comes before"),
        ("toon:x", "not a clip folder, a video or toon"),
        ("no such thing", "not a clip folder, a video or toon"),
        (".", r"no manifest\.jsonl"),
    ],
)
def test_what_is_no_clip(path: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        read_clips([path], tmp_path)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({}, "names no source"),
        ({"films": ("none/*.mkv",)}, r"no film matches none/\*\.mkv"),
        ({"weights": {"show": 1.0}}, "the source show needs a root"),
        ({"weights": {"toon": 1.0}, "split": Path("none.toml")}, r"none\.toml"),
    ],
)
def test_data_that_names_nothing(data: dict[str, Any], said: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=said):
        gather(Data(cache=tmp_path, **data))


def test_a_source_without_a_clip_to_train_on(tmp_path: Path) -> None:
    split = tmp_path / "split.toml"
    split.write_text("[seeds]\ntoon = 0\n")
    data = Data(
        cache=tmp_path, split=split, weights={"toon": 1.0}, toon_size=(32, 32), toon_frames=3
    )
    with pytest.raises(UsageError, match="toon has no clip to train on"):
        gather(data)


@pytest.mark.parametrize(
    "wrong",
    [{"weights": {"a": 0.0}}, {"films_weight": 0}, {"films_held_out": 1.0}, {"films_side": 8}],
)
def test_wrong_data_is_refused(wrong: dict[str, Any], tmp_path: Path) -> None:
    with pytest.raises(ValidationError):
        Data(cache=tmp_path, **wrong)
