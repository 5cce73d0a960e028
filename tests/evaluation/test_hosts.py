"""Both hosts of a still model: one flickers as it does, the other carries its first frame."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest
import torch
from torch import Tensor

from animecolor.color import luma, with_luma
from animecolor.evaluation.hosts import CARRIED, PER_FRAME, PLANE, TRUTH, compare, summary
from animecolor.evaluation.showing import Showing
from animecolor.frame import Frame, Plane, Shot
from animecolor.models.colorizer import PerFrame
from animecolor.training.clips import Clip

HEARD: list[str] = []


class Flickering:
    """Red on even frames, blue on odd ones."""

    reads = Plane.GRAY

    def paint(self, frames: Sequence[Frame], shot: Shot) -> Tensor:
        HEARD.append(shot.hint.caption)
        return torch.stack([_painted(frame, frame.index % 2) for frame in frames])


class Holding:
    """Carries the chroma of the keyframe on, pixel by pixel."""

    reads = Plane.GRAY
    span = 1

    def begin(self, shot: Shot) -> Tensor:
        (key,) = shot.keyframes
        return key.color

    def __call__(self, frames: Sequence[Frame], memory: Tensor) -> tuple[Tensor, Tensor]:
        (frame,) = frames
        assert frame.plane is not None
        return with_luma(memory, frame.plane)[None], memory


def _painted(frame: Frame, blue: int) -> Tensor:
    assert frame.plane is not None
    color = torch.zeros(3, *frame.plane.shape[-2:])
    color[2 if blue else 0] = 0.6
    return with_luma(color, frame.plane)


@pytest.fixture
def showing() -> Showing:
    torch.manual_seed(0)
    still = torch.nn.functional.interpolate(torch.rand(1, 3, 6, 8), size=(48, 64), mode="bilinear")
    truth = (0.3 + 0.4 * still).expand(4, -1, -1, -1).contiguous()
    clip = Clip("a", "toon", "ours", Path("none.npy"), None)
    return Showing(clip, Plane.GRAY, truth, luma(truth))


def test_a_carried_keyframe_does_not_flicker(showing: Showing) -> None:
    found = compare(showing, PerFrame(Flickering()), Holding(), "a red bus")
    assert set(found) == {PLANE, TRUTH, PER_FRAME, CARRIED}
    assert found[PER_FRAME].warp > 0.01
    assert found[PER_FRAME].static > 0.05
    assert found[CARRIED].warp < 1e-9
    assert found[TRUTH].chroma_psnr == 100
    assert max(found[TRUTH].warp, found[PLANE].warp) < 1e-9
    assert "a red bus" in HEARD
    table = summary([found, found])
    assert table[PER_FRAME]["flicker"] == 1
    assert table[CARRIED]["flicker"] < 1e-6
    assert table[CARRIED]["chroma_psnr"] == pytest.approx(found[CARRIED].chroma_psnr)
