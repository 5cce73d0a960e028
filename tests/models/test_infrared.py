"""The networks that read near infrared: counted, shaped, hosted at any size, batched or not."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
import torch
from torch import Tensor, nn

from animecolor.frame import Frame, Plane, Shot
from animecolor.models import asymgan, scgan, snet
from animecolor.models.asymgan.net import PlainDiscriminator, PyramidDiscriminator, UNet
from animecolor.models.colorizer import Colorizer
from animecolor.models.scgan.net import Discriminator, Generator
from animecolor.models.snet.net import ColorNet, EdgeNet, SNet

CPU = torch.device("cpu")
SMALL: dict[str, tuple[Callable[[], nn.Module], Any]] = {
    "snet": (snet.SNetSize(width=4).build, snet.host),
    "snet-refiner": (snet.SNetSize(width=4, refine=True).build, snet.host),
    "scgan": (scgan.ScganSize(width=4).build, scgan.host),
    "asymgan": (asymgan.AsymganSize(width=4, blocks=1).build, asymgan.host),
}


def count(net: nn.Module) -> int:
    return sum(weight.numel() for weight in net.parameters())


def frame(index: int, plane: Tensor | None) -> Frame:
    image = torch.zeros((3, 8, 8), dtype=torch.uint8)
    return Frame(image, index, Fraction(1, 24), index, plane=plane)


def small(name: str) -> nn.Module:
    """A network whose batch norms are not the identity, so that folding them is tested."""
    torch.manual_seed(0)
    net = SMALL[name][0]()
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.running_mean, -0.5, 0.5)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
            nn.init.uniform_(module.weight, 0.5, 1.5)
    return net.eval()


def hosted(name: str, dtype: torch.dtype = torch.float32) -> Colorizer:
    return SMALL[name][1](small(name), Plane.NIR, CPU, dtype)


def paint(colorizer: Colorizer, planes: Tensor) -> Tensor:
    frames = [frame(index, plane) for index, plane in enumerate(planes)]
    with torch.inference_mode():
        color, _ = colorizer(frames, colorizer.begin(Shot()))
    return color


def test_published_sizes() -> None:
    assert count(ColorNet()) == 13_394_307  # "13.39 M" in the specification
    assert count(EdgeNet()) == 2_499  # "2.5 k"
    assert count(SNet()) == count(ColorNet())
    # Of these only words are published; the numbers pin what we made of them.
    assert count(Generator()) == 18_565_278
    assert count(UNet(1, 3, 32, blocks=9)) == 11_902_659
    assert count(UNet(1, 3, 32, blocks=9)) > 9 * count(UNet(3, 1, 32))


def test_the_pooled_bottom_of_colornet_is_a_sixteenth() -> None:
    net, shapes = ColorNet(2).eval(), []
    for level in net.down:
        level.register_forward_hook(lambda m, i, out: shapes.append(tuple(out.shape[1:])))
    assert net(torch.rand(1, 1, 224, 224)).shape == (1, 3, 224, 224)
    assert shapes == [(4, 112, 112), (8, 56, 56), (16, 28, 28), (16, 14, 14)]


def test_edgenet_sees_half_and_gives_one_channel_whole() -> None:
    net = EdgeNet(4)
    assert net(torch.rand(2, 3, 32, 48)).shape == (2, 1, 32, 48)
    assert net.layers[0](torch.rand(2, 3, 32, 48)).shape == (2, 4, 16, 24)


def test_the_refiner_starts_as_nothing_and_runs_at_inference() -> None:
    net = SNet(4, refine=True).eval()
    plane = torch.rand(1, 1, 32, 32)
    first = net.color(plane)
    with torch.no_grad():
        assert net.refiner is not None
        net.refiner.layers[-1].bias.zero_()
        assert torch.equal(net(plane), first)
        net.refiner.layers[-1].bias.fill_(0.25)
        torch.testing.assert_close(net(plane), first + 0.25)


def test_scgan_has_noise_in_every_layer_of_three_branches() -> None:
    net = small("scgan")
    drawn: list[tuple[int, ...]] = []
    original = torch.randn_like

    def spy(like: Tensor) -> Tensor:
        drawn.append(tuple(like.shape[1:]))
        return original(like)

    torch.randn_like = spy  # type: ignore[assignment]
    try:
        net.eval()(torch.rand(1, 1, 64, 64))
        assert drawn == []
        one, other = (net.train()(torch.full((2, 1, 64, 64), 0.5)) for _ in range(2))
    finally:
        torch.randn_like = original
    branch = [(1, s, s) for s in (64, 64, 32, 16, 8, 16, 32, 64)]
    assert drawn == branch * 6
    assert float((one - other).detach().abs().mean()) > 1e-3


def test_discriminators_judge_patches() -> None:
    verdict = Discriminator(4)(torch.rand(2, 1, 64, 64), torch.rand(2, 3, 64, 64))
    assert verdict.shape == (2, 1, 1, 1)
    pyramid = PyramidDiscriminator(4)(torch.rand(2, 3, 64, 64))
    assert [tuple(head.shape) for head in pyramid] == [(2, 1, s, s) for s in (16, 8, 4)]
    (plain,) = PlainDiscriminator(4)(torch.rand(2, 1, 64, 64))
    assert plain.shape == (2, 1, 8, 8)


def test_the_pyramid_tells_fine_heads_what_coarse_levels_see() -> None:
    net = PyramidDiscriminator(4).eval()
    picture = torch.rand(1, 3, 64, 64)
    before = net(picture)
    with torch.no_grad():
        net.across[2].bias.add_(1)
    changed = [not torch.allclose(a, b) for a, b in zip(before, net(picture), strict=True)]
    assert changed == [True, True, True]


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("size", [(64, 64), (61, 83), (17, 40), (5, 4)])
def test_any_size(name: str, size: tuple[int, int]) -> None:
    color = paint(hosted(name), torch.rand(2, 1, *size))
    assert color.shape == (2, 3, *size)
    assert color.dtype == torch.float32
    assert 0 <= float(color.min()) <= float(color.max()) <= 1


@pytest.mark.parametrize("name", SMALL)
def test_a_batch_is_its_frames_one_by_one(name: str) -> None:
    colorizer, planes = hosted(name), torch.rand(3, 1, 32, 48)
    assert colorizer.reads is Plane.NIR
    assert colorizer.span > 1
    alone = torch.cat([paint(colorizer, planes[i : i + 1]) for i in range(3)])
    torch.testing.assert_close(paint(colorizer, planes), alone, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", SMALL)
def test_hosting_changes_no_color(name: str) -> None:
    plane = torch.rand(1, 1, 32, 48)
    with torch.inference_mode():
        wanted = small(name)(plane).clamp(0, 1)
    torch.testing.assert_close(paint(hosted(name), plane), wanted, atol=1e-4, rtol=0)
    quick = paint(hosted(name, torch.bfloat16), plane)
    assert float((quick - wanted).abs().mean()) < 0.02


def test_a_frame_without_infrared_is_refused() -> None:
    colorizer = hosted("snet")
    with pytest.raises(ValueError, match="frame 7 has no plane"):
        colorizer([frame(7, None)], colorizer.begin(Shot()))
