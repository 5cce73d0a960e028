"""Actions: how a two-legged figure stands at a moment.

Angles are radians: an arm or bone that hangs is at 0 and swings forward (towards where the figure
looks) with growing angle. Lengths are shares of the leg's length.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import cos, pi, sin

Arm = tuple[float, float]
"""Swing of the upper arm, and bend of the elbow on top of it."""


@dataclass(frozen=True, slots=True)
class Pose:
    """One drawing of a figure."""

    rise: float = 0.0
    """How far the hip is above standing height."""
    lean: float = 0.0
    near_arm: Arm = (-0.1, 0.15)
    far_arm: Arm = (0.1, 0.15)
    near_foot: tuple[float, float] = (-0.16, 0.0)
    """Foot against the hip: forward, and up from the ground."""
    far_foot: tuple[float, float] = (0.16, 0.0)
    near_tilt: float = 0.0
    far_tilt: float = 0.0
    yaw: float = 0.0
    """Head turn on top of the body's, radians."""
    nod: float = 0.0
    tilt: float = 0.0
    mouth: float = 0.0
    """0 closed, 1 wide open."""
    sway: float = 0.0
    """Lag of hair, skirt and scarf, -1 to 1; negative trails behind."""
    open_hand: bool = False


@dataclass(frozen=True, slots=True)
class Gait:
    """A way of moving along the ground."""

    period_s: float
    stride: float
    """Ground covered while a foot stands, in leg lengths."""
    lift: float
    bounce: float
    lean: float
    swing: float
    elbow: float

    @property
    def speed(self) -> float:
        """Leg lengths a second, so that a standing foot does not slide."""
        return 2 * self.stride / self.period_s


WALK = Gait(1.0, 0.72, 0.16, 0.03, 0.04, 0.55, 0.25)
STROLL = Gait(1.3, 0.6, 0.12, 0.025, 0.0, 0.4, 0.2)
RUN = Gait(0.62, 0.95, 0.42, 0.1, 0.22, 0.95, 1.25)
MARCH = Gait(0.9, 0.62, 0.36, 0.04, -0.03, 0.8, 0.3)
GAITS = {"walk": WALK, "stroll": STROLL, "run": RUN, "march": MARCH}


def go(gait: Gait, t: float) -> Pose:
    """A step of a gait at ``t`` seconds."""
    phase = t / gait.period_s % 1.0
    swing = cos(2 * pi * phase)
    near, near_tilt = _step(gait, phase)
    far, far_tilt = _step(gait, (phase + 0.5) % 1.0)
    return Pose(
        rise=gait.bounce * (-cos(4 * pi * phase)) - 0.05 * gait.stride,
        lean=gait.lean,
        near_arm=(-gait.swing * swing + 0.1, gait.elbow + 0.25 * max(0.0, -swing)),
        far_arm=(gait.swing * swing + 0.1, gait.elbow + 0.25 * max(0.0, swing)),
        near_foot=near,
        far_foot=far,
        near_tilt=near_tilt,
        far_tilt=far_tilt,
        tilt=0.03 * swing,
        nod=0.02 * cos(4 * pi * phase),
        sway=-0.5 - 0.35 * sin(4 * pi * phase),
    )


def _step(gait: Gait, phase: float) -> tuple[tuple[float, float], float]:
    """Foot and its tilt: half the period on the ground, half through the air."""
    half = gait.stride / 2
    if phase < 0.5:
        u = phase / 0.5
        tilt = 0.35 * max(0.0, u - 0.8) / 0.2 - 0.25 * max(0.0, 0.15 - u) / 0.15
        return (half - gait.stride * u, 0.0), tilt
    u = (phase - 0.5) / 0.5
    smooth = u * u * (3 - 2 * u)
    return (-half + gait.stride * smooth, gait.lift * sin(pi * u) ** 0.9), 0.7 * sin(
        pi * min(1.0, u * 1.25)
    ) * (1 - u) - 0.25 * u


def stand(t: float) -> Pose:
    """Breathing in place."""
    breath = sin(2 * pi * t / 2.6)
    return Pose(
        rise=0.012 * breath - 0.01,
        near_arm=(-0.12 + 0.03 * breath, 0.2),
        far_arm=(0.12 - 0.03 * breath, 0.2),
        tilt=0.03 * sin(2 * pi * t / 3.7),
        sway=0.12 * breath,
    )


def wave(t: float) -> Pose:
    """One hand up, waving."""
    beat = sin(2 * pi * t / 0.7)
    base = stand(t)
    return Pose(
        rise=base.rise,
        near_arm=base.near_arm,
        far_arm=(1.75 + 0.08 * beat, 0.85 + 0.4 * beat),
        tilt=0.08 * sin(2 * pi * t / 1.4),
        mouth=0.45,
        sway=0.2 * beat,
        open_hand=True,
    )


def cheer(t: float) -> Pose:
    """Both arms up, bouncing on the toes."""
    beat = abs(sin(pi * t / 0.55))
    return Pose(
        rise=0.08 * beat - 0.02,
        near_arm=(-2.5 - 0.15 * beat, -0.3),
        far_arm=(2.5 + 0.15 * beat, 0.3),
        near_tilt=0.3 * beat,
        far_tilt=0.3 * beat,
        nod=-0.12,
        mouth=0.6 + 0.3 * beat,
        sway=0.4 * (beat - 0.5),
        open_hand=True,
    )


def jump(t: float) -> Pose:
    """Crouch, leap, land, rest: once every 1.5 s."""
    u = t / 1.5 % 1.0
    if u < 0.2:
        crouch = sin(pi * u / 0.2 / 2)
        return Pose(rise=-0.3 * crouch, lean=0.25 * crouch, near_arm=(0.7 * crouch, 0.3),
                    far_arm=(-0.7 * crouch, 0.3), mouth=0.1)  # fmt: skip
    if u < 0.62:
        v = (u - 0.2) / 0.42
        height = 4 * v * (1 - v)
        up = min(1.0, v * 4)
        tuck = 0.22 * height
        return Pose(
            rise=-0.3 * (1 - up) + 0.75 * height,
            near_arm=(0.7 - 3.2 * up + 0.8 * v, -0.3),
            far_arm=(-0.7 + 3.2 * up - 0.8 * v, 0.3),
            near_foot=(-0.22, 0.62 * height + tuck),
            far_foot=(0.14, 0.70 * height + tuck),
            near_tilt=0.7 * height,
            far_tilt=0.5 * height,
            mouth=0.8,
            sway=0.8 * (2 * v - 1),
            open_hand=True,
        )
    v = min(1.0, (u - 0.62) / 0.2)
    crouch = sin(pi * v)
    return Pose(rise=-0.2 * crouch, lean=0.15 * crouch, near_arm=(-0.3 * crouch - 0.1, 0.3),
                far_arm=(0.4 * crouch, 0.3), mouth=0.3)  # fmt: skip


def talk(t: float) -> Pose:
    """Speaking with one hand."""
    beat = sin(2 * pi * t / 1.1)
    base = stand(t)
    loud = max(0.0, sin(2 * pi * t / 0.34) * (0.6 + 0.4 * sin(2 * pi * t / 1.9)))
    return Pose(
        rise=base.rise,
        near_arm=base.near_arm,
        far_arm=(0.75 + 0.15 * beat, 1.05 + 0.3 * beat),
        tilt=0.06 * sin(2 * pi * t / 1.7),
        nod=0.05 * beat,
        mouth=loud,
        open_hand=True,
    )


def look(t: float) -> Pose:
    """Turning the head from side to side."""
    base = stand(t)
    turn = sin(2 * pi * t / 3.2)
    return Pose(
        rise=base.rise,
        near_arm=base.near_arm,
        far_arm=base.far_arm,
        yaw=1.0 * max(-1.0, min(1.0, turn * 1.6)),
        nod=0.04,
        mouth=0.0,
    )


def hold(t: float) -> Pose:
    """Standing with something in the far hand."""
    base = stand(t)
    return Pose(
        rise=base.rise,
        near_arm=base.near_arm,
        far_arm=(0.75 + 0.03 * sin(2 * pi * t / 2.6), 1.0),
        tilt=base.tilt,
        sway=base.sway,
        mouth=0.0,
    )


def dance(t: float) -> Pose:
    """Swinging from side to side."""
    beat = sin(2 * pi * t / 1.0)
    return Pose(
        rise=0.05 * abs(beat) - 0.06,
        lean=0.1 * beat,
        near_arm=(-1.1 + 0.7 * beat, -0.7),
        far_arm=(1.1 + 0.7 * beat, 0.7),
        near_foot=(-0.24, 0.1 * max(0.0, beat)),
        far_foot=(0.24, 0.1 * max(0.0, -beat)),
        tilt=-0.12 * beat,
        mouth=0.4,
        sway=0.7 * beat,
    )


PLACES = {
    "stand": stand,
    "wave": wave,
    "cheer": cheer,
    "jump": jump,
    "talk": talk,
    "look": look,
    "hold": hold,
    "dance": dance,
}


def pose(action: str, t: float, carrying: bool = False) -> Pose:
    """The drawing of an action at ``t`` seconds; whoever carries keeps the far arm still."""
    gait = GAITS.get(action)
    drawn = go(gait, t) if gait is not None else PLACES[action](t)
    return replace(drawn, far_arm=hold(t).far_arm) if carrying else drawn
