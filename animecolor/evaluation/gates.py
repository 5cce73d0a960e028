"""The questions a release asks of a model: does it use its memory, what does it beat, does it
drift."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from animecolor.evaluation.conditions import Watch, frames_of, roll
from animecolor.evaluation.showing import Showing
from animecolor.frame import Keyframe, Shot
from animecolor.metrics.fidelity import psnr
from animecolor.models.colorizer import Colorizer

PROBES = 3
"""Frames of a clip at which sensitivity is probed; each is painted twice."""


@dataclass(frozen=True, slots=True)
class Sensitivity:
    """How a colorizer answers when the hue of its previous colors is turned by 120 degrees."""

    change: float
    """Mean absolute change of its output, in [0, 1]; 0 is a network that ignores its memory."""
    follows: float
    """The same as a share of the change of its input: 1 is one that copies."""
    db: float
    """PSNR between its two outputs; 100 is one that ignores its memory."""


def sensitivity(
    showing: Showing, colorizer: Colorizer, watch: Watch | None = None
) -> Sensitivity | None:
    """Probe one clip, each frame as its own shot after its true previous frame.

    A turn by 120 degrees is R, G, B -> B, R, G: exact, in gamut, and grey stays grey.

    Returns:
        Means over the probes; None where the clip has no color that could be turned.
    """
    rows = []
    for index in probes(len(showing)):
        before = showing.truth[index - 1]
        turned = before.roll(1, dims=0)
        given = float((turned - before).abs().mean())
        outputs = []
        for color in (before, turned):
            key = Keyframe(index - 1, showing.planes[index - 1], color)
            frames = frames_of(showing, range(index, index + 1), 0)
            ((frame, painted),) = roll(colorizer, Shot(0, index, (key,)), frames)
            outputs.append(painted)
            if watch is not None:
                watch(frame)
        if given > 0:
            change = float((outputs[1] - outputs[0]).abs().mean())
            both = torch.stack(outputs)
            rows.append((change, change / given, float(psnr(both[1:], both[:1]))))
    return Sensitivity(*np.mean(rows, axis=0).tolist()) if rows else None


def probes(count: int) -> list[int]:
    """Frames to probe of a clip of ``count``, evenly spread over frames 1 and later."""
    return sorted({int(i) for i in np.linspace(1, count - 1, PROBES).round()})


def mean_sensitivity(found: Iterable[Sensitivity | None]) -> Sensitivity | None:
    """The mean over clips that could be probed; None where none could."""
    rows = [(s.change, s.follows, s.db) for s in found if s is not None]
    return Sensitivity(*np.mean(rows, axis=0).tolist()) if rows else None


def margins(
    psnr_db: Mapping[str, float | None], subject: str, baselines: Iterable[str]
) -> dict[str, float]:
    """By how many dB a condition beats each baseline; below 0 it is beaten."""
    own = psnr_db[subject]
    others = {name: psnr_db[name] for name in baselines}
    if own is None:
        return {}
    return {name: round(own - db, 5) for name, db in others.items() if db is not None}
