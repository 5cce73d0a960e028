"""Train the infrared models on pairs misregistered on purpose, and score them on true pairs.

    python scripts/misregister.py data/nir/test -o runs/misregistered --steps 1000

Each of configs/train/{snet,scgan,asymgan}.toml is trained anew for each shift, shorter, the same
steps for all, and goes on where it was stopped. DIR gets misregistered.md and .json, and a folder a
run. `asymgan` draws infrared and color each by itself, so that a shift only moves its crops.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

import click

from animecolor.evaluation.infrared import UNITS
from animecolor.training.exhibit import SCORES, Constants, Exhibit
from animecolor.training.loop import train
from animecolor.training.pairs import read_pairs
from animecolor.training.run import prepare, read_config
from animecolor.training.world import World

FILE = click.Path(path_type=Path)
NAMES = ("snet", "scgan", "asymgan")
Scores = Mapping[str, float]


def train_and_score(name: str, shift: float, steps: int, home: Path, exhibit: Exhibit) -> Scores:
    """Train one model on pairs moved by ``shift`` pixels; its scores at the end, averaged net."""
    changes = {
        "folder": str(home / f"{name}-{shift:g}"),
        "recipe.look.shift": shift,
        "schedule.steps": steps,
        "schedule.cooldown": steps // 3,
        "schedule.validate_every": steps,
        "schedule.sheet_every": steps,
    }
    config = read_config(Path("configs/train") / f"{name}.toml", changes)
    recipe = prepare(config, World())

    def keep(progress: object) -> None:
        """The last weights are scored, not the best: choosing would need registered pairs."""

    train(recipe, config.schedule, config.folder, World(), keep)
    return exhibit.score(recipe.painting())


@click.command()
@click.argument("pairs", type=FILE)
@click.option("-o", "--output", type=FILE, required=True)
@click.option("--constants", type=FILE, default=Path("data/nir/train"))
@click.option("--cache", type=FILE, default=Path("runs/cache"))
@click.option("--steps", type=int, default=1000)
@click.option("--shift", "shifts", type=float, multiple=True, default=(0, 2, 4, 8))
def main(
    pairs: Path,
    output: Path,
    constants: Path,
    cache: Path,
    steps: int,
    shifts: tuple[float, ...],
) -> None:
    """Fill the table of models and shifts; PAIRS are what is scored."""
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    known = Constants.fit(read_pairs(constants, cache))
    exhibit = Exhibit(read_pairs(pairs, cache), known)
    table: dict[str, dict[str, Scores]] = {}
    for shift in shifts:
        for name in NAMES:
            scores = train_and_score(name, shift, steps, output, exhibit)
            table.setdefault(name, {})[f"{shift:g}"] = {what: scores[what] for what in SCORES}
            table["constants"] = {n: v for n, v in scores.items() if n not in SCORES}
            write(output, table, shifts)


def write(output: Path, table: dict[str, dict[str, Scores]], shifts: tuple[float, ...]) -> None:
    """Write what is known so far."""
    (output / "misregistered.json").write_text(json.dumps(table, indent=1), "utf-8")
    lines = ["| model | score | " + " | ".join(f"{shift:g} px" for shift in shifts) + " |"]
    lines.append("|---|---|" + "---|" * len(shifts))
    for name in (name for name in NAMES if name in table):
        for what, (title, unit) in UNITS.items():
            found = [table[name].get(f"{shift:g}") for shift in shifts]
            cells = ["" if row is None else f"{row[what]:.3f}" for row in found]
            lines.append(f"| {name} | {title} {unit} | " + " | ".join(cells) + " |")
    (output / "misregistered.md").write_text("\n".join(lines) + "\n", "utf-8")


if __name__ == "__main__":
    main()
