"""Devices and arithmetic are named, checked and never silently replaced."""

from __future__ import annotations

import pytest
import torch

from animecolor.config import Precision
from animecolor.errors import MissingPiece, UsageError
from animecolor.models import device
from animecolor.models.device import has_bf16, pick_device, pick_dtype

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
