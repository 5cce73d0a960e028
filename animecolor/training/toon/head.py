"""A head: its outline, ears, features and expression, turned on a sphere."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, pi, sin

import numpy as np

from animecolor.training.toon.design import Person
from animecolor.training.toon.geometry import (
    Point,
    Points,
    arc,
    ellipse,
    points,
    smooth,
    tube,
)
from animecolor.training.toon.sheet import Brush, Patch


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a head looks and what it does."""

    yaw: float
    nod: float
    mouth: float
    open_eyes: float
    width: float
    """Half the head's width in head heights."""

    def spot(self, lon: float, lat: float) -> tuple[float, float, float]:
        """x, y on the face and the foreshortening of a point of its sphere."""
        face = cos(lon + self.yaw)
        return (
            self.width * sin(lon + self.yaw) * cos(lat),
            -0.5 * sin(lat) + self.nod * 0.5,
            max(face, 0.0),
        )


def blinking(t: float, phase: float) -> float:
    """How open the eyes are at ``t`` seconds: 1, or 0 through a blink."""
    u = (t + phase) % 3.1
    if u < 0.06 or 0.14 < u < 0.2:
        return 0.45
    return 0.0 if u < 0.14 else 1.0


def draw_head(brush: Brush, person: Person, turn: Turn) -> None:
    """Draw the head without its hair; unit: head height, centre at the origin."""
    paints, face = person.paints, person.face
    _far_ears(brush, person, turn)
    patch = brush.fill([outline(turn, face.jaw), *_snout(person, turn)], paints["skin"])
    if not person.human:
        _muzzle(brush, patch, person, turn)
    brush.shadow(patch, 0.10)
    if face.blush:
        for lon in (-0.72, 0.72):
            x, y, seen = turn.spot(lon, -0.34)
            if seen > 0.25:
                cheek = ellipse(x, y, 0.085 * seen**0.5, 0.05)
                brush.thin(0.4).inside(patch, [cheek], paints["blush"], inked=False)
    if face.beard:
        _beard(brush, patch, person, turn)
    _features(brush, patch, person, turn)
    _near_ears(brush, person, turn)


def outline(turn: Turn, jaw: float) -> Points:
    """The head's outline: a round skull and a chin that follows the turn."""
    w = turn.width
    lean = 0.10 * sin(turn.yaw)
    chin = 0.30 - 0.18 * jaw
    side = 0.86 - 0.16 * jaw
    return smooth(
        [
            (0.0, -0.5),
            (w * 0.72, -0.36),
            (w, -0.04),
            (w * side + lean * 0.4, 0.26),
            (w * chin + lean, 0.46),
            (-w * chin + lean, 0.46),
            (-w * side + lean * 0.4, 0.26),
            (-w, -0.04),
            (-w * 0.72, -0.36),
        ]
    )


def _snout(person: Person, turn: Turn) -> list[Points]:
    """What stands out of a turned animal head."""
    if person.human or person.kind == "frog":
        return []
    reach = turn.width * sin(turn.yaw) * 0.95
    return [ellipse(reach, 0.2, 0.25, 0.17)]


def _features(brush: Brush, patch: Patch, person: Person, turn: Turn) -> None:
    face, paints = person.face, person.paints
    for side in (-1.0, 1.0):
        lon = side * face.eye_lon
        x, y, seen = turn.spot(lon, face.eye_lat)
        if seen > 0.22:
            _eye(brush, person, turn, (x, y, seen, side))
            _brow(brush, person, turn, side)
        if face.freckles and seen > 0.4:
            fx, fy, _ = turn.spot(side * 0.5, -0.3)
            for dx, dy in ((-0.03, 0.0), (0.03, 0.005), (0.0, 0.03)):
                dot = ellipse(fx + dx, fy + dy, 0.008, 0.008)
                brush.inside(patch, [dot], paints["nose"], inked=False)
    if person.human:
        _nose(brush, patch, person, turn)
        _mouth(brush, patch, person, turn, -0.62)
    if face.glasses:
        _glasses(brush, person, turn)


def _eye(brush: Brush, person: Person, turn: Turn, at: tuple[float, float, float, float]) -> None:
    x, y, seen, side = at
    face, paints = person.face, person.paints
    half, tall = face.eye_width / 2 * (0.35 + 0.65 * seen), face.eye_height / 2
    if turn.open_eyes < 0.2:
        lid = arc((x, y - tall * 0.1), (half * 1.05, tall * 0.45), 0.1 * pi, 0.9 * pi)
        brush.line(lid, paints["pupil"], 1.2)
        return
    tall *= 0.35 + 0.65 * turn.open_eyes
    if face.eye in ("dot", "oval"):
        fine = brush.thin(0.5)
        patch = fine.fill([ellipse(x, y, half, tall)], paints["pupil"])
        shine = ellipse(x - half * 0.3, y - tall * 0.4, half * 0.32, tall * 0.28)
        fine.inside(patch, [shine], paints["shine"], inked=False)
        return
    white = smooth(
        [
            (x - half, y + tall * 0.05),
            (x - half * 0.6, y - tall * 0.85),
            (x + half * 0.6, y - tall * 0.85),
            (x + half, y + tall * 0.05),
            (x + half * 0.6, y + tall * 0.9),
            (x - half * 0.6, y + tall * 0.9),
        ]
    )
    patch = brush.thin(0.7).fill([white], paints["eyewhite"])
    look = x + half * 0.5 * 0.5 * sin(turn.yaw)
    round_ = 0.72 if face.eye == "anime" else 0.55
    fine = brush.thin(0.5)
    iris = ellipse(look, y + tall * 0.05, half * round_, tall * (round_ + 0.14))
    fine.inside(patch, [iris], paints["iris"])
    pupil = ellipse(look, y, half * round_ * 0.55, tall * round_ * 0.6)
    fine.inside(patch, [pupil], paints["pupil"], inked=False)
    shine = ellipse(look - half * 0.25, y - tall * 0.38, half * 0.24, tall * 0.22)
    fine.inside(patch, [shine], paints["shine"], inked=False)
    lid = arc((x, y + tall * 0.05), (half * 1.06, tall * 0.98), 1.06 * pi, 1.94 * pi)
    brush.line(lid, paints["pupil"], 1.9 if face.eye == "anime" else 1.2)
    if person.kind in ("girl", "woman"):
        tip = x + side * half * 1.05
        lash = points((tip - side * half * 0.25, y - tall * 0.55), (tip, y - tall * 0.55),
                      (tip + side * half * 0.3, y - tall * 0.8))  # fmt: skip
        brush.line(smooth(lash, closed=False), paints["pupil"], 1.1)


def _brow(brush: Brush, person: Person, turn: Turn, side: float) -> None:
    face = person.face
    top = face.eye_lat + face.eye_height * 1.0 + 0.18
    ends = [turn.spot(side * face.eye_lon + d * side, top) for d in (-0.2, 0.02, 0.22)]
    lift = (face.brow * 0.12, -0.02, 0.03)
    brow = [(x, y + up) for (x, y, _), up in zip(ends, lift, strict=True)]
    brush.line(smooth(brow, closed=False), person.paints["hair"], 1.5)


def _nose(brush: Brush, patch: Patch, person: Person, turn: Turn) -> None:
    x, y, seen = turn.spot(0.0, -0.24)
    x += 0.05 * sin(turn.yaw)
    if seen < 0.1:
        return
    s = 0.035
    way = 1.0 if turn.yaw >= 0 else -1.0
    paint = person.paints["skin"]
    kind = person.face.nose
    if kind == "dot":
        brush.mark(patch, points((x - s * 0.3, y), (x + s * 0.3, y + s * 0.1)), paint, 1.2)
    elif kind == "button":
        brush.line(arc((x, y), (s * 1.1, s * 0.9), 0.0, pi), paint, 0.9)
    elif kind == "hook":
        hook = [(x - way * s * 0.2, y - s * 2), (x + way * s, y), (x - way * s * 0.6, y + s * 0.3)]
        brush.line(smooth(hook, closed=False), paint, 0.9)
    else:
        wedge = smooth([(x, y - s * 1.6), (x + way * s * 1.2, y + s * 0.3), (x - s * 0.3, y + s)])
        brush.thin(0.6).inside(patch, [wedge], person.paints["nose"])


def _mouth(brush: Brush, patch: Patch, person: Person, turn: Turn, lat: float) -> None:
    face, paints = person.face, person.paints
    x, y, seen = turn.spot(0.0, lat)
    x += 0.03 * sin(turn.yaw)
    half = face.mouth / 2 * (0.4 + 0.6 * seen)
    if seen < 0.1:
        return
    if turn.mouth < 0.12:
        curve = 0.026 * face.smile
        smile = [(x - half, y - curve), (x, y + curve), (x + half, y - curve * 1.1)]
        brush.line(smooth(smile, closed=False), paints["pupil"], 1.0)
        return
    drop = 0.05 + 0.13 * turn.mouth
    half *= 0.75 + 0.25 * turn.mouth
    lips = smooth(
        [
            (x - half, y - 0.03),
            (x, y - 0.015),
            (x + half, y - 0.03),
            (x + half * 0.62, y + drop * 0.7),
            (x, y + drop),
            (x - half * 0.62, y + drop * 0.7),
        ]
    )
    opened = brush.thin(0.8).fill([lips], paints["mouth"])
    fine = brush.thin(0.45)
    fine.inside(opened, [ellipse(x, y + drop, half * 0.62, drop * 0.5)], paints["tongue"])
    if turn.mouth > 0.4:
        teeth = points((x - half, y - 0.05), (x + half, y - 0.05), (x + half, y + drop * 0.16),
                       (x - half, y + drop * 0.16))  # fmt: skip
        fine.inside(opened, [teeth], paints["shine"])


def _muzzle(brush: Brush, patch: Patch, person: Person, turn: Turn) -> None:
    paints = person.paints
    x, y, _ = turn.spot(0.0, -0.42)
    x += 0.13 * sin(turn.yaw)
    wide = 0.30 if person.kind in ("bear", "dog", "pig") else 0.24
    if person.kind == "frog":
        _mouth(brush, patch, person, turn, -0.45)
        return
    brush.thin(0.6).inside(patch, [ellipse(x, y, wide, 0.2)], paints["belly"])
    nx, ny, _ = turn.spot(0.0, -0.24)
    nx += 0.20 * sin(turn.yaw)
    _mouth(brush, patch, person, turn, -0.58)
    brush.line(points((nx, ny), (nx * 0.8 + x * 0.2, ny + 0.11)), paints["pupil"], 0.8)
    broad = 0.11 if person.kind in ("pig", "dog", "bear") else 0.065
    nose = smooth([(nx - broad, ny - 0.03), (nx, ny - 0.05), (nx + broad, ny - 0.03),
                   (nx, ny + 0.055)])  # fmt: skip
    if person.kind == "pig":
        snout = brush.thin(0.8).fill([ellipse(nx, ny, 0.14, 0.1)], paints["inner"])
        for side in (-1, 1):
            hole = ellipse(nx + side * 0.05, ny, 0.02, 0.035)
            brush.inside(snout, [hole], paints["nose"], inked=False)
    else:
        button = brush.thin(0.7).fill([nose], paints["nose"])
        brush.inside(button, [ellipse(nx - 0.02, ny - 0.03, 0.02, 0.01)], paints["shine"], False)


def _beard(brush: Brush, patch: Patch, person: Person, turn: Turn) -> None:
    paint = person.paints["hair"]
    if person.face.beard == "beard":
        lons = np.linspace(-1.35, 1.35, 7)
        top = [turn.spot(float(lon), -0.15 - 0.72 * cos(lon) ** 2)[:2] for lon in lons]
        low = [(turn.width * 0.9, 0.5), (0.0, 0.62), (-turn.width * 0.9, 0.5)]
        brush.inside(patch, [np.array([*top, *low])], paint)
        return
    x, y, _ = turn.spot(0.0, -0.46)
    half = smooth([(x, y - 0.02), (x + 0.1, y - 0.04), (x + 0.17, y + 0.03), (x + 0.07, y + 0.04),
                   (x, y + 0.02), (x - 0.07, y + 0.04), (x - 0.17, y + 0.03),
                   (x - 0.1, y - 0.04)])  # fmt: skip
    brush.thin(0.7).fill([half], paint)


def _glasses(brush: Brush, person: Person, turn: Turn) -> None:
    paint = person.paints["pupil"]
    inner: list[Point] = []
    for side in (-1.0, 1.0):
        x, y, seen = turn.spot(side * person.face.eye_lon, person.face.eye_lat)
        if seen > 0.22:
            rx = max(person.face.eye_width * 0.85, 0.13) * (0.4 + 0.6 * seen)
            ring = ellipse(x, y, rx, max(person.face.eye_height * 0.72, 0.13))
            brush.line(np.vstack([ring, ring[:2]]), paint, 0.9)
            inner.append((x - side * rx, y))
    if len(inner) == 2:
        brush.line(points(*inner), paint, 0.9)


def _far_ears(brush: Brush, person: Person, turn: Turn) -> None:
    for side in (-1.0, 1.0):
        if person.human:
            x, y, _ = turn.spot(side * 1.5, -0.02)
            if side * turn.yaw >= -0.15 and abs(turn.yaw) < 0.5:
                brush.fill([ellipse(x, y, 0.07, 0.11)], person.paints["skin"])
        else:
            _animal_ear(brush, person, turn, side)


def _near_ears(brush: Brush, person: Person, turn: Turn) -> None:
    if not person.human:
        return
    for side in (-1.0, 1.0):
        x, y, seen = turn.spot(side * 1.5, -0.02)
        if seen > 0.3 or (side * turn.yaw < -0.15 and seen > 0.05):
            ear = brush.fill([ellipse(x, y, 0.075, 0.11)], person.paints["skin"])
            curl = arc((x, y), (0.03, 0.055), 0.7 * pi, 1.8 * pi, 8)
            brush.mark(ear, curl, person.paints["skin"], 0.6)


def _animal_ear(brush: Brush, person: Person, turn: Turn, side: float) -> None:
    paints, kind, w = person.paints, person.kind, turn.width
    swing = -0.12 * sin(turn.yaw)
    x, y = side * w * 0.62 + swing, -0.40
    if kind in ("cat", "fox", "pig"):
        tip = (x + side * 0.12, y - (0.34 if kind != "pig" else 0.18))
        area = smooth([(x - side * 0.2, y), (x - side * 0.06, y - 0.2), tip,
                       (x + side * 0.2, y - 0.02), (x + side * 0.18, y + 0.22),
                       (x, y + 0.2)])  # fmt: skip
        inner = smooth([(x - side * 0.07, y), tip, (x + side * 0.13, y + 0.02), (x, y + 0.1)])
    elif kind == "rabbit":
        x *= 0.62
        lean = side * 0.09
        spine = smooth([(x, y + 0.1), (x + lean * 0.6, y - 0.3), (x + lean * 2, y - 0.62)], False)
        area = tube(spine, (0.09, 0.13, 0.06))
        inner = tube(spine[3:], (0.03, 0.07, 0.02))
    elif kind == "dog":
        x, y = side * w * 0.86 + swing, -0.2
        area = smooth([(x - side * 0.12, y - 0.16), (x + side * 0.12, y - 0.1),
                       (x + side * 0.2, y + 0.3), (x + side * 0.02, y + 0.42),
                       (x - side * 0.1, y)])  # fmt: skip
        inner = ellipse(x + side * 0.08, y + 0.26, 0.0, 0.0)
    elif kind == "frog":
        x, y = side * w * 0.55 + swing, -0.42
        area, inner = ellipse(x, y, 0.2, 0.2), ellipse(x, y, 0.0, 0.0)
    else:
        r = 0.2 if kind == "bear" else 0.3
        x, y = side * w * 0.8 + swing, -0.36
        area, inner = ellipse(x, y, r, r), ellipse(x, y + 0.02, r * 0.58, r * 0.58)
    patch = brush.fill([area], paints["skin"])
    brush.thin(0.6).inside(patch, [inner], paints["inner"])
    brush.shadow(patch, 0.05)
