"""The heart as a library is used: what it refuses, and what it chooses by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from animecolor.cli.checks import imaginary_clip
from animecolor.config import Mode, Render
from animecolor.errors import UsageError
from animecolor.frame import Frame, Plane, Shot
from animecolor.models.colorizer import PerFrame
from animecolor.pipeline import colorize_video, paint
from tests.cli.conftest import draw


@dataclass(frozen=True)
class Gray:
    """Paints everything middle grey."""

    reads: Plane

    def paint(self, frames: Sequence[Frame], shot: Shot) -> Tensor:
        planes = [frame.plane for frame in frames if frame.plane is not None]
        return torch.full((len(planes), 3, *planes[0].shape[-2:]), 0.5)


@pytest.mark.parametrize(
    ("mode", "reads"), [(Mode.GRAY, Plane.LINE), (Mode.LINEART, Plane.GRAY), (Mode.GRAY, Plane.NIR)]
)
def test_a_mode_the_network_cannot_read_is_refused(mode: Mode, reads: Plane) -> None:
    with pytest.raises(UsageError, match=f"mode is {mode} but the network reads {reads}"):
        paint(imaginary_clip(), PerFrame(Gray(reads)), Render(mode=mode))


@pytest.mark.parametrize("reads", [Plane.GRAY, Plane.LINE])
def test_without_settings_the_network_decides(reads: Plane, tmp_path: Path) -> None:
    seen: list[Any] = []
    clip = draw(tmp_path / "clip.mp4")
    colorizer = PerFrame(Gray(reads))
    assert colorize_video(clip, tmp_path / "out.mp4", colorizer, watch=seen.append) == 12
    assert [frame.line is None for frame in seen] == [reads is Plane.GRAY] * 12
