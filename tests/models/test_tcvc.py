"""The published networks: counted, shaped, hosted, trained a little, saved and loaded again."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from animecolor.frame import Frame, Keyframe, Plane, Shot
from animecolor.models.tcvc import TcvcNet, host
from animecolor.models.tcvc.net import Discriminator, Generator, InstanceNorm
from animecolor.models.weights import Header, load_into, read_header, save

CPU = torch.device("cpu")


def frame(index: int, plane: Tensor) -> Frame:
    image = torch.zeros((3, *plane.shape[-2:]), dtype=torch.uint8)
    return Frame(image, index, Fraction(1, 24), index, plane=plane)


def small() -> Generator:
    torch.manual_seed(0)
    net = TcvcNet(width=8, blocks=2).build()
    for module in net.modules():
        if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
            nn.init.kaiming_normal_(module.weight)
    return net


def test_published_sizes() -> None:
    def count(net: nn.Module) -> int:
        return sum(weight.numel() for weight in net.parameters())

    assert count(Generator()) == 10_774_595
    assert count(Discriminator()) == 2_767_872


def test_discriminator_sees_patches() -> None:
    net = Discriminator(8)
    scores = net(torch.rand(2, 1, 256, 256), torch.rand(2, 3, 256, 256), torch.rand(2, 3, 256, 256))
    assert scores.shape == (2, 1, 30, 30)


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_instance_norm_is_pytorchs(layout: torch.memory_format) -> None:
    features = (torch.randn(2, 5, 9, 7) * 3 + 2).contiguous(memory_format=layout)
    theirs = nn.InstanceNorm2d(5, affine=False)(features)
    torch.testing.assert_close(InstanceNorm()(features), theirs, atol=1e-5, rtol=1e-5)
    torch.testing.assert_close(
        InstanceNorm()(features.clone().requires_grad_()), theirs, atol=1e-5, rtol=1e-5
    )


@pytest.mark.parametrize("size", [(64, 64), (61, 83), (17, 40), (4, 4)])
def test_any_size(size: tuple[int, int]) -> None:
    colorizer = host(small(), Plane.LINE, CPU, torch.float32)
    color, memory = colorizer([frame(0, torch.rand(1, *size))], colorizer.begin(Shot()))
    assert color.shape == (1, 3, *size)
    assert memory.shape == (1, 3, *size)
    assert 0 <= float(color.min()) <= float(color.max()) <= 1


def test_starts_black_and_feeds_back_its_own_output() -> None:
    net = small()
    colorizer = host(net, Plane.GRAY, CPU, torch.float32)
    planes = torch.rand(3, 1, 32, 48)
    memory, painted = colorizer.begin(Shot()), []
    with torch.inference_mode():
        for index, plane in enumerate(planes):
            color, memory = colorizer([frame(index, plane)], memory)
            painted.append(color)
        previous = torch.zeros(1, 3, 32, 48)
        for plane, color in zip(planes, painted, strict=True):
            previous = net(plane[None], previous)
            torch.testing.assert_close(color, previous)


def test_output_moves_with_the_previous_frame() -> None:
    """The published loader's padding bug left the conditioning dead; ours must not be."""
    colorizer = host(small(), Plane.LINE, CPU, torch.float32)
    plane = torch.rand(1, 32, 32)
    red, blue = (Keyframe(0, plane, torch.zeros(3, 32, 32)) for _ in range(2))
    # A flat colour would be lost: the first instance norm subtracts each channel's mean.
    red.color[0], blue.color[2] = torch.rand(32, 32), torch.rand(32, 32)
    answers = [
        colorizer([frame(0, plane)], colorizer.begin(Shot(keyframes=(key,))))[0]
        for key in (red, blue)
    ]
    assert float((answers[0] - answers[1]).abs().mean()) > 0.01


def test_a_frame_without_a_plane_is_refused() -> None:
    colorizer = host(small(), Plane.LINE, CPU, torch.float32)
    bare = Frame(torch.zeros(3, 8, 8, dtype=torch.uint8), 0, Fraction(1, 24), 7)
    with pytest.raises(ValueError, match="frame 7 has no plane"):
        colorizer([bare], None)


def test_bf16_stays_near_fp32() -> None:
    plane = torch.rand(1, 64, 64)
    exact, _ = host(small(), Plane.LINE, CPU, torch.float32)([frame(0, plane)], None)
    quick, _ = host(small(), Plane.LINE, CPU, torch.bfloat16)([frame(0, plane)], None)
    assert quick.dtype == torch.float32
    assert float((exact - quick).abs().mean()) < 0.02


def test_trains_saves_and_loads_to_the_same_output(tmp_path: Path) -> None:
    net = small()
    optimizer = torch.optim.Adam(net.parameters(), 2e-3)
    plane, previous, truth = (
        torch.rand(1, 1, 32, 32),
        torch.rand(1, 3, 32, 32),
        torch.full((1, 3, 32, 32), 0.25),
    )
    first = last = float("nan")
    for step in range(25):
        loss = F.l1_loss(net(plane, previous), truth)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        first, last = (loss.item(), last) if step == 0 else (first, loss.item())
    assert last < first / 2
    path = tmp_path / "tcvc.safetensors"
    save(path, Header("tcvc", {"width": 8, "blocks": 2}, {}), net.state_dict())
    again = TcvcNet(**read_header(path).config).build()
    load_into(again, path)
    with torch.inference_mode():
        net.half().float()
        torch.testing.assert_close(net(plane, previous), again(plane, previous), atol=0, rtol=0)
