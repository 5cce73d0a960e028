"""A shot in words."""

from __future__ import annotations

from animecolor.training.toon.actor import Actor
from animecolor.training.toon.backdrop import Backdrop

_PLACES = {
    "meadow": "in a green meadow", "town": "in a town street", "sea": "by the blue sea",
    "forest": "in a forest", "room": "in a room", "snow": "in the snow", "reef": "under the sea",
}  # fmt: skip
_VERBS = {
    "walk": "walks", "stroll": "strolls", "run": "runs", "march": "marches", "stand": "stands",
    "wave": "waves", "cheer": "cheers", "jump": "jumps", "talk": "talks", "look": "looks around",
    "hold": "stands", "dance": "dances", "swim": "swims", "trot": "trots",
}  # fmt: skip


def describe(hero: Actor, drop: Backdrop) -> str:
    """One plain sentence that names what was drawn with its color words."""
    person = hero.person
    if person is None:
        return f"nobody {_PLACES[drop.kind]}"
    who = f"a {person.kind} with {person.words['hair']} hair" if person.human else (
        f"{_a(person.words['hair'])} {person.kind}")  # fmt: skip
    if hero.form == "fish":
        return f"{_a(person.words['top'])} fish {_VERBS[hero.action]} {_PLACES[drop.kind]}"
    if hero.form == "beast":
        who = f"{_a(person.words['hair'])} {person.kind}"
        return f"{who} {_VERBS[hero.action]} {_PLACES[drop.kind]}"
    clothes = f"{_a(person.words['top'])} {person.outfit.top}"
    if person.outfit.top == "overalls":
        clothes = f"{person.words['bottom']} overalls"
    words = f"{who} in {clothes}"
    carries = f" with {_a(hero.prop.word)} {hero.prop.name}" if hero.prop is not None else ""
    return f"{words} {_VERBS[hero.action]}{carries} {_PLACES[drop.kind]}"


def _a(word: str) -> str:
    """A word with its article."""
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
