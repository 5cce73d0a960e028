"""Put what `animecolor eval` measured into a model's card.

    python scripts/make_card.py tcvc runs/eval/report.json

Scores and the hash of the weights are rewritten; everything else of the card is a person's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from animecolor.models.registry import find
from animecolor.models.weights import sha256


def scores(report: dict[str, Any]) -> Iterator[str]:
    """The report's scores as the card's tables."""
    for row in report["scores"]:
        known = {name: value for name, value in row["baselines"].items() if value is not None}
        digits = 2 if row["unit"] == "dB" else 3
        beside = ", ".join(f"{json.dumps(n)} = {value:.{digits}f}" for n, value in known.items())
        yield "\n".join(
            (
                "[[scores]]",
                f"what = {json.dumps(row['what'])}",
                f"value = {row['value']:.{digits}f}",
                f"unit = {json.dumps(row['unit'])}",
                f"command = {json.dumps(row['command'])}",
                f"baselines = {{ {beside} }}",
            )
        )


@click.command()
@click.argument("model")
@click.argument("report", type=click.Path(path_type=Path, exists=True))
def main(model: str, report: Path) -> None:
    """Rewrite the scores in the card of MODEL from REPORT."""
    spec = find(model)
    found = json.loads(report.read_text("utf-8"))
    digest = sha256(spec.weights)
    if found["weights_sha256"] != digest:
        raise click.ClickException(f"{report} is about other weights than {spec.weights}")
    card = spec.card_path
    kept = card.read_text("utf-8").split("[[scores]]")[0].rstrip()
    kept = re.sub(r'(?m)^weights_sha256 = ".*"$', f'weights_sha256 = "{digest}"', kept)
    card.write_text("\n\n".join((kept, *scores(found))) + "\n", "utf-8")


if __name__ == "__main__":
    main()
