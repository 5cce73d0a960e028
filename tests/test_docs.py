"""The README says what the cards say."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from animecolor.models.card import ModelCard
from animecolor.models.registry import MODELS

ROOT = Path(__file__).parent.parent
SPEC = importlib.util.spec_from_file_location("make_docs", ROOT / "scripts" / "make_docs.py")
assert SPEC is not None
assert SPEC.loader is not None
make_docs = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(make_docs)


def test_the_readme_is_made_from_the_cards() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    assert make_docs.fresh(readme, make_docs.main_cards()) == readme


@pytest.mark.parametrize("card", [spec.card for spec in MODELS.values()], ids=lambda c: c.name)
def test_a_changed_score_makes_the_readme_stale(card: ModelCard) -> None:
    score = card.scores[0]
    other = score.model_copy(update={"value": score.value + 1})
    changed = card.model_copy(update={"scores": (other, *card.scores[1:])})
    assert make_docs.table(changed) != make_docs.table(card)


@pytest.mark.parametrize("name", list(MODELS))
def test_a_card_holds_what_a_reader_needs(name: str) -> None:
    card = MODELS[name].card
    assert card.name == name
    assert card.sources
    assert card.failures
    assert all(score.baselines for score in card.scores)
    program, command, model, *options = card.scores[0].command.split()
    assert (program, command, model) == ("animecolor", "eval", name)
    assert (ROOT / options[options.index("--split") + 1]).is_file()
