"""Pairs of infrared and color: read, cut, misregistered on purpose, mixed up, held out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from animecolor.errors import UsageError
from animecolor.training.pairs import Data, Pair, gather, read_infrared, read_pairs
from animecolor.training.patches import Patches, PatchSamples, misregistration
from animecolor.training.pseudo import pseudo_nir
from animecolor.training.samples import Share
from tests.training.infrared import draw_pair, write_pairs

LOOK = Patches(sides=(24,), pixels=4 * 24**2, shrink=1.0, flip=0.0)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory: pytest.TempPathFactory) -> list[Pair]:
    home = tmp_path_factory.mktemp("pairs")
    return read_pairs(write_pairs(home / "train", range(4)), home / "cache")


def test_eight_and_sixteen_bits_are_read_as_they_are(tmp_path: Path) -> None:
    for deep, peak in ((False, 1), (True, 257)):
        folder = write_pairs(tmp_path / f"deep-{deep}", range(2), deep)
        pair = read_pairs(folder, tmp_path / "cache")[1]
        nir, rgb = draw_pair(1)
        assert pair.nir().dtype == (np.uint16 if deep else np.uint8)
        np.testing.assert_array_equal(pair.nir(), nir.astype(int) * peak)
        np.testing.assert_array_equal(pair.rgb(), rgb)
        assert (pair.name, pair.group) == ("scene_001", "scene")


def test_an_infrared_picture_of_three_channels_is_averaged(tmp_path: Path) -> None:
    picture = np.zeros((4, 4, 3), np.uint16)
    picture[..., 1] = 900
    cv2.imwrite(str(tmp_path / "a.png"), picture)
    assert (read_infrared(tmp_path / "a.png") == 300).all()


def test_patches_show_the_same_place_twice(pairs: list[Pair]) -> None:
    batch = PatchSamples(pairs, LOOK, seed=3)[5]
    assert batch.nir.shape == (4, 1, 24, 24)
    assert batch.rgb.shape == (4, 3, 24, 24)
    for nir, rgb in zip(batch.nir, batch.rgb, strict=True):
        assert _place(nir[0] * 255, [pair.nir() for pair in pairs]) == _place(
            rgb[0] * 255, [pair.rgb()[..., 0] for pair in pairs]
        )


def test_a_deliberate_shift_is_that_long_and_stays_a_pairs_own(pairs: list[Pair]) -> None:
    samples = PatchSamples(pairs, LOOK.model_copy(update={"shift": 8.0}), seed=3)
    found: dict[int, set[tuple[int, int]]] = {}
    for step in range(6):
        batch = samples[step]
        for nir, rgb in zip(batch.nir, batch.rgb, strict=True):
            number, top, left = _place(nir[0] * 255, [pair.nir() for pair in pairs])
            same, down, right = _place(rgb[0] * 255, [pair.rgb()[..., 0] for pair in pairs])
            assert number == same
            found.setdefault(number, set()).add((down - top, right - left))
    assert all(len(moves) == 1 for moves in found.values())
    for number, moves in found.items():
        assert moves == {misregistration(8, 3, number)}
        assert float(np.hypot(*moves.pop())) == pytest.approx(8, abs=0.8)
    assert len({misregistration(8, 3, number) for number in range(9)}) > 5


def test_unpaired_patches_come_from_anywhere(pairs: list[Pair]) -> None:
    look = LOOK.model_copy(update={"paired": False, "pixels": 16 * 24**2})
    batch = PatchSamples(pairs, look, seed=3)[1]
    numbers = [
        (
            _place(nir[0] * 255, [pair.nir() for pair in pairs])[0],
            _place(rgb[0] * 255, [pair.rgb()[..., 0] for pair in pairs])[0],
        )
        for nir, rgb in zip(batch.nir, batch.rgb, strict=True)
    ]
    assert any(nir != rgb for nir, rgb in numbers)


def test_every_process_makes_its_share_of_the_same_batch(pairs: list[Pair]) -> None:
    whole = PatchSamples(pairs, LOOK, seed=3)[2]
    look = LOOK.model_copy(update={"pixels": 2 * 24**2})
    halves = [PatchSamples(pairs, look, 3, Share(rank, 2))[2] for rank in range(2)]
    assert torch.equal(whole.nir, torch.cat([half.nir for half in halves]))
    assert torch.equal(whole.rgb, torch.cat([half.rgb for half in halves]))
    assert not torch.equal(whole.nir, PatchSamples(pairs, LOOK, seed=3)[3].nir)


def test_a_batch_has_one_side_and_a_budget_of_pixels(pairs: list[Pair]) -> None:
    look = LOOK.model_copy(update={"sides": (16, 32), "pixels": 4 * 32**2, "shrink": 8.0})
    shapes = {tuple(PatchSamples(pairs, look, seed=3)[step].rgb.shape) for step in range(12)}
    assert shapes == {(16, 3, 16, 16), (4, 3, 32, 32)}


def test_what_is_trained_on_is_not_held_out(tmp_path: Path) -> None:
    train = write_pairs(tmp_path / "train", range(4))
    val = write_pairs(tmp_path / "val", range(3, 5))
    data = Data(train=train, held_out=val, cache=tmp_path / "cache")
    with pytest.raises(UsageError, match="'scene_003' is in both"):
        gather(data)
    material = gather(data.model_copy(update={"leave_out": ("scene_003",)}))
    assert [pair.name for pair in material.training] == ["scene_000", "scene_001", "scene_002"]
    with pytest.raises(UsageError, match="no 'scene_009' to leave out"):
        gather(data.model_copy(update={"leave_out": ("scene_009",)}))


def test_a_folder_that_holds_no_pairs_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot read the folder"):
        read_pairs(tmp_path / "none", tmp_path)
    with pytest.raises(UsageError, match="holds no pairs"):
        read_pairs(tmp_path, tmp_path)
    folder = write_pairs(tmp_path / "one", range(1))
    (folder / "scene_000_rgb.png").rename(folder / "other.png")
    with pytest.raises(UsageError, match="has no scene_000_rgb beside it"):
        read_pairs(folder, tmp_path)
    (folder / "scene_000_rgb.png").write_bytes(b"no picture")
    with pytest.raises(UsageError, match="is not a picture"):
        read_pairs(folder, tmp_path)
    cv2.imwrite(str(folder / "scene_000_rgb.png"), np.zeros((9, 9, 3), np.uint8))
    with pytest.raises(UsageError, match="are no pair"):
        read_pairs(folder, tmp_path)


def _place(patch: torch.Tensor, pictures: list[np.ndarray]) -> tuple[int, int, int]:
    """Which picture a patch was cut from, and where."""
    small = patch.numpy().astype(np.float32)
    scores = [cv2.matchTemplate(p.astype(np.float32), small, cv2.TM_SQDIFF) for p in pictures]
    number = int(np.argmin([score.min() for score in scores]))
    assert scores[number].min() < 200  # 24 x 24 pixels of squared rounding
    top, left = np.unravel_index(int(scores[number].argmin()), scores[number].shape)
    return number, int(top), int(left)


def test_pseudo_infrared_is_bright_in_leaves_and_dark_in_skies() -> None:
    colors = np.array([(60, 120, 40), (110, 160, 230), (128, 128, 128), (0, 0, 0)], np.uint8)
    leaves, sky, gray, black = pseudo_nir(colors[:, None])[:, 0]
    assert leaves > 0.8
    assert sky < 0.4
    assert gray == pytest.approx(128 / 255 * 0.93, abs=0.01)
    assert black == 0
    assert pseudo_nir(np.zeros((2, 5, 7, 3), np.uint8)).shape == (2, 5, 7)
