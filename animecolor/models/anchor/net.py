"""The network of `anchor`: match, carry, blend.

A drawing is matched with painted drawings: the keyframes of the shot, and the previous frame with
the colors it was given. What matches is carried over in three ways: held in place, moved along its
optical flow, or gathered token by token. The output is a blend, pixel by pixel, of what
was carried and of what the network paints anew; so colors stay exactly those of the keyframe
wherever they can be found, and a still drawing changes by about a level of 8 bits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from animecolor.color import with_luma
from animecolor.models.anchor.match import COLORS, KEY, NEUTRAL, Match, Matcher, Tokens
from animecolor.models.anchor.motion import Motion, Moved

READS = 3
"""Planes a drawing comes as: itself, nearness to its lines, and 1 where it is luma."""
CANDIDATES = ("painted", "held", "moved", "gathered", "key held", "key moved", "key gathered")
"""What the output is a blend of, in the order of its shares."""
EVIDENCE = 3
"""Planes that tell how far what is held or moved can be trusted: how far the drawing differs, how
wrong the colors may have been, and how far the surroundings differ."""
_COARSE = {2, 5}
"""Of what is carried, what is known at a quarter of the size only."""
_ABSENT = -1e4
"""Logit of a candidate that does not exist."""
_MOMENTUM = 0.002
"""Of the norms' statistics: they remember some hundred training steps of 5 or 6 frames each. With
torch's 0.1 they are those of the last two: a checkpoint so scored 23.8 dB in line art, the next one
26.3 with statistics of 50 batches."""
_LEAST_ERROR = 0.004
"""One level of 8 bits: nothing is known better than that."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A drawing's features."""

    full: Tensor
    """(N, C, H, W), the planes among them."""
    half: Tensor
    quarter: Tensor
    eighth: Tensor
    query: Tensor
    """(N, L, KEY), each of length one."""


@dataclass(frozen=True, slots=True)
class Painted:
    """A drawing with its colors: one entry of a memory."""

    plane: Tensor
    """(N, 1, H, W)."""
    quarter: Tensor
    color: Tensor
    """(N, 3, H, W) RGB in [0, 1]."""
    error: Tensor
    """(N, 1, H, W): absolute error that is expected of the color."""
    tokens: Tokens


@dataclass(frozen=True, slots=True)
class Answer:
    """A colored drawing, and how it came about."""

    color: Tensor
    """(N, 3, H, W) float32 RGB in [0, 1]."""
    error: Tensor
    """(N, 1, H, W) float32: expected absolute error of the color."""
    candidates: Tensor
    """(N, 7, 3, H, W): see ``CANDIDATES``; neutral where there is no such memory."""
    shares: Tensor
    """(N, 7, H, W) float32, summing to one."""


class Block(nn.Module):
    """Two 3x3 convolutions with batch norm, added to their input."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            *_conv(channels, channels),
            nn.Conv2d(channels, channels, 3, padding=1, bias=False),
            nn.BatchNorm2d(channels, momentum=_MOMENTUM),
        )

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) -> the same shape."""
        return F.relu(features + self.layers(features), inplace=True)


class Anchor(nn.Module):
    """See the module.

    Args:
        width: channels at full size; 2, 4 and 8 times as many at a half, a quarter and an eighth.
        blocks: residual blocks at an eighth, before and after the match.
        value: channels of the learned features that are carried.
    """

    def __init__(self, width: int = 16, blocks: int = 3, value: int = 32) -> None:
        super().__init__()
        w, found = width, COLORS + value + 1
        self.down_full = nn.Sequential(*_conv(READS, w))
        self.down_half = nn.Sequential(*_conv(w, 2 * w, 2), Block(2 * w))
        self.down_quarter = nn.Sequential(*_conv(2 * w, 4 * w, 2), Block(4 * w))
        self.down_eighth = nn.Sequential(
            *_conv(4 * w, 8 * w, 2), *(Block(8 * w) for _ in range(blocks))
        )
        self.query = nn.Conv2d(8 * w, KEY, 1)
        self.value = nn.Sequential(*_conv(8 * w + 4 * COLORS, 4 * w), nn.Conv2d(4 * w, value, 1))
        self.of_keys = Matcher(value, reach=16.0)
        self.of_previous = Matcher(value, reach=2.0)
        self.at_eighth = nn.Sequential(
            *_conv(8 * w + 2 * found + 4 * 4 * w, 8 * w), *(Block(8 * w) for _ in range(blocks))
        )
        self.at_quarter = nn.Sequential(*_conv((8 + 3 * 4) * w + 12, 4 * w), Block(4 * w))
        self.motion = nn.Conv2d(4 * w, 4, 3, padding=1)
        evidence = 4 * EVIDENCE
        self.at_half = nn.Sequential(*_conv((4 + 2) * w + evidence + 3 * 4, 2 * w), Block(2 * w))
        self.paint = nn.Conv2d(2 * w, 3, 3, padding=1)
        shown = 2 * w + w + READS + evidence + 3 * len(CANDIDATES)
        self.at_full = nn.Sequential(*_conv(shown, w), *_conv(w, w))
        self.blend = nn.Conv2d(w, len(CANDIDATES) + 1, 1)
        for weight in (*self.motion.parameters(), *self.blend.parameters()):
            nn.init.zeros_(weight)

    def look(self, planes: Tensor) -> Drawing:
        """Encode drawings, (N, READS, H, W) in [0, 1]; sides are multiples of 8."""
        full = self.down_full(planes)
        half = self.down_half(full)
        quarter = self.down_quarter(half)
        eighth = self.down_eighth(quarter)
        query = F.normalize(self.query(eighth).float().flatten(2).transpose(1, 2), dim=2)
        shown = torch.cat((planes.to(full.dtype), full), 1)
        return Drawing(shown, half, quarter, eighth, query.to(eighth.dtype))

    def remember(self, drawing: Drawing, color: Tensor, error: Tensor | None = None) -> Painted:
        """Make a memory of a drawing.

        Args:
            drawing: from ``look``.
            color: (N, 3, H, W) RGB in [0, 1].
            error: (N, 1, H, W) expected of the color; none where it is None.
        """
        color = color.to(drawing.eighth.dtype)
        half = F.avg_pool2d(color, 2)
        coarse = F.pixel_unshuffle(F.avg_pool2d(half, 2), 2)
        value = self.value(torch.cat((drawing.eighth, F.pixel_unshuffle(half, 4)), 1))
        tokens = Tokens(drawing.query, *(t.flatten(2).transpose(1, 2) for t in (coarse, value)))
        error = torch.zeros_like(color[:, :1]) if error is None else error.to(color.dtype)
        return Painted(drawing.full[:, :1], drawing.quarter, color, error, tokens)

    def forward(
        self,
        drawing: Drawing,
        keys: Sequence[Painted],
        before: Painted | None,
        motion: Motion,
        sheets: Sequence[Painted] = (),
    ) -> Answer:
        """Color drawings.

        Args:
            drawing: from ``look``.
            keys: painted keyframes of the shot; may be empty. The nearest is the first, and the
                second, where ``motion`` knows the way to it, the one on the other side.
            before: the previous frame; None where there is none.
            motion: where things were in ``before`` and in the first ones of ``keys``.
            sheets: painted drawings of the same characters that are no frames of the shot.
        """
        sides = (
            _Side([before] if before else [], self.of_previous, drawing, motion.step),
            _Side(keys, self.of_keys, drawing, motion.path, sheets),
        )
        dtype = drawing.eighth.dtype
        gathered = [F.pixel_shuffle(side.match.color.to(dtype), 2) for side in sides]
        moved = [side.moved_small(drawing.quarter) for side in sides]
        seen = [features for features, _ in moved]
        # Inside a region nothing is drawn: whether it moved is known from the lines around it.
        held = [side.held_small(drawing.quarter) for side in sides]
        unlike = [F.avg_pool2d(part, 2) for part in (*seen, *held)]
        found = [p for s in sides for p in (s.match.color, s.match.value, s.match.mass)]
        deep = self.at_eighth(_joined(drawing.eighth, *found, *unlike))

        colors = [_or_neutral(small, g) for (_, small), g in zip(moved, gathered, strict=True)]
        features = self.at_quarter(
            _joined(_grow(deep, 2), drawing.quarter, *seen, *gathered, *colors)
        )
        nudges = self.motion(features).float().chunk(2, 1)

        carried, evidence, exists = list[Tensor](), [], [True]
        for side, nudge, small in zip(sides, nudges, gathered, strict=True):
            color, doubts = side.moved(drawing.full[:, :1], nudge)
            like = drawing.full[:, :3]
            carried += [_or_neutral(part, like) for part in (side.held(), color)]
            carried.append(_grow(small, 4))
            evidence += [side.doubts(drawing.full[:, :1]), doubts]
            exists += [bool(side.memory), bool(side.memory), side.is_matched]
        # Which of them is right shows in how the lines around lie, not at a pixel.
        sharp = (carried[i] for i in range(len(carried)) if i not in _COARSE)
        offered = [F.avg_pool2d(part.to(dtype), 2) for part in (*evidence, *sharp)]
        features = self.at_half(_joined(_grow(features, 2), drawing.half, *offered))
        candidates = [torch.sigmoid(_grow(self.paint(features), 2)), *carried]
        shown = _joined(_grow(features, 2), drawing.full, *evidence, *candidates)
        *logits, doubt = self.blend(self.at_full(shown)).float().unbind(1)
        choice = torch.stack([c.float() for c in candidates], 1)
        shares = _shares(logits, exists)
        blend = (choice * shares[:, :, None]).sum(1)
        # Of a grey drawing the luma is known, only the chroma had to be found.
        kept = with_luma(blend, drawing.full[:, :1].float())
        color = torch.where(drawing.full[:, 2:3] > 0, kept, blend)
        return Answer(color, F.softplus(doubt)[:, None] + _LEAST_ERROR, choice, shares)


def _shares(logits: Sequence[Tensor], exists: Sequence[bool]) -> Tensor:
    """(N, H, W) each -> (N, 7, H, W), those that do not exist at 0."""
    offered = [
        x if there else x.new_full(x.shape, _ABSENT)
        for x, there in zip(logits, exists, strict=True)
    ]
    return F.softmax(torch.stack(offered, 1), dim=1)


class _Side:
    """The memory of one kind, the nearest first, and what is found in it.

    Args:
        memory: drawings of the shot.
        matcher: finds the drawing in them.
        drawing: what is colored.
        motion: leads to the first ones of the memory; rest where it is empty.
        sheets: drawings that are not of the shot.
    """

    def __init__(
        self,
        memory: Sequence[Painted],
        matcher: Matcher,
        drawing: Drawing,
        motion: Moved,
        sheets: Sequence[Painted] = (),
    ) -> None:
        self.memory, self.motion = memory, motion
        self.is_matched = bool(memory or sheets)
        size = (drawing.eighth.shape[-2], drawing.eighth.shape[-1])
        tokens = ([painted.tokens for painted in known] for known in (memory, sheets))
        self.match: Match = matcher(drawing.query, next(tokens), size, next(tokens))

    def held(self) -> Tensor | None:
        """(N, 3, H, W): the nearest drawing's colors in place; None without memory."""
        return self.memory[0].color if self.memory else None

    def doubts(self, plane: Tensor) -> Tensor:
        """(N, EVIDENCE, H, W) of what is held; 1 without memory."""
        if not self.memory:
            return plane.new_ones(()).expand(len(plane), EVIDENCE, *plane.shape[2:])
        nearest = self.memory[0]
        return self._evidence((plane - nearest.plane).abs(), nearest.error, 0)

    def moved(self, plane: Tensor, nudge: Tensor) -> tuple[Tensor | None, Tensor]:
        """Carry the colors of the drawings nearest on either side along the motion.

        Args:
            plane: (N, 1, H, W), the drawing.
            nudge: (N, 2, H/4, W/4): correction of the motion in pixels of the full size.

        Returns:
            (N, 3, H, W) float32 colors, None without memory; and (N, EVIDENCE, H, W), 1 without.
        """
        if not self.memory:
            return None, self.doubts(plane)
        motion = _grow(nudge, 4)
        flows = [motion + flow for flow in self.motion.flows] or [motion]
        known = self.memory[: len(flows)]
        all_of = [torch.cat((p.color, p.error, p.plane.to(p.color.dtype)), 1) for p in known]
        color, error, drawn = torch.split(_pulled(all_of, flows, self.motion.share), [3, 1, 1], 1)
        return color, self._evidence((plane - drawn).abs(), error, 1)

    def _evidence(self, change: Tensor, error: Tensor, kind: int) -> Tensor:
        misfit = self.motion.misfit
        unlike = torch.ones_like(change) if misfit is None else misfit[:, kind : kind + 1]
        # Ten times the error: 0.1 is a wrong color.
        return torch.cat((change, 10 * error.to(change.dtype), unlike.to(change.dtype)), 1)

    def held_small(self, quarter: Tensor) -> Tensor:
        """(N, C, H/4, W/4): how far features differ from the nearest drawing's in place."""
        return (quarter - self.memory[0].quarter).abs() if self.memory else quarter

    def moved_small(self, quarter: Tensor) -> tuple[Tensor, Tensor | None]:
        """The same at a quarter of the size: how features differ, (N, C, H/4, W/4), and colors."""
        if not self.memory:
            return quarter, None
        flows = [F.avg_pool2d(path, 4) / 4 for path in self.motion.flows]
        share = None if self.motion.share is None else F.avg_pool2d(self.motion.share, 4)
        known = self.memory[: max(1, len(flows))]
        both = [torch.cat((p.quarter, F.avg_pool2d(p.color, 4)), 1) for p in known]
        found = _pulled(both, flows, share).to(quarter.dtype) if flows else both[0]
        features, color = torch.split(found, [quarter.shape[1], 3], dim=1)
        return (quarter - features).abs(), color


def _conv(fan_in: int, fan_out: int, stride: int = 1) -> tuple[nn.Module, ...]:
    return (
        nn.Conv2d(fan_in, fan_out, 3, stride, 1, bias=False),
        nn.BatchNorm2d(fan_out, momentum=_MOMENTUM),
        nn.ReLU(True),
    )


def _joined(first: Tensor, *others: Tensor) -> Tensor:
    """Side by side, (N, sum of C, H, W), in the dtype of the first.

    All in channels-last order, or the whole would be laid out anew for the next convolution.
    """
    parts = (first, *others)
    return torch.cat([p.to(first.dtype, memory_format=torch.channels_last) for p in parts], 1)


def _grow(features: Tensor, times: int) -> Tensor:
    return F.interpolate(features, scale_factor=times, mode="bilinear", align_corners=False)


def _pulled(pictures: Sequence[Tensor], flows: Sequence[Tensor], share: Tensor | None) -> Tensor:
    """(N, C, H, W) of the memory, one or two -> the drawing's, float32: a blend where two."""
    found = [_warp(picture, flow) for picture, flow in zip(pictures, flows, strict=True)]
    return found[0] if share is None else torch.lerp(found[0], found[1], share)


def _warp(picture: Tensor, motion: Tensor) -> Tensor:
    """(N, C, H, W) sampled ``motion`` (N, 2, H, W) pixels away, float32; edges repeat."""
    height, width = motion.shape[-2:]
    x = motion[:, 0] + torch.arange(width, device=motion.device) + 0.5
    y = motion[:, 1] + torch.arange(height, device=motion.device)[:, None] + 0.5
    grid = torch.stack((x * (2 / width) - 1, y * (2 / height) - 1), -1)
    return F.grid_sample(picture.float(), grid, padding_mode="border", align_corners=False)


def _or_neutral(colors: Tensor | None, like: Tensor) -> Tensor:
    return torch.full_like(like, NEUTRAL) if colors is None else colors.to(like.dtype)
