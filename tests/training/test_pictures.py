"""Photographs as clips of one frame, their split, and the gallery that validates on them."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from animecolor.color import luma, rgb_to_lab
from animecolor.errors import AnimecolorError, UsageError
from animecolor.training.gallery import SIDE, Guess, gallery, picture, score, sheet
from animecolor.training.pictures import Stills, read_photos, still

SPLIT = '[prefixes]\nphoto = ["val_"]\n[tests]\nphoto = ["kodak"]\n[seeds]\ntoon = 900\n'


def photo(folder: Path, name: str, size: tuple[int, int], rgb: tuple[int, int, int]) -> None:
    pixels = np.full((*size, 3), rgb[::-1], np.uint8)
    pixels[: size[0] // 2] //= 2
    cv2.imwrite(str(folder / name), pixels)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    home = tmp_path / "photo"
    home.mkdir()
    rows = [
        {"file": "a_1.png", "captions": ["a red wall", "red"], "license": "CC0"},
        {"file": "val_1.png"},
        {"file": "kodak_1.png"},
    ]
    (home / "manifest.jsonl").write_text("\n".join(map(json.dumps, rows)))
    photo(home, "a_1.png", (600, 300), (200, 30, 40))
    photo(home, "val_1.png", (40, 64), (10, 200, 40))
    photo(home, "kodak_1.png", (40, 64), (10, 20, 240))
    return home


def test_a_photograph_is_a_clip_of_one_frame(folder: Path, tmp_path: Path) -> None:
    large, small, _ = read_photos(folder, tmp_path / "cache")
    assert (large.key, large.captions, large.license) == (
        "photo/a_1", ("a red wall", "red"), "CC0",
    )  # fmt: skip
    assert large.color().shape == (1, 512, 256, 3)  # reduced to a short side of 256
    assert small.color().shape == (1, 40, 64, 3)
    assert large.color()[0, -1, -1].tolist() == [200, 30, 40]
    (folder / "a_1.png").unlink()
    again = next(iter(read_photos(folder, tmp_path / "cache")))
    assert np.array_equal(again.color(), large.color())


def test_what_tests_alone_may_see_is_on_neither_side(folder: Path, tmp_path: Path) -> None:
    split = tmp_path / "split.toml"
    split.write_text(SPLIT)
    data = Stills(
        photos=folder, photos_weight=3.0, cache=tmp_path / "cache", split=split,
        weights={"toon": 1.0}, toon_clips=1, toon_size=(32, 32), toon_frames=3,
    )  # fmt: skip
    assert data.shares == {"toon": 1.0, "photo": 3.0}
    material = still(data)
    training = [clip.name for clips in material.mix.sources for clip in clips]
    held_out = [clip.name for clips in material.held_out.values() for clip in clips]
    assert training == ["000000", "a_1"]
    assert held_out == ["000900", "000901", "val_1"]
    assert list(material.mix.weights) == [1.0, 3.0]


def test_data_that_cannot_be_trained_on(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="names no picture"):
        still(Stills(cache=tmp_path))
    with pytest.raises(UsageError, match="nothing is held out"):
        still(Stills(cache=tmp_path, photos=folder))
    with pytest.raises(UsageError, match=r"no manifest\.jsonl"):
        still(Stills(cache=tmp_path, photos=tmp_path))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{}", "line 1: not a picture"),
        ('{"file": "../x.png"}', "not a plain file name"),
        ('{"file": "text.png"}', "not a picture that can be read"),
    ],
)
def test_what_is_no_picture(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "manifest.jsonl").write_text(text)
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises((UsageError, AnimecolorError), match=said):
        list(read_photos(tmp_path, tmp_path / "cache"))


def test_baselines_are_what_training_pixels_say() -> None:
    dark, light = torch.zeros(1, 3, 8, 8), torch.zeros(1, 3, 8, 8)
    dark[:, 0], light[:, 1] = 0.4, 0.9
    guess = Guess.of([dark, light])
    plane = luma(torch.cat((dark, light), 3))
    painted = guess.by_lightness(plane)
    assert (painted[:, 0, :, :8] > painted[:, 1, :, :8]).all()  # dark is red
    assert (painted[:, 1, :, 8:] > painted[:, 0, :, 8:]).all()  # light is green
    mean = guess.everywhere(plane)
    torch.testing.assert_close(luma(mean), plane, atol=1e-4, rtol=0)
    both = rgb_to_lab(torch.cat((dark, light), 3))[0, 1:].mean((1, 2))
    torch.testing.assert_close(guess.mean, both, atol=1e-3, rtol=1e-4)


def test_a_gallery_scores_the_truth_best(folder: Path, tmp_path: Path) -> None:
    photos = list(read_photos(folder, tmp_path / "cache"))
    pictures = gallery({"photo": photos, "none": []})
    assert [one.name for one in pictures] == [clip.key for clip in photos]
    assert min(pictures[0].plane.shape[-2:]) == SIDE
    truth = {one.name: one.truth for one in pictures}
    guess = Guess.of([one.truth for one in pictures])
    scores = score(pictures, lambda plane, name: truth[name], guess)
    assert next(iter(scores)) == "ab"
    assert scores["ab"] == scores["ab photo"] == scores["rgb"] == 100
    assert scores["gray"] < scores["table"] < 100
    assert sheet(pictures, lambda plane, name: truth[name]).shape == (3 * SIDE, 3 * SIDE, 3)


def test_a_picture_keeps_its_shape() -> None:
    color = np.zeros((100, 300, 3), np.uint8)
    assert picture("a/b", color, 50).truth.shape == (1, 3, 50, 150)
