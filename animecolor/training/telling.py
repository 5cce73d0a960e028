"""Sentences about what is in a picture and in which colors, each said in many ways.

The grammar is a table of phrases; a caption is some of them, in any order, joined.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

SAID: dict[str, tuple[str, ...]] = {
    "red": ("red", "red", "scarlet", "crimson"),
    "orange": ("orange",),
    "yellow": ("yellow", "yellow", "golden"),
    "green": ("green",),
    "teal": ("teal", "turquoise"),
    "blue": ("blue",),
    "navy": ("navy", "dark blue", "navy blue"),
    "purple": ("purple", "violet"),
    "pink": ("pink",),
    "brown": ("brown",),
    "white": ("white",),
    "gray": ("gray", "grey"),
    "black": ("black",),
    "mint": ("mint", "light green", "pale green"),
    "cream": ("cream", "beige"),
}
"""What people say for a color word of ``toon.tints``."""

_OWNED = (
    "{a} {owner} with {c} {noun}", "the {owner}'s {noun} {is} {c}", "the {c} {noun} of the {owner}",
    "{a} {owner} whose {noun} {is} {c}", "{a} {owner} has {c} {noun}",
)  # fmt: skip
_HAIR = ("{a} {c}-haired {owner}", "{a} {owner} with {c} hair", "the {owner} has {c} hair")
_WORN = (
    "{a} {owner} in {a c} {noun}", "{a} {owner} wearing {a c} {noun}",
    "the {owner}'s {noun} {is} {c}",
    "the {owner} wears {a c} {noun}", "{a} {owner} dressed in {a c} {noun}",
    "the {owner} in the {c} {noun}",
)  # fmt: skip
_WHOLE = (
    "{a c} {owner}", "the {owner} is {c}", "the {c} {owner}", "there is {a c} {owner}",
    "{a} {owner} that is {c}",
)  # fmt: skip
_SKY = ("under {a c} sky", "the sky is {c}", "{c} sky", "beneath the {c} sky", "{a c} sky above")
_FLOOR = ("on {c} {noun}", "the {noun} {is} {c}", "{c} {noun}", "standing on {c} {noun}")
_BEHIND = (
    "in front of {c} {noun}", "the {noun} behind {is} {c}", "{c} {noun}", "{c} {noun} in the back",
    "the {noun} {is} {c}",
)  # fmt: skip
_PLAIN = ("the {c} {noun}", "{c} {noun}", "the {noun} {is} {c}", "make the {noun} {c}")
_BESIDE = {
    "left": ("to the left of", "left of", "next to", "beside"),
    "right": ("to the right of", "right of", "next to", "beside"),
}
_PLURAL = ("trousers", "shorts", "shoes", "overalls", "hills", "trees", "roofs")
_MASS = ("hair", "grass", "pavement", "ground", "snow", "sand", "water")
_JOINTS = (", ", " and ", "; ", " , and ", ". ")


@dataclass(frozen=True, slots=True)
class Said:
    """One colored thing in view, ready to be named."""

    owner: str
    noun: str
    """As in ``toon.parts.Part``."""
    word: str
    """A key of ``SAID``."""
    middle: float
    """Where it is, 0 at the left edge and 1 at the right."""


def tell(named: Sequence[Said], things: Sequence[Said], chance: np.random.Generator) -> str:
    """A caption that names some things with their color words.

    Args:
        named: what to name, in any order.
        things: all that is in view: where two owners of a kind are, they are told apart by their
            side; of more, only the outermost can be named, and others are left out.
        chance: draws order, phrases and synonyms.
    """
    told = [thing for thing in named if is_told_apart(thing, things)]
    caption = ""
    for number, place in enumerate(chance.permutation(len(told))):
        joint = _pick(_JOINTS, chance) if number else ""
        caption += joint + phrase(told[place], things, chance)
    return caption


def is_told_apart(thing: Said, things: Sequence[Said]) -> bool:
    """Whether words can say which of the things is meant."""
    return not thing.owner or _side(thing, things) is not None


def phrase(thing: Said, things: Sequence[Said], chance: np.random.Generator) -> str:
    """Name one thing, and sometimes what it is beside."""
    plural = thing.noun in _PLURAL
    word = _pick(SAID[thing.word], chance)
    text = _pick(_ways(thing), chance).format_map(
        {
            "owner": thing.owner,
            "noun": thing.noun,
            "c": word,
            "a c": word if plural or thing.noun in _MASS else _a(word),
            "a": _a(thing.owner).split(" ")[0] if thing.owner else "a",
            "is": "are" if plural else "is",
        }
    )
    if not thing.owner:
        return text
    side = _side(thing, things)
    if side:
        return f"{text} on the {side}"
    others = [other for other in things if other.owner not in ("", thing.owner)]
    if others and chance.random() < 0.15:
        other = others[int(chance.integers(len(others)))]
        side = "left" if thing.middle < other.middle else "right"
        return f"{text} {_pick(_BESIDE[side], chance)} the {other.owner}"
    return text


def _side(thing: Said, things: Sequence[Said]) -> str | None:
    """Empty where it is the only one of its kind; None where no side tells it from its like."""
    twins = [t.middle for t in things if (t.owner, t.noun) == (thing.owner, thing.noun)]
    if len(twins) == 1:
        return ""
    if thing.middle == min(twins):
        return "left"
    return "right" if thing.middle == max(twins) else None


def vocabulary() -> list[str]:
    """Every word of the grammar's tables, sorted; owners and nouns are the caller's."""
    tables = (_OWNED, _HAIR, _WORN, _WHOLE, _SKY, _FLOOR, _BEHIND, _PLAIN, *_BESIDE.values())
    texts = [text for table in tables for text in table]
    texts += [text for said in SAID.values() for text in said]
    texts += ["on the left", "on the right", "and", "an", "is", "are", "s"]
    return sorted({word for text in texts for word in _bare(text)})


def _ways(thing: Said) -> tuple[str, ...]:
    if thing.owner:
        if not thing.noun:
            return _WHOLE
        worn = _HAIR + _OWNED if thing.noun == "hair" else _WORN
        return worn + _PLAIN
    if thing.noun == "sky":
        return _SKY
    behind = thing.noun in ("wall", "hills", "trees", "roofs", "sea", "water")
    return _BEHIND if behind else _FLOOR


def _bare(text: str) -> Iterator[str]:
    for word in text.replace("-", " ").replace("'", " ").split():
        if "{" not in word:
            yield word.strip(",;.")


def _pick(table: Sequence[str], chance: np.random.Generator) -> str:
    return table[int(chance.random() * len(table))]  # as many draws whatever the table


def _a(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"
