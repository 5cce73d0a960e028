"""Held-out pictures with captions, and how well a network paints them as it is told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from animecolor.color import rgb_to_lab
from animecolor.metrics.fidelity import chroma_psnr
from animecolor.models.captioncolor import Captioncolor
from animecolor.models.captioncolor.bins import BINS, NEUTRAL, encode
from animecolor.training.captioned import Album, Captioned, CaptionedSamples, Sight
from animecolor.training.swaps import Swap, judge, swaps

FIGURES: dict[str, tuple[str, str, dict[str, str | float]]] = {
    "ab": ("chroma PSNR as told", "dB", {"told nothing": "mute", "gray": "grey"}),
    "acc@1": ("acc@1", "%", {"neutral bin": "grey@1"}),
    "acc@5": ("acc@5", "%", {"five commonest": "common@5"}),
    "off@1": ("acc@1 off the neutral bin", "%", {"neutral bin": 0.0}),
    "followed": ("caption swaps followed", "%", {"by chance": 25.0, "deaf": 0.0}),
    "moved": ("way to the named color", "%", {"deaf": 0.0}),
    "leaked": ("change elsewhere against the change there", "%", {"whole picture": 100.0}),
}
"""Score -> what it is, its unit, and what stands beside it."""
COUNT = 24
"""Pictures a batch."""
SHOWN = 10


@dataclass(frozen=True, slots=True, eq=False)
class Hearing:
    """An examination."""

    batches: Sequence[Captioned]
    """Held-out pictures: photographs first where there are some, then drawn pages."""
    questions: Sequence[Swap]
    common: Tensor
    """(5,) the commonest bins of the training pictures."""

    def score(self, hosted: Captioncolor) -> dict[str, float]:
        """Examine a network.

        ``off@1`` comes first, and is what to choose weights by: a rebalanced network gains colors
        at the cost of PSNR, so that the dullest weights would be chosen by that. ``ab`` is the
        chroma PSNR in dB with the true captions, ``grey`` and ``mute`` that of no chroma and of no
        caption. acc@k is the share in percent of
        quarter-size pixels whose bin is among the k likeliest, pooled over pixels: ``grey@1`` and
        ``common@5`` answer the neutral bin and the five commonest, ``off@1`` counts only pixels off
        the neutral bin. ``followed``, ``moved`` and ``leaked``, in percent: see ``training.swaps``.
        """
        with torch.inference_mode():
            rows = [self._row(hosted, batch) for batch in self.batches]
            verdict = judge(self.questions, lambda p, c: hosted.color(p, c).cpu())
        scores = {name: float(np.mean([row[name] for row in rows])) for name in rows[0]}
        return scores | {
            "followed": 100 * verdict.followed,
            "moved": 100 * verdict.moved,
            "leaked": 100 * verdict.leaked,
        }

    def sheet(self, hosted: Captioncolor) -> NDArray[Any]:
        """Rows of a batch of either kind: luma, painted as told, true; then swaps, both ways."""
        rows = []
        with torch.inference_mode():
            for batch in (self.batches[0], self.batches[-1]):
                plane, color = batch.plane[:SHOWN], batch.color[:SHOWN]
                painted = hosted.color(plane, batch.captions[:SHOWN]).cpu()
                rows += [_row(plane.expand(-1, 3, -1, -1)), _row(painted), _row(color)]
            for number in range(2):
                told = [
                    hosted.color(swap.plane, swap.captions[number : number + 1]).cpu()
                    for swap in self.questions[:SHOWN]
                ]
                rows.append(_row(torch.cat(told)))
        width = min(row.shape[1] for row in rows)
        return np.vstack([row[:, :width] for row in rows])

    def _row(self, hosted: Captioncolor, batch: Captioned) -> dict[str, float]:
        wanted = wanted_bins(batch.color)
        lightness = rgb_to_lab(batch.plane.expand(-1, 3, -1, -1))[:, :1]
        likeliest = hosted.logits(lightness, batch.captions).cpu().topk(5, 1).indices
        hit = likeliest == wanted[:, None]
        off = wanted != NEUTRAL
        painted = hosted.color(batch.plane, batch.captions).cpu()
        mute = hosted.color(batch.plane, [""] * len(batch.captions)).cpu()
        grey = batch.plane.expand_as(batch.color)
        return {
            "off@1": 100 * float(hit[:, 0][off].float().mean()),
            "ab": float(chroma_psnr(painted, batch.color).mean()),
            "mute": float(chroma_psnr(mute, batch.color).mean()),
            "grey": float(chroma_psnr(grey, batch.color).mean()),
            "acc@1": 100 * float(hit[:, 0].float().mean()),
            "acc@5": 100 * float(hit.any(1).float().mean()),
            "grey@1": 100 * float((~off).float().mean()),
            "common@5": 100 * float(torch.isin(wanted, self.common).float().mean()),
        }


def hearing(album: Album, side: int, batches: int, prior: Tensor) -> Hearing:
    """Make an examination of an album's held-out half.

    Args:
        album: the pictures.
        side: of the pictures in pixels.
        batches: of photographs and of drawn pages, each.
        prior: (625,) shares of bins in training pictures.
    """
    sight = Sight(crop=side, count=COUNT, shrink=2.0, recolor=0.0, silent=0.0)
    drawn = CaptionedSamples(album.held_pages, (), sight, 7)
    taken = CaptionedSamples((), album.held_photos, sight, 7)
    kinds = [taken, drawn] if album.held_photos else [drawn]
    return Hearing(
        [kind[step] for kind in kinds for step in range(batches)],
        swaps(album.held_pages, side),
        prior.topk(5).indices,
    )


def card_rows(scores: Mapping[str, float], command: str) -> Iterator[dict[str, Any]]:
    """What ``Hearing.score`` found, as rows of a model's card (see ``models.card``)."""
    for key, (title, unit, beside) in FIGURES.items():
        yield {
            "what": f"{title}, held-out pictures with captions",
            "value": scores[key],
            "unit": unit,
            "baselines": {
                name: scores[other] if isinstance(other, str) else other
                for name, other in beside.items()
            },
            "command": command,
        }


def wanted_bins(color: Tensor) -> Tensor:
    """(N, 3, H, W) RGB -> (N, H / 4, W / 4) bins of a middle pixel of every four by four."""
    return encode(rgb_to_lab(color[..., 2::4, 2::4])[:, 1:])


def count_bins(data: CaptionedSamples, batches: int) -> Tensor:
    """(625,) shares of the bins in the first batches."""
    counts = torch.zeros(BINS)
    for step in range(1, batches + 1):
        counts += torch.bincount(wanted_bins(data[step].color).flatten(), minlength=BINS)
    return counts / counts.sum()


def _row(pictures: Tensor) -> NDArray[np.uint8]:
    array = (pictures.clamp(0, 1) * 255).round().byte().permute(0, 2, 3, 1).numpy()
    return np.hstack(list(array))
