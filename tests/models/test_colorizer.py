"""The two hosts of still models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
import torch
from torch import Tensor

from animecolor.frame import Frame, Hint, Keyframe, Plane, Reference, Shot
from animecolor.models.colorizer import Doubting, Keyframed, PerFrame, keyframed
from animecolor.models.registry import MODELS, load_model


@dataclass
class Tint:
    """A still model: the plane times a colour that the caption picks."""

    reads: Plane = Plane.GRAY
    calls: int = 0

    def paint(self, frames: Sequence[Frame], shot: Shot) -> Tensor:
        self.calls += 1
        color = torch.tensor([1.0, 0.5, 0.0] if shot.hint.caption == "warm" else [0.0, 0.5, 1.0])
        planes = torch.stack([f.plane for f in frames if f.plane is not None])
        return planes * color.view(1, 3, 1, 1)


@dataclass(frozen=True)
class Carry:
    """A temporal model that repeats its keyframe's mean colour."""

    reads: Plane = Plane.GRAY
    span: int = 1

    def begin(self, shot: Shot) -> Tensor:
        return shot.keyframes[0].color.mean((1, 2))

    def __call__(self, frames: Sequence[Frame], memory: Tensor) -> tuple[Tensor, Tensor]:
        plane = frames[0].plane
        assert plane is not None
        return memory.view(1, 3, 1, 1).expand(1, 3, *plane.shape[-2:]), memory


def frames(count: int) -> list[Frame]:
    image = torch.zeros((3, 8, 8), dtype=torch.uint8)
    return [
        Frame(image, i, Fraction(1, 24), i, plane=torch.full((1, 8, 8), (i + 1) / 10))
        for i in range(count)
    ]


def test_per_frame_is_the_still_model_whatever_the_span() -> None:
    clip = frames(6)
    whole, _ = PerFrame(Tint(), span=6)(clip, Shot(hint=Hint("warm")))
    host = PerFrame(Tint(), span=2)
    memory, parts = host.begin(Shot(hint=Hint("warm"))), []
    for start in range(0, 6, 2):
        part, memory = host(clip[start : start + 2], memory)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts), whole, atol=0, rtol=0)
    assert float(whole[0, 2].max()) == 0


def test_keyframed_paints_once_a_shot_and_carries() -> None:
    still = Tint()
    host = Keyframed(PerFrame(still), Carry())
    for _ in range(2):
        memory = host.begin(Shot(hint=Hint("warm")))
        for one in frames(4):
            color, memory = host([one], memory)
            torch.testing.assert_close(color[0, :, 0, 0], torch.tensor([0.1, 0.05, 0.0]))
    assert still.calls == 2


def test_keyframed_keeps_a_painters_keyframe() -> None:
    still = Tint()
    host = Keyframed(PerFrame(still), Carry())
    key = Keyframe(0, torch.ones(1, 8, 8), torch.full((3, 8, 8), 0.7))
    color, _ = host(frames(1), host.begin(Shot(keyframes=(key,))))
    assert still.calls == 0
    torch.testing.assert_close(color, torch.full((1, 3, 8, 8), 0.7))


def test_keyframed_refuses_models_that_read_different_planes() -> None:
    with pytest.raises(ValueError, match="reads line but the in-between model reads gray"):
        keyframed(PerFrame(Tint(Plane.LINE)), Carry())


@dataclass(frozen=True)
class Doubtful(Carry):
    """Carries, and expects an error of the mean colour it remembers; records its shots."""

    shots: list[Shot] = field(default_factory=list)

    def begin(self, shot: Shot) -> Tensor:
        self.shots.append(shot)
        return Carry.begin(self, shot)

    def error(self, memory: Tensor) -> Tensor:
        return memory.mean().expand(1, 8, 8)


def test_keyframed_takes_any_colorizer_and_passes_references_and_doubt_on() -> None:
    """A temporal model that paints a keyframe paints nothing else."""
    sheet = Reference(torch.ones(1, 4, 4), torch.ones(3, 4, 4))
    own_key = Keyframe(0, torch.ones(1, 8, 8), torch.full((3, 8, 8), 0.25))
    painter = keyframed(PerFrame(Tint()), Carry())
    carrying = Doubtful()
    host = keyframed(painter, carrying)
    assert isinstance(host, Doubting)
    assert not isinstance(painter, Doubting)
    memory = host.begin(Shot(references=(sheet,), hint=Hint("warm")))
    _, memory = host(frames(1), memory)
    assert carrying.shots[0].references == (sheet,)
    assert [key.index for key in carrying.shots[0].keyframes] == [0]
    assert float(host.error(memory).mean()) == pytest.approx(0.05)
    host.begin(Shot(keyframes=(own_key,), references=(sheet,)))
    assert carrying.shots[1].keyframes == (own_key,)


def test_a_still_model_behind_another_is_painted_for_once_a_shot() -> None:
    """Its memory is a shot, which is not to be taken for a shot still to be begun."""
    painter = Tint()
    host = keyframed(PerFrame(painter), PerFrame(Tint(), span=1))
    memory = host.begin(Shot())
    for one in frames(3):
        _, memory = host([one], memory)
    assert painter.calls == 1


@pytest.mark.parametrize("name", MODELS)
def test_what_the_list_says_of_a_model_is_so(name: str) -> None:
    hosted = load_model(name, Plane(MODELS[name].card.reads[0]), device="cpu")
    assert isinstance(hosted, Doubting) is MODELS[name].tells_error
    sheet = Reference(torch.ones(1, 16, 16), torch.rand(3, 16, 16))
    one = replace(frames(1)[0], plane=torch.ones(1, 16, 16))
    shown = [hosted([one], hosted.begin(Shot(references=r)))[0] for r in ((), (sheet,))]
    assert torch.equal(*shown) is not MODELS[name].takes_references
