"""How far a run has come: a bar, plain lines or JSON lines on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from animecolor.frame import Frame

KINDS = ("auto", "plain", "json", "none")
JSON_EVERY_S, PLAIN_EVERY_S = 0.25, 5.0

Watch = Callable[["Frame | None"], None]
"""Called with each finished frame, or with None by work that does not tell its shot."""


class Meter:
    """Counts frames and reports now and then."""

    def __init__(self, total: int | None, every_s: float, report: Callable[[Meter], None]) -> None:
        self.total = total
        self.frame = 0
        self.shot: int | None = None
        self._every_s, self._report = every_s, report
        self._started = self._reported = time.monotonic()

    def __call__(self, frame: Frame | None) -> None:
        """Count one frame."""
        self.frame += 1
        if frame is not None:
            self.shot = frame.shot
        if time.monotonic() - self._reported >= self._every_s:
            self.report()

    def report(self) -> None:
        """Say where we are."""
        self._reported = time.monotonic()
        self._report(self)

    @property
    def fps(self) -> float:
        """Frames a second since the start."""
        return self.frame / max(time.monotonic() - self._started, 1e-9)

    @property
    def eta_s(self) -> float | None:
        """Seconds left, when the length is known."""
        if self.total is None or not self.frame:
            return None
        return max(self.total - self.frame, 0) / self.fps


@contextmanager
def progress(kind: str, total: int | None) -> Iterator[Watch]:
    """Yield a function to call with each finished frame; the last report is exact."""
    if kind == "auto":
        kind = "bar" if sys.stderr.isatty() else "plain"
    if kind == "bar":
        with _bar(total) as watch:
            yield watch
        return
    every_s, report = {
        "json": (JSON_EVERY_S, _json_line),
        "plain": (PLAIN_EVERY_S, _plain_line),
        "none": (float("inf"), _nothing),
    }[kind]
    meter = Meter(total, every_s, report)
    yield meter
    if kind == "json":
        meter.report()


@contextmanager
def _bar(total: int | None) -> Iterator[Watch]:
    from tqdm import tqdm

    with tqdm(total=total, unit="frame", dynamic_ncols=True, file=sys.stderr) as bar:

        def watch(frame: Frame | None) -> None:
            if frame is not None:
                bar.set_postfix(shot=frame.shot, refresh=False)
            bar.update()

        yield watch


def _json_line(meter: Meter) -> None:
    eta_s = meter.eta_s
    line = {
        "frame": meter.frame,
        "total": meter.total,
        "fps": round(meter.fps, 2),
        "eta_s": None if eta_s is None else round(eta_s, 1),
        "shot": meter.shot,
    }
    sys.stderr.write(json.dumps(line) + "\n")
    sys.stderr.flush()


def _plain_line(meter: Meter) -> None:
    of = f" of {meter.total}" if meter.total else ""
    left = "" if meter.eta_s is None else f", {meter.eta_s:.0f} s left"
    shot = "" if meter.shot is None else f", shot {meter.shot}"
    sys.stderr.write(f"frame {meter.frame}{of}, {meter.fps:.1f} fps{left}{shot}\n")
    sys.stderr.flush()


def _nothing(meter: Meter) -> None:
    """Report nowhere."""
