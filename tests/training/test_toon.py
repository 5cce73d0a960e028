"""The cartoon generator: the same from a seed, exact, and various."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from animecolor.training.toon import ToonFrame, caption, draw_clip, palette, plan
from animecolor.training.toon.clip import INK_LEVEL

SAMPLES = Path(__file__).parents[2] / "samples"
SMALL = (72, 96)


def first(seed: int, size: tuple[int, int] = SMALL) -> ToonFrame:
    return next(draw_clip(seed, size, 1))


def test_same_seed_draws_the_same_clip() -> None:
    for one, other in zip(draw_clip(5, SMALL, 5), draw_clip(5, SMALL, 5), strict=True):
        assert np.array_equal(one.color, other.color)
        assert np.array_equal(one.ink, other.ink)
        assert np.array_equal(one.regions, other.regions)


@pytest.mark.parametrize("size", [(64, 64), (97, 131), (33, 51), (201, 64)])
def test_any_size(size: tuple[int, int]) -> None:
    frame = first(3, size)
    assert frame.color.shape == (*size, 3)
    assert frame.color.dtype == np.uint8
    assert frame.ink.shape == size
    assert frame.ink.dtype == np.uint8
    assert frame.regions.shape == size
    assert frame.regions.dtype == np.int32


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_flat_regions_have_exactly_their_palette_color(seed: int) -> None:
    colors = palette(seed)
    for frame in list(draw_clip(seed, SMALL, 4))[::3]:
        labels = frame.regions.astype(np.uint16)
        kernel = np.ones((3, 3), np.uint8)
        pure = cv2.erode(labels, kernel) == cv2.dilate(labels, kernel)
        pure &= cv2.erode(frame.ink, kernel) == 255
        for label in np.unique(frame.regions[pure]).tolist():
            if label and not colors[label].gradient:
                painted = frame.color[pure & (frame.regions == label)]
                assert (painted == colors[label].rgb).all(), colors[label].name


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_labels_are_known_and_zero_exactly_on_ink(seed: int) -> None:
    frame = first(seed)
    assert set(np.unique(frame.regions).tolist()) <= {0, *palette(seed)}
    assert np.array_equal(frame.regions == 0, frame.ink <= INK_LEVEL)
    assert 0.005 < (frame.regions == 0).mean() < 0.7


def test_seeds_differ_in_everything_a_network_should_not_learn_by_heart() -> None:
    scenes = [plan(seed) for seed in range(60)]
    assert len({scene.backdrop.kind for scene in scenes}) == 7
    assert len({scene.pen.width for scene in scenes}) >= 3
    heroes = [scene.actors[-1].person for scene in scenes]
    assert len({hero.kind for hero in heroes if hero is not None}) >= 8
    assert len({caption(seed) for seed in range(60)}) >= 58
    assert {actor.hold for scene in scenes for actor in scene.actors} == {1, 2, 3}


def test_pictures_are_colorful_and_not_alike() -> None:
    frames = [first(seed, (48, 64)) for seed in range(8)]
    for frame in frames:
        assert len(np.unique(frame.color.reshape(-1, 3), axis=0)) > 12
        assert len(np.unique(frame.regions)) > 5
        assert frame.color.std() > 15
    for one, other in pairwise(frames):
        assert np.abs(one.color.astype(int) - other.color).mean() > 8


def test_drawings_are_held() -> None:
    seed = next(s for s in range(200) if held_on_twos(s))
    frames = [frame.color for frame in draw_clip(seed, (48, 64), 6)]
    same = [np.array_equal(one, other) for one, other in pairwise(frames)]
    assert same == [True, False, True, False, True]


def held_on_twos(seed: int) -> bool:
    scene = plan(seed)
    still = scene.camera.start == scene.camera.end
    still = still and scene.camera.drift == 0 and scene.camera.shake == 0
    hero = scene.actors[-1]
    moving = hero.action in ("dance", "wave", "talk", "walk", "run")
    return still and moving and len(scene.actors) == 1 and hero.hold == 2


@pytest.mark.parametrize("seed", [1, 8])
def test_another_size_is_the_same_shot(seed: int) -> None:
    small, large = first(seed, (90, 120)), first(seed, (360, 480))
    shrunk = cv2.resize(large.color, (120, 90), interpolation=cv2.INTER_AREA)
    assert np.corrcoef(shrunk.ravel(), small.color.ravel())[0, 1] > 0.95


def test_a_label_keeps_its_meaning_through_the_clip() -> None:
    frames = list(draw_clip(4, (48, 64), 20))
    one, other = (set(np.unique(f.regions).tolist()) for f in (frames[0], frames[-1]))
    assert len(one & other) > 0.6 * len(one | other)


@pytest.mark.parametrize("name", ["picnic.mp4", "picnic.lines.mp4"])
def test_samples_are_what_their_script_says(name: str) -> None:
    path = SAMPLES / name
    assert path.stat().st_size < 2_000_000
    with av.open(str(path)) as clip:
        assert len(clip.streams.audio) == 1
        video = clip.streams.video[0]
        assert video.average_rate == 24
        assert (video.height, video.width) == (360, 640)
        assert video.codec_context.colorspace == 1
        pictures = [f.to_ndarray(format="gray8")[::4, ::4] for f in clip.decode(video)]
    assert len(pictures) == 138
    jumps = [np.abs(a.astype(int) - b).mean() for a, b in pairwise(pictures)]
    assert sorted(np.argsort(jumps)[-2:].tolist()) == [45, 91]


def test_every_shot_has_its_painted_keyframe() -> None:
    for index in (0, 46, 92):
        picture = cv2.imread(str(SAMPLES / "picnic.keys" / f"{index:06d}.png"))
        assert picture is not None
        assert picture.shape == (360, 640, 3)
