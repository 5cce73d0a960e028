"""The one protocol, and the two ways models are combined or hosted in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from torch import Tensor

from animecolor.frame import Frame, Keyframe, Plane, Shot

Memory = Any
"""What a colorizer remembers between spans; opaque to everyone but the colorizer that made it."""


class Colorizer(Protocol):
    """Colours shots. Holds no state of its own: what it remembers is passed in and out."""

    @property
    def reads(self) -> Plane:
        """The plane ``Frame.plane`` must hold."""

    @property
    def span(self) -> int:
        """Frames it takes at once; 1 where it feeds back."""

    def begin(self, shot: Shot) -> Memory:
        """Return the memory a shot starts with; encodes the shot's keyframes once."""

    def __call__(self, frames: Sequence[Frame], memory: Memory) -> tuple[Tensor, Memory]:
        """Colour at most ``span`` consecutive frames of one shot.

        Returns:
            (N, 3, h, w) float32 RGB in [0, 1] at the size of ``Frame.plane``, and the memory for
            the next span.
        """


@runtime_checkable
class Doubting(Protocol):
    """A colorizer, of span 1, that can tell where it expects to be wrong."""

    def error(self, memory: Memory) -> Tensor:
        """Of the frame painted last: (1, h, w) float32, the absolute error it expects."""


class Still(Protocol):
    """A still-image network: planes in, colours out, each picture on its own."""

    @property
    def reads(self) -> Plane: ...

    def paint(self, frames: Sequence[Frame], shot: Shot) -> Tensor:
        """Return (N, 3, h, w) float32 RGB in [0, 1], frame n depending on frame n only."""


@dataclass(frozen=True, slots=True)
class PerFrame:
    """Hosts a still model frame by frame; its memory is the shot itself (for the hint)."""

    still: Still
    span: int = 4

    @property
    def reads(self) -> Plane:
        return self.still.reads

    def begin(self, shot: Shot) -> Shot:
        return shot

    def __call__(self, frames: Sequence[Frame], memory: Shot) -> tuple[Tensor, Shot]:
        return self.still.paint(frames, memory), memory


@dataclass(frozen=True, slots=True)
class Unpainted:
    """The memory of a shot whose first frame has not been seen yet."""

    shot: Shot


@dataclass(frozen=True, slots=True)
class Keyframed:
    """One model paints the first frame of a shot; another carries its colours on.

    A shot that already has keyframes keeps them and is not painted again. See ``keyframed``.
    """

    keyframe: Colorizer
    inbetween: Colorizer

    def __post_init__(self) -> None:
        if self.keyframe.reads is not self.inbetween.reads:
            raise ValueError(
                f"the keyframe model reads {self.keyframe.reads} "
                f"but the in-between model reads {self.inbetween.reads}"
            )

    @property
    def reads(self) -> Plane:
        return self.inbetween.reads

    @property
    def span(self) -> int:
        return self.inbetween.span

    def begin(self, shot: Shot) -> Memory:
        return self.inbetween.begin(shot) if shot.keyframes else Unpainted(shot)

    def __call__(self, frames: Sequence[Frame], memory: Memory) -> tuple[Tensor, Memory]:
        if isinstance(memory, Unpainted):
            first, shot = frames[0], memory.shot
            if first.plane is None:
                raise ValueError(f"frame {first.index} has no plane: draw lines or take luma first")
            color, _ = self.keyframe([first], self.keyframe.begin(shot))
            keyframe = Keyframe(first.index, first.plane, color[0])
            memory = self.inbetween.begin(replace(shot, keyframes=(keyframe,)))
        return self.inbetween(frames, memory)


class DoubtingKeyframed(Keyframed):
    """The same, carried on by a model that tells the error it expects.

    What is expected is the error of carrying: a keyframe counts as right, whoever painted it.
    """

    __slots__ = ()

    def error(self, memory: Memory) -> Tensor:
        """See ``Doubting``."""
        assert isinstance(self.inbetween, Doubting)
        return self.inbetween.error(memory)


def keyframed(keyframe: Colorizer, inbetween: Colorizer) -> Keyframed:
    """Let one model paint the keyframes that a person did not, for another that carries them on.

    Args:
        keyframe: paints the first frame of every shot without keyframes.
        inbetween: carries colors on; where it is ``Doubting``, so is the result.

    Raises:
        ValueError: they read different planes.
    """
    host = DoubtingKeyframed if isinstance(inbetween, Doubting) else Keyframed
    return host(keyframe, inbetween)
