"""A spot as an inspector is told of it: in native pixels, with a name."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.qa.detectors.spots import Spot
from animecolor.qa.detectors.stills import Still
from animecolor.qa.sighting import Box, Check, Sighting

_SMALL = 64
"""Native pixels up to which a spot is a hole or a stray one; above an area has jumped."""
_LIKE = 4.0
"""ΔE within which a hole shows paper or what lies around it."""
_PAPER = np.array([[97.0, 0.0, 0.0]])
_RING = 5
"""Pixels around a spot that may show through it."""


def sighting(now: Still, spot: Spot) -> Sighting:
    """What is told of a spot of a drawing."""
    scale = now.view.scale
    area = max(1, round(spot.area * scale * scale))
    top, left, bottom, right = spot.window
    box = Box(
        math.floor(top * scale),
        math.floor(left * scale),
        math.ceil(bottom * scale),
        math.ceil(right * scale),
    )
    return Sighting(
        _check(now, spot, area),
        now.view.shot,
        now.first,
        now.last,
        spot.value,
        area,
        box,
        found=_hex(spot.found),
        expected=_hex(spot.expected),
    )


def _check(now: Still, spot: Spot, area: int) -> Check:
    if area > _SMALL:
        return Check.COLOR_JUMP
    top, left, bottom, right = spot.window
    if now.view.alpha is not None and now.view.alpha[top:bottom, left:right].min() < 128:
        return Check.HOLE
    ring = _ring(now.lab, spot)
    known = np.concatenate([_PAPER, ring])
    apart = delta_e(np.repeat(spot.found[None], len(known), axis=0), known)
    return Check.HOLE if float(apart.min()) < _LIKE else Check.STRAY


def _ring(lab: NDArray[np.uint8], spot: Spot) -> NDArray[np.float64]:
    """(N, 3) CIE Lab of the pixels on a frame around a spot."""
    top, left, bottom, right = spot.window
    top, left = max(0, top - _RING), max(0, left - _RING)
    cut = lab[top : bottom + _RING, left : right + _RING]
    edge = np.concatenate([cut[0], cut[-1], cut[:, 0], cut[:, -1]])
    return np.asarray((edge - (0.0, 128.0, 128.0)) / (2.55, 1, 1), np.float64)


def _hex(lab: NDArray[np.float64]) -> str:
    """#rrggbb of one CIE Lab color."""
    rgb = cv2.cvtColor(lab.astype(np.float32).reshape(1, 1, 3), cv2.COLOR_Lab2RGB)[0, 0]
    levels = np.rint(np.clip(rgb, 0, 1) * 255).astype(int)
    return "#" + "".join(f"{level:02x}" for level in levels)
