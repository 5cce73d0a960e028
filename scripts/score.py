"""Score a model by roll-out on held-out clips, beside the trivial answers.

    python scripts/score.py configs/train/tcvc.toml --weights runs/tcvc.safetensors

Every clip is coloured from a black start, each frame from the model's own colours before it. The
trivial answers: the plane itself as grey, the mean color of the training clips, the clip's true
first frame held (which knows the colours; the model does not), and the model without its previous
frame. PSNR in dB, mean over frames, then over clips.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import click
import cv2
import numpy as np
import torch
from torch import Tensor

from animecolor.color import LUMA_709
from animecolor.config import Lines
from animecolor.frame import Frame, Plane, from_array
from animecolor.metrics.fidelity import psnr
from animecolor.models.colorizer import Colorizer
from animecolor.models.registry import load_model
from animecolor.stages.canny import canny_plane
from animecolor.stages.colorize import colorize
from animecolor.stages.ink import ink_plane
from animecolor.training.clips import Clip
from animecolor.training.run import gather, read_config

LUMA = np.asarray([LUMA_709], dtype=np.float32)


def planes(clip: Clip, reads: Plane) -> Tensor:
    """(T, 1, H, W) float32: what the model is shown of a clip."""
    drawings = clip.ink()
    if reads is Plane.LINE and drawings is not None:
        shown = [ink_plane(np.asarray(d), d.shape) for d in drawings]
    else:
        lumas = [cv2.transform(f.astype(np.float32) / 255, LUMA).clip(0, 1) for f in clip.color()]
        shown = [canny_plane(y, Lines()) for y in lumas] if reads is Plane.LINE else lumas
    return torch.from_numpy(np.stack(shown).astype(np.float32))[:, None]


def roll(colorizer: Colorizer, shown: Tensor, alone: bool) -> Tensor:
    """(T, 3, H, W): every frame painted; ``alone`` starts each one from black."""
    image = from_array(np.zeros((*shown.shape[-2:], 3), np.uint8))
    frames = [
        Frame(image, i, Fraction(1, 12), i, shot=i * alone, opens_shot=alone or i == 0, plane=p)
        for i, p in enumerate(shown)
    ]
    return torch.stack([f.color for f in colorize(frames, colorizer) if f.color is not None])


def mean_color(clips: Sequence[Clip]) -> Tensor:
    """(3, 1, 1) mean RGB in [0, 1] of the first frames of training clips."""
    means = [clip.color()[0].reshape(-1, 3).mean(0) / 255 for clip in clips]
    return torch.tensor(np.mean(means, 0), dtype=torch.float32).view(3, 1, 1)


def score(clip: Clip, colorizer: Colorizer, mean: Tensor) -> dict[str, float]:
    """PSNR of the model and of every trivial answer on one clip."""
    truth = torch.from_numpy(np.array(clip.color())).permute(0, 3, 1, 2).float() / 255
    shown = planes(clip, colorizer.reads)
    answers = {
        "model": roll(colorizer, shown, alone=False),
        "no previous": roll(colorizer, shown, alone=True),
        "plane as grey": shown.expand_as(truth),
        "mean color": mean.expand_as(truth),
        "hold first true frame": truth[:1].expand_as(truth),
    }
    scores = {name: psnr(answer, truth) for name, answer in answers.items()}
    found = {name: float(values.mean()) for name, values in scores.items()}
    return found | {
        "model, first frame": float(scores["model"][0]),
        "model, last frame": float(scores["model"][-1]),
    }


@click.command()
@click.argument("config", type=click.Path(path_type=Path))
@click.option("--model", default="tcvc")
@click.option("--weights", type=click.Path(path_type=Path))
@click.option("--clips", "most", default=8, help="Held-out clips a source.")
@click.option(
    "--json", "target", type=click.Path(path_type=Path), help="Also write the table here."
)
def main(config: Path, model: str, weights: Path | None, most: int, target: Path | None) -> None:
    """Score MODEL on the clips that CONFIG holds out."""
    sources = gather(read_config(config).data)
    mean = mean_color([clip for clips in sources.training.values() for clip in clips[::10]])
    rows: dict[str, dict[str, float]] = {}
    for reads in (Plane.LINE, Plane.GRAY):
        colorizer = load_model(model, reads, weights)
        for name, clips in sources.held_out.items():
            chosen = clips[:: max(1, len(clips) // most)][:most]
            found = [score(clip, colorizer, mean) for clip in chosen]
            if found:
                rows[f"{reads} {name} ({len(found)})"] = {
                    key: float(np.mean([row[key] for row in found])) for key in found[0]
                }
    for name, row in rows.items():
        print(f"{name:22}", "  ".join(f"{key} {value:.2f}" for key, value in row.items()))
    if target is not None:
        target.write_text(json.dumps(rows, indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main()
