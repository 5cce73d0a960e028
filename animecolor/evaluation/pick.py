"""Which of the clips that were named are judged."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path

import numpy as np

from animecolor.errors import UsageError
from animecolor.evaluation.showing import LEAST_FRAMES
from animecolor.stages.sizing import working_size
from animecolor.training.clips import Clip
from animecolor.training.sources import Data, Split, read_split

LEAST_SIDE = 32
"""Pixels: below, learned features and optical flow have nothing to work on."""
_FILM_BORDER = 1 - Data.model_fields["films_held_out"].default
"""Share of a film at which what training holds out of it begins."""

log = logging.getLogger("animecolor")


class Half(StrEnum):
    """A side of the split."""

    HELD_OUT = "held-out"
    TRAINING = "training"
    ALL = "all"


def pick(
    clips: Sequence[Clip], split: Path | None, half: Half, most: int | None, short: int | None
) -> list[Clip]:
    """Choose clips to judge, in the order given.

    Args:
        clips: all that were named.
        split: TOML list of what training never sees; needed for any half but ``ALL``.
        half: the side of the split. Of a film, its last tenth is held out, as by default in
            training.
        most: at most so many of each source, evenly spread; None takes all.
        short: short side at which they will be judged; None is their own.

    Raises:
        UsageError: there is no split to take a half of, it cannot be read, or no clip is left.
    """
    if half is not Half.ALL:
        if split is None:
            raise UsageError(f"--part {half} needs --split: the list of what training never sees")
        parts = read_split(split)
        clips = [clip for clip in clips if _holds(parts, clip) is (half is Half.HELD_OUT)]
        if not clips:
            raise UsageError(f"no clip that was named is in the part {half!s} of {split}")
    usable = [clip for clip in clips if _is_usable(clip, short)]
    if not usable:
        raise UsageError(
            f"no clip that was named has {LEAST_FRAMES} frames of {LEAST_SIDE} pixels a side"
        )
    by_source: dict[str, list[Clip]] = {}
    for clip in usable:
        by_source.setdefault(clip.source, []).append(clip)
    return [clip for group in by_source.values() for clip in _spread(group, most)]


def _holds(split: Split, clip: Clip) -> bool:
    of_film = (clip.begins, clip.ends) != (0.0, 1.0)
    return clip.begins >= _FILM_BORDER if of_film else split.holds(clip)


def _is_usable(clip: Clip, short: int | None) -> bool:
    count, *own = clip.color().shape[:3]
    size = (own[0], own[1]) if short is None else working_size((own[0], own[1]), short)
    if count >= LEAST_FRAMES and min(size) >= LEAST_SIDE:
        return True
    log.warning("%s is left out: %d frames of %dx%d", clip.name, count, size[1], size[0])
    return False


def _spread(clips: list[Clip], most: int | None) -> list[Clip]:
    if most is None or len(clips) <= most:
        return clips
    # The middles of equal stretches, so that one clip is not always the first.
    return [clips[int(i)] for i in (np.arange(most) + 0.5) * len(clips) / most]
