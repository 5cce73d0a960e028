"""The caption-swap test: another color word for one thing must move that thing and nothing else.

"The red car" against "the blue car": both are painted on the same grey picture, which has no color
to tell. After Manjunatha et al. (2018), who asked people; here it is measured, on drawn pages.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.color import rgb_to_lab
from animecolor.training.pages import Page, Tint, Visible, candidates, visible
from animecolor.training.strokes import luma_of
from animecolor.training.telling import tell

LEAST, LARGEST = 0.02, 0.4
"""Share of the picture that the swapped thing covers."""
APART = 25.0
"""Least difference of the two colors' chroma."""
BORDER = 5
"""Pixels around the thing that count as neither inside nor outside."""

Paint = Callable[[Tensor, Sequence[str]], Tensor]
"""(N, 1, H, W) luma and N captions -> (N, 3, H, W) RGB in [0, 1]."""


@dataclass(frozen=True, slots=True, eq=False)
class Swap:
    """One question: a picture, two captions that differ in a color word, and two colors."""

    plane: Tensor
    """(1, 1, H, W) float32 luma."""
    captions: tuple[str, str]
    wanted: Tensor
    """(2, 2): a and b of the color that each caption names."""
    inside: Tensor
    """(H, W) bool: the thing."""
    outside: Tensor
    """(H, W) bool: all that is not it."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a network answers swaps; 0 for one that does not listen."""

    followed: float
    """Share of swaps in which the thing takes, both times, the nearer color to the one named;
    a quarter by chance."""
    moved: float
    """How far the thing moves from the one color to the other, 1 = all the way."""
    leaked: float
    """Change of everything else, against the change of the thing; 1 = the whole picture moves."""


def swaps(pages: Sequence[Page], side: int) -> list[Swap]:
    """A swap on each page that has a thing to swap, its picture ``side`` pixels high and wide."""
    found = []
    for page in pages:
        swap = _swap(page, side, np.random.default_rng((page.seed, 31)))
        if swap is not None:
            found.append(swap)
    return found


def judge(questions: Sequence[Swap], paint: Paint) -> Verdict:
    """Ask a network all swaps."""
    rows = [_answer(swap, paint) for swap in questions]
    followed, moved, inside, outside = np.mean(rows, axis=0).tolist()
    return Verdict(followed, moved, outside / max(inside, 1e-6))


def _answer(swap: Swap, paint: Paint) -> tuple[float, float, float, float]:
    painted = paint(swap.plane.expand(2, -1, -1, -1), swap.captions)
    chroma = rgb_to_lab(painted)[:, 1:]
    middle = chroma[:, :, swap.inside].mean(-1)
    distance = torch.cdist(middle, swap.wanted)
    followed = bool(distance[0, 0] < distance[0, 1] and distance[1, 1] < distance[1, 0])
    way = swap.wanted[1] - swap.wanted[0]
    moved = float((middle[1] - middle[0]) @ way / (way @ way))
    change = (chroma[1] - chroma[0]).norm(dim=0)
    inside, outside = change[swap.inside].mean(), change[swap.outside].mean()
    return float(followed), moved, float(inside), float(outside)


def _swap(page: Page, side: int, chance: np.random.Generator) -> Swap | None:
    color, paints = page.load()
    color = np.asarray(cv2.resize(color, (side, side), interpolation=cv2.INTER_AREA), np.uint8)
    paints = np.asarray(
        cv2.resize(np.ascontiguousarray(paints), (side, side), interpolation=cv2.INTER_NEAREST),
        np.uint8,
    )
    seen = visible(page, color, paints)
    choices = [one for one in seen if LEAST <= one.share <= LARGEST and _is_alone(one, seen)]
    if not choices:
        return None
    thing = choices[int(chance.integers(len(choices)))]
    pair = _pair(thing, chance)
    if pair is None:
        return None
    captions = tuple(
        _caption(thing, tint.word, seen, np.random.default_rng((page.seed, 32))) for tint in pair
    )
    ring = np.ones((2 * BORDER + 1, 2 * BORDER + 1), np.uint8)
    near: NDArray[np.bool_] = cv2.dilate(thing.mask.astype(np.uint8), ring) > 0
    return Swap(
        torch.from_numpy(luma_of(color[None]))[:, None],
        (captions[0], captions[1]),
        torch.from_numpy(np.stack([tint.lab[1:] for tint in pair])),
        torch.from_numpy(thing.mask),
        torch.from_numpy(~near),
    )


def _is_alone(one: Visible, seen: Sequence[Visible]) -> bool:
    """No other thing in view has its name."""
    names = [(other.part.owner, other.part.noun) for other in seen]
    return names.count((one.part.owner, one.part.noun)) == 1


def _pair(thing: Visible, chance: np.random.Generator) -> tuple[Tint, Tint] | None:
    """Two colors of the thing's lightness with different words, apart in chroma."""
    tints = candidates(thing.lab)
    pairs = [
        (one, other)
        for one in tints
        for other in tints
        if one.word != other.word and float(np.linalg.norm(one.lab[1:] - other.lab[1:])) > APART
    ]
    return pairs[int(chance.integers(len(pairs)))] if pairs else None


def _caption(
    thing: Visible, word: str, seen: Sequence[Visible], chance: np.random.Generator
) -> str:
    """Name the thing, then another, the same way whatever the word."""
    others = [one.said() for one in seen if one is not thing]
    swapped = thing.said(word)
    things = [swapped, *others]
    return f"{tell([swapped], things, chance)}, {tell(others[:1], things, chance)}"
