"""The tables of ``score_qa``: Markdown to standard output."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any

import click

Row = dict[str, Any]


def percent(rows: Iterable[Row], key: str = "found") -> str:
    """Share of the rows that have it."""
    flags = [row[key] for row in rows]
    return f"{100 * sum(flags) / len(flags):.1f}" if flags else "–"


def print_tables(results: list[Row]) -> None:
    """Print what was found, what was found in vain, and a summary."""
    planted = [
        truth | {name: result[name] for name in ("family", "variant", "held_out")}
        for result in results
        for truth in result["truths"]
    ]
    _detection(planted)
    _by_family(planted)
    _false(results)
    for title, held in (("held-out", True), ("tuning", False)):
        mine = [row for row in planted if row["held_out"] is held]
        clean = [result for result in results if result["held_out"] is held]
        frames = sum(result["clean"] for result in clean)
        found = sum(len(result["false"]) for result in clean)
        per = 1000 * found / max(frames, 1)
        click.echo(
            f"\n{title}: {percent(mine)} % of {len(mine)} faults found, "
            f"{percent(mine, 'located')} % located; {found} false findings on {frames} clean "
            f"frames, {per:.2f} per 1,000."
        )


def _detection(planted: list[Row]) -> None:
    click.echo(
        "| fault | strength | n | found % (held-out) | located % | with source | alone | lossless "
        "| lossy | found % (tuning) | n |"
    )
    click.echo("|---" * 11 + "|")
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in planted:
        groups[row["fault"], row["strength"]].append(row)
    for (fault, strength), rows in sorted(groups.items(), key=_order):
        held = [row for row in rows if row["held_out"]]
        tuning = [row for row in rows if not row["held_out"]]
        ways = [
            percent(row for row in held if way in row["variant"].split("-"))
            for way in ("source", "alone", "lossless", "lossy")
        ]
        cells = [fault, strength, len(held), percent(held), percent(held, "located"), *ways]
        cells += [percent(tuning), len(tuning)]
        click.echo("| " + " | ".join(map(str, cells)) + " |")


def _order(item: tuple[tuple[str, str], list[Row]]) -> tuple[str, float]:
    fault, strength = item[0]
    digits = "".join(c for c in strength.split(" px")[0] if c.isdigit() or c == ".")
    return f"{fault}{'busy' in strength}", float(digits or 0)


def _by_family(planted: list[Row]) -> None:
    click.echo(
        "\n| family | n | found % (held-out) | found % (tuning) | n |\n|---|---|---|---|---|"
    )
    for family in sorted({row["family"] for row in planted}):
        rows = [row for row in planted if row["family"] == family]
        held = [row for row in rows if row["held_out"]]
        tuning = [row for row in rows if not row["held_out"]]
        cells = (family, len(held), percent(held), percent(tuning), len(tuning))
        click.echo("| " + " | ".join(map(str, cells)) + " |")


def _false(results: list[Row]) -> None:
    click.echo("\nFalse findings per 1,000 clean frames (held-out / tuning)\n")
    checks = sorted({row["check"] for result in results for row in result["false"]})
    click.echo("| | clean frames | all | " + " | ".join(checks) + " |")
    click.echo("|---" * (len(checks) + 3) + "|")
    lines: list[tuple[str, Callable[[Row], bool]]] = [("all", lambda _: True)]
    for family in sorted({result["family"] for result in results}):
        lines.append((family, lambda row, family=family: row["family"] == family))  # type: ignore[misc]
    for way in ("source", "alone", "lossless", "lossy"):
        lines.append((way, lambda row, way=way: way in row["variant"].split("-")))  # type: ignore[misc]
    lines.append(("clips with no fault", lambda row: not row["plan"]))
    for title, wanted in lines:
        cells, frames = [], []
        for held in (True, False):
            mine = [row for row in results if wanted(row) and row["held_out"] is held]
            count = sum(row["clean"] for row in mine)
            seen = Counter(false["check"] for row in mine for false in row["false"])
            frames.append(str(count))
            cells.append([seen.total(), *(seen[check] for check in checks)])
            cells[-1] = [1000 * number / max(count, 1) for number in cells[-1]]
        both = [f"{one:.2f} / {other:.2f}" for one, other in zip(*cells, strict=True)]
        click.echo(f"| {title} | {' / '.join(frames)} | " + " | ".join(both) + " |")
