"""Answers that need no network: what a model has to beat before its numbers mean anything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.color import luma, with_luma
from animecolor.evaluation.showing import Showing
from animecolor.flow import chained, flow_between, warp
from animecolor.frame import Plane
from animecolor.models.anchor import planes as shown
from animecolor.models.anchor.motion import Trail, follow
from animecolor.models.anchor.motion import seen as look
from animecolor.training.clips import Clip


@dataclass(frozen=True, slots=True)
class Baseline:
    """A trivial answer; ``paint`` takes the clip and the mean color of all clips, (3, 1, 1)."""

    name: str
    about: str
    paint: Callable[[Showing, Tensor], Tensor]
    """Returns (T, 3, h, w) float32 RGB in [0, 1]."""
    reads: tuple[Plane, ...] = (Plane.LINE, Plane.GRAY)
    """Planes beside which it says something of its own."""


def _plane(showing: Showing, mean: Tensor) -> Tensor:
    return showing.planes.expand_as(showing.truth)


def _gray_copy(showing: Showing, mean: Tensor) -> Tensor:
    return luma(showing.truth).clamp(0, 1).expand_as(showing.truth)


def _mean_color(showing: Showing, mean: Tensor) -> Tensor:
    return mean.expand_as(showing.truth)


def _hold_first(showing: Showing, mean: Tensor) -> Tensor:
    return showing.truth[:1].expand_as(showing.truth)


def _flow_carry(showing: Showing, mean: Tensor) -> Tensor:
    """Flows are chained, not pictures: frame 0 is sampled once, so nothing blurs on the way."""
    seen = [_eight_bits(plane) for plane in showing.planes]
    first = showing.truth[0]
    path = np.zeros((*first.shape[1:], 2), np.float32)
    carried = [first]
    for before, now in pairwise(seen):
        path = chained(flow_between(now, before), path)
        carried.append(warp(first, path).clamp(0, 1))
    return torch.stack(carried)


def _luma_kept(showing: Showing, mean: Tensor) -> Tensor:
    return with_luma(_flow_carry(showing, mean), showing.planes)


def _refined(showing: Showing, mean: Tensor) -> Tensor:
    gray = torch.full((len(showing),), showing.reads is Plane.GRAY)
    drawings = [look(drawing) for drawing in shown(showing.planes, gray)]
    first = showing.truth[0]
    # The way from frame 0 to itself, which follow() would have to search for.
    trails: tuple[Trail, ...] = (Trail(0, np.zeros((*first.shape[1:], 2), np.float32)),)
    carried = [first]
    for before, now in pairwise(drawings):
        _, trails = follow(now, before, [(0, drawings[0])], trails)
        carried.append(warp(first, trails[0].path).clamp(0, 1))
    clip = torch.stack(carried)
    return with_luma(clip, showing.planes) if showing.reads is Plane.GRAY else clip


def _eight_bits(plane: Tensor) -> NDArray[np.uint8]:
    return (plane[0] * 255).round().to(torch.uint8).numpy()


BASELINES = (
    Baseline("plane", "What the model reads, shown as a grey picture.", _plane, (Plane.LINE,)),
    Baseline(
        "gray copy",
        "The true luma without its colors. Beside line art this knows more than the model does.",
        _gray_copy,
    ),
    Baseline("mean color", "The mean color of all clips evaluated here, flat.", _mean_color),
    Baseline("hold first", "True frame 0, held.", _hold_first),
    Baseline(
        "flow carry",
        "True frame 0 carried along by optical flow (DIS) between the planes, frame to frame.",
        _flow_carry,
    ),
    Baseline(
        "flow carry, luma kept",
        "Flow carry with the luma of the true grey picture: a model may keep it, so may its rival.",
        _luma_kept,
        (Plane.GRAY,),
    ),
    Baseline(
        "flow carry, refined",
        "Flow carry as anchor is fed it: lines with their distance field, the way to frame 0 "
        "refined on every frame; beside grey with its luma kept.",
        _refined,
    ),
)


def baselines_for(reads: Plane) -> tuple[Baseline, ...]:
    """The answers that differ: a grey plane is the grey copy itself."""
    return tuple(baseline for baseline in BASELINES if reads in baseline.reads)


def mean_color(clips: Iterable[Clip]) -> Tensor:
    """(3, 1, 1) mean RGB in [0, 1] over clips, each clip with equal weight.

    It comes from the clips that are judged, so as an answer it is a little better than honest.
    """
    means = [clip.color().mean((0, 1, 2), dtype=np.float64) / 255 for clip in clips]
    return torch.tensor(np.mean(means, axis=0), dtype=torch.float32).view(3, 1, 1)
