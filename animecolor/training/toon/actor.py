"""Whoever and whatever moves in front of a backdrop."""

from __future__ import annotations

from dataclasses import dataclass
from math import pi, sin

from animecolor.training.toon.animals import (
    draw_bird,
    draw_butterfly,
    draw_fish,
    draw_quadruped,
)
from animecolor.training.toon.camera import Stage
from animecolor.training.toon.design import Person
from animecolor.training.toon.figure import draw_person
from animecolor.training.toon.geometry import ellipse, stretch
from animecolor.training.toon.pose import pose
from animecolor.training.toon.props import THINGS, Paints
from animecolor.training.toon.sheet import Brush

_OFF_STAGE = 1.5
"""Distance from the camera at which nothing is seen any more, in scene units."""


@dataclass(frozen=True, slots=True)
class Prop:
    """A thing and its four paints."""

    name: str
    paints: Paints
    word: str


@dataclass(frozen=True, slots=True)
class Actor:
    """Something that moves in front of the backdrop."""

    person: Person | None
    prop: Prop | None
    form: str
    """``figure``, ``beast``, ``bird``, ``fish``, ``butterfly`` or ``thing``."""
    action: str
    height: float
    """In scene units."""
    x: float
    y: float
    """Where it stands at the start; nearer is lower."""
    speed: float
    """Scene units a second to the right."""
    facing: float
    """+1 looks right, -1 left."""
    view: float
    """0 from the front, pi/2 from the side."""
    hold: int
    """Frames a drawing stays up."""
    delay_s: float

    def draw(self, stage: Stage, t: float) -> None:
        """Draw at ``t`` seconds, which the caller has rounded down to this actor's exposure."""
        x = self.x + self.speed * t
        if self.speed:
            # Whoever leaves comes back in from the other side, so that long clips stay alive.
            x = (x - stage.view.x + _OFF_STAGE) % (2 * _OFF_STAGE) - _OFF_STAGE + stage.view.x
        y = self.y
        if self.form in ("bird", "butterfly", "fish"):
            y += 0.04 * sin(2 * pi * (t + self.delay_s) / 1.6)
        at = stretch(self.facing * self.height, self.height, x, y)
        factor = 0.8 + 0.35 * min(1.0, self.height)
        brush = stage.brush(1.0, factor).at(at)
        clock = t + self.delay_s
        if self.person is None:
            if self.prop is not None:
                brush.cast(ellipse(0.0, 0.0, 0.5, 0.05))
                THINGS[self.prop.name].draw(brush, self.prop.paints, t)
        elif self.form == "figure":
            self._draw_figure(brush, self.person, clock)
        elif self.form == "beast":
            brush.cast(ellipse(0.0, 0.0, 0.55, 0.05))
            draw_quadruped(brush, self.person, clock, min(1.0, abs(self.speed) * 20))
        else:
            _FLYERS[self.form](brush, self.person, clock)

    def _draw_figure(self, brush: Brush, person: Person, clock: float) -> None:
        drawn = pose(self.action, clock, self.prop is not None)
        lift = max(0.0, drawn.rise) * person.build.leg
        brush.cast(ellipse(0.02, 0.0, 0.2 - 0.1 * lift, 0.022))
        hand = draw_person(brush, person, drawn, self.view, clock)
        if self.prop is not None:
            thing = THINGS[self.prop.name]
            grip = stretch(thing.size, thing.size, *hand)
            thing.draw(brush.at(grip), self.prop.paints, clock)


_FLYERS = {"bird": draw_bird, "fish": draw_fish, "butterfly": draw_butterfly}
