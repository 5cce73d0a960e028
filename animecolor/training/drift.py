"""Made-up motion: a painted picture moved as a shot might move it.

One painted frame shows no motion to learn from. Moved as a whole, bent like cloth and pushed about
in parts, it becomes a short clip whose true colors are known in every frame.
"""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.float32]
"""(T, H, W, 2): x, y in pixels where each pixel's content is taken from."""

SHIFT, TURN, ZOOM = 0.06, 0.1, 0.08
"""Standard deviations over a clip: of the short side, in radians, and as a factor less one."""
BEND, KNOTS = 0.02, 6
"""Of the short side, at knots that many to a side, with smooth motion between."""
PARTS, PUSH = 3, 0.06
"""At most so many round parts move on their own, by that share of the short side."""


def drift(size: tuple[int, int], frames: int, chance: np.random.Generator) -> Places:
    """Draw a motion that grows evenly from none at all in the first frame.

    Args:
        size: (H, W) in pixels.
        frames: T, at least 2.
        chance: draws it.
    """
    height, width = size
    y, x = np.mgrid[:height, :width].astype(np.float32)
    here = np.stack((x, y), -1)
    short = min(size)
    center = np.array([width / 2, height / 2], np.float32)
    turn, zoom = chance.normal(0, TURN), 1 + chance.normal(0, ZOOM)
    wheel = zoom * np.array(
        [[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]], np.float32
    )
    way = (here - center) @ wheel.T + center - here
    way += chance.normal(0, SHIFT * short, 2)
    knots = chance.normal(0, BEND * short, (KNOTS, KNOTS, 2)).astype(np.float32)
    way += cv2.resize(knots, (width, height), interpolation=cv2.INTER_CUBIC)
    for _ in range(int(chance.integers(PARTS + 1))):
        middle = chance.uniform(0, 1, 2) * (width, height)
        radius = chance.uniform(0.1, 0.3) * short
        distance = np.square(here - middle).sum(-1) / radius**2
        way += np.exp(-(distance**2))[..., None] * chance.normal(0, PUSH * short, 2)
    moments = np.linspace(0, 1, frames, dtype=np.float32)
    return np.asarray(here + moments[:, None, None, None] * way, np.float32)


def moved(picture: NDArray[Any], places: Places) -> NDArray[Any]:
    """(H, W) or (H, W, C) picture -> (T, H, W) or (T, H, W, C); beyond its edges it is mirrored."""
    edge = cv2.BORDER_REFLECT_101
    maps = (cv2.split(place) for place in places)
    return np.stack([cv2.remap(picture, x, y, cv2.INTER_LINEAR, borderMode=edge) for x, y in maps])
