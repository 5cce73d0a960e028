"""A show's colored clips as a lesson: the first of each is trained on, the last is the exam."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from animecolor.config import Lines
from animecolor.errors import UsageError
from animecolor.frame import Plane
from animecolor.metrics.fidelity import psnr
from animecolor.models.colorizer import Colorizer
from animecolor.models.weights import sha256
from animecolor.stages.canny import canny_plane
from animecolor.stages.ink import ink_plane
from animecolor.training.clips import Clip
from animecolor.training.lesson import Lesson, Seen, look_at
from animecolor.training.samples import Mix
from animecolor.training.sources import last_of, read_clips, rest_of
from animecolor.training.strokes import Planes, Strokes, luma_of
from animecolor.training.watch import Watched

LEAST = 3
"""Frames of an examined shot: one that is given and two to score."""
SHOTS, LONGEST = 12, 12
"""At most so many shots, spread evenly, and so many frames of each: an exam is taken often."""


@dataclass(frozen=True, slots=True)
class Finals:
    """The last share of every clip, rolled out from its first frame."""

    shots: Sequence[Watched]
    share: float

    @property
    def frames(self) -> int:
        """How many are scored: all but the first of each shot, which is given."""
        return sum(len(shot.truth) - 1 for shot in self.shots)

    def score(self, colorizer: Colorizer, known: bool) -> float:
        """Mean PSNR in dB over shots."""
        rolls = (psnr(shot.roll(colorizer, known)[1:], shot.truth[1:]) for shot in self.shots)
        return float(np.mean([float(scores.mean()) for scores in rolls]))

    def __str__(self) -> str:
        return f"the last {self.share:.0%} of every clip"


def read_show(paths: Sequence[str], reads: Plane, share: float, cache: Path) -> Lesson:
    """Read colored clips and split each.

    Args:
        paths: as ``sources.read_clips`` takes them.
        reads: what the adapter is for.
        share: last share of every clip, in (0, 1), that is never trained on.
        cache: folder of the memory maps.

    Raises:
        UsageError: something named is no clip, or the clips are too short to be split.
        AnimecolorError: a video cannot be decoded.
    """
    by_path = {path: read_clips([path], cache) for path in paths}
    clips = [clip for found in by_path.values() for clip in found]
    trained, held_out = rest_of(clips, share), last_of(clips, share, LEAST)
    if not trained:
        raise UsageError(f"no clip has 4 frames before its last {share:.0%}: name longer ones")
    if not held_out:
        raise UsageError(
            f"the last {share:.0%} of no clip has {LEAST} frames to be held out: "
            "name longer clips, or a larger --held-out"
        )
    step = max(1, -(-len(held_out) // SHOTS))
    exam = Finals([examined(clip, reads) for clip in held_out[::step]], share)
    short = min(min(clip.color().shape[1:3]) for clip in clips)
    seen = [_seen(path, rest_of(found, share)) for path, found in by_path.items()]
    look = look_at(reads, short, Strokes(), shrink=1.6)
    return Lesson(reads, Mix([trained], [1.0]), look, exam, seen)


def examined(clip: Clip, reads: Plane) -> Watched:
    """The first frames of a clip, whole, drawn as inference draws them."""
    colors = np.array(clip.color()[:LONGEST])
    planes = luma_of(colors)
    if reads is Plane.LINE:
        planes = _lines(planes, clip)
    truth = torch.from_numpy(colors).permute(0, 3, 1, 2).float() / 255
    return Watched(reads, torch.from_numpy(planes)[:, None], truth)


def _lines(lumas: Planes, clip: Clip) -> Planes:
    drawings = clip.ink()
    if drawings is None:
        return np.stack([canny_plane(luma, Lines()) for luma in lumas])
    size = (lumas.shape[1], lumas.shape[2])
    return np.stack([ink_plane(np.array(ink), size) for ink in drawings[: len(lumas)]])


def _seen(path: str, clips: Sequence[Clip]) -> Seen:
    file = Path(path)
    if file.is_dir():
        file /= "manifest.jsonl"
    known = sha256(file) if file.is_file() else hashlib.sha256(path.encode()).hexdigest()
    licenses = ", ".join(sorted({clip.license for clip in clips}))
    frames = sum(len(clip.color()) for clip in clips)
    return Seen(Path(path).name, known, frames, licenses or "unknown")
