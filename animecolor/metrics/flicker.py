"""How much colors change where the picture does not.

A clip is (T, 3, H, W) RGB float in [0, 1], frames of one shot: never measure across a cut. Flicker
alone says nothing: a grey or a frozen clip has none. Read it beside a measure of fidelity.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from animecolor.color import luma
from animecolor.flow import Flow, flow_between, occluded, warp

STILL = 2 / 255
"""A plane that changes by no more than this stands still: what lossy video moves by itself."""

ROUNDING = 1e-8
"""A true clip with no more warp error than this stands still: its steps are below 1/10000."""

NEIGHBORHOOD = 7
"""Side in pixels of the square that must stand still around a static pixel."""


@dataclass(frozen=True, slots=True, eq=False)
class Tracks:
    """The motion of one true clip, measured once for all that are painted on it."""

    flows: tuple[Flow, ...]
    """T-1 flows, each from frame t back to frame t-1."""
    seen: Tensor
    """(T-1, H, W) bool: pixels of frame t that were in view in frame t-1."""
    errors: Tensor
    """(T-1,) float32: ``warp_error`` of the true clip itself, which is never nothing."""


def track(truth: Tensor) -> Tracks:
    """Measure the motion of a clip.

    Args:
        truth: (T, 3, H, W) float RGB in [0, 1], at least 2 frames.

    Returns:
        What ``warp_error`` and ``tc_ratio`` need.

    Raises:
        ValueError: it has fewer than 2 frames, or frames too small for the flow.
    """
    if len(truth) < 2:
        raise ValueError(f"motion needs at least 2 frames, not {len(truth)}")
    lumas = (luma(truth)[:, 0] * 255).round().clamp(0, 255).to(torch.uint8).numpy()
    flows, seen = [], []
    for before, now in zip(lumas[:-1], lumas[1:], strict=True):
        back, forth = flow_between(now, before), flow_between(before, now)
        flows.append(back)
        seen.append(torch.from_numpy(~occluded(back, forth)))
    in_view = torch.stack(seen)
    return Tracks(tuple(flows), in_view, _errors(truth, tuple(flows), in_view))


def warp_error(clip: Tensor, tracks: Tracks) -> Tensor:
    """Change of each frame against the one before it, carried along the true motion.

    Lai et al., "Learning Blind Video Temporal Consistency" (2018), eq. 9: the flow is that of the
    true clip, so that a flickering clip cannot hide behind its own; pixels not in view before are
    left out. Squares are averaged over the three channels (the paper adds them).

    Args:
        clip: (T, 3, H, W) float RGB in [0, 1], of the tracked size.
        tracks: of the true clip (see ``track``).

    Returns:
        (T-1,) float32; 0 where no pixel was in view. Lower is steadier.

    Raises:
        ValueError: the clip is not as long or as large as the tracked one.
    """
    _check(clip, (len(tracks.flows) + 1, 3, *tracks.seen.shape[1:]))
    return _errors(clip, tracks.flows, tracks.seen)


def tc_ratio(painted: Tensor, tracks: Tracks) -> float:
    """Mean warp error of a painted clip over that of the true one (TC of Huang et al., LVCD, 2024).

    Args:
        painted: (T, 3, H, W) float RGB in [0, 1], of the tracked size.
        tracks: of the true clip (see ``track``).

    Returns:
        1 is ideal, above flickers, below is steadier than the original (and likely grey, blurred
        or frozen). NaN where the true clip stands still (``ROUNDING``); where it hardly moves the
        ratio is huge, so over many clips divide the mean errors, never average the ratios.

    Raises:
        ValueError: the clip is not as long or as large as the tracked one.
    """
    own = warp_error(painted, tracks).mean().item()
    true = tracks.errors.mean().item()
    return own / true if true > ROUNDING else math.nan


def static_flicker(clip: Tensor, planes: Tensor) -> float:
    """Mean absolute change of color between neighbors where what was painted on stands still.

    Needs no truth. A pixel is static where the plane changes by at most ``STILL`` in the
    ``NEIGHBORHOOD`` around it.

    Args:
        clip: (T, 3, H, W) float RGB in [0, 1].
        planes: (T, 1, H, W) float in [0, 1]: lines or luma, as ``Frame.plane``.

    Returns:
        A color step in [0, 1]; lower is steadier. NaN where nothing stands still.

    Raises:
        ValueError: the two differ in length or size.
    """
    _check(planes, (len(clip), 1, *clip.shape[2:]))
    change, pixels = 0.0, 0
    for t in range(1, len(clip)):
        moved = (planes[t] - planes[t - 1]).abs()
        near = F.max_pool2d(moved[None], NEIGHBORHOOD, stride=1, padding=NEIGHBORHOOD // 2)
        still = near[0, 0] <= STILL
        step = (clip[t] - clip[t - 1]).abs().mean(0)
        change += step[still].double().sum().item()
        pixels += int(still.sum())
    return change / pixels if pixels else math.nan


def _errors(clip: Tensor, flows: tuple[Flow, ...], seen: Tensor) -> Tensor:
    found = []
    for before, now, flow, in_view in zip(clip[:-1], clip[1:], flows, seen, strict=True):
        change = (now - warp(before, flow)).square().mean(0)
        found.append((change * in_view).sum() / in_view.sum().clamp(min=1))
    return torch.stack(found)


def _check(clip: Tensor, shape: tuple[int, ...]) -> None:
    if tuple(clip.shape) != shape:
        raise ValueError(f"a clip of shape {tuple(clip.shape)} cannot be measured against {shape}")
