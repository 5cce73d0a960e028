"""Native pictures from infrared: the network's colors when small, infrared's edges when large."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F

from animecolor.frame import Frame, from_array, to_array
from animecolor.stages.detail import detailed
from animecolor.stages.finish import finish, plain
from animecolor.stages.luma import take_luma
from animecolor.stages.unique import mark_held

RED, BLUE = (0.8, 0.3, 0.2), (0.2, 0.3, 0.7)


def infrared(deep: bool, side: int = 256) -> Frame:
    """A bright disk on a dark ground, its edge sharp at native size."""
    picture = np.full((side, side), 60, np.uint8)
    cv2.circle(picture, (side // 2, side // 2), side // 3, 200, -1)
    thrice = np.repeat(picture[..., None], 3, 2)
    image = thrice.astype(np.uint16) * 257 if deep else thrice
    return Frame(from_array(image), 0, Fraction(1, 24), 0, opens_shot=True)


def painted(frame: Frame) -> tuple[Frame, torch.Tensor]:
    """The frame with the disk painted red on blue at working size, and the same at native size."""
    (small,) = take_luma([frame], 64)
    assert small.plane is not None
    colors = [torch.tensor(c)[:, None, None] for c in (RED, BLUE)]
    native = torch.from_numpy(to_array(frame.image)[..., 0].astype(np.float32))
    disk = (native / native.max() > 0.5).float()[None]
    truth = disk * colors[0] + (1 - disk) * colors[1]
    return replace(small, color=F.avg_pool2d(truth[None], 4)[0]), truth


@pytest.mark.parametrize("deep", [False, True])
def test_edges_are_as_sharp_as_the_infrared(deep: bool) -> None:
    frame, truth = painted(infrared(deep))
    peak = 65535 if deep else 255
    errors = {}
    for paint in (plain, detailed):
        done, _ = paint(frame)
        assert done.painted is not None
        assert done.painted.dtype == frame.image.dtype
        picture = torch.from_numpy(to_array(done.painted).astype(np.float32)).permute(2, 0, 1)
        errors[paint] = float((picture / peak - truth).abs().mean())
    assert errors[detailed] < 0.7 * errors[plain]


def test_small_again_it_has_the_networks_colors() -> None:
    frame, _ = painted(infrared(deep=False))
    done, _ = detailed(frame)
    assert done.painted is not None
    assert frame.color is not None
    small = cv2.resize(to_array(done.painted), (64, 64), interpolation=cv2.INTER_AREA) / 255
    difference = np.abs(small - frame.color.permute(1, 2, 0).numpy())
    assert difference.mean() < 0.006
    inside = (slice(28, 36), slice(28, 36))
    assert difference[inside].max() < 0.006


def test_infrared_that_tells_nothing_changes_nothing() -> None:
    image = from_array(np.full((64, 64, 3), 100, np.uint8))
    (frame,) = take_luma([Frame(image, 0, Fraction(1, 24), 0)], 64)
    frame = replace(frame, color=torch.rand(3, 64, 64))
    with_detail, without = detailed(frame)[0].painted, plain(frame)[0].painted
    assert with_detail is not None
    assert without is not None
    assert int((with_detail.int() - without.int()).abs().max()) <= 1


def test_a_held_frame_keeps_its_own_detail() -> None:
    first, _ = painted(infrared(deep=False))
    image = to_array(first.image).copy()
    image[42:44, 126:130] += 12  # at the disk's upper edge
    second = replace(first, image=from_array(image), index=1, opens_shot=False)
    frames = list(mark_held([first, second]))
    assert frames[1].held
    one, other = finish(frames, paint=detailed)
    assert one.painted is not None
    assert other.painted is not None
    assert not torch.equal(one.painted[:, 42:44], other.painted[:, 42:44])
    assert torch.equal(one.painted[:, 100:, 100:], other.painted[:, 100:, 100:])


def test_a_frame_without_colors_is_refused() -> None:
    with pytest.raises(ValueError, match="frame 0 has no colors"):
        detailed(infrared(deep=False))
