"""What in a drawn shot has a color that words can name: whose it is, what it is, its paints."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from animecolor.training.toon.actor import Actor
from animecolor.training.toon.backdrop import Backdrop
from animecolor.training.toon.scene import Scene

_HATS = {"cap": "cap", "sunhat": "hat", "topper": "hat"}
"""Hats whose largest part is in the paint ``extra``."""
_GROUNDS = {
    "meadow": "grass", "town": "pavement", "sea": "beach", "forest": "ground", "room": "floor",
    "snow": "snow", "reef": "sand",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Part:
    """Something of one color."""

    actor: int
    """Position in ``Scene.actors``; -1 for the backdrop."""
    owner: str
    """Who has it, such as ``girl`` or ``car``; empty for the backdrop's."""
    noun: str
    """What it is, such as ``shirt`` or ``sky``; empty where the owner itself has that color."""
    paints: tuple[int, ...]


def parts(scene: Scene) -> list[Part]:
    """All parts of a shot, whether they are in view or not; no two share a paint."""
    found = [part for number, actor in enumerate(scene.actors) for part in _of_actor(number, actor)]
    return found + list(_of_backdrop(scene.backdrop))


def _of_actor(number: int, actor: Actor) -> Iterator[Part]:
    if actor.prop is not None:
        yield Part(number, actor.prop.name, "", actor.prop.paints[:1])
    person = actor.person
    if person is None:
        return
    paints, outfit = person.paints, person.outfit
    if actor.form in ("fish", "bird", "butterfly"):
        yield Part(number, actor.form, "", (paints["top"],))
        return
    if not person.human:
        yield Part(number, person.kind, "", (paints["skin"], paints["hair"]))
    if actor.form == "beast":
        return
    if person.human:
        yield Part(number, person.kind, "hair", (paints["hair"],))
    overalls = outfit.top == "overalls"
    yield Part(number, person.kind, "shirt" if overalls else outfit.top, (paints["top"],))
    if outfit.top != "dress":
        bottom = "overalls" if overalls else outfit.bottom
        yield Part(number, person.kind, bottom, (paints["bottom"],))
    yield Part(number, person.kind, "shoes", (paints["shoe"],))
    if outfit.hat in _HATS:
        yield Part(number, person.kind, _HATS[outfit.hat], (paints["extra"],))
    elif outfit.scarf:
        yield Part(number, person.kind, "scarf", (paints["extra"],))


def _of_backdrop(drop: Backdrop) -> Iterator[Part]:
    kind, paints = drop.kind, drop.paints
    if kind == "room":
        yield Part(-1, "", "wall", (paints["paper"],))
    else:
        yield Part(-1, "", "water" if kind == "reef" else "sky", (paints["sky"],))
    yield Part(-1, "", _GROUNDS[kind], (paints["ground"],))
    if kind == "sea":
        yield Part(-1, "", "sea", (paints["water"],))
    if kind in ("meadow", "snow"):
        yield Part(-1, "", "hills", (paints["hill"], paints["far"]))
    if kind in ("meadow", "forest", "town"):
        yield Part(-1, "", "trees", (paints["leaf"], paints["leaf2"]))
    if kind in ("town", "meadow", "snow"):
        yield Part(-1, "", "roofs", (paints["roof"],))
