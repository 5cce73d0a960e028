"""What streams agrees with the measures of whole clips, and pulses are told from fades."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from animecolor.flow import flow_between, occluded
from animecolor.metrics import motion, still
from animecolor.metrics.flicker import track
from animecolor.metrics.flicker import warp_error as error_of_clip
from animecolor.metrics.pulse import at_white, block_shifts, overall, pulses

Picture = NDArray[np.uint8]


def pan(frames: int = 3, step: int = 3) -> list[Picture]:
    noise = np.random.default_rng(0).random((96, 200, 3)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 3)
    scene = np.rint(55 + 160 * (soft - soft.min()) / np.ptp(soft)).astype(np.uint8)
    return [np.ascontiguousarray(scene[:, step * t : step * t + 128]) for t in range(frames)]


def luma(picture: Picture) -> Picture:
    return np.rint(picture @ np.array([0.2126, 0.7152, 0.0722])).astype(np.uint8)


def test_the_streamed_warp_error_is_that_of_the_clip() -> None:
    clip = pan()
    clip[2] = cv2.add(clip[2], (20, 20, 20, 0))
    stack = torch.from_numpy(np.stack(clip)).permute(0, 3, 1, 2).float() / 255
    expected = error_of_clip(stack, track(stack)).tolist()
    for t, (before, now) in enumerate(zip(clip, clip[1:], strict=False)):
        back, forth = flow_between(luma(now), luma(before)), flow_between(luma(before), luma(now))
        seen = ~occluded(back, forth)
        for stride, near in ((1, 0.02), (2, 0.1)):
            brought = motion.pulled(before, motion.landing(back, stride))
            shown, view = motion.sampled(now, stride), motion.sampled(seen.view(np.uint8), stride)
            got = motion.warp_error(brought, shown, view.view(np.bool_))
            assert got == pytest.approx(expected[t], rel=near, abs=2e-6)
    assert expected[1] > 20 * expected[0]
    assert motion.warp_error(clip[0], clip[1], np.zeros((96, 128), np.bool_)) == 0


def test_pixels_are_sampled_alike_whatever_the_size() -> None:
    picture = np.random.default_rng(0).integers(0, 256, (30, 42, 3), np.uint8)
    for rows, columns, stride in ((30, 42, 2), (29, 42, 2), (30, 41, 3), (30, 42, 1)):
        part = np.ascontiguousarray(picture[:rows, :columns])
        assert np.array_equal(motion.sampled(part, stride), part[::stride, ::stride])


def test_tof_is_the_mean_distance() -> None:
    flow = np.zeros((4, 5, 2), np.float32)
    assert motion.flow_distance(flow + np.array((3, 4), np.float32), flow) == pytest.approx(5)
    assert motion.flow_distance(flow, flow) == 0


def test_what_stands_still_keeps_a_margin() -> None:
    plane = np.full((40, 40), 100, np.uint8)
    moved = plane.copy()
    moved[20, 20] = 110
    mask = still.unchanged(plane, moved)
    assert mask[20, 14] == 1
    assert mask[20, 15] == 0
    flow = np.zeros((40, 40, 2), np.float32)
    flow[20, 20] = 2
    assert still.at_rest(flow)[20, 15] == 0
    assert still.at_rest(flow).sum() == 40 * 40 - 11 * 11


def test_a_fade_has_no_second_difference_and_flicker_has() -> None:
    level = np.full((8, 8, 3), 50.0, np.float32)
    everywhere = np.ones((8, 8), np.uint8)
    fade = still.departure([level, level + 3, level + 6])
    assert still.mean_length(fade, everywhere) == 0
    flash = still.departure([level, level + 3, level])
    assert still.mean_length(flash, everywhere) == pytest.approx(3 * np.sqrt(3), rel=1e-5)
    assert np.isnan(still.mean_length(flash, everywhere * 0))


def shift_of(before: Picture, now: Picture) -> NDArray[np.float32]:
    luma_of_blocks = cv2.resize(luma(now).astype(np.float32), (8, 6), interpolation=cv2.INTER_AREA)
    return overall(at_white(block_shifts(before, now, None), luma_of_blocks), luma_of_blocks)


@pytest.mark.parametrize("percent", [1, 4, -3])
def test_a_gain_is_measured_as_white_would_show_it(percent: int) -> None:
    clip = pan(1)
    gained = np.clip(np.rint(clip[0] * (1 + percent / 100)), 0, 255).astype(np.uint8)
    found = shift_of(clip[0], gained) / 255 * 100
    assert found[0] == pytest.approx(percent, rel=0.12)


def test_what_moves_in_a_few_blocks_is_no_shift_of_the_picture() -> None:
    before = pan(1)[0]
    now = before.copy()
    now[10:60, 10:60] = (240, 20, 20)
    assert np.abs(shift_of(before, now)).max() < 0.1
    blank = np.full((96, 128, 3), 255, np.uint8)
    assert np.isnan(block_shifts(blank, blank, None)).all()
    assert shift_of(blank, blank).tolist() == [0, 0, 0]


def steps(levels: list[float]) -> list[NDArray[np.float32]]:
    return [np.array([d], np.float32) for d in np.diff(levels)]


@pytest.mark.parametrize(
    ("levels", "length", "height"),
    [
        ([5, 5, 9, 5, 5], 1, 4),
        ([5, 5, 1, 5, 5], 1, -4),
        ([5, 5, 9, 9, 5, 5], 2, 4),
        ([5, 5, 9, 9, 9, 5, 5], 3, 4),
        ([5, 7, 5, 7, 5], 1, -2),
        ([1, 2, 7, 4, 5], 1, 4),  # on a fade
        ([5, 5, 9, 9, 9], 1, 0),  # a step
        ([1, 2, 3, 4, 5], 1, 0),  # a fade
        ([1, 1, 2, 3, 4], 1, 0),  # its beginning
        ([3, 2, 1, 2, 3], 1, 0),  # down and up again
        ([5, 5, 9, 2, 5, 5], 2, 0),  # not one pulse
    ],
)
def test_pulses_are_told_from_fades_and_steps(
    levels: list[float], length: int, height: float
) -> None:
    assert pulses(steps(levels), length)[0] == pytest.approx(height)
