"""The painted keyframes of one clip as a lesson: each is moved about, one is kept for the exam."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from animecolor.config import Mode, Render
from animecolor.errors import UsageError
from animecolor.frame import Frame, Keyframe, Plane
from animecolor.metrics.fidelity import psnr
from animecolor.models.colorizer import Colorizer
from animecolor.pipeline import draw, find_keyframes
from animecolor.stages.canny import canny_plane
from animecolor.stages.colorize import NONE, ByShot, colorize
from animecolor.stages.unique import mark_held
from animecolor.training.clips import Clip, Pictures, save_pictures
from animecolor.training.drift import drift, moved
from animecolor.training.lesson import Lesson, Seen, look_at
from animecolor.training.samples import Mix
from animecolor.training.strokes import Strokes
from animecolor.video.info import VideoInfo

PROVABLE = 3
"""Keyframes from which on one can be spared."""
FRAMES = 6
"""Frames of a made-up clip."""
CLIPS, EACH = 96, (2, 32)
"""Made-up clips in all, about, and the least and most of one keyframe."""
AS_GIVEN = Strokes(plain=0, canny=0, soft=0, ink=1, width=0, gaps=0, distance=0)


@dataclass(frozen=True, slots=True)
class Spared:
    """One painted keyframe, painted again by a run that was not told of it."""

    source: VideoInfo
    render: Render
    others: ByShot
    shot: int
    key: Keyframe
    frames: int = 1

    def score(self, colorizer: Colorizer, known: bool) -> float:
        """PSNR in dB of the frame, as ``run`` would paint it from the other keyframes."""
        with closing(draw(self.source, self.render, self._is_near)) as drawn:
            frames: Iterator[Frame] = (frame for frame in drawn if frame.shot == self.shot)
            if self.render.hold:
                frames = mark_held(frames)
            for frame in colorize(frames, colorizer, self.others if known else NONE):
                if frame.index == self.key.index:
                    assert frame.color is not None
                    return float(psnr(frame.color[None].cpu(), self.key.color[None].cpu()))
        raise UsageError(f"{self.source.path} changed while it was read")

    def _is_near(self, frame: Frame) -> bool:
        return frame.shot == self.shot

    def __str__(self) -> str:
        return f"the painted frame {self.key.index}"


def read_painted(source: VideoInfo, render: Render, folder: Path, seed: int) -> Lesson:
    """Make clips of a clip's painted keyframes.

    Args:
        source: the clip.
        render: the settings it is run with; ``keyframes`` is the folder of painted frames.
        folder: where the made-up clips go.
        seed: draws their motion.

    Returns:
        The lesson; without an exam where there are fewer than three keyframes.

    Raises:
        UsageError, AnimecolorError: as ``pipeline.find_keyframes``, or nothing is painted in the
            part of the clip that is wanted.
    """
    found = find_keyframes(source, render).by_shot
    if not found:
        raise UsageError(f"{render.keyframes} holds no painted frame of this part of the clip")
    reads = Plane.GRAY if render.mode is Mode.GRAY else Plane.LINE
    exam = _spare(source, render, found) if sum(map(len, found.values())) >= PROVABLE else None
    taught = exam.others if exam else found
    lumas = _lumas(source, render, taught)
    easel = _Easel(folder, reads, render, np.random.default_rng(seed))
    keys = [key for shot in taught.values() for key in shot]
    count = int(np.clip(CLIPS // len(keys), *EACH))
    drifting = [easel.drifting(key, lumas.get(key.index)) for key in keys for _ in range(count)]
    # The way from one painted frame to the next is real motion, if only its ends are known.
    pairs = [easel.pair(a, b) for shot in taught.values() for a, b in _neighbors(shot)]
    mix = Mix([drifting, pairs], [2.0, 1.0]) if pairs else Mix([drifting], [1.0])
    short = min(keys[0].plane.shape[-2:])
    look = look_at(reads, short, AS_GIVEN, shrink=1.0)
    seen = [Seen(f"{source.path.name}, frame {key.index}", _digest(key.color), 1) for key in keys]
    return Lesson(reads, mix, look, exam, seen)


def _spare(source: VideoInfo, render: Render, found: ByShot) -> Spared:
    """Keep the middle keyframe of the shot that has the most, so that others can stand in."""
    shot = max(found, key=lambda shot: len(found[shot]))
    keys = found[shot]
    key = keys[len(keys) // 2]
    others = {**found} | {shot: tuple(k for k in keys if k is not key)}
    return Spared(source, render, {s: k for s, k in others.items() if k}, shot, key)


def _lumas(source: VideoInfo, render: Render, keys: ByShot) -> Mapping[int, NDArray[np.float32]]:
    """What Canny drew the keyframes' planes from, by frame; nothing for ink and in grey mode."""
    left = {key.index for shot in keys.values() for key in shot}
    found = {}
    with closing(draw(source, render, lambda frame: frame.index in left)) as frames:
        for frame in frames:
            if frame.index in left and frame.luma is not None:
                found[frame.index] = frame.luma[0].numpy()
            if frame.index >= max(left):
                break
    return found


@dataclass(frozen=True, slots=True)
class _Easel:
    """Makes clips of keyframes."""

    folder: Path
    reads: Plane
    render: Render
    chance: np.random.Generator

    def drifting(self, key: Keyframe, luma: NDArray[np.float32] | None) -> Clip:
        """A keyframe moved about, its plane drawn as the run would draw it."""
        size = (key.plane.shape[-2], key.plane.shape[-1])
        places = drift(size, FRAMES, self.chance)
        if luma is None:
            planes = moved(_eight_bits(key.plane)[..., 0], places)
        else:
            lines = self.render.lines
            drawn = [canny_plane(moment, lines) for moment in moved(luma, places)]
            planes = (np.stack(drawn) * 255).astype(np.uint8)
        return self._clip(moved(_eight_bits(key.color), places), planes)

    def pair(self, first: Keyframe, second: Keyframe) -> Clip:
        """Two keyframes as a clip."""
        colors, planes = (
            np.stack([_eight_bits(picture) for picture in pictures])
            for pictures in ((first.color, second.color), (first.plane, second.plane))
        )
        return self._clip(colors, planes[..., 0])

    def _clip(self, colors: Pictures, planes: Pictures) -> Clip:
        name = f"{self.chance.integers(1 << 62):016x}"
        color, ink = self.folder / f"{name}.npy", self.folder / f"{name}.line.npy"
        save_pictures(color, colors)
        if self.reads is Plane.LINE:
            save_pictures(ink, planes)
        return Clip(name, "keyframes", "unknown", color, ink if ink.is_file() else None)


def _neighbors(keys: Sequence[Keyframe]) -> Iterator[tuple[Keyframe, Keyframe]]:
    """Every keyframe and the next, in both orders."""
    for first, second in pairwise(keys):
        yield first, second
        yield second, first


def _eight_bits(picture: Tensor) -> Pictures:
    """(C, H, W) float in [0, 1] -> (H, W, C) uint8."""
    return np.ascontiguousarray((picture.cpu() * 255).round().byte().permute(1, 2, 0).numpy())


def _digest(picture: Tensor) -> str:
    return hashlib.sha256(_eight_bits(picture).tobytes()).hexdigest()
