"""Which faults go where in a clip: each plan gives a faulty version of it and the truths."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial

import numpy as np

from tests.qa.faults import (
    SIZES,
    Look,
    Planted,
    Span,
    off_palette,
    recolor,
    sliver,
    spot,
    stuck,
    temporary,
    trace_line,
)
from tests.qa.frame_faults import background, drain, drop, gain, grain, gray, repeat, swap, tint
from tests.qa.reels import Reel
from tests.qa.truth import Truth, grown, overlap

Rng = np.random.Generator
Fault = Callable[[Reel, Span, Rng], Planted]
Faulty = tuple[Reel, list[Truth]]

_APART = 4
"""Clean frames between two faults at least, so that none is taken for the other."""
_AWAY = 40
"""Pixels between two faults of one second, for the same reason."""
_SECOND = 24
_STRENGTHS = (5.0, 8.0, 15.0, 30.0)


def _spots() -> list[Fault]:
    looks = [Look(name, side) for name in ("paper", "neighbour", "any") for side in (2, 3, 5)]
    faults: list[Fault] = [partial(_spot, look=look) for look in looks if look != Look("any", 5)]
    return [*faults, sliver]


def _alpha(reel: Reel) -> list[Fault]:
    return [_clear] if reel.alpha is not None else []


def _spot(reel: Reel, span: Span, rng: Rng, look: Look) -> Planted:
    return spot(reel, span, rng, look)


def _clear(reel: Reel, span: Span, rng: Rng) -> Planted:
    return spot(reel, span, rng, Look("clear", int(rng.choice([2, 3, 5]))))


def _areas() -> list[Fault]:
    return [partial(_area, wanted=wanted, sizes=sizes) for wanted in _STRENGTHS for sizes in SIZES]


def _area(reel: Reel, span: Span, rng: Rng, wanted: float, sizes: str) -> Planted:
    return recolor(reel, span, rng, wanted, sizes)


def _levels() -> list[Fault]:
    signs = [(sign, percent) for percent in (1.0, 2.0, 4.0) for sign in (1, -1)]
    gains: list[Fault] = [partial(_gain, percent=sign * percent) for sign, percent in signs]
    return gains + [partial(_tint, percent=sign * percent) for sign, percent in signs]


def _gain(reel: Reel, span: Span, rng: Rng, percent: float) -> Planted:
    return gain(reel, span, percent)


def _tint(reel: Reel, span: Span, rng: Rng, percent: float) -> Planted:
    return tint(reel, span, percent)


def _paints(reel: Reel) -> list[Fault]:
    faults: list[Fault] = [temporary]
    if reel.lines:
        faults.append(trace_line)
    if reel.palette is not None:
        faults += [partial(_off, wanted=5.0), partial(_off, wanted=10.0)]
    return faults


def _off(reel: Reel, span: Span, rng: Rng, wanted: float) -> Planted:
    return off_palette(reel, span, rng, wanted)


def momentary(reel: Reel, faults: Sequence[Fault], rng: Rng, whole: bool = False) -> Faulty:
    """Plant one fault after another, each for a frame or a drawing, with clean frames between.

    Args:
        reel: the clean clip.
        faults: taken in turn, beginning anywhere.
        rng: what chooses.
        whole: a fault lasts as long as its drawing does; else only often.
    """
    count, truths = len(reel.pictures), list[Truth]()
    order = rng.permutation(len(faults))
    turn = 0
    at = int(rng.integers(0, 4))
    drawings = {frame: run for run in reel.drawings() for frame in range(run[0], run[1] + 1)}
    while at < count:
        run, span = drawings[at], (at, at)
        free = not truths or run[0] > truths[-1].last + 1
        if free and run[1] - run[0] < count - 1 and (whole or rng.random() < 0.6):
            span = run
        done = None
        for _ in range(3):
            fault = faults[order[turn % len(faults)]]
            turn += 1
            done = fault(reel, span, rng)
            if done is not None and _is_apart(done[1], truths):
                break
            done = None
        if done is not None:
            reel, truth = done
            truths.append(truth)
            at = truth.last
        at += _APART + 1
    return reel, truths


def _is_apart(truth: Truth, others: Sequence[Truth]) -> bool:
    """Far from all that was planted in the second before: a fault that comes back is another."""
    return truth.box is None or not any(
        overlap(grown(truth.box, _AWAY), other.box)
        for other in others
        if other.box is not None and truth.first - other.last <= _SECOND
    )


def _stretches(reel: Reel, length: int, gap: int) -> Iterator[Span]:
    at = gap
    while at + length + gap // 2 <= len(reel.pictures):
        yield at, at + length - 1
        at += length + gap


def spots(reel: Reel, rng: Rng) -> Faulty:
    """Holes, slivers and dots."""
    return momentary(reel, [*_spots(), *3 * _alpha(reel)], rng)


def areas(reel: Reel, rng: Rng) -> Faulty:
    """Areas of another color for a frame or a drawing."""
    return momentary(reel, _areas(), rng)


def paints(reel: Reel, rng: Rng) -> Faulty:
    """Placeholders, trace lines, colors off the sheet."""
    return momentary(reel, _paints(reel), rng, whole=True)


def levels(reel: Reel, rng: Rng) -> Faulty:
    """The whole picture of a frame."""
    return momentary(reel, _levels(), rng)


def order(reel: Reel, rng: Rng) -> Faulty:
    """Repeated and swapped frames."""
    starts = {run[0] for run in reel.drawings()}

    def at_start(plant: Callable[[Reel, int], Planted], here: Reel, span: Span, _: Rng) -> Planted:
        # Where a drawing is held, a repeated frame of it is none.
        frame = next((f for f in range(span[0], span[0] + 3) if f in starts), None)
        return None if frame is None else plant(here, frame)

    return momentary(reel, [partial(at_start, repeat), partial(at_start, _swap_drawings)], rng)


def _swap_drawings(reel: Reel, frame: int) -> Planted:
    return swap(reel, frame) if frame else None


def series(reel: Reel, rng: Rng) -> Faulty:
    """Areas of another color for three drawings, then one to the end of the shot."""
    truths: list[Truth] = []
    for first, last in [*_stretches(reel, 6, 6)]:
        end = first == max(s for s, _ in _stretches(reel, 6, 6))
        span = (first, len(reel.pictures) - 1) if end else (first, last)
        wanted = float(rng.choice(_STRENGTHS[:3]))
        for _ in range(6):
            done = recolor(reel, span, rng, wanted, str(rng.choice(list(SIZES)[1:])))
            if done is not None and _is_apart(done[1], truths):
                reel, truth = done
                truths.append(truth)
                break
    return reel, truths


def blinking(reel: Reel, rng: Rng) -> Faulty:
    """An area has another color in every other drawing, three times; then another area has."""
    truths, runs = list[Truth](), reel.drawings()
    for start in range(1, len(runs) - 5, 12):
        wanted, faulty = float(rng.choice(_STRENGTHS[1:3])), reel
        for _ in range(6):
            done = recolor(reel, (runs[start][0], runs[start + 4][1]), rng, wanted)
            if done is not None and _is_apart(done[1], truths):
                break
            done = None
        if done is None or done[1].last != runs[start + 4][1]:
            continue
        faulty, truth = done
        clean = {f for n in (1, 3) for f in range(runs[start + n][0], runs[start + n][1] + 1)}
        pictures = [reel.pictures[f] if f in clean else p for f, p in enumerate(faulty.pictures)]
        reel = reel.painted(pictures)
        truths.append(replace(truth, fault="area, every other drawing"))
    return reel, truths


def restless(reel: Reel, rng: Rng) -> Faulty:
    """Alternating levels of the picture or the background, and grain, for 10 frames each."""
    faults: list[Callable[[Reel, Span], Planted]] = [
        *(partial(gain, percent=percent) for percent in (1.0, 2.0, 4.0)),
        *(partial(background, levels=levels) for levels in (3, 8)),
        lambda here, span: grain(here, span, 4.0, rng),
    ]
    turns, turn = rng.permutation(len(faults)), 0
    truths: list[Truth] = []
    for span in _stretches(reel, 10, 8):
        for _ in range(len(faults)):
            done = faults[turns[turn % len(faults)]](reel, span)
            turn += 1
            if done is not None:
                reel, truth = done
                truths.append(truth)
                break
    return reel, truths


def _single(plant: Callable[[Reel], Planted], reel: Reel, _: Rng) -> Faulty:
    done = plant(reel)
    return (reel, []) if done is None else (done[0], [done[1]])


def missing(reel: Reel, rng: Rng) -> Faulty:
    """One frame is missing."""
    for frame in rng.permutation(np.arange(2, max(3, len(reel.pictures) - 6)))[:12]:
        done = drop(reel, int(frame))
        if done is not None:
            return done[0], [done[1]]
    return reel, []


def lasting(reel: Reel, rng: Rng) -> Faulty:
    """From the first frame to the last: spots where nothing moves, and paints off the sheet."""
    truths, span = list[Truth](), (0, len(reel.pictures) - 1)
    plants: list[Callable[[Reel], Planted]] = [
        *(partial(stuck, rng=rng, look=Look("paper", side)) for side in (2, 3, 5)),
        partial(stuck, rng=rng, look=Look("any", 3)),
        partial(temporary, span=span, rng=rng),
    ]
    if reel.palette is not None:
        plants.append(partial(off_palette, span=span, rng=rng, wanted=5.0))
    for plant in plants:
        done = plant(reel)
        # What has left the picture before its end is another fault.
        if done is not None and done[1].last == span[1]:
            reel, truth = done
            truths.append(truth)
    return reel, truths


Plan = Callable[[Reel, Rng], Faulty]
PLANS: dict[str, Plan] = {
    "spots": spots,
    "areas": areas,
    "series": series,
    "levels": levels,
    "paints": paints,
    "restless": restless,
    "blinking": blinking,
    "lasting": lasting,
    "order": order,
    "gray": partial(_single, gray),
    "drain": partial(_single, partial(drain, rest=0.3)),
    "missing": missing,
}
"""Name -> plan, the commonest faults first."""
