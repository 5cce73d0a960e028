"""Animals on four legs, in the air and in the water.

Unit: the animal's height (length for fish and birds); four-legged ones stand on y = 0 and look
towards +x.
"""

from __future__ import annotations

from math import cos, pi, sin

import numpy as np

from animecolor.training.toon.design import Person
from animecolor.training.toon.geometry import (
    bend,
    compose,
    ellipse,
    knee,
    place,
    points,
    scallops,
    smooth,
    tube,
)
from animecolor.training.toon.head import Turn, blinking, draw_head
from animecolor.training.toon.sheet import Brush, Shape


def draw_quadruped(brush: Brush, beast: Person, t: float, speed: float) -> None:
    """Draw a four-legged animal; ``speed`` 0 stands, 1 trots."""
    paints = beast.paints
    phase = t / 0.7
    bob = 0.02 * sin(4 * pi * phase) * speed + 0.006 * sin(2 * pi * t / 2)
    slim = beast.build.limb * 1.3 + 0.02
    hip_y = -0.36 + bob
    for lag, x, far in ((0.5, -0.34, True), (0.0, 0.30, True)):
        _leg(brush, beast, (x + 0.05, hip_y), (phase + lag, speed, far))
    wag = 0.16 * sin(2 * pi * t / 0.5)
    tail = smooth([(-0.46, hip_y - 0.1), (-0.62, hip_y - 0.14),
                   (-0.72 - wag * 0.3, hip_y - 0.34 + wag), (-0.66, hip_y - 0.5 + wag)],
                  closed=False)  # fmt: skip
    thick = 0.09 if beast.kind == "fox" else 0.04
    brush.shadow(brush.fill([tube(tail, (0.04, thick, thick, 0.02))], paints["skin"]), 0.03)
    for lag, x in ((0.0, -0.36), (0.5, 0.26)):
        _leg(brush, beast, (x, hip_y), (phase + lag, speed, False))
    trunk = smooth(
        [
            (-0.46, hip_y - 0.18),
            (-0.2, hip_y - 0.24),
            (0.2, hip_y - 0.22),
            (0.42, hip_y - 0.26),
            (0.46, hip_y - 0.04),
            (0.3, hip_y + 0.12),
            (-0.1, hip_y + 0.1 + slim * 0.3),
            (-0.42, hip_y + 0.08),
            (-0.52, hip_y - 0.06),
        ]
    )
    shapes = [Shape(trunk)]
    if beast.outfit.hat == "bow":
        shapes = [Shape(scallops(trunk, 14, 0.05))]
    patch = brush.fill(shapes, paints["skin"])
    if beast.outfit.pattern in ("dots", "stripes"):
        spots = [ellipse(-0.3 + 0.22 * i, hip_y - 0.14 + 0.06 * (i % 2), 0.08, 0.07, i)
                 for i in range(4)]  # fmt: skip
        brush.thin(0.6).inside(patch, spots, paints["belly"])
    brush.shadow(patch, 0.09)
    if beast.outfit.scarf:
        collar = tube(points((0.3, hip_y - 0.26), (0.44, hip_y - 0.14), (0.56, hip_y - 0.08)),
                      (0.03, 0.035, 0.03))  # fmt: skip
        brush.fill([collar], paints["extra"])
    size = 0.36 + 0.3 * beast.build.head
    head = compose(
        place(0.46, hip_y - 0.2 + 0.4 * bob, size, 0.05 * sin(2 * pi * t / 1.8)),
        place(0.0, -0.42),
    )
    pant = 0.3 + 0.3 * sin(2 * pi * t / 0.4) if beast.kind == "dog" else 0.0
    turn = Turn(0.55, 0.02, pant, blinking(t, beast.face.blink), beast.build.head_width / 2)
    draw_head(brush.at(head), beast, turn)


def _leg(
    brush: Brush, beast: Person, hip: tuple[float, float], step: tuple[float, float, bool]
) -> None:
    phase, speed, far = step
    u = phase % 1.0
    if u < 0.5:
        foot = (0.16 - 0.64 * u, 0.0)
    else:
        foot = (-0.16 + 0.64 * (u - 0.5), 0.12 * sin(pi * (u - 0.5) * 2))
    target = (hip[0] + foot[0] * speed, -0.03 - foot[1] * speed)
    joint, ankle = knee(hip, target, 0.19, 0.17, -1.0 if hip[0] < 0 else 1.0)
    r = beast.build.limb * 0.8 + 0.03
    spine = bend(hip, joint, ankle)
    leg = tube(spine, (r * 1.3, r, r * 0.85, r * 0.9))
    paw = ellipse(ankle[0] + 0.02, ankle[1] + 0.0, r * 1.35, r * 0.8)
    tone = 1 if far else 0
    patch = brush.fill([Shape(leg, (leg,)), paw], beast.paints["skin"], tone)
    brush.shadow(patch, r * 0.5)


def draw_bird(brush: Brush, beast: Person, t: float) -> None:
    """Draw a flapping bird, one unit long."""
    paints = beast.paints
    flap = sin(2 * pi * t / 0.42)
    far = smooth([(-0.05, -0.05), (0.08, -0.1), (0.02, -0.1 - 0.4 * flap),
                  (-0.2, -0.12 - 0.46 * flap), (-0.16, -0.08)])  # fmt: skip
    brush.fill([far], paints["top"], tone=1)
    tail = smooth([(-0.3, 0.0), (-0.58, -0.1), (-0.62, 0.02), (-0.52, 0.06), (-0.3, 0.08)])
    brush.fill([tail], paints["top"])
    beak = smooth([(0.4, -0.14), (0.58, -0.07), (0.4, -0.02)])
    brush.fill([beak], paints["extra"])
    body = smooth([(0.42, -0.1), (0.3, -0.24), (0.14, -0.18), (-0.1, -0.12), (-0.38, 0.0),
                   (-0.1, 0.16), (0.2, 0.12)])  # fmt: skip
    patch = brush.fill([body], paints["top"])
    brush.thin(0.6).inside(patch, [ellipse(0.1, 0.1, 0.28, 0.14)], paints["belly"])
    brush.shadow(patch, 0.06)
    brush.thin(0.5).fill([ellipse(0.31, -0.13, 0.028, 0.036)], paints["pupil"])
    near = smooth([(-0.14, -0.04), (0.12, -0.06), (0.06, -0.02 - 0.44 * flap),
                   (-0.22, -0.04 - 0.56 * flap), (-0.2, -0.02 - 0.2 * flap)])  # fmt: skip
    wing = brush.fill([near], paints["top"])
    brush.shadow(wing, 0.05)


def draw_fish(brush: Brush, beast: Person, t: float) -> None:
    """Draw a swimming fish, one unit long."""
    paints = beast.paints
    wag = 0.1 * sin(2 * pi * t / 0.8)
    tail = smooth([(-0.3, 0.0), (-0.56, -0.2 + wag), (-0.48, wag), (-0.56, 0.2 + wag)])
    brush.shadow(brush.fill([tail], paints["trim"]), 0.05)
    fin = smooth([(-0.15, -0.2), (0.0, -0.36), (0.2, -0.22), (0.05, -0.1)])
    brush.fill([fin], paints["trim"])
    body = smooth([(0.48, 0.0), (0.28, -0.22), (0.0, -0.26), (-0.34, 0.0), (0.0, 0.24),
                   (0.28, 0.2)])  # fmt: skip
    patch = brush.fill([body], paints["top"])
    bands = [tube(points((x, -0.4), (x + 0.04, 0.0), (x, 0.4)), (0.04, 0.05, 0.04))
             for x in (-0.16, 0.06)]  # fmt: skip
    brush.thin(0.6).inside(patch, bands, paints["trim"])
    brush.shadow(patch, 0.08)
    eye = brush.thin(0.7).fill([ellipse(0.3, -0.05, 0.07, 0.08)], paints["eyewhite"])
    brush.inside(eye, [ellipse(0.32, -0.04, 0.035, 0.045)], paints["pupil"], inked=False)
    side = smooth([(0.08, 0.06), (-0.1, 0.14 + wag), (-0.06, 0.02 + wag)])
    brush.fill([side], paints["trim"])


def draw_butterfly(brush: Brush, beast: Person, t: float) -> None:
    """Draw a fluttering butterfly, one unit wide."""
    paints = beast.paints
    beat = 0.35 + 0.65 * abs(cos(2 * pi * t / 0.5))
    for side in (-1.0, 1.0):
        s = side * beat
        low = smooth([(0.0, 0.02), (0.3 * s, 0.08), (0.3 * s, 0.3), (0.1 * s, 0.34)])
        brush.fill([low], paints["trim"])
        top = smooth([(0.0, 0.05), (0.12 * s, -0.26), (0.42 * s, -0.36), (0.48 * s, -0.08),
                      (0.2 * s, 0.1)])  # fmt: skip
        patch = brush.fill([top], paints["top"])
        brush.thin(0.6).inside(patch, [ellipse(0.3 * s, -0.18, 0.09 * beat, 0.09)], paints["trim"])
    brush.fill([tube(points((0.0, -0.2), (0.0, 0.1), (0.0, 0.3)), (0.03, 0.045, 0.02))],
               paints["pupil"])  # fmt: skip
    for side in (-1.0, 1.0):
        feeler = smooth([(0.0, -0.2), (side * 0.06, -0.34), (side * 0.14, -0.4)], closed=False)
        brush.line(np.asarray(feeler), paints["pupil"], 0.8)
