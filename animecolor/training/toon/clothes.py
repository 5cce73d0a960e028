"""Pieces of clothing in the torso's frame: hip at the origin, neck above it."""

from __future__ import annotations

from math import sin

import numpy as np

from animecolor.training.toon.design import Person
from animecolor.training.toon.geometry import Points, ellipse, points, smooth, tube
from animecolor.training.toon.pose import Pose
from animecolor.training.toon.sheet import Brush, Patch


def skirt(person: Person, pose: Pose, k: float, drop: float) -> Points:
    """Outline of a skirt that reaches ``drop`` below the hip, wide enough for the stride."""
    build = person.build
    reach = [f[0] * build.leg for f in (pose.near_foot, pose.far_foot)]
    share = drop / build.leg
    half = build.hip * k * 1.25 + 0.03
    left = min(-half, min(reach) * share - build.limb * 1.6) + 0.03 * pose.sway
    right = max(half, max(reach) * share + build.limb * 1.6) + 0.03 * pose.sway
    mid = (left + right) / 2
    w = build.waist * k
    return smooth(
        [
            (-w, -build.torso * 0.3),
            (w, -build.torso * 0.3),
            (right * 0.7 + w * 0.3, drop * 0.35),
            (right, drop),
            (mid + (right - mid) * 0.5, drop * 1.08),
            (mid, drop * 1.02),
            (mid + (left - mid) * 0.5, drop * 1.08),
            (left, drop),
            (left * 0.7 - w * 0.3, drop * 0.35),
        ]
    )


def pattern(brush: Brush, patch: Patch, person: Person, spine: Points) -> None:
    """Stripes across, dots along, or a band around a piece of clothing."""
    kind, paint = person.outfit.pattern, person.paints["trim"]
    if kind == "" or person.outfit.top in ("overalls", "coat"):
        return
    size = person.build.torso
    first, last = spine[0], spine[-1]
    length = float(np.hypot(*(last - first))) + 1e-6
    along = (last - first) / length
    across = np.array([-along[1], along[0]])
    areas: list[Points] = []
    if kind in ("stripes", "band"):
        places = np.arange(0.1, length / size, 0.26) if kind == "stripes" else [0.42]
        for s in places:
            middle = first + along * s * size
            thick = 0.055 if kind == "stripes" else 0.11
            corners = [(a, b) for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            areas.append(
                np.array([middle + across * a * 0.8 + along * b * thick * size for a, b in corners])
            )
    elif kind == "dots":
        for row, s in enumerate(np.arange(0.12, length / size + 0.3, 0.2)):
            for c in np.arange(-4, 5):
                at = first + along * s * size + across * (c + 0.5 * (row % 2)) * size * 0.24
                areas.append(ellipse(float(at[0]), float(at[1]), size * 0.05, size * 0.05))
    brush.thin(0.5).inside(patch, areas, paint)


def buttons(torso: Brush, patch: Patch, person: Person, view: float, drop: float) -> None:
    """The opening of a coat and its buttons."""
    T = person.build.torso
    x = person.build.waist * 0.55 * sin(view)
    torso.mark(patch, points((x, -T), (x, drop * 1.2)), person.paints["top"], 0.8)
    for y in (-0.75, -0.45, -0.15):
        dot = ellipse(x + 0.018, y * T, 0.009, 0.009)
        torso.thin(0.5).inside(patch, [dot], person.paints["trim"])


def neckwear(torso: Brush, person: Person, pose: Pose, k: float) -> None:
    """A scarf, if it is worn."""
    if not person.outfit.scarf:
        return
    build, paints = person.build, person.paints
    T, w = build.torso, build.shoulder * k
    tail = smooth([(-w * 0.5, -T * 0.98), (-w * 1.1 + 0.06 * pose.sway, -T * 0.85),
                   (-w * 1.7 + 0.12 * pose.sway, -T * (0.7 - 0.2 * pose.sway))],
                  closed=False)  # fmt: skip
    torso.shadow(torso.fill([tube(tail, (0.025, 0.03, 0.035))], paints["extra"]), 0.015)
    wrap = ellipse(0.0, -T * 0.99, w * 0.78, T * 0.1 + 0.012)
    torso.shadow(torso.fill([wrap], paints["extra"]), 0.015)
