"""Near infrared through the whole pipeline: 16 bits, one channel, alone and carried on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from animecolor.config import Mode, Network, Render, Shots
from animecolor.errors import UsageError
from animecolor.frame import Frame, Keyframe, Plane, Shot
from animecolor.models.anchor import AnchorNet
from animecolor.models.anchor import host as host_anchor
from animecolor.models.colorizer import Colorizer, keyframed
from animecolor.models.registry import find_reader, load_model
from animecolor.models.snet import SNetSize, host
from animecolor.pipeline import colorize_video, mode_of, plane_of
from animecolor.video.probe import probe
from tests.training.infrared import draw_pair

CPU = torch.device("cpu")
RENDER = Render(mode=Mode.NIR, network=Network(size=64), shots=Shots(detect=False))


@pytest.fixture
def sequence(tmp_path: Path) -> Path:
    """Six pictures of one 16-bit channel, most of whose values no 8 bits can hold."""
    folder = tmp_path / "nir"
    folder.mkdir()
    for number in range(6):
        ramp = np.linspace(1000, 60000, 96)[None] + 37.0 * np.arange(64)[:, None] + 300 * number
        cv2.imwrite(str(folder / f"{number:04d}.png"), ramp.clip(0, 65535).astype(np.uint16))
    return folder


def snet() -> Colorizer:
    torch.manual_seed(0)
    net = SNetSize(width=4).build()
    torch.nn.init.constant_(net.color.last.bias, 0.5)
    return host(net, Plane.NIR, CPU, torch.float32)


def test_sixteen_bits_of_one_channel_are_read_whole(sequence: Path, tmp_path: Path) -> None:
    seen: list[Frame] = []
    count = colorize_video(
        probe(sequence, RENDER.limits), tmp_path / "out.mkv", snet(), RENDER, seen.append
    )
    assert count == 6
    assert (tmp_path / "out.mkv").stat().st_size > 0
    frame = seen[2]
    assert frame.image.dtype == torch.uint16
    written = cv2.imread(str(sequence / "0002.png"), cv2.IMREAD_UNCHANGED)
    assert frame.plane is not None
    np.testing.assert_allclose(frame.plane[0], written / 65535, atol=1e-4)
    assert frame.painted is not None
    assert frame.painted.dtype == torch.uint16
    assert frame.painted.float().std(0).mean() > 0  # it has colors


def test_colors_may_be_carried_on_over_infrared(sequence: Path, tmp_path: Path) -> None:
    torch.manual_seed(0)
    anchor = host_anchor(AnchorNet(width=8).build(), Plane.NIR, CPU, torch.float32)
    both = keyframed(snet(), anchor)
    assert both.reads is Plane.NIR
    assert colorize_video(probe(sequence, RENDER.limits), tmp_path / "out.mkv", both, RENDER) == 6


def test_modes_and_planes_are_each_others() -> None:
    for mode in Mode:
        assert plane_of(mode).value == {"lineart": "line"}.get(mode.value, mode.value)
    assert mode_of(snet()) is Mode.NIR


def test_a_model_that_carries_is_none_that_paints() -> None:
    with pytest.raises(UsageError, match="anchor does not read nir; it reads line, gray"):
        find_reader("anchor", Plane.NIR)
    assert find_reader("anchor", Plane.NIR, carrying=True).name == "anchor"
    with pytest.raises(UsageError, match="tcvc does not read nir"):
        find_reader("tcvc", Plane.NIR, carrying=True)


def test_carried_colors_keep_their_own_luma_over_infrared() -> None:
    """A sky is dark in infrared: what a keyframe says of it wins over the plane's brightness."""
    plane = torch.from_numpy(draw_pair(2, 128)[0])[None].float() / 255
    key = torch.stack((1 - plane[0], 0.3 + 0.4 * (1 - plane[0]), torch.full_like(plane[0], 0.8)))
    shot = Shot(first=1, keyframes=(Keyframe(0, plane, key),))
    image = torch.zeros((3, 128, 128), dtype=torch.uint8)
    errors = {}
    for reads in (Plane.NIR, Plane.GRAY):
        anchor = load_model("anchor", reads, device="cpu")
        with torch.inference_mode():
            frame = Frame(image, 1, Fraction(1, 24), 1, plane=plane)
            color, _ = anchor([frame], anchor.begin(shot))
        errors[reads] = float((color[0] - key).abs().mean())
    assert errors[Plane.NIR] < 0.05
    assert errors[Plane.GRAY] > 0.15
