"""Write docs/infrared.md from the reports of the near-infrared models.

    python scripts/make_infrared_page.py --reports runs/eval --runs runs

What is not there yet is left out: each model's report is REPORTS/NAME/report.json (``animecolor
eval``), a run's curve RUNS/NAME/validation.csv, the shifts RUNS/misregistered/misregistered.json.
No picture of the data is shown: its terms forbid that.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from animecolor.evaluation.infrared import PROTOCOL, UNITS

FILE = click.Path(path_type=Path)
PAGE = Path("docs/infrared.md")
NAMES = ("snet", "snet-edge", "snet-refiner", "scgan", "asymgan")
GROUPS = ("all", "epfl_urban", "epfl_oldbuilding")
PUBLISHED = {
    "conditional GAN": (5.77, 0.84, 5.96, 0.86),
    "stacked conditional GAN (scgan)": (5.04, 0.90, 4.78, 0.91),
    "UNIT": (16.02, 0.52, 14.65, 0.52),
    "CycleGAN": (8.41, 0.81, 8.15, 0.83),
    "asymmetric CycleGAN (asymgan)": (5.05, 0.90, 5.30, 0.89),
}
"""AE and SSIM on urban, AE and SSIM on old building, as the survey prints them."""
HEAD = """# Near infrared: `snet`, `scgan`, `asymgan`

`animecolor run CLIP --mode nir --model snet` colors a near-infrared clip or a folder of pictures of
one channel, 8 or 16 bits. The weights that ship are for research and education only, as are the
pictures that they learned from, which are never shown here. Train your own on a folder of
`NAME_nir.png` beside `NAME_rgb.png`:

    animecolor train configs/train/snet.toml
    animecolor eval snet data/nir/test --constants data/nir/train -o runs/eval/snet

Pairs are split by scene, never by patch. Eight training pictures are left out because they show
parts of photographs that held-out pictures show other parts of, which matching of features found.
"""
MEANING = """The constant answers know the training pairs: *copy* is the infrared as grey, *mean*
the mean color, *table* the mean color of each infrared level. AE hardly tells models apart: plain
grey is five or six degrees from the truth, and a color dared wrongly scores worse than none.
"""
APART = """These do not compare with ours line by line. They are of the same two classes, but which
pictures were held out, at what size, how black pixels count in AE (each scores 90 degrees unless it
is masked, as it is in ours), over what range SSIM was taken and how long the networks trained are
not known. Ours trained for about an hour on two shared CPU cores; their cards say how long.
"""


def table(heads: Sequence[str], rows: Iterator[Sequence[str]]) -> Iterator[str]:
    """A Markdown table."""
    yield "| " + " | ".join(heads) + " |"
    yield "|---" * len(heads) + "|"
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def scores(reports: dict[str, Any]) -> Iterator[str]:
    """Ours: a row an answer, three scores a group."""
    names = [f"{group.removeprefix('epfl_')} {t}" for group in GROUPS for t, _ in UNITS.values()]

    def cells(found: dict[str, Any], answer: str) -> list[str]:
        groups = {"all": found["all"], **found["groups"]}
        rows = [groups[group][answer] for group in GROUPS]
        return [f"{row[what]:.2f}" for row in rows for what in UNITS]

    def rows() -> Iterator[Sequence[str]]:
        for name, found in reports.items():
            yield (f"`{name}`", *cells(found, "painted"))
        for answer in ("copy", "mean", "table"):
            yield (answer, *cells(next(iter(reports.values())), answer))

    yield from table(["", *names], rows())


def curves(runs: dict[str, list[dict[str, str]]]) -> Iterator[str]:
    """Validation PSNR by step."""
    steps = sorted({int(row["step"]) for rows in runs.values() for row in rows})
    known = {name: {int(r["step"]): r["psnr"] for r in rows} for name, rows in runs.items()}

    def rows() -> Iterator[Sequence[str]]:
        for step in steps:
            found = (known[name].get(step) for name in runs)
            yield (str(step), *("" if v is None else f"{float(v):.2f}" for v in found))

    yield from table(["step", *runs], rows())


def shifts(found: dict[str, Any]) -> Iterator[str]:
    """Scores by misregistration of the training pairs."""
    models = {name: row for name, row in found.items() if name != "constants"}
    pixels = list(next(iter(models.values())))

    def rows() -> Iterator[Sequence[str]]:
        for name, row in models.items():
            for what, (title, unit) in UNITS.items():
                figures = (f"{row[p][what]:.3f}" if p in row else "" for p in pixels)
                yield (f"`{name}`", f"{title} {unit}".strip(), *figures)

    yield from table(["", "score", *(f"{p} px" for p in pixels)], rows())


def published() -> Iterator[str]:
    """The survey's table."""
    rows = ((name, *(f"{value:.2f}" for value in row)) for name, row in PUBLISHED.items())
    heads = ["", "AE urban", "SSIM urban", "AE old building", "SSIM old building"]
    yield from table(heads, iter(rows))


def page(reports: Path, runs: Path) -> Iterator[str]:
    """The page, paragraph by paragraph."""
    yield HEAD
    known = {n: reports / n / "report.json" for n in NAMES}
    found = {n: json.loads(path.read_text("utf-8")) for n, path in known.items() if path.is_file()}
    if found:
        count = len(next(iter(found.values()))["pairs"])
        yield f"## Scores on {count} pairs never seen\n\nProtocol: {PROTOCOL}.\n"
        yield "\n".join(scores(found)) + "\n"
        yield MEANING
    yield "## What the survey prints\n"
    yield "\n".join(published()) + "\n"
    yield APART
    moved = runs / "misregistered" / "misregistered.json"
    if moved.is_file():
        yield (
            "## Trained on pairs moved against each other on purpose\n\n"
            "Scored on true pairs; `scripts/misregister.py` fills the table. Each pair's color is "
            "moved that far, in a direction of its own.\n"
        )
        yield "\n".join(shifts(json.loads(moved.read_text("utf-8")))) + "\n"
    tables = {n: runs / n / "validation.csv" for n in NAMES}
    logged = {n: list(csv.DictReader(p.open())) for n, p in tables.items() if p.is_file()}
    if logged:
        yield "## Validation PSNR in dB while they were trained, 28 pairs\n"
        yield "\n".join(curves(logged)) + "\n"


@click.command()
@click.option("--reports", type=FILE, default=Path("runs/eval"))
@click.option("--runs", type=FILE, default=Path("runs"))
@click.option("-o", "--output", type=FILE, default=PAGE)
def main(reports: Path, runs: Path, output: Path) -> None:
    """Write the page."""
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text("\n".join(page(reports, runs)), "utf-8")


if __name__ == "__main__":
    main()
