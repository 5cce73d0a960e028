"""Where a network runs and in which arithmetic."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, TypeVar, cast

import torch
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from animecolor.config import Precision
from animecolor.errors import MissingPiece, UsageError

Net = TypeVar("Net", bound=nn.Module)


def pick_device(name: str) -> torch.device:
    """Turn ``auto``, ``cpu``, ``mps``, ``cuda`` or ``cuda:N`` into a device this machine has.

    Raises:
        UsageError: the name is not a device.
        MissingPiece: the device is not here.
    """
    if name == "auto":
        if torch.cuda.is_available():
            return torch.device("cuda")
        return torch.device("mps" if torch.backends.mps.is_available() else "cpu")
    try:
        device = torch.device(name)
    except RuntimeError as error:
        raise UsageError(f"{name!r} is not a device; say auto, cpu, mps, cuda or cuda:N") from error
    here = {
        "cpu": 1,
        "cuda": torch.cuda.device_count(),
        "mps": int(torch.backends.mps.is_available()),
    }
    if device.type not in here:
        raise UsageError(f"{name!r} is not a device; say auto, cpu, mps, cuda or cuda:N")
    if (device.index or 0) >= here[device.type]:
        raise MissingPiece(f"this machine has no device {name!r}; `animecolor doctor` lists them")
    return device


def pick_dtype(precision: Precision, device: torch.device) -> torch.dtype:
    """Turn a precision into a dtype; ``auto`` is the fastest the device does in hardware.

    Raises:
        UsageError: the device cannot do that arithmetic.
    """
    if precision is Precision.AUTO:
        if device.type == "cuda":
            return torch.bfloat16 if torch.cuda.is_bf16_supported(False) else torch.float16
        fast = device.type == "cpu" and has_bf16()
        return torch.bfloat16 if fast else torch.float32
    if precision is Precision.FP16 and device.type == "cpu":
        raise UsageError("fp16 is for GPUs; on a CPU say --precision bf16 or fp32")
    wanted = {
        Precision.FP32: torch.float32,
        Precision.BF16: torch.bfloat16,
        Precision.FP16: torch.float16,
    }
    return wanted[precision]


def has_bf16() -> bool:
    """Whether this CPU multiplies bf16 in hardware (AMX or AVX512-BF16).

    oneDNN also runs bf16 on plain AVX512, slower than fp32; that does not count.
    """
    asks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(bool(getattr(torch.cpu, ask, lambda: False)()) for ask in asks)


def channels_last(net: Net) -> Net:
    """Lay a network's weights out channels-last, in place: oneDNN's and cuDNN's fastest order."""
    return cast(Net, cast(Any, net).to(memory_format=torch.channels_last))


def fold_norms(net: Net) -> Net:
    """Fold every batch norm into the convolution before it in its ``nn.Sequential``, in place.

    The network must be in evaluation mode; its answers stay the same but for rounding.
    """
    for layers in [module for module in net.modules() if isinstance(module, nn.Sequential)]:
        for index, (layer, after) in enumerate(pairwise(layers)):
            if isinstance(layer, nn.Conv2d) and isinstance(after, nn.BatchNorm2d):
                layers[index] = fuse_conv_bn_eval(layer, after)
                layers[index + 1] = nn.Identity()
    return net
