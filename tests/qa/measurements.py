"""Measurements made by hand: what is judged, written, shown and read back without any clip."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from animecolor.qa.columns import COLUMNS, Better, Frames
from animecolor.qa.measurement import About, Measurement
from animecolor.qa.report.compose import Asked, Material
from animecolor.qa.report.pictures import show
from animecolor.qa.sighting import Box, Check, Sighting, Triplet

HOSTILE = "</script><img src=x onerror=alert(1)>\"'&{{7*7}}\n\x1b[31m=cmd|calc!A1.mp4"
"""A name, a reason, a caption as nobody should have them."""

QUIET = {
    "psnr": 40.0,
    "ssim": 0.99,
    "luma": 120.0,
    "chroma_u": 126.0,
    "chroma_v": 130.0,
    "colorfulness": 35.0,
}
"""What calm columns have that are not near 0."""


def about(frames: int, **other: object) -> About:
    """A 1080p clip, analysed at 540 rows."""
    facts: dict[str, object] = {
        "clip": "ep01.mp4",
        "frames": frames,
        "height": 1080,
        "width": 1920,
        "rate": Fraction(24000, 1001),
        "time_base": Fraction(1, 24000),
        "start_pts": 2002,
        "lossy": True,
        "coding": "h264 yuv420p",
        "view_height": 540,
        "source": "ep01.lines.mp4",
        "source_kind": "line",
        "missing": ("LPIPS: no weights",),
    }
    return About(**(facts | other))  # type: ignore[arg-type]


def calm(frames: int, shots: int, seed: int = 0) -> Frames:
    """Every column measured and nothing wrong; temporal ones not on the first frame of a shot."""
    random = np.random.default_rng(seed)
    shot = (np.arange(frames) * shots // frames).astype(np.int32)
    opens = np.diff(shot, prepend=-1) != 0
    values: dict[str, NDArray[np.float32]] = {}
    for column in COLUMNS:
        noise = random.random(frames).astype(np.float32)
        level = QUIET.get(column.key, 0.0)
        values[column.key] = np.float32(level) + noise * np.float32(0.2 if level < 1 else 2)
        if column.better is Better.LOWER:
            values[column.key][opens] = np.nan
    pts = 2002 + 1001 * np.arange(frames, dtype=np.int64)
    return Frames(pts, shot, values)


def picture(shade: int = 90) -> NDArray[np.uint8]:
    """(135, 240, 3) with a box in it."""
    found = np.full((135, 240, 3), shade, np.uint8)
    found[40:80, 60:120] = (200, 40, 40)
    return found


def triplet(frame: int, first: bool = False) -> Triplet:
    """Of a frame in the middle, or of the first of a shot."""
    views = (None if first else picture(80), picture(), picture(100), picture(30))
    return Triplet(frame, views, Box(40, 60, 80, 120))


def hole(shot: int, first: int, last: int, value: float = 30.0) -> Sighting:
    """A hole at the upper left."""
    box = Box(100, 200, 104, 206)
    return Sighting(Check.HOLE, shot, first, last, value, 24, box, first, "#ffffff", "#a0b0c0")


def measurement(
    frames: int = 48, shots: int = 1, sightings: tuple[Sighting, ...] = (), **other: object
) -> Measurement:
    """A calm clip in which something was seen; the first of it is pictured."""
    pictures = {s: triplet(s.first, first=s.first == 0) for s in sightings[:60]}
    cdc = {"cdc": tuple(0.1 * i for i in range(shots))}
    return Measurement(about(frames, **other), calm(frames, shots), sightings, pictures, cdc)


def tiny() -> Measurement:
    """Three frames."""
    return measurement(3, 1, (hole(0, 1, 1),))


def faulty(shots: int = 4, frames: int = 96) -> Measurement:
    """One sighting of every check, over the shots in turn, and a number that is too high."""
    length = frames // shots
    seen = []
    for i, check in enumerate(Check):
        shot = i % shots
        first = shot * length + 2 + i // shots
        box = None if check in WHOLE else Box(40 * i, 100 * i, 40 * i + 30, 100 * i + 60)
        area = 0 if box is None else 900
        seen.append(Sighting(check, shot, first, first + 1, 60.0 - i, area, box, first))
    seen.sort(key=lambda sighting: sighting.first)
    made = measurement(frames, shots, tuple(seen))
    made.frames.values["static_flicker"][length + 5 : 2 * length] = 3.0
    return made


WHOLE = {
    Check.FLICKER,
    Check.GRAY,
    Check.FADING,
    Check.LUMA,
    Check.FROZEN,
    Check.MISMATCH,
    Check.PHOTOSENSITIVE,
}
"""Checks of whole frames."""


def many_shots(shots: int = 500, length: int = 24) -> Measurement:
    """Five hundred shots, every tenth with a hole and a jump."""
    seen: list[Sighting] = []
    for shot in range(0, shots, 10):
        at = shot * length + 3
        seen.append(hole(shot, at, at + 2))
        box = Box(500, 900, 560, 1000)
        seen.append(
            Sighting(
                Check.COLOR_JUMP, shot, at + 5, at + 5, 7.0, 3000, box, None, "#102030", "#203040"
            )
        )
    return measurement(shots * length, shots, tuple(seen))


def episode(frames: int = 36_000, shots: int = 350) -> Measurement:
    """Twenty-five minutes in which much was seen, most of it below the limits."""
    made = measurement(frames, shots)
    random = np.random.default_rng(1)
    seen: list[Sighting] = []
    for _ in range(6000):
        first = int(random.integers(0, frames))
        shot = int(made.frames.shot[first])
        check = list(Check)[int(random.integers(0, len(Check)))]
        top, left = (int(random.integers(0, most)) for most in (1000, 1800))
        box = None if check in WHOLE else Box(top, left, top + 40, left + 60)
        value = float(random.exponential(2.0))
        seen.append(Sighting(check, shot, first, first, value, 0 if box is None else 800, box))
    seen.sort(key=lambda sighting: sighting.first)
    pictures = {s: triplet(s.first) for s in sorted(set(seen), key=lambda s: -s.value)[:60]}
    return Measurement(made.about, made.frames, tuple(seen), pictures, made.shots)


def hostile() -> Measurement:
    """Names and remarks that are markup, control characters, formulas."""
    return measurement(
        12,
        2,
        (hole(0, 1, 3), hole(1, 7, 9)),
        clip=HOSTILE,
        source=HOSTILE,
        reference=HOSTILE,
        palette=HOSTILE,
        coding=HOSTILE,
        missing=(HOSTILE,),
    )


def material(made: Measurement, command: str = "animecolor qa ep01.mp4") -> Material:
    """With its pictures encoded and a palette of two colors."""
    asked = Asked(command, (("#a0b0c0", "girl.skin"), ("#102030", "")))
    return Material(made, show(made.pictures, made.sightings), asked)
