"""Whole shots from clip folders that keep them cut into windows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np

from animecolor.training.clips import Clip, save_pictures

_WINDOW = re.compile(r"(.+)_(\d{3,})")


def whole_shots(clips: Iterable[Clip], cache: Path) -> list[Clip]:
    """Join the windows of one shot that follow one another without a gap.

    A window is named ``<shot>_<frame it begins at>``; what is not so named stays as it is.

    Args:
        clips: of one source, windows of a shot in order.
        cache: folder of the memory maps; the joined ones are kept there, too.

    Returns:
        The clips, joined, in order.
    """
    return [_joined(windows, cache) for windows in _runs(clips)]


def _runs(clips: Iterable[Clip]) -> list[list[Clip]]:
    runs: list[list[Clip]] = []
    for clip in clips:
        if runs and _follows(runs[-1][-1], clip):
            runs[-1].append(clip)
        else:
            runs.append([clip])
    return runs


def _follows(before: Clip, clip: Clip) -> bool:
    names = [_WINDOW.fullmatch(name) for name in (before.name, clip.name)]
    first, second = names
    if first is None or second is None or first[1] != second[1]:
        return False
    pictures = before.color(), clip.color()
    alike = pictures[0].shape[1:] == pictures[1].shape[1:]
    inked = (before.ink_path is None) == (clip.ink_path is None)
    return alike and inked and int(second[2]) == int(first[2]) + len(pictures[0])


def _joined(windows: list[Clip], cache: Path) -> Clip:
    first = windows[0]
    if len(windows) == 1:
        return first
    stem = f"{first.name}x{sum(len(window.color()) for window in windows)}"
    color, ink = (cache / first.source / f"{stem}.whole{kind}.npy" for kind in ("", ".line"))
    if not color.is_file():
        save_pictures(color, np.concatenate([window.color() for window in windows]))
    drawings = [drawing for window in windows if (drawing := window.ink()) is not None]
    if drawings and not ink.is_file():
        save_pictures(ink, np.concatenate(drawings))
    return replace(first, color_path=color, ink_path=ink if drawings else None)
