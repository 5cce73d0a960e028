"""Curves over frame index as inline SVG, every curve named at its end."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from html import escape

WIDTH, HEIGHT = 760, 400
_LEFT, _RIGHT, _TOP, _BOTTOM = 48, 170, 24, 44
_LABEL_STEP = 15
"""Pixels between labels, at least."""

Curve = Sequence[float | None]
Place = Callable[[int, float], tuple[float, float]]
"""Frame index and dB -> x and y in the picture."""
_BARE = 'fill="none" stroke="currentColor"'
"""For viewers that draw no style sheet inside a picture; the page's own wins over it."""


def chart(curves: Mapping[str, Curve], kinds: Mapping[str, str], title: str) -> str:
    """Draw PSNR by frame index.

    Args:
        curves: name -> dB at frames 1, 2, ...; at least one value.
        kinds: name -> CSS class of its line; lines differ in dash as well as in color.
        title: what a screen reader says first.
    """
    known = [v for curve in curves.values() for v in curve if v is not None]
    low, high = _round_range(min(known), max(known))
    last = max(2, *(len(curve) for curve in curves.values()))

    def at(index: int, value: float) -> tuple[float, float]:
        across = (index - 1) / (last - 1) * (WIDTH - _LEFT - _RIGHT)
        up = (value - low) / (high - low) * (HEIGHT - _TOP - _BOTTOM)
        return _LEFT + across, HEIGHT - _BOTTOM - up

    lines, ends = [], {}
    for name, curve in curves.items():
        points = [at(i, v) for i, v in enumerate(curve, start=1) if v is not None]
        if points:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            lines.append(f'<polyline {_BARE} class="curve {kinds[name]}" points="{path}"/>')
            ends[name] = points[-1]
    said = f"{title}: " + "; ".join(f"{name} {_span(curve)}" for name, curve in curves.items())
    return "".join(
        (
            f'<svg class="chart" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"'
            f' aria-label="{escape(said)}">',
            *_grid(low, high, last, at),
            *lines,
            *_labels(ends, kinds),
            "</svg>",
        )
    )


def _span(curve: Curve) -> str:
    known = [value for value in curve if value is not None]
    return f"from {known[0]:.1f} to {known[-1]:.1f} dB" if known else "not measured"


def _round_range(low: float, high: float) -> tuple[float, float]:
    """The range of the axis: whole fives, at least five apart."""
    bottom, top = 5 * math.floor(low / 5), 5 * math.ceil(high / 5)
    return float(bottom), float(max(top, bottom + 5))


def _grid(low: float, high: float, last: int, at: Place) -> Iterator[str]:
    for value in range(int(low), int(high) + 1, 5):
        x, y = at(1, value)
        yield f'<line class="grid" x1="{x}" y1="{y:.1f}" x2="{WIDTH - _RIGHT}" y2="{y:.1f}"/>'
        yield _text("tick", (x - 8, y + 4), "end", str(value))
    for index in range(1, last + 1, max(1, math.ceil(last / 12))):
        x, y = at(index, low)
        yield _text("tick", (x, y + 18), "middle", str(index))
    yield _text("axis", ((_LEFT + WIDTH - _RIGHT) / 2, HEIGHT - 6), "middle", "frame")
    yield _text("axis", (_LEFT - 8, 12), "end", "dB")


def _labels(ends: Mapping[str, tuple[float, float]], kinds: Mapping[str, str]) -> Iterator[str]:
    """Names at the ends of their curves, pushed apart, tied to them by a thin line."""
    order = sorted(ends, key=lambda name: ends[name][1])
    rows = _apart([ends[name][1] for name in order])
    for name, row in zip(order, rows, strict=True):
        x, y = ends[name]
        tie = f"M{x + 2:.1f},{y:.1f} L{x + 16:.1f},{row:.1f}"
        yield f'<path {_BARE} class="tie {kinds[name]}" d="{tie}"/>'
        yield _text(f"label {kinds[name]}", (x + 20, row + 4), "start", name)


def _apart(heights: Sequence[float]) -> list[float]:
    """Move sorted heights so that neighbors are a label apart and all fit into the picture."""
    rows: list[float] = []
    for height in heights:
        rows.append(max(height, rows[-1] + _LABEL_STEP) if rows else max(height, _TOP))
    limit = float(HEIGHT - 8)
    for index in reversed(range(len(rows))):
        rows[index] = min(rows[index], limit)
        limit = rows[index] - _LABEL_STEP
    return rows


def _text(kind: str, place: tuple[float, float], anchor: str, said: str) -> str:
    x, y = place
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(said)}</text>'
    )
