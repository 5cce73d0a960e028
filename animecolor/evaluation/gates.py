"""The questions a release asks of a model: does it use its memory, does it carry a palette, does a
still drawing stay as it is, what does it beat, does it drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from animecolor.color import with_luma
from animecolor.evaluation.conditions import FROM_FIRST, Watch, frames_of, paint, roll
from animecolor.evaluation.showing import Showing
from animecolor.frame import Keyframe, Plane, Shot
from animecolor.metrics.fidelity import psnr
from animecolor.models.colorizer import Colorizer

PROBES = 3
"""Frames of a clip at which sensitivity is probed; each is painted twice."""
HELD = 8
"""Frames for which a first drawing is held."""
STILL = 0.015
"""Mean absolute difference to frame 0, in [0, 1], below which a shot hardly moves: grain alone
makes 0.02 of an old film, a figure that nods before a painted ground 0.01."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How a colorizer answers when the hue of its previous colors is turned by 120 degrees."""

    change: float
    """Mean absolute change of its output, in [0, 1]; 0 is a network that ignores its memory."""
    follows: float
    """The same as a share of the change of its input: 1 is one that copies."""
    db: float
    """PSNR between its two outputs; 100 is one that ignores its memory."""


@dataclass(frozen=True, slots=True)
class Swap:
    """What becomes of a shot whose keyframe has its hues turned by 120 degrees."""

    db: float
    """PSNR against the truth so turned; as good as ``plain_db`` where the palette is carried."""
    plain_db: float
    """PSNR of the shot as it was, against the truth."""
    share: float
    """Mean absolute change of the output over that of the truth: 1 swaps the palette whole."""


def sensitivity(
    showing: Showing, colorizer: Colorizer, watch: Watch | None = None
) -> Sensitivity | None:
    """Probe one clip, each frame as its own shot after its true previous frame.

    Returns:
        Means over the probes; None where the clip has no color that could be turned.
    """
    rows = []
    swapped = turned(showing)
    for index in probes(len(showing)):
        before = showing.truth[index - 1]
        given = float((swapped[index - 1] - before).abs().mean())
        outputs = []
        for color in (before, swapped[index - 1]):
            key = Keyframe(index - 1, showing.planes[index - 1], color)
            frames = frames_of(showing, range(index, index + 1), 0)
            (frame,) = roll(colorizer, Shot(0, index, (key,)), frames)
            assert frame.color is not None
            outputs.append(frame.color)
            if watch is not None:
                watch(frame)
        if given > 0:
            change = float((outputs[1] - outputs[0]).abs().mean())
            both = torch.stack(outputs)
            rows.append((change, change / given, float(psnr(both[1:], both[:1]))))
    return Sensitivity(*np.mean(rows, axis=0).tolist()) if rows else None


def swap(
    showing: Showing, colorizer: Colorizer, plain: Tensor, watch: Watch | None = None
) -> Swap | None:
    """Roll a shot out from its first frame with the palette turned.

    Args:
        showing: the clip.
        colorizer: who paints it.
        plain: (T, 3, h, w), what it painted from the true first frame.
        watch: called with every frame painted.

    Returns:
        None where the clip has no color that could be turned.
    """
    other = replace(showing, truth=turned(showing))
    painted = paint(other, colorizer, FROM_FIRST, watch).color
    given = float((other.truth - showing.truth)[1:].abs().mean())
    if given == 0:
        return None
    return Swap(
        float(psnr(painted[1:], other.truth[1:]).mean()),
        float(psnr(plain[1:], showing.truth[1:]).mean()),
        float((painted - plain)[1:].abs().mean()) / given,
    )


def turned(showing: Showing) -> Tensor:
    """(T, 3, h, w): the truth with its hues turned by 120 degrees.

    R, G, B -> B, R, G: exact, in gamut, and grey stays grey. Beside grey the luma stays that of
    the plane, which would contradict another one.
    """
    colors = showing.truth.roll(1, dims=1)
    return with_luma(colors, showing.planes) if showing.reads is Plane.GRAY else colors


def held(showing: Showing, colorizer: Colorizer, watch: Watch | None = None) -> float:
    """Hold a shot's first drawing for ``HELD`` frames: PSNR in dB of the worst against frame 0."""
    still = replace(
        showing,
        truth=showing.truth[:1].expand(HELD + 1, -1, -1, -1),
        planes=showing.planes[:1].expand(HELD + 1, -1, -1, -1),
    )
    painted = paint(still, colorizer, FROM_FIRST, watch).color
    return float(psnr(painted[1:], still.truth[1:]).min())


def stir(truth: Tensor) -> float:
    """How far a (T, 3, h, w) clip moves from frame 0: mean absolute difference, in [0, 1]."""
    return float((truth[1:] - truth[:1]).abs().mean())


def probes(count: int) -> list[int]:
    """Frames to probe of a clip of ``count``, evenly spread over frames 1 and later."""
    return sorted({int(i) for i in np.linspace(1, count - 1, PROBES).round()})


def quarters(values: Sequence[float]) -> tuple[float, float]:
    """Means of the first and of the last quarter of values, each at least one of them."""
    some = max(1, len(values) // 4)
    return float(np.mean(values[:some])), float(np.mean(values[-some:]))


def margins(
    psnr_db: Mapping[str, float | None], subject: str, baselines: Iterable[str]
) -> dict[str, float]:
    """By how many dB a condition beats each baseline; below 0 it is beaten."""
    own = psnr_db[subject]
    others = {name: psnr_db[name] for name in baselines}
    if own is None:
        return {}
    return {name: round(own - db, 5) for name, db in others.items() if db is not None}
