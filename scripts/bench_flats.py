"""What cutting a drawing into regions, and filling it, costs on one core.

    python scripts/bench_flats.py                    # 1080p, closed lines and the default gap
    python scripts/bench_flats.py --height 2160 --gap 12

Processor time, the least of many rounds, so that a busy machine does not count; each step alone,
less the steps inside it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import click
import cv2
import numpy as np

from animecolor.flats import gaps, regions
from animecolor.flats.fill import fill
from animecolor.flats.regions import Closing, find_regions
from animecolor.flats.trace import LineKind, classify
from animecolor.training.toon import draw_clip

STEPS: tuple[tuple[str, Any, str], ...] = (
    ("close gaps", regions, "trapped"),
    ("- erode", gaps, "eroded"),
    ("- grow", gaps.Growth, "step"),
    ("- settle what is left", gaps, "_settle_rest"),
    ("runs of rows", regions, "_Runs"),
    ("join slivers", regions, "_join_slivers"),
)
"""Name, owner and attribute of what is timed inside ``find_regions``."""


@dataclass
class Clock:
    """Milliseconds spent in each step, those of inner steps taken out."""

    spent: dict[str, float] = field(default_factory=dict)
    _inner: list[float] = field(default_factory=list)

    def around(self, name: str, call: Callable[..., Any]) -> Callable[..., Any]:
        """The same call, timed."""

        def timed(*given: Any, **named: Any) -> Any:
            self._inner.append(0.0)
            began = time.process_time()
            try:
                return call(*given, **named)
            finally:
                took = 1000 * (time.process_time() - began)
                own = took - self._inner.pop()
                self.spent[name] = self.spent.get(name, 0.0) + own
                if self._inner:
                    self._inner[-1] += took

        return timed


@contextmanager
def watched(clock: Clock) -> Iterator[None]:
    """Time the steps of ``find_regions`` while this lasts."""
    kept = [(owner, name, getattr(owner, name)) for _, owner, name in STEPS]
    for (label, owner, name), (_, _, call) in zip(STEPS, kept, strict=True):
        if name != "_Runs":
            setattr(owner, name, clock.around(label, call))
    of = regions._Runs.of
    regions._Runs.of = clock.around("runs of rows", of)  # type: ignore[method-assign]
    try:
        yield
    finally:
        regions._Runs.of = of  # type: ignore[method-assign]
        for owner, name, call in kept:
            setattr(owner, name, call)


def least(call: Callable[[], object], rounds: int) -> float:
    """Milliseconds of processor time, the least of so many rounds."""
    took = []
    for _ in range(rounds):
        began = time.process_time()
        call()
        took.append(time.process_time() - began)
    return 1000 * min(took)


def shares(call: Callable[..., object], rounds: int) -> dict[str, float]:
    """Milliseconds of each step in the quickest round."""
    best: dict[str, float] = {}
    for _ in range(rounds):
        clock = Clock()
        with watched(clock):
            clock.around("the rest", call)()
        if not best or sum(clock.spent.values()) < sum(best.values()):
            best = clock.spent
    return best


@click.command()
@click.option("--height", default=1080, help="Rows of the drawing; it is 16:9.")
@click.option("--seed", default=11, help="Which cartoon is drawn.")
@click.option("--gap", type=int, help="Gap to close instead of the default, in pixels.")
@click.option("--rounds", default=30, help="Rounds of which the quickest counts.")
def main(height: int, seed: int, gap: int | None, rounds: int) -> None:
    """Print the milliseconds of each step, and its share."""
    cv2.setNumThreads(1)
    gray = next(draw_clip(seed, (height, height * 16 // 9), 1)).ink
    picture = np.repeat(gray[..., None], 3, axis=2)
    traced = picture.copy()
    traced[: height // 2, :, 0] = 255  # every line of the upper half is red
    kinds = classify(traced, gray)
    usual = Closing.for_height(height) if gap is None else Closing(gap)
    for closing in (Closing(), usual):
        found = find_regions(gray, kinds, closing)
        whole = least(lambda c=closing: find_regions(gray, kinds, c), rounds)  # type: ignore[misc]
        print(f"\nfind_regions, gap {closing.gap}: {whole:.1f} ms, {found.count} regions")
        parts = shares(lambda c=closing: find_regions(gray, kinds, c), rounds)  # type: ignore[misc]
        total = sum(parts.values())
        for name, spent in sorted(parts.items(), key=lambda item: -item[1]):
            print(f"  {name:24s} {spent:5.1f} ms {100 * spent / total:3.0f} %")
    light = np.linspace(0, 100, found.count + 1)
    black = find_regions(gray, np.minimum(kinds, LineKind.BLACK).astype(np.uint8), usual)
    print(f"\nclassify, black lines: {least(lambda: classify(picture, gray), rounds):.1f} ms")
    print(f"classify, half of them red: {least(lambda: classify(traced, gray), rounds):.1f} ms")
    print(f"fill, black lines: {least(lambda: fill(black, light), rounds):.1f} ms")
    print(f"fill, half of them red: {least(lambda: fill(found, light), rounds):.1f} ms")


if __name__ == "__main__":
    main()
