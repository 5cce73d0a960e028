"""Show pictures in memory to watchers, as ``qa.measure`` does with those of files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.palette import Palette
from animecolor.qa.detect import Lengths, Notes, Setting, Watch
from animecolor.qa.motion import Motion
from animecolor.qa.request import Request
from animecolor.qa.sighting import Sighting
from animecolor.qa.view import View

Picture = NDArray[np.uint8]
RATE = Fraction(24)


@dataclass(frozen=True, slots=True)
class Beside:
    """What a clip is shown with."""

    source: Sequence[Picture] | None = None
    kind: str | None = None
    reference: Sequence[Picture] | None = None
    palette: Palette | None = None
    lossy: bool = False
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class Seen:
    """What came of it."""

    sightings: tuple[Sighting, ...]
    numbers: dict[str, NDArray[np.float32]]
    shots: dict[str, tuple[float, ...]]
    missing: list[str]


def watch(clip: Sequence[Picture], watches: Sequence[Watch], beside: Beside = Beside()) -> Seen:
    """One shot. A picture that is the same object as the one before is a held drawing."""
    height, width = clip[0].shape[:2]
    notes = Notes()
    size = round(height * beside.scale), round(width * beside.scale)
    setting = Setting(Request(palette=beside.palette), RATE, *size, beside.lossy, beside.kind)
    watchers = [made for each in watches if (made := each(setting, notes)) is not None]
    motion, before = Motion(beside.lossy), None
    for index, rgb in enumerate(clip):
        source = None if beside.source is None else beside.source[index]
        reference = None if beside.reference is None else beside.reference[index]
        scale = beside.scale
        view = View(index, index, 1 / RATE, 0, rgb, scale, None, source, reference)
        for watcher in watchers:
            if before is None:
                watcher.begin(view)
        if before is not None:
            step = motion.step(before, view)
            for watcher in watchers:
                watcher.push(step)
        before = view
    for watcher in watchers:
        watcher.end()
    for watcher in watchers:
        watcher.finish(Lengths(len(clip)))
    return Seen(notes.sightings(), notes.columns(len(clip)), notes.of_shots(1), notes.missing)
