"""Color distributions agree with SciPy and with the published formulas."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import jensenshannon
from torch import Tensor

from animecolor.metrics.palette import cdc, colorfulness


def noise(frames: int = 6) -> Tensor:
    """Frames of texture whose distribution drifts."""
    picture = torch.rand(frames, 3, 16, 20, generator=torch.Generator().manual_seed(0))
    return picture ** torch.linspace(0.5, 2, frames)[:, None, None, None]


def test_cdc_agrees_with_scipy() -> None:
    clip = noise()
    levels = (clip * 255).round().numpy()
    shares = [[np.histogram(p, 256, (-0.5, 255.5))[0] for p in frame] for frame in levels]
    gaps = [
        [
            jensenshannon(one, other) ** 2
            for before, after in zip(shares, shares[gap:], strict=False)
            for one, other in zip(before, after, strict=True)
        ]
        for gap in (1, 2, 4)
    ]
    assert cdc(clip) == pytest.approx(np.mean([np.mean(gap) for gap in gaps]), abs=1e-9)


def test_cdc_saturates_on_flat_colors() -> None:
    cel = torch.full((6, 3, 8, 8), 100 / 255)
    assert cdc(cel) == 0
    fade = cel + torch.arange(6)[:, None, None, None] / 255
    assert cdc(fade) == pytest.approx(math.log(2))


def test_cdc_leaves_out_gaps_that_do_not_fit() -> None:
    clip = noise(2)
    assert cdc(clip) == pytest.approx(cdc(torch.stack((clip[0], clip[1], clip[0]))) * 2)
    assert math.isnan(cdc(clip[:1]))


def test_cdc_reads_colors_beyond_the_range_as_its_ends() -> None:
    clip = torch.tensor([-0.2, 1.3])[:, None, None, None].expand(2, 3, 4, 4)
    assert cdc(clip) == cdc(clip.clamp(0, 1))


def test_colorfulness_of_known_pictures() -> None:
    gray = torch.rand(1, 1, 8, 8, generator=torch.Generator().manual_seed(1)).expand(1, 3, 8, 8)
    red = torch.tensor([1.0, 0, 0])[None, :, None, None].expand(1, 3, 8, 8)
    halves = torch.zeros(1, 3, 8, 8)
    halves[:, 0, :4], halves[:, 2, 4:] = 1, 1
    found = colorfulness(torch.cat((gray, red, halves)))
    assert found.dtype == torch.float32
    offset = 0.3 * math.hypot(255, 127.5)
    # Red and blue halves: rg is 255 or 0, yb is 127.5 or -255.
    mixed = math.hypot(127.5, 191.25) + 0.3 * math.hypot(127.5, 63.75)
    assert found.tolist() == pytest.approx([0, offset, mixed], abs=1e-3)
