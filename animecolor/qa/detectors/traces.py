"""The numbers of every frame: levels, color, and how steady both are."""

from __future__ import annotations

import math

from animecolor.metrics import signal
from animecolor.metrics.motion import warp_error
from animecolor.metrics.palette import Drift
from animecolor.metrics.still import departure, mean_length
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors import steps
from animecolor.qa.view import Step, View

_RGB_WARP = 1e4
"""Warping errors are told in ten-thousandths."""
_PERCENT = 100.0


class Traces:
    """Columns that need no reference, and ``cdc`` of every shot."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        """Start before the first frame."""
        self._notes = notes
        self._kind = setting.source_kind
        self._drift = Drift()
        self._last: Step | None = None
        self._shot = 0

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._shot = view.shot
        self._drift = Drift()
        self._last = None
        self._look(view)

    def push(self, step: Step) -> None:
        """The next frame of the shot."""
        self._look(step.now)
        index = step.now.index
        error = warp_error(steps.brought(step), steps.pixels(step.now), steps.seen(step))
        self._notes.number(index, "warp_error", error * _RGB_WARP)
        if self._kind in ("gray", "color") and step.now.source is not None:
            source = steps.source_brought(step), steps.source_pixels(step.now)
            excess = max(0.0, error - warp_error(*source, steps.seen(step)))
            self._notes.number(index, "warp_excess", excess * _RGB_WARP)
        lumas = (signal.luma_of(steps.pixels(view)) for view in (step.before, step.now))
        self._notes.number(index, "luma_change", signal.change(*lumas))
        if self._last is not None:
            self._notes.number(
                step.before.index, "static_flicker", static_flicker(self._last, step)
            )
        self._last = step

    def end(self) -> None:
        """The shot has ended."""
        self._notes.of_shot(self._shot, "cdc", self._drift.value)

    def finish(self, lengths: Lengths) -> None:
        """The clip has ended."""

    def _look(self, view: View) -> None:
        """Numbers of a frame by itself."""
        picture = steps.pixels(view)
        self._drift.push(picture)
        y, u, v = signal.levels(view.rgb)
        told = {
            "luma": y,
            "chroma_u": u,
            "chroma_v": v,
            "colorfulness": signal.colorfulness(picture),
            "gray_share": signal.gray_share(steps.chroma(view)) * _PERCENT,
        }
        for key, value in told.items():
            self._notes.number(view.index, key, value)


def static_flicker(first: Step, second: Step) -> float:
    """Static flicker of the frame between two steps.

    Returns:
        Mean CIE76 of the second difference where what was painted stands still in both steps; NaN
        where that is nowhere. Lower is steadier.
    """
    still = steps.still(first, second)
    if not still.any():
        return math.nan
    views = first.before, first.now, second.now
    return mean_length(departure([steps.lab(view) for view in views]), still)
