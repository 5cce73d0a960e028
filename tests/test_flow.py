"""Flow finds a motion we made, warps it back, and says where it cannot."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import torch

from animecolor.flow import Flow, flow_between, occluded, warp

SIZE = (96, 128)


def texture(seed: int = 0) -> np.ndarray:
    """(H, W) uint8 with structure at several scales."""
    noise = np.random.default_rng(seed).random(SIZE).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.5)
    return ((soft - soft.min()) / np.ptp(soft) * 255).astype(np.uint8)


def still(x: float = 0, y: float = 0) -> Flow:
    return np.broadcast_to(np.array((x, y), np.float32), (*SIZE, 2)).copy()


def test_flow_finds_a_shift() -> None:
    first = texture()
    second = np.roll(first, (3, -5), axis=(0, 1))
    inner = flow_between(first, second)[16:-16, 16:-16]
    assert inner.dtype == np.float32
    assert np.abs(inner - (-5, 3)).mean() < 0.1


def test_warp_brings_the_second_to_the_first() -> None:
    first = texture()
    second = np.roll(first, (3, -5), axis=(0, 1))
    picture = torch.from_numpy(second)[None].float()
    back = warp(picture, still(-5, 3))[0, 8:-8, 8:-8]
    assert torch.allclose(back, torch.from_numpy(first)[8:-8, 8:-8].float(), atol=1e-2)


def test_warp_agrees_with_opencv() -> None:
    chance = np.random.default_rng(1)
    flow = chance.normal(0, 6, (*SIZE, 2)).astype(np.float32)
    picture = chance.random((3, *SIZE)).astype(np.float32)
    rows, columns = np.indices(SIZE, dtype=np.float32)
    theirs = cv2.remap(
        picture.transpose(1, 2, 0),
        columns + flow[..., 0],
        rows + flow[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).transpose(2, 0, 1)
    ours = warp(torch.from_numpy(picture), flow).numpy()
    # OpenCV rounds the position to 1/32 pixel.
    assert np.abs(ours - theirs).max() < 0.07
    assert np.abs(ours - theirs).mean() < 0.01


def test_a_consistent_motion_is_seen_until_it_leaves() -> None:
    hidden = occluded(still(4, 0), still(-4, 0))
    assert not hidden[:, :-4].any()
    assert hidden[:, -4:].all()


def test_flows_that_disagree_are_occluded() -> None:
    backward = still(-4, 0)
    backward[30:40, 50:60] = (4, 0)
    hidden = occluded(still(4, 0), backward)
    assert hidden[30:40, 46:56].all()
    assert hidden[:, :-4].sum() == 100


def test_a_motion_boundary_is_occluded() -> None:
    forward = still()
    forward[:, 64:] = (0.5, 0)
    hidden = occluded(forward, still())
    assert hidden[:, 63:65].all()
    assert not hidden[:, :62].any()


@pytest.mark.parametrize(
    ("first", "second", "sentence"),
    [((32, 32), (32, 40), "no flow between"), ((12, 40), (12, 40), "at least 16 pixels")],
)
def test_impossible_pairs_are_refused(first, second, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        flow_between(np.zeros(first, np.uint8), np.zeros(second, np.uint8))


def test_the_smallest_picture_has_a_flow() -> None:
    assert flow_between(*np.zeros((2, 16, 16), np.uint8)).shape == (16, 16, 2)
