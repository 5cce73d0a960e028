"""A two-legged figure: limbs, clothes and head, drawn back to front.

Unit: the figure's height; feet stand on y = 0 and the figure looks towards +x.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, sin

import numpy as np

from animecolor.training.toon.clothes import buttons, neckwear, pattern, skirt
from animecolor.training.toon.design import Person
from animecolor.training.toon.geometry import (
    Point,
    Points,
    apply,
    bend,
    bone,
    compose,
    ellipse,
    knee,
    place,
    points,
    smooth,
    tube,
)
from animecolor.training.toon.hair import draw_back, draw_front, draw_hat
from animecolor.training.toon.head import Turn, blinking, draw_head
from animecolor.training.toon.pose import Pose
from animecolor.training.toon.sheet import EMPTY, Brush, Patch, Shape


@dataclass(frozen=True, slots=True)
class Stance:
    """Joints of one drawing."""

    hip: Point
    lean: float
    view: float
    """0 seen from the front, pi/2 from the side."""

    def body(self) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
        """Map from the torso's frame (hip at the origin) to the figure's."""
        return place(*self.hip, 1.0, self.lean)


def draw_person(brush: Brush, person: Person, pose: Pose, view: float, t: float) -> Point:
    """Draw one pose at ``t`` seconds and say where its far hand is."""
    build = person.build
    stance = Stance((0.0, -build.leg * (1 + pose.rise)), pose.lean, view)
    turn = Turn(
        yaw=max(-0.95, min(0.95, view * 0.75 + pose.yaw)),
        nod=pose.nod,
        mouth=pose.mouth,
        open_eyes=blinking(t, person.face.blink),
        width=build.head_width / 2,
    )
    neck = apply(stance.body(), points((0.0, -build.torso)))[0]
    head = compose(
        place(neck[0] + 0.02 * sin(view), neck[1], build.head, pose.lean * 0.4 + pose.tilt),
        place(0.0, -0.43),
    )
    crown = brush.at(head)
    draw_back(crown, person, turn, pose.sway)
    if not person.human:
        _tail(brush, person, stance, pose)
    hand = _arm(brush, person, pose, stance, None)
    _legs(brush, person, pose, stance)
    trunk = _body(brush, person, pose, stance)
    draw_head(crown, person, turn)
    draw_front(crown, person, turn)
    draw_hat(crown, person, turn)
    _arm(brush, person, pose, stance, trunk)
    return hand


def _squeeze(view: float) -> float:
    return 0.74 + 0.26 * cos(view)


def _arm(brush: Brush, person: Person, pose: Pose, stance: Stance, trunk: Patch | None) -> Point:
    """Draw the near arm over a trunk, or without one the far arm, and say where the hand is."""
    near = trunk is not None
    build, outfit, paints = person.build, person.outfit, person.paints
    side = -1.0 if near else 1.0
    swing, elbow = pose.near_arm if near else pose.far_arm
    r = build.limb
    across = side * (build.shoulder - r * 0.7) * (0.25 + 0.75 * cos(stance.view))
    root = apply(stance.body(), points((across, -build.torso * 0.93 + r)))[0]
    shoulder = (float(root[0]), float(root[1]))
    reach = build.torso * 0.40 + build.leg * 0.10
    joint = bone(shoulder, swing - stance.lean, reach)
    hand = bone(joint, swing + elbow - stance.lean, reach * 0.95)
    spine = bend(shoulder, joint, hand)
    spread = pose.open_hand and (abs(swing) > 1.0 or abs(elbow) > 0.9)
    _hand(brush, person, spine, spread, swing)
    radii = (r, r * 0.95, r * 0.8, r * 0.72)
    skin = tube(spine, radii)
    if outfit.sleeve < 1.0:
        brush.shadow(brush.fill([_open(skin)], paints["skin"]), r * 0.6)
    count = max(5, round(15 * outfit.sleeve)) if outfit.sleeve < 1.0 else 14
    loose = 1.3 if outfit.sleeve < 1.0 else 1.12
    ends = [q * loose for q in (r, r * 0.98, r * 0.95, r * 0.9)]
    sleeve = tube(spine[:count], ends)
    paint = paints[_sleeve_paint(person)]
    ball = ellipse(*shoulder, r * loose * 1.04, r * loose * 1.04)
    brush.rim(ball, trunk or EMPTY, paint)
    patch = brush.fill([_open(sleeve), Shape(ball, ())], paint)
    pattern(brush, patch, person, spine[:count])
    brush.shadow(patch, r * 0.7)
    if outfit.sleeve >= 1.0:
        cuff = tube(spine[12:14], (r * 1.05, r * 1.05))
        brush.thin(0.7).inside(patch, [cuff], paints["trim"])
    return hand


def _sleeve_paint(person: Person) -> str:
    return "trim" if person.outfit.top == "overalls" else "top"


def _open(area: Points) -> Shape:
    """A limb inked along its sides and end only, so that it grows out of the body."""
    return Shape(area, (area,))


def _hand(brush: Brush, person: Person, spine: Points, spread: bool, swing: float) -> None:
    r = person.build.limb * (1.15 if person.build.head > 0.28 else 1.0)
    end, ahead = spine[-1], spine[-1] - spine[-3]
    heading = float(np.arctan2(ahead[1], ahead[0]))
    hand = brush.at(place(end[0], end[1], r, heading))
    palm = ellipse(0.5, 0.0, 1.05, 0.95)
    thumb_side = -1.0 if swing < 1.2 else 1.0
    if spread:
        fingers = [
            tube(
                points((0.6, 0.0), (1.3 * cos(a) + 0.4, 1.3 * sin(a)),
                       (2.0 * cos(a) + 0.4, 2.0 * sin(a))),
                (0.42, 0.38, 0.34),
            )
            for a in (-0.42, 0.0, 0.42, thumb_side * 1.25)
        ]  # fmt: skip
        brush.shadow(hand.fill([palm, *fingers], person.paints["skin"]), r * 0.4)
        return
    thumb = tube(points((0.1, thumb_side * 0.5), (0.8, thumb_side * 0.95),
                        (1.25, thumb_side * 0.8)), (0.4, 0.4, 0.32))  # fmt: skip
    patch = hand.fill([palm, thumb], person.paints["skin"])
    hand.mark(patch, points((0.9, -thumb_side * 0.1), (1.5, 0.0)), person.paints["skin"], 0.6)
    brush.shadow(patch, r * 0.4)


def _legs(brush: Brush, person: Person, pose: Pose, stance: Stance) -> None:
    for near in (False, True):
        _leg(brush, person, pose, stance, near)


def _leg(brush: Brush, person: Person, pose: Pose, stance: Stance, near: bool) -> None:
    build, paints = person.build, person.paints
    r = build.limb * 1.25
    side = -1.0 if near else 1.0
    hip = (stance.hip[0] + side * build.hip * 0.45 * cos(stance.view), stance.hip[1])
    foot, tilt = (pose.near_foot, pose.near_tilt) if near else (pose.far_foot, pose.far_tilt)
    ankle_height = 0.045 + r * 0.2
    target = (
        stance.hip[0] + foot[0] * build.leg + side * 0.01,
        -foot[1] * build.leg - ankle_height,
    )
    long = (build.leg - ankle_height) * 0.503
    joint, ankle = knee(hip, target, long, long * 0.98, 1.0)
    spine = bend(hip, joint, ankle)
    front = cos(stance.view)
    way = -1.0 if near and front > 0.75 else 1.0
    _shoe(brush, person, ankle, tilt * way, way * (0.62 + 0.38 * (1 - front)))
    bare = person.outfit.bottom != "trousers" or person.outfit.top == "dress"
    if bare:
        leg = tube(spine, (r * 0.9, r * 0.85, r * 0.7, r * 0.62))
        brush.shadow(brush.fill([_open(leg)], paints["skin"]), r * 0.5)
        sock = tube(spine[11:], (r * 0.78, r * 0.74))
        brush.fill([sock], paints["sock"])
    if not bare:
        cloth = tube(spine[:14], (r * 1.15, r * 1.05, r * 0.98, r * 1.0))
        brush.shadow(brush.fill([_open(cloth)], paints["bottom"]), r * 0.6)
    elif person.outfit.bottom == "shorts":
        cloth = tube(spine[:7], (r * 1.2, r * 1.25, r * 1.3))
        brush.shadow(brush.fill([_open(cloth)], paints["bottom"]), r * 0.6)


def _shoe(brush: Brush, person: Person, ankle: Point, tilt: float, way: float) -> None:
    size = person.build.limb * 1.25 + 0.012
    shoe = brush.at(place(ankle[0], ankle[1], size, tilt))
    drop = 0.045 / size + 0.25
    area = smooth(
        [
            (-0.85 * way, drop),
            (-0.9 * way, 0.0),
            (-0.7 * way, -0.7),
            (0.62 * way, -0.7),
            (0.95 * way, 0.05),
            (2.0 * way, 0.3 * drop),
            (2.25 * way, drop * 0.95),
            (0.7 * way, drop),
        ]
    )
    patch = shoe.fill([area], person.paints["shoe"])
    sole = points((-2.5, drop - 0.28), (2.6, drop - 0.28), (2.6, drop + 1), (-2.5, drop + 1))
    shoe.thin(0.6).inside(patch, [sole], person.paints["sock"])
    shoe.shadow(patch, 0.35)


def _body(brush: Brush, person: Person, pose: Pose, stance: Stance) -> Patch:
    """Draw neck, trunk and what hangs from it, and say where the upper part landed."""
    build, outfit, paints = person.build, person.outfit, person.paints
    torso = brush.at(stance.body())
    k, r = _squeeze(stance.view), build.limb
    T = build.torso
    neck = tube(points((0.0, -T * 0.9), (0.012, -T - 0.02 - 0.03 * (1 - build.head))), (r, r * 0.9))
    torso.fill([neck], paints["skin"], tone=1)
    shoulder, waist, hip = build.shoulder * k, build.waist * k, build.hip * k
    trunk = smooth(
        [
            (-shoulder * 0.45, -T * 1.0),
            (shoulder * 0.45, -T * 1.0),
            (shoulder, -T * 0.9),
            (shoulder * 0.95, -T * 0.65),
            (waist, -T * 0.32),
            (hip, 0.0),
            (hip * 0.6, r * 0.9),
            (-hip * 0.6, r * 0.9),
            (-hip, 0.0),
            (-waist, -T * 0.32),
            (-shoulder * 0.95, -T * 0.65),
            (-shoulder, -T * 0.9),
        ]
    )
    spine = points((0.0, -T), (0.0, -T * 0.5), (0.0, build.leg * 0.5))
    if outfit.top in ("dress", "coat"):
        drop = build.leg * (0.5 if outfit.top == "dress" else 0.36)
        flare = skirt(person, pose, k, drop)
        patch = torso.fill([trunk, flare], paints["top"])
        pattern(torso, patch, person, spine)
        if outfit.top == "dress":
            belt = points((-1, -T * 0.3), (1, -T * 0.3), (1, -T * 0.2), (-1, -T * 0.2))
            torso.thin(0.6).inside(patch, [belt], paints["trim"])
        torso.shadow(patch, build.waist * 0.42)
        if outfit.top == "coat":
            buttons(torso, patch, person, stance.view, drop)
    else:
        if outfit.bottom == "skirt":
            patch = torso.fill([skirt(person, pose, k, build.leg * 0.42)], paints["bottom"])
            torso.shadow(patch, build.waist * 0.4)
        else:
            pelvis = smooth([(-hip, -T * 0.2), (hip, -T * 0.2), (hip * 1.02, r * 0.4),
                             (hip * 0.6, r * 1.1), (-hip * 0.6, r * 1.1),
                             (-hip * 1.02, r * 0.4)])  # fmt: skip
            strokes = tuple(pelvis[a:b] for a, b in ((7, 16), (28, 41)))
            torso.fill([Shape(pelvis, strokes)], paints["bottom"])
        patch = _shirt(torso, person, trunk, spine)
    neckwear(torso, person, pose, k)
    return patch


def _shirt(torso: Brush, person: Person, trunk: Points, spine: Points) -> Patch:
    build, paints = person.build, person.paints
    T = build.torso
    hem = trunk.copy()
    hem[:, 1] = np.minimum(hem[:, 1], -T * 0.04 if person.outfit.top != "sweater" else T * 0.06)
    patch = torso.fill([hem], paints[_sleeve_paint(person)])
    if person.outfit.top == "overalls":
        w = build.shoulder * 0.62
        bib = points((-w, -T * 0.66), (w, -T * 0.66), (1, -T * 0.2), (1, 1), (-1, 1),
                     (-1, -T * 0.2))  # fmt: skip
        straps = [
            tube(points((s * w * 0.85, -T * 0.6), (s * w * 1.0, -T * 1.1)), (0.016, 0.016))
            for s in (-1, 1)
        ]
        torso.inside(patch, [bib, *straps], paints["bottom"])
    else:
        pattern(torso, patch, person, spine)
        if person.outfit.sleeve < 1.0:
            torso.thin(0.7).inside(
                patch, [ellipse(0.01, -T * 1.02, build.limb * 1.3, T * 0.12)], paints["skin"]
            )
    torso.shadow(patch, build.waist * 0.42)
    return patch


def _tail(brush: Brush, person: Person, stance: Stance, pose: Pose) -> None:
    x, y = stance.hip
    r = person.build.limb
    if person.kind in ("rabbit", "bear"):
        brush.fill([ellipse(x - person.build.hip, y, r * 1.4, r * 1.4)], person.paints["belly"])
        return
    if person.kind in ("pig", "frog"):
        return
    sway = 0.06 * pose.sway
    thick = {"fox": 2.6, "mouse": 0.5}.get(person.kind, 0.9)
    spine = smooth([(x, y), (x - 0.14, y + 0.05), (x - 0.24, y - 0.1 + sway),
                    (x - 0.3 - sway, y - 0.28)], closed=False)  # fmt: skip
    area = tube(spine, (r * 0.6, r * thick, r * thick, r * 0.3 * min(thick, 1.0)))
    brush.shadow(brush.fill([area], person.paints["skin"]), r * 0.6)
