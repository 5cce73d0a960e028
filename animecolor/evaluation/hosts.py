"""A still model hosted both ways on a clip: frame by frame, and as the painter of keyframes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from animecolor.evaluation.conditions import frames_of, roll
from animecolor.evaluation.showing import Showing
from animecolor.frame import Hint, Shot
from animecolor.metrics.fidelity import chroma_psnr, delta_e, psnr
from animecolor.metrics.flicker import static_flicker, track, warp_error
from animecolor.models.colorizer import Colorizer, keyframed

PER_FRAME, CARRIED, PLANE, TRUTH = "per frame", "keyframe + carrier", "plane", "truth"


@dataclass(frozen=True, slots=True)
class Hosted:
    """What was measured of one answer on one clip."""

    chroma_psnr: float
    """dB."""
    psnr: float
    """dB."""
    delta_e: float
    """Mean CIEDE2000."""
    warp: float
    """Mean warp error of its chroma (see ``metrics.flicker``): luma is given, and the same."""
    static: float
    """Mean change of color where the plane stands still; NaN where nothing does."""


def compare(
    showing: Showing, still: Colorizer, carrier: Colorizer, caption: str = ""
) -> dict[str, Hosted]:
    """Paint a clip as one shot in both ways, and measure them beside the plane and the truth.

    Args:
        showing: at least 2 frames.
        still: paints frames on their own.
        carrier: carries the colors of the first frame on.
        caption: what the shot is said to be.
    """
    shot, frames = Shot(hint=Hint(caption)), frames_of(showing, range(len(showing)), 0)
    answers = {PLANE: showing.planes.expand_as(showing.truth), TRUTH: showing.truth}
    for name, host in ((PER_FRAME, still), (CARRIED, keyframed(still, carrier))):
        painted = [frame.color for frame in roll(host, shot, frames)]
        answers[name] = torch.stack([color for color in painted if color is not None])
    tracks = track(showing.truth)
    return {
        name: Hosted(
            float(chroma_psnr(answer, showing.truth).mean()),
            float(psnr(answer, showing.truth).mean()),
            float(delta_e(answer, showing.truth).mean()),
            float(warp_error(_chroma(answer), tracks).mean()),
            static_flicker(answer, showing.planes),
        )
        for name, answer in answers.items()
    }


def summary(clips: Sequence[Mapping[str, Hosted]]) -> dict[str, dict[str, float]]:
    """Means over clips, by answer; of the flicker where nothing stands still, over those with it.

    ``flicker`` is the warp error of the chroma against that of the frame-by-frame answer: at most
    a half is asked of keyframes.
    """
    table: dict[str, dict[str, float]] = {}
    for name in clips[0]:
        rows = [clip[name] for clip in clips]
        still = [row.static for row in rows if not math.isnan(row.static)]
        table[name] = {
            "chroma_psnr": float(np.mean([row.chroma_psnr for row in rows])),
            "psnr": float(np.mean([row.psnr for row in rows])),
            "delta_e": float(np.mean([row.delta_e for row in rows])),
            "warp": float(np.mean([row.warp for row in rows])),
            "static": float(np.mean(still)) if still else math.nan,
        }
    whole = max(table[PER_FRAME]["warp"], 1e-12)
    for row in table.values():
        row["flicker"] = row["warp"] / whole
    return table


def _chroma(clip: Tensor) -> Tensor:
    """RGB less its own mean of channels: color without brightness, on three channels."""
    return clip - clip.mean(1, keepdim=True)
