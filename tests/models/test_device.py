"""Devices and arithmetic are named, checked and never silently replaced."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from animecolor.config import Precision
from animecolor.errors import MissingPiece, UsageError
from animecolor.models import device
from animecolor.models.device import fold_norms, has_bf16, pick_device, pick_dtype

CPU = torch.device("cpu")


@pytest.mark.parametrize("name", ["gpu", "cuda:x", "", "xla", "meta"])
def test_what_is_not_a_device_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="is not a device"):
        pick_device(name)


def test_a_device_that_is_not_here_is_missing() -> None:
    with pytest.raises(MissingPiece, match="has no device 'cuda:63'"):
        pick_device("cuda:63")


def test_auto_is_a_device_that_is_here() -> None:
    assert torch.zeros(1, device=pick_device("auto")).sum() == 0


@pytest.mark.parametrize("fast", [True, False])
def test_auto_precision_follows_the_cpu(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(device, "has_bf16", lambda: fast)
    expected = torch.bfloat16 if fast else torch.float32
    assert pick_dtype(Precision.AUTO, CPU) is expected


def test_explicit_precision_is_kept() -> None:
    assert pick_dtype(Precision.FP32, CPU) is torch.float32
    assert pick_dtype(Precision.BF16, CPU) is torch.bfloat16
    with pytest.raises(UsageError, match="fp16 is for GPUs"):
        pick_dtype(Precision.FP16, CPU)


def test_has_bf16_agrees_with_the_kernel() -> None:
    try:
        with open("/proc/cpuinfo", encoding="ascii") as file:
            flags = file.read()
    except OSError:
        pytest.skip("only Linux lists its CPU's features in a file")
    assert has_bf16() == ("avx512_bf16" in flags or "amx_bf16" in flags)


def test_folded_norms_change_nothing_but_rounding() -> None:
    torch.manual_seed(0)
    net = nn.Sequential(
        nn.Conv2d(3, 4, 3, padding=1, bias=False), nn.BatchNorm2d(4), nn.ReLU(), nn.Conv2d(4, 2, 1)
    )
    for _ in range(3):
        net(torch.rand(2, 3, 8, 8))
    net.eval()
    picture = torch.rand(1, 3, 9, 7)
    wanted = net(picture)
    folded = fold_norms(net)
    assert not any(isinstance(layer, nn.BatchNorm2d) for layer in folded.modules())
    torch.testing.assert_close(folded(picture), wanted)
