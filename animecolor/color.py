"""Pure colour maths on tensors: luma, RGB and CIE Lab, colour difference.

RGB is sRGB-encoded in [0, 1], channels first: (..., 3, H, W). Lab is CIE 1976 L*a*b* under D65 and
the 2 degree observer: L in [0, 100], a and b around [-110, 110].
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

LUMA_709 = (0.2126, 0.7152, 0.0722)
"""Weights of gamma-encoded R, G, B in luma (ITU-R BT.709)."""

_RGB_TO_XYZ = (
    (0.412453, 0.357580, 0.180423),
    (0.212671, 0.715160, 0.072169),
    (0.019334, 0.119193, 0.950227),
)
_WHITE_D65 = (0.95047, 1.0, 1.08883)
_CUBE_ABOVE = 0.008856
_SLOPE = 7.787
_OFFSET = 16 / 116


def luma(rgb: Tensor) -> Tensor:
    """(..., 3, H, W) floating RGB -> (..., 1, H, W) BT.709 luma, same range and dtype."""
    return _mix(rgb, (LUMA_709,))


def with_luma(rgb: Tensor, plane: Tensor) -> Tensor:
    """Give colors a known luma, keeping their chroma (each channel less luma).

    Where a chroma would leave the gamut it is reduced, never the luma.

    Args:
        rgb: (..., 3, H, W) floating in [0, 1].
        plane: (..., 1, H, W) luma in [0, 1].

    Returns:
        (..., 3, H, W) in [0, 1].
    """
    chroma = rgb - luma(rgb)
    room = torch.where(chroma > 0, 1 - plane, plane) / chroma.abs().clamp(min=1e-9)
    return plane + chroma * room.amin(-3, keepdim=True).clamp(max=1)


def rgb_to_lab(rgb: Tensor) -> Tensor:
    """(..., 3, H, W) floating sRGB in [0, 1] -> (..., 3, H, W) Lab."""
    linear = torch.where(rgb > 0.04045, ((rgb.clamp(min=0) + 0.055) / 1.055) ** 2.4, rgb / 12.92)
    xyz = _mix(linear, _RGB_TO_XYZ) / _column(_WHITE_D65, rgb)
    f = torch.where(
        xyz > _CUBE_ABOVE, xyz.clamp(min=_CUBE_ABOVE) ** (1 / 3), _SLOPE * xyz + _OFFSET
    )
    x, y, z = f.unbind(-3)
    return torch.stack((116 * y - 16, 500 * (x - y), 200 * (y - z)), dim=-3)


def lab_to_rgb(lab: Tensor) -> Tensor:
    """(..., 3, H, W) Lab -> (..., 3, H, W) sRGB, clipped to [0, 1] where it leaves the gamut."""
    lightness, a, b = lab.unbind(-3)
    y = (lightness + 16) / 116
    f = torch.stack((y + a / 500, y, (y - b / 200).clamp(min=0)), dim=-3)
    xyz = torch.where(f > _CUBE_ABOVE ** (1 / 3), f**3, (f - _OFFSET) / _SLOPE)
    inverse = torch.linalg.inv(torch.tensor(_RGB_TO_XYZ, dtype=torch.float64)).tolist()
    linear = _mix(xyz * _column(_WHITE_D65, lab), tuple(map(tuple, inverse)))
    rgb = torch.where(
        linear > 0.0031308, 1.055 * linear.clamp(min=0.0031308) ** (1 / 2.4) - 0.055, 12.92 * linear
    )
    return rgb.clamp(0, 1)


def delta_e_76(first: Tensor, second: Tensor) -> Tensor:
    """(..., 3, H, W) Lab twice -> (..., 1, H, W) Euclidean difference (CIE 1976)."""
    return ((first - second) ** 2).sum(dim=-3, keepdim=True).sqrt()


def delta_e_2000(first: Tensor, second: Tensor) -> Tensor:
    """(..., 3, H, W) Lab twice -> (..., 1, H, W) CIEDE2000 difference.

    After Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula" (2005), parametric factors
    all 1. Compute in float64 where differences below 0.01 matter.
    """
    l1, a1, b1 = (first.narrow(-3, channel, 1) for channel in range(3))
    l2, a2, b2 = (second.narrow(-3, channel, 1) for channel in range(3))
    mean_chroma = (torch.hypot(a1, b1) + torch.hypot(a2, b2)) / 2
    stretch = 1 + 0.5 * (1 - _saturating(mean_chroma))
    c1, h1 = _polar(a1 * stretch, b1)
    c2, h2 = _polar(a2 * stretch, b2)

    turn = h2 - h1
    turn = turn - 2 * math.pi * torch.round(turn / (2 * math.pi))
    colorless = c1 * c2 == 0
    d_hue = torch.where(colorless, 0, 2 * torch.sqrt(c1 * c2) * torch.sin(turn / 2))
    hue_sum = h1 + h2
    half_turn = torch.where(hue_sum < 2 * math.pi, math.pi, -math.pi)
    hue = torch.where((h1 - h2).abs() > math.pi, hue_sum / 2 + half_turn, hue_sum / 2)
    hue = torch.where(colorless, hue_sum, hue)

    lightness = (l1 + l2) / 2
    chroma = (c1 + c2) / 2
    away = (lightness - 50) ** 2
    s_lightness = 1 + 0.015 * away / torch.sqrt(20 + away)
    s_chroma = 1 + 0.045 * chroma
    s_hue = 1 + 0.015 * chroma * _hue_weight(hue)
    bump = torch.exp(-(((torch.rad2deg(hue) - 275) / 25) ** 2))
    rotation = -2 * _saturating(chroma) * torch.sin(math.radians(60) * bump)

    lightness_term = (l2 - l1) / s_lightness
    chroma_term = (c2 - c1) / s_chroma
    hue_term = d_hue / s_hue
    squared = lightness_term**2 + chroma_term**2 + hue_term**2 + rotation * chroma_term * hue_term
    return torch.sqrt(squared.clamp(min=0))


def _hue_weight(hue: Tensor) -> Tensor:
    return (
        1
        - 0.17 * torch.cos(hue - math.radians(30))
        + 0.24 * torch.cos(2 * hue)
        + 0.32 * torch.cos(3 * hue + math.radians(6))
        - 0.20 * torch.cos(4 * hue - math.radians(63))
    )


def _saturating(chroma: Tensor) -> Tensor:
    power = chroma**7
    return torch.sqrt(power / (power + 25.0**7))


def _polar(a: Tensor, b: Tensor) -> tuple[Tensor, Tensor]:
    """Chroma, and hue angle in [0, 2 pi)."""
    hue = torch.atan2(b, a)
    return torch.hypot(a, b), torch.where(hue < 0, hue + 2 * math.pi, hue)


def _mix(planes: Tensor, matrix: tuple[tuple[float, ...], ...]) -> Tensor:
    weights = torch.tensor(matrix, dtype=planes.dtype, device=planes.device)
    return torch.einsum("oc,...chw->...ohw", weights, planes)


def _column(values: tuple[float, ...], like: Tensor) -> Tensor:
    return torch.tensor(values, dtype=like.dtype, device=like.device)[:, None, None]
