"""``animecolor models``: which networks there are, and whether their weights are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from animecolor.cli.messages import reporting
from animecolor.errors import MissingPiece

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from animecolor.models.card import ModelCard, Score
    from animecolor.models.registry import ModelSpec


@click.group()
def models() -> None:
    """List the networks, show a card, verify weights."""


@models.command("list")
@reporting
def list_models() -> None:
    """List the networks that `run --model` knows: size, license and first score of each."""
    import shutil

    from animecolor.models.registry import MODELS

    width = min(shutil.get_terminal_size().columns, 100)
    for spec in MODELS.values():
        card = spec.card
        megabytes = spec.weights.stat().st_size / 1e6 if spec.weights.is_file() else 0.0
        click.echo(
            f"{spec.name:14} reads {'+'.join(card.reads):10} {card.parameters / 1e6:4.1f} M "
            f"parameters {megabytes:5.1f} MB  {card.license}"
        )
        for line in (card.summary, *map(_told, card.scores[:1])):
            click.echo(click.wrap_text(line, width, "  ", "    "))


@models.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="Print the card as JSON.")
@reporting
def show(name: str, as_json: bool) -> None:
    """Show the card of model NAME: data, licence, scores, known failures."""
    from animecolor.models.registry import find

    card = find(name).card
    click.echo(card.model_dump_json(indent=2) if as_json else "\n".join(_lines(card)))


@models.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@reporting
def verify(names: tuple[str, ...]) -> None:
    """Check that weights are here and are those their card names (SHA-256)."""
    from animecolor.models.registry import MODELS, find

    bad = []
    for spec in [find(name) for name in names] or MODELS.values():
        fault = fault_of(spec)
        click.echo(f"{spec.name:16} {fault or 'ok'}")
        bad += [spec.name] if fault else []
    if bad:
        raise MissingPiece(f"weights are missing or damaged: {', '.join(bad)}")


def fault_of(spec: ModelSpec) -> str | None:
    """What is wrong with a model's own weights; None when they are whole."""
    from animecolor.models.weights import sha256

    if not spec.weights.is_file():
        return f"missing: {spec.weights}"
    found, wanted = sha256(spec.weights), spec.card.weights_sha256
    return None if found == wanted else f"SHA-256 is {found}, not {wanted}"


def _lines(card: ModelCard) -> Iterator[str]:
    yield f"{card.name}: {card.summary}"
    yield ""
    yield f"reads       {', '.join(card.reads)}"
    yield f"parameters  {card.parameters:,}"
    yield f"paper       {card.paper}"
    yield f"licence     {card.license}"
    if card.notice:
        yield f"notice      {card.notice}"
    yield f"recipe      {card.recipe}"
    yield f"sha256      {card.weights_sha256}"
    sources = (f"{s.name}: {s.clips} {s.of}, {s.license}" for s in card.sources)
    yield from _section("trained on", sources)
    yield from _section("fails at", card.failures)
    scores = []
    for score in card.scores:
        scores += [_told(score), f"  {score.command}"]
    yield from _section("scores", scores)


def _told(score: Score) -> str:
    beside = ", ".join(f"{name} {value:g}" for name, value in score.baselines.items())
    return f"{score.what}: {score.value:g} {score.unit} (beside: {beside})"


def _section(title: str, lines: Iterable[str]) -> Iterator[str]:
    yield ""
    yield title
    yield from (f"  {line}" for line in lines)
