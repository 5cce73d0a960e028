"""Faults of whole frames, of the background, and of the order of frames; see ``faults``."""

from __future__ import annotations

import numpy as np

from animecolor.qa.sighting import Check
from tests.qa.faults import Planted, Span
from tests.qa.places import brightness, ground
from tests.qa.reels import Picture, Reel
from tests.qa.truth import Truth

FLICKER = frozenset({Check.FLICKER, Check.BOIL})
BOIL = frozenset({Check.BOIL, Check.FLICKER, Check.COLOR_JUMP})
ORDER = frozenset({Check.FROZEN, Check.MISMATCH})
DIM = 60.0
"""Mean luma below which 1 % of it is under half a level, which no 8-bit file holds."""


def _scaled(picture: Picture, factors: tuple[float, ...]) -> Picture:
    return np.clip(np.rint(picture * np.array(factors)), 0, 255).astype(np.uint8)


def _has_neighbours(reel: Reel, span: Span) -> bool:
    """There is a frame before and after: a level is off only beside others."""
    return span[0] > 0 and span[1] < len(reel.pictures) - 1


def gain(reel: Reel, span: Span, percent: float) -> Planted:
    """The whole picture is lighter, by a share of its level: one frame, or every other one.

    Alternating, even frames of the span are lighter by ``percent`` and odd ones darker.
    """
    first, last = span
    if not _has_neighbours(reel, span) or brightness(reel, first) < DIM:
        return None
    pictures = list(reel.pictures)
    for frame in range(first, last + 1):
        sign = 1 if (frame - first) % 2 == 0 else -1
        pictures[frame] = _scaled(reel.pictures[frame], (1 + sign * percent / 100,) * 3)
    fault = "global level, one frame" if first == last else "global level, alternating"
    truth = Truth(fault, f"{abs(percent):g} %", FLICKER, first, last)
    return reel.painted(pictures), truth


def tint(reel: Reel, span: Span, percent: float) -> Planted:
    """The whole picture is warmer (colder where ``percent`` is negative) for the span."""
    first, last = span
    if not _has_neighbours(reel, span) or brightness(reel, first) < DIM:
        return None
    pictures = list(reel.pictures)
    factors = (1 + percent / 100, 1.0, 1 - percent / 100)
    for frame in range(first, last + 1):
        pictures[frame] = _scaled(reel.pictures[frame], factors)
    truth = Truth("global tint, one frame", f"{abs(percent):g} %", FLICKER, first, last)
    return reel.painted(pictures), truth


def background(reel: Reel, span: Span, levels: int) -> Planted:
    """The largest area gets lighter and darker by some levels every other frame."""
    pictures = list(reel.pictures)
    for frame in range(span[0], span[1] + 1):
        mask = ground(reel, frame)
        if mask is None:
            return None
        sign = 1 if (frame - span[0]) % 2 == 0 else -1
        changed = reel.pictures[frame].copy()
        changed[mask] = np.clip(changed[mask].astype(int) + sign * levels, 0, 255)
        pictures[frame] = changed
    return reel.painted(pictures), Truth("background, alternating", f"±{levels}", BOIL, *span)


def grain(reel: Reel, span: Span, sigma: float, rng: np.random.Generator) -> Planted:
    """Fresh Gaussian noise on every frame of the span."""
    pictures = list(reel.pictures)
    for frame in range(span[0], span[1] + 1):
        noise = rng.normal(0, sigma, reel.pictures[frame].shape)
        noisy = np.clip(np.rint(reel.pictures[frame] + noise), 0, 255)
        pictures[frame] = noisy.astype(np.uint8)
    return reel.painted(pictures), Truth("grain", f"σ {sigma:g}", BOIL, *span)


def _chroma_scaled(picture: Picture, share: float) -> Picture:
    luma = (picture @ np.array([0.2126, 0.7152, 0.0722]))[..., None]
    return np.clip(np.rint(luma + share * (picture - luma)), 0, 255).astype(np.uint8)


def gray(reel: Reel) -> Planted:
    """No frame has any color."""
    pictures = [_chroma_scaled(picture, 0.0) for picture in reel.pictures]
    truth = Truth("constant grey", "", frozenset({Check.GRAY}), 0, len(pictures) - 1)
    return reel.painted(pictures), truth


def drain(reel: Reel, rest: float) -> Planted:
    """Chroma drains slowly over the clip, to ``rest`` of what it was."""
    count = len(reel.pictures)
    shares = np.linspace(1, rest, count)
    pictures = [_chroma_scaled(p, s) for p, s in zip(reel.pictures, shares, strict=True)]
    right = frozenset({Check.FADING, Check.GRAY})
    truth = Truth("drained chroma", f"to {100 * rest:g} %", right, 0, count - 1)
    return reel.painted(pictures), truth


def moves(reel: Reel, before: int, now: int) -> bool:
    """At least one pixel in 50 differs by more than 20 levels: anybody sees the step."""
    one, other = reel.pictures[before].astype(np.int16), reel.pictures[now].astype(np.int16)
    return bool((np.abs(one - other).max(axis=2) > 20).mean() > 0.02)


def repeat(reel: Reel, frame: int) -> Planted:
    """枚数: a frame shows the drawing before it once more, the source goes on."""
    if frame < 1 or not moves(reel, frame - 1, frame):
        return None
    pictures = list(reel.pictures)
    pictures[frame] = pictures[frame - 1]
    truth = Truth("repeated frame", "", ORDER, frame, frame, needs="source")
    return reel.painted(pictures), truth


def swap(reel: Reel, frame: int) -> Planted:
    """Two frames in each other's place."""
    if frame + 1 >= len(reel.pictures) or not moves(reel, frame, frame + 1):
        return None
    pictures = list(reel.pictures)
    pictures[frame], pictures[frame + 1] = pictures[frame + 1], pictures[frame]
    truth = Truth("swapped frames", "", ORDER, frame, frame + 1, needs="source")
    return reel.painted(pictures), truth


def drop(reel: Reel, frame: int) -> Planted:
    """A frame is missing: what follows comes early, and the clip is one shorter."""
    if frame < 1 or not moves(reel, frame - 1, frame):
        return None
    pictures = [*reel.pictures[:frame], *reel.pictures[frame + 1 :]]
    truth = Truth("dropped frame", "", ORDER, frame, len(pictures) - 1, needs="source")
    return reel.painted(pictures), truth
