"""What several measures need of a step, worked out once: watchers ask here, the last is kept."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow
from animecolor.metrics.motion import Picture, landing, pulled, sampled
from animecolor.metrics.pulse import Shifts, block_shifts
from animecolor.metrics.signal import chroma_of, luma_of
from animecolor.metrics.still import Mask, at_rest, lab_of, unchanged
from animecolor.qa.view import Step, View

_ROWS = 128
"""Rows that means over a view need at least; of a larger one only so many are looked at."""


def stride(view: View) -> int:
    """Means over a view are taken at every so many-th pixel each way: the fourth at 540 rows."""
    return max(1, int(view.rgb.shape[0]) // _ROWS)


@lru_cache(maxsize=2)
def pixels(view: View) -> Picture:
    """Every ``stride``-th pixel of a view, (h', w', 3)."""
    return sampled(view.rgb, stride(view))


@lru_cache(maxsize=2)
def source_pixels(view: View) -> Picture:
    """Every ``stride``-th pixel of a view's source, (h', w', 3)."""
    assert view.source is not None
    return sampled(view.source, stride(view))


@lru_cache(maxsize=2)
def chroma(view: View) -> NDArray[np.float32]:
    """(h', w') distance from grey of ``pixels``, see ``signal.chroma_of``."""
    return chroma_of(pixels(view))


@lru_cache(maxsize=3)
def lab(view: View) -> NDArray[np.float32]:
    """(h', w', 3) CIE L*a*b* of ``pixels``."""
    return lab_of(pixels(view))


@lru_cache(maxsize=3)
def source_lab(view: View) -> NDArray[np.float32]:
    """(h', w', 3) as ``lab``, of the source."""
    return lab_of(source_pixels(view))


def still(first: Step, second: Step) -> Mask:
    """(h', w') uint8, 1 where what was painted stands still in both steps."""
    return np.asarray(cv2.min(rest(first), rest(second)), np.uint8)


@lru_cache(maxsize=1)
def seen(step: Step) -> NDArray[np.bool_] | None:
    """(h', w') of ``Step.seen`` at the same pixels."""
    if step.seen is None:
        return None
    return sampled(step.seen.view(np.uint8), stride(step.now)).view(np.bool_)


@lru_cache(maxsize=1)
def points(step: Step) -> Flow | None:
    """(h', w', 2) where these pixels come from; None where nothing moved."""
    return None if step.back is None else landing(step.back, stride(step.now))


@lru_cache(maxsize=1)
def brought(step: Step) -> Picture:
    """The frame before, brought to the one now, (h', w', 3)."""
    back = points(step)
    return pixels(step.before) if back is None else pulled(step.before.rgb, back)


@lru_cache(maxsize=1)
def source_brought(step: Step) -> Picture:
    """The source of the frame before, brought to the one now, (h', w', 3)."""
    assert step.before.source is not None
    back = points(step)
    return source_pixels(step.before) if back is None else pulled(step.before.source, back)


@lru_cache(maxsize=1)
def shifts(step: Step) -> Shifts:
    """How the levels of the result changed, block by block."""
    return block_shifts(brought(step), pixels(step.now), seen(step))


def beside_source(view: View, gray: bool) -> Shifts:
    """By how much each block of a view is lighter or of another tint than its source.

    Whatever moves, fades or flickers in the source does so in both: no motion is asked for.

    Args:
        view: with a source.
        gray: the source has no color to compare; then only Y is told, and Cb and Cr are 0.
    """
    now = pixels(view)
    if gray:
        luma = luma_of(now)
        now = np.dstack((luma, luma, luma))
    return block_shifts(source_pixels(view), now, None)


@lru_cache(maxsize=1)
def source_shifts(step: Step) -> Shifts:
    """How the levels of the source changed, block by block."""
    return block_shifts(source_brought(step), source_pixels(step.now), seen(step))


@lru_cache(maxsize=2)
def rest(step: Step) -> Mask:
    """(h', w') uint8, 1 where what was painted stands still in a step, and a little around it."""
    quiet, every = np.ones(pixels(step.now).shape[:2], np.uint8), stride(step.now)
    if step.back is not None:
        quiet = at_rest(sampled(step.back, every), every)
    before, now = step.before.source, step.now.source
    if before is not None and now is not None and before is not now:
        quiet &= sampled(unchanged(source_gray(step.before), source_gray(step.now)), every)
    return quiet


@lru_cache(maxsize=2)
def source_gray(view: View) -> Mask:
    """(h, w) level of every pixel of a view's source."""
    assert view.source is not None
    return np.asarray(cv2.cvtColor(view.source, cv2.COLOR_RGB2GRAY), np.uint8)
