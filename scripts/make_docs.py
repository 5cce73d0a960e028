"""Write the README's table of scores from the models' cards.

python scripts/make_docs.py           # rewrite README.md
python scripts/make_docs.py --check   # exit 1 when it is stale
"""

from __future__ import annotations

import sys
from pathlib import Path

import click

from animecolor.models.card import ModelCard, Score
from animecolor.models.registry import MODELS

README = Path(__file__).parent.parent / "README.md"
LEFT_OUT = ("both ends", "plane")
"""Columns for the whole card: a second keyframe `tcvc` does not read, and lines as a picture."""
KEYFRAMED = "own previous"
"""What every row of the table has: other scores are figures of their own."""
BEGIN, END = "<!-- scores -->", "<!-- /scores -->"


def table(card: ModelCard) -> str:
    """A card's scores beside the trivial answers, as Markdown; other figures in a list below.

    A still model remembers nothing, so that all its scores are rows of the table.
    """
    first = card.scores[0]
    tabled = [s for s in card.scores if s.unit == first.unit and KEYFRAMED in s.baselines]
    asked = " from black" if tabled else ""
    tabled = tabled or list(card.scores)
    names = list(dict.fromkeys(n for s in tabled for n in s.baselines if n not in LEFT_OUT))
    heads = ["", f"**{card.name}**{asked}", *names]
    rows = [heads, ["---"] * len(heads)]
    for score in tabled:
        figures = [score.value, *(score.baselines.get(name) for name in names)]
        digits = ".1f" if score.unit == "dB" else ".3g"
        cells = ("" if figure is None else format(figure, digits) for figure in figures)
        rows.append([f"{score.what}, {score.unit}".rstrip(", "), *cells])
    commands = sorted({score.command for score in card.scores})
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines += ["", "Measured by " + ", ".join(f"`{command}`" for command in commands) + "."]
    figures_below = [figure(score) for score in card.scores if score not in tabled]
    return "\n".join([*lines, "", *(f"- {said}" for said in (*figures_below, *card.failures))])


def figure(score: Score) -> str:
    """One score as a sentence."""
    beside = ", ".join(f"{name} {value:g}" for name, value in score.baselines.items())
    return f"{score.what}: {score.value:g} {score.unit}".rstrip() + f" ({beside})."


def main_cards() -> list[ModelCard]:
    """The cards of models that differ in more than their weights."""
    return [spec.card for spec in MODELS.values() if not spec.family]


def fresh(readme: str, cards: list[ModelCard]) -> str:
    """The README with its scores rewritten."""
    before, rest = readme.split(BEGIN)
    _, after = rest.split(END)
    return f"{before}{BEGIN}\n\n" + "\n\n".join(map(table, cards)) + f"\n\n{END}{after}"


@click.command()
@click.option("--check", is_flag=True, help="Write nothing; exit 1 when the README is stale.")
def main(check: bool) -> None:
    """Bring README.md up to date with the cards."""
    old = README.read_text("utf-8")
    new = fresh(old, main_cards())
    if check:
        sys.exit(int(new != old))
    README.write_text(new, "utf-8")


if __name__ == "__main__":
    main()
