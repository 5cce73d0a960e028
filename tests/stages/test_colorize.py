"""Spans, memory and cuts, with a toy colorizer that feeds back what it painted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import groupby, pairwise

import pytest
import torch
from torch import Tensor

from animecolor.frame import Frame, Keyframe, Plane, Shot
from animecolor.stages.colorize import colorize
from tests.stages.drawings import frame, np

PICTURE = np.zeros((16, 24, 3), np.uint8)


@dataclass
class Feedback:
    """Mixes the plane into what it painted last; remembers every call it had."""

    span: int = 1
    reads: Plane = Plane.LINE
    shots: list[Shot] = field(default_factory=list)
    calls: list[list[int]] = field(default_factory=list)

    def begin(self, shot: Shot) -> Tensor:
        self.shots.append(shot)
        return torch.zeros(3, 8, 12)

    def __call__(self, frames: Sequence[Frame], memory: Tensor) -> tuple[Tensor, Tensor]:
        assert torch.is_inference_mode_enabled()
        self.calls.append([f.index for f in frames])
        colors = []
        for f in frames:
            assert f.plane is not None
            memory = torch.tanh(
                0.7 * memory + f.plane * torch.tensor([0.3, 0.5, 0.9]).view(3, 1, 1)
            )
            colors.append(memory)
        return torch.stack(colors), memory


def clip(lengths: Sequence[int], held: Sequence[int] = ()) -> list[Frame]:
    """Shots of the given lengths with random planes; ``held`` repeat the plane before them."""
    generator = torch.Generator().manual_seed(1)
    frames: list[Frame] = []
    for shot, length in enumerate(lengths):
        for position in range(length):
            index = len(frames)
            plane: Tensor | None = torch.rand(1, 8, 12, generator=generator)
            if index in held:
                plane = frames[-1].plane
            frames.append(
                replace(
                    frame(PICTURE, index), plane=plane, shot=shot,
                    opens_shot=position == 0, held=index in held,
                )
            )  # fmt: skip
    return frames


def colors(frames: Sequence[Frame], span: int) -> list[Tensor]:
    painted = list(colorize(frames, Feedback(span)))
    assert [f.index for f in painted] == [f.index for f in frames]
    return [f.color for f in painted if f.color is not None]


@pytest.mark.parametrize("span", [1, 3, 4])
def test_each_shot_alone_equals_the_clip_bit_for_bit(span: int) -> None:
    frames = clip((7, 1, 5, 4), held=(2, 3, 9, 10, 11))
    whole = colors(frames, span)
    alone: list[Tensor] = []
    for _, shot in groupby(frames, key=lambda f: f.shot):
        alone += colors(list(shot), span)
    assert len(whole) == len(alone) == 17
    assert all(torch.equal(one, other) for one, other in zip(whole, alone, strict=True))


@pytest.mark.parametrize("span", [1, 4])
def test_memory_is_fresh_at_every_cut(span: int) -> None:
    colorizer = Feedback(span)
    list(colorize(clip((3, 2, 4)), colorizer))
    assert [(shot.index, shot.first) for shot in colorizer.shots] == [(0, 0), (1, 3), (2, 5)]


def test_a_shot_is_told_its_keyframes_before_its_first_frame() -> None:
    """Those of later frames, too; a shot without any has none."""
    colorizer = Feedback(2)
    plane, color = torch.rand(1, 8, 12), torch.rand(3, 8, 12)
    keys = tuple(Keyframe(index, plane, color) for index in (6, 8))
    for painted in colorize(clip((3, 2, 4)), colorizer, {2: keys}):
        if painted.opens_shot:
            assert colorizer.shots[-1].keyframes == (keys if painted.shot == 2 else ())
    assert [len(shot.keyframes) for shot in colorizer.shots] == [0, 0, 2]


def test_spans_stay_within_shots_and_size() -> None:
    colorizer = Feedback(4)
    list(colorize(clip((6, 1, 4)), colorizer))
    assert colorizer.calls == [[0, 1, 2, 3], [4, 5], [6], [7, 8, 9, 10]]


def test_held_frames_are_the_same_color_and_not_sent() -> None:
    colorizer = Feedback(2)
    frames = clip((9,), held=(1, 3, 5, 6, 7))
    painted = list(colorize(frames, colorizer))
    assert colorizer.calls == [[0, 2], [4], [8]]
    for one, other in pairwise(painted):
        assert (one.color is other.color) == other.held


def test_a_long_hold_does_not_pile_up() -> None:
    read = 0

    def source():  # type: ignore[no-untyped-def]
        nonlocal read
        for f in clip((200,), held=range(2, 200)):
            read += 1
            yield f

    painted = colorize(source(), Feedback(4))
    next(painted)
    assert read <= 8
    assert sum(1 for _ in painted) == 199


def test_the_caller_is_never_in_inference_mode() -> None:
    for f in colorize(clip((3, 3)), Feedback(2)):
        assert not torch.is_inference_mode_enabled()
        assert f.color is not None
        assert f.color.shape == (3, 8, 12)


def test_an_error_of_the_colorizer_surfaces_and_the_source_is_closed() -> None:
    closed = []

    def source():  # type: ignore[no-untyped-def]
        try:
            yield from clip((5,))
        finally:
            closed.append(True)

    class Broken(Feedback):
        def __call__(self, frames: Sequence[Frame], memory: Tensor) -> tuple[Tensor, Tensor]:
            raise RuntimeError("out of memory")

    with pytest.raises(RuntimeError, match="out of memory"):
        list(colorize(source(), Broken()))
    assert closed == [True]


def test_no_frames() -> None:
    assert list(colorize([], Feedback())) == []
