"""A clip is shown as inference would show it, and its truth is never changed."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import torch

from animecolor.config import Lines, LineSource
from animecolor.evaluation.showing import show
from animecolor.frame import Frame, Plane, from_array
from animecolor.stages.lines import draw_lines
from animecolor.stages.luma import take_luma
from animecolor.training.clips import Clip


def frames(clip: Clip) -> list[Frame]:
    return [
        Frame(from_array(np.array(picture)), i, Fraction(1, 12), i, opens_shot=i == 0)
        for i, picture in enumerate(clip.color())
    ]


def test_the_truth_is_the_clip(clips: list[Clip]) -> None:
    line, gray = show(clips[0], [Plane.LINE, Plane.GRAY], None)
    assert line.truth is gray.truth
    back = (line.truth * 255).round().byte().permute(0, 2, 3, 1).numpy()
    assert np.array_equal(back, clips[0].color())


def test_planes_are_those_of_inference(clips: list[Clip]) -> None:
    no_ink = replace(clips[0], ink_path=None)
    line, gray = show(no_ink, [Plane.LINE, Plane.GRAY], 48)
    lumas = take_luma(frames(clips[0]), 48)
    drawn = draw_lines(frames(clips[0]), Lines(source=LineSource.CANNY), 48)
    for index, (luma, canny) in enumerate(zip(lumas, drawn, strict=True)):
        assert luma.plane is not None
        assert canny.plane is not None
        torch.testing.assert_close(gray.planes[index], luma.plane, atol=1e-6, rtol=0)
        assert torch.equal(line.planes[index], canny.plane)


def test_exact_ink_is_used_where_there_is_some(clips: list[Clip]) -> None:
    (line,) = show(clips[0], [Plane.LINE], None)
    drawing = clips[0].ink()
    assert drawing is not None
    expected = torch.from_numpy(np.array(drawing)).float()[:, None] / 255
    torch.testing.assert_close(line.planes, expected, atol=1e-6, rtol=0)


def test_the_working_size_is_that_of_a_run(clips: list[Clip]) -> None:
    (line,) = show(clips[0], [Plane.LINE], 50)
    assert line.truth.shape == (5, 3, 48, 48)
    assert line.planes.shape == (5, 1, 48, 48)
