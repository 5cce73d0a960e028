"""Pixels of a drawing that leave the range of colors between the drawing before and the one after.

A rank test in time, as film restoration finds dirt (Nadenau and Mitra, "Blotch and scratch
detection in image sequences based on rank ordered differences", 1997): a pixel is an outlier as far
as it lies beyond every color that the neighbourhood of its place has in both neighbours, each
brought along the motion. What changes steadily, a fade or a smooth light, lies between its
neighbours and is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flow import Flow
from animecolor.qa.detectors.remember import remembered
from animecolor.qa.motion import pulled

Plane = NDArray[np.uint8]
"""(h, w), or (h, w, 3) in Lab as ``Still.lab`` has it."""

UNITS = np.array([[1 / 2.55, 1, 1]], np.float32)
"""8-bit Lab to units of CIE Lab, summed: never less than the Euclidean difference."""
_LIGHTNESS = np.rint(np.arange(256) / 2.55).astype(np.uint8)


@dataclass(frozen=True, slots=True, eq=False)
class Hull:
    """The range of values that each place has in one or more neighbours."""

    low: Plane
    high: Plane

    @classmethod
    @remembered(20)
    def around(cls, picture: Plane, flow: Flow | None, radius: int) -> Hull:
        """Of a neighbour, brought along the flow to it, within ``radius`` pixels."""
        if radius == 0:
            moved = pulled(picture, flow)
            return cls(moved, moved)
        # The neighbourhood makes up for half a pixel, and nearest is twice as fast.
        moved = pulled(picture, flow, cv2.INTER_NEAREST)
        square = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
        low, high = cv2.erode(moved, square), cv2.dilate(moved, square)
        return cls(np.asarray(low, np.uint8), np.asarray(high, np.uint8))

    def joined(self, other: Hull) -> Hull:
        """The range of both."""
        low, high = cv2.min(self.low, other.low), cv2.max(self.high, other.high)
        return Hull(np.asarray(low, np.uint8), np.asarray(high, np.uint8))

    def beyond(self, picture: Plane, units: NDArray[np.float32] | None = None) -> NDArray[np.uint8]:
        """(h, w) uint8: how far each pixel lies outside; of Lab the sum over L*, a* and b*, or what
        other ``units``, (1, 3), make of the three.
        """
        outside = cv2.add(cv2.subtract(picture, self.high), cv2.subtract(self.low, picture))
        over = np.asarray(outside, np.uint8)
        return over if picture.ndim == 2 else summed(over, units)


def summed(over: Plane, units: NDArray[np.float32] | None = None) -> Plane:
    """(h, w, 3) differences in 8-bit Lab -> (h, w) their sum in CIE Lab, or in other ``units``."""
    if units is not None:
        return np.asarray(cv2.transform(over, units), np.uint8)
    # A tenth of the cost of a product in floating point, and the same to the last bit.
    lightness, a, b = cv2.split(over)
    return np.asarray(cv2.add(cv2.add(cv2.LUT(lightness, _LIGHTNESS), a), b), np.uint8)
