"""Batches: pure in seed and step, the same however the work is shared, and made as asked."""

from __future__ import annotations

import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from pydantic import ValidationError
from torch.utils.data import DataLoader

from animecolor.color import luma
from animecolor.training.clips import Clip, draw_folder
from animecolor.training.look import Look
from animecolor.training.samples import Batch, Mix, Samples, Share
from animecolor.training.strokes import Strokes

EXACT = Strokes(plain=0, canny=0, soft=0, ink=1, width=0, gaps=0, distance=0)


@pytest.fixture(scope="module")
def toons(tmp_path_factory: pytest.TempPathFactory) -> list[Clip]:
    return list(draw_folder(range(3), (64, 80), 6, tmp_path_factory.mktemp("cache")))


def counting(folder: Path, length: int) -> Mix:
    """A clip whose frame t has 10 t in every byte."""
    tens = 10 * np.arange(length, dtype=np.uint8)
    frames = np.broadcast_to(tens[:, None, None, None], (length, 32, 32, 3))
    np.save(folder / "count.npy", frames)
    return Mix([[Clip("count", "x", "", folder / "count.npy", None)]], [1.0])


def looks(**changes: Any) -> Look:
    return Look(**{"crops": (32,), "pixels": 4 * 32 * 32, **changes})


def equal(first: Batch, second: Batch) -> bool:
    return (
        torch.equal(first.plane, second.plane)
        and torch.equal(first.color, second.color)
        and torch.equal(first.remapped, second.remapped)
    )


def test_a_batch_is_a_function_of_seed_and_step(toons: list[Clip]) -> None:
    look = looks(crops=(16, 32), frames=3, jitter=0.1, remap=0.5, hold=0.2)
    samples = Samples(Mix([toons], [1.0]), look, seed=1)
    again = pickle.loads(pickle.dumps(samples))
    sides = set()
    for step in range(6):
        batch = samples[step]
        side = batch.plane.shape[-1]
        sides.add(side)
        count = 4 * 32 * 32 // side**2
        assert batch.plane.shape == (count, 3, 1, side, side)
        assert batch.color.shape == (count, 3, 3, side, side)
        assert batch.remapped.shape == (count,)
        assert batch.plane.dtype == batch.color.dtype == torch.float32
        for picture in (batch.plane, batch.color):
            assert 0 <= picture.min() < picture.max() <= 1
        assert equal(batch, again[step])
    assert sides == {16, 32}
    assert not equal(samples[0], samples[1]) or samples[0].plane.shape != samples[1].plane.shape
    other = Samples(Mix([toons], [1.0]), look, seed=2)
    assert any(
        other[step].color.shape != samples[step].color.shape
        or not equal(other[step], samples[step])
        for step in range(2)
    )


def test_loading_processes_change_nothing(toons: list[Clip]) -> None:
    samples = Samples(Mix([toons], [1.0]), looks(remap=0.5), seed=1)
    loader = DataLoader(samples, batch_size=None, sampler=range(3, 6), num_workers=1)
    assert all(equal(batch, samples[step]) for step, batch in zip(range(3, 6), loader, strict=True))


def test_two_processes_see_what_one_would(toons: list[Clip]) -> None:
    mix = Mix([toons], [1.0])
    half, whole = looks(crops=(16, 32), remap=0.5), looks(crops=(16, 32), pixels=8192, remap=0.5)
    for step in range(4):
        parts = [Samples(mix, half, 1, Share(rank, 2))[step] for rank in range(2)]
        one = Samples(mix, whole, 1)[step]
        assert torch.equal(torch.cat([part.color for part in parts]), one.color)
        assert torch.equal(torch.cat([part.plane for part in parts]), one.plane)
        assert torch.equal(torch.cat([part.remapped for part in parts]), one.remapped)


def test_no_two_draws_share_their_numbers(
    toons: list[Clip], monkeypatch: pytest.MonkeyPatch
) -> None:
    """NumPy's seeds (a, b) and (a, b, 0) are one; those of the crop and of a sample must not be."""
    seeds = []
    fresh = np.random.default_rng

    def noted(seed: tuple[int, ...]) -> np.random.Generator:
        seeds.append(tuple(np.random.SeedSequence(seed).generate_state(4)))
        return fresh(seed)

    monkeypatch.setattr(np.random, "default_rng", noted)
    samples = Samples(Mix([toons], [1.0]), looks(), seed=1)
    for step in range(3):
        samples[step]
    assert len(set(seeds)) == len(seeds) == 3 * (1 + 4)


def test_grey_planes_are_the_luma_of_the_new_palette(toons: list[Clip]) -> None:
    batch = Samples(Mix([toons], [1.0]), looks(gray=1.0, remap=1.0, jitter=0.2), seed=1)[0]
    assert batch.remapped.all()
    assert (batch.plane - luma(batch.color)).abs().max() < 1e-5


def test_ink_is_cropped_with_its_frame(toons: list[Clip]) -> None:
    look = looks(crops=(64,), pixels=1, gray=0.0, shrink=1.0, flip=1.0, strokes=EXACT)
    (clip,) = toons[:1]
    batch = Samples(Mix([[clip]], [1.0]), look, seed=1)[0]
    ink = clip.ink()
    assert ink is not None
    colors = torch.from_numpy(np.array(clip.color())).permute(0, 3, 1, 2).float() / 255
    found = [
        (moment, left)
        for moment in range(5)
        for left in range(17)
        if torch.equal(batch.color[0, 0], colors[moment, :, :, left : left + 64].flip(-1))
    ]
    assert len(found) == 1
    moment, left = found[0]
    cut = ink[moment, :, left : left + 64][:, ::-1].astype(np.float32) / 255
    assert np.abs(batch.plane[0, 0, 0].numpy() - cut).max() < 1e-5


@pytest.mark.parametrize("seed", range(4))
def test_remap_and_lines_are_the_same_on_held_frames(toons: list[Clip], seed: int) -> None:
    look = looks(frames=4, hold=1.0, remap=1.0, jitter=0.3, gray=0.3)
    batch = Samples(Mix([toons], [1.0]), look, seed)[0]
    assert torch.equal(batch.color, batch.color[:, :1].expand_as(batch.color))
    assert torch.equal(batch.plane, batch.plane[:, :1].expand_as(batch.plane))


def steps(mix: Mix, look: Look) -> list[list[int]]:
    """Frame numbers of the samples of a counting clip."""
    batch = Samples(mix, look, seed=1)[0]
    return (batch.color[:, :, 0, 0, 0] * 25.5).round().int().tolist()


def test_strides_and_held_frames(tmp_path: Path) -> None:
    mix = counting(tmp_path, 12)
    many = 60 * 32 * 32
    strides = steps(mix, looks(pixels=many, frames=4, strides=(1, 3)))
    assert {tuple(np.diff(moments)) for moments in strides} == {(1, 1, 1), (3, 3, 3)}
    assert {moments[-1] for moments in strides if moments[1] - moments[0] == 3} == {9, 10, 11}
    held = steps(mix, looks(pixels=many, frames=3, strides=(1,), hold=0.5))
    assert {tuple(np.diff(moments)) for moments in held} == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_short_clips(tmp_path: Path) -> None:
    mix = counting(tmp_path, 3)
    assert steps(mix, looks(frames=3, strides=(2,))) == [[0, 1, 2]] * 4
    assert steps(mix, looks(frames=5, strides=(1,))) == [[0, 1, 2, 2, 2]] * 4
    assert steps(counting(tmp_path, 1), looks(frames=2)) == [[0, 0]] * 4


def test_sources_are_drawn_by_weight(tmp_path: Path) -> None:
    clips = [[Clip(name, name, "", tmp_path, None)] for name in "ab"]
    chance = np.random.default_rng(0)
    drawn = [Mix(clips, (3.0, 1.0)).pick(chance).name for _ in range(400)]
    assert 270 < drawn.count("a") < 330


@pytest.mark.parametrize(
    "wrong", [{"crops": ()}, {"crops": (0,)}, {"strides": (0,)}, {"gray": 1.1}, {"ink": 0.5}]
)
def test_wrong_looks_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Look(**wrong)


def test_a_gap_moves_only_the_first_frame_away(tmp_path: Path) -> None:
    mix = counting(tmp_path, 12)
    gaps = set()
    for seed in range(30):
        look = looks(frames=3, strides=(1,), gap=1.0, pixels=32 * 32, gray=0)
        times = (Samples(mix, look, seed)[0].color[0, :, 0, 0, 0] * 25.5).round()
        assert float(times[2] - times[1]) == 1
        assert 0 <= float(times[0]) < float(times[1])
        gaps.add(int(times[1] - times[0]))
    assert min(gaps) == 1
    assert max(gaps) > 6
