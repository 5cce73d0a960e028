"""Write docs/models/NAME.md of each still model: its card, training curves, a sheet of pictures.

    python scripts/make_model_pages.py                 # those whose runs are here
    python scripts/make_model_pages.py snet --runs runs

The sheet shows held-out clips that are drawn here, in the public domain or CC-BY: input, truth,
painting. Photographs and near-infrared pairs have terms that forbid showing them.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import click
import cv2
import numpy as np
import torch
from make_docs import table
from numpy.typing import NDArray

from animecolor.evaluation.conditions import frames_of
from animecolor.evaluation.pick import Half, pick
from animecolor.evaluation.showing import show
from animecolor.frame import Hint, Plane, Shot
from animecolor.models.card import ModelCard
from animecolor.models.registry import find, load_model
from animecolor.training.sources import read_clips
from animecolor.training.toon.scene import caption

FILE = click.Path(path_type=Path)
PAGES = Path("docs/models")
RUNS = {
    "koalarization": "koalarization",
    "captioncolor": "captioncolor-film",
    "snet": "snet",
    "scgan": "scgan",
    "asymgan": "asymgan",
}
"""Model -> the run that made its weights."""
VARIANTS = {
    "koalarization": {"without its classifier": "koalarization-alone"},
    "captioncolor": {"concat": "captioncolor-concat", "fcnn": "captioncolor-fcnn"},
    "snet": {"with the edge loss": "snet-edge", "with the refiner": "snet-refiner"},
}
"""Model -> its other configurations and the runs that made their weights."""
SHOWN = ("popeye", "bbb")
SCENES = "toon:1000000-1000003"
SHORT, TALL, QUALITY = 256, 128, 88
PLOT, MARGIN = (360, 200), 44
PUBLISHED = {
    "koalarization": (
        "The paper (2017) has no objective score: of 12 pictures, of which it had chosen its 9, "
        "about 41 people took 45.9 % of the colored ones for real; a reproduction with PyTorch "
        "had 48.5 % from 60 people. It learned from tens of thousands of photographs at 224 x 224, "
        "ours from fewer and smaller. `animecolor eval --study` makes such a page, blind and "
        "shuffled, with its key; nobody was asked yet."
    ),
    "captioncolor": (
        "The survey's table, COCO at 56 x 56 positions, share in percent whose true color bin is "
        "the first or among the first five:\n\n"
        "| | acc@1 | acc@5 |\n|---|---|---|\n| FCNN | 15.4 | 45.8 |\n| CONCAT | 17.9 | 50.3 |\n"
        "| FiLM | 23.7 | 60.5 |\n| *grey everywhere, from the authors' own prior* | 33.1 | |\n"
        "| *the five commonest bins* | | 59.2 |\n\n"
        "The constant answers are ours to add: rebalanced towards rare colors, the networks fall "
        "below plain grey at first place. Ours learned from drawn scenes and few hundred "
        "photographs with captions, not from 66,000, and are scored on those kinds of pictures."
    ),
    "snet": (
        "A notebook of the laboratory prints PSNR 21.87, MSE 0.0096 on road scenes whose split is "
        "not said. Ours learned from 434 other pairs. Beside the survey's infrared table: "
        "[infrared](../infrared.md)."
    ),
    "scgan": "Beside the survey's infrared table: [infrared](../infrared.md).",
    "asymgan": "Beside the survey's infrared table: [infrared](../infrared.md).",
}
CREDIT = (
    "Input, truth, painting. Clips: Popeye the Sailor Meets Sindbad the Sailor (1936, public "
    "domain), Big Buck Bunny (Blender Foundation, CC-BY 3.0), scenes drawn by animecolor."
)


def curve(title: str, points: Sequence[tuple[float, float]], beside: dict[str, float]) -> str:
    """One plot: an SVG group of a curve over training steps, with levels beside it."""
    wide, high = PLOT
    values = [value for _, value in points] + list(beside.values())
    low, top = min(values), max(values)
    top = top if top > low else low + 1
    last = points[-1][0]

    def at(step: float, value: float) -> str:
        x = MARGIN + step / last * (wide - 2 * MARGIN)
        y = high - MARGIN + (low - value) / (top - low) * (high - 2 * MARGIN)
        return f"{x:.1f},{y:.1f}"

    line = " ".join(at(*point) for point in points)
    parts = [
        f'<text x="{MARGIN}" y="20" font-weight="bold">{title}</text>',
        f'<text x="{MARGIN - 4}" y="{MARGIN + 4}" text-anchor="end">{top:.3g}</text>',
        f'<text x="{MARGIN - 4}" y="{high - MARGIN}" text-anchor="end">{low:.3g}</text>',
        f'<text x="{wide - MARGIN}" y="{high - MARGIN + 18}" text-anchor="end">'
        f"step {last:,.0f}</text>",
        f'<polyline fill="none" stroke="#c2571a" stroke-width="1.5" points="{line}"/>',
    ]
    for name, level in beside.items():
        path = f"{at(0, level)} {at(last, level)}"
        place = at(last, level).split(",")
        parts.append(
            f'<polyline stroke="#6b7684" stroke-dasharray="4 3" points="{path}"/>'
            f'<text x="{place[0]}" y="{place[1]}" fill="#6b7684">{name}</text>'
        )
    return "".join(parts)


def curves(run: Path) -> str:
    """The training loss and the first validation score of a run, as one SVG picture."""
    losses = list(csv.DictReader((run / "losses.csv").open()))
    checks = list(csv.DictReader((run / "validation.csv").open()))
    checks = [{name.replace(" ", "_"): value for name, value in row.items()} for row in checks]
    loss = next(name for name in losses[0] if name != "step")
    score = next(name for name in checks[0] if name != "step")
    beside = {
        name.removesuffix(f"_{score}"): float(value)
        for name, value in checks[-1].items()
        if name in ("gray", "mean", "grey") or name.endswith(f"_{score}")
    }
    checked = [(float(row["step"]), float(row[score])) for row in checks]
    plots = [
        curve(f"training: {loss}", list(_smooth(losses, loss)), {}),
        curve(f"validation: {score}", checked, beside),
    ]
    wide, high = PLOT
    moved = (f'<g transform="translate({n * wide},0)">{plot}</g>' for n, plot in enumerate(plots))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {2 * wide} {high}" '
        f'font-family="sans-serif" font-size="11" width="{2 * wide}" height="{high}">'
        f'<rect width="100%" height="100%" fill="white"/>{"".join(moved)}</svg>\n'
    )


def _smooth(rows: Sequence[dict[str, str]], name: str) -> Iterator[tuple[float, float]]:
    """About 80 means over neighboring rows; rows that tell no number are left out."""
    known = [(float(r["step"]), float(r[name])) for r in rows if r[name]]
    known = [(step, value) for step, value in known if math.isfinite(value)]
    every = max(1, len(known) // 80)
    for first in range(0, len(known), every):
        some = np.asarray(known[first : first + every])
        yield float(some[:, 0].mean()), float(some[:, 1].mean())


def sheet(name: str, clips: Path, cache: Path) -> NDArray[np.uint8]:
    """(3 * TALL, W, 3) sRGB: a column a clip."""
    (reads,) = (Plane(plane) for plane in find(name).card.reads)
    model = load_model(name, reads)
    named = read_clips([SCENES, *(str(clips / source) for source in SHOWN)], cache)
    columns = []
    for clip in pick(named, Path("configs/split.toml"), Half.HELD_OUT, 3, SHORT):
        (shown,) = show(clip, [reads], SHORT)
        said = caption(int(clip.name)) if clip.source == "toon" else ""
        shot = Shot(hint=Hint(said))
        middle = len(shown) // 2
        (frame,) = frames_of(shown, range(middle, middle + 1), 0)
        with torch.inference_mode():
            painted, _ = model([frame], model.begin(shot))
        plane = shown.planes[middle : middle + 1].expand(-1, 3, -1, -1)
        rows = (plane[0], shown.truth[middle], painted[0])
        columns.append(np.vstack([_small(row) for row in rows]))
    return np.hstack(columns)


def _small(picture: torch.Tensor) -> NDArray[np.uint8]:
    levels = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    wide = round(levels.shape[1] * TALL / levels.shape[0])
    return np.asarray(cv2.resize(levels, (wide, TALL), interpolation=cv2.INTER_AREA), np.uint8)


def variants(name: str, reports: Path) -> str:
    """The scores of a model's other configurations beside its own, as Markdown; empty without."""
    known = {said: reports / run / "report.json" for said, run in VARIANTS.get(name, {}).items()}
    found = {f"**{name}**": reports / name / "report.json", **known}
    columns = {said: _scores(path) for said, path in found.items() if path.is_file()}
    if len(columns) < 2:
        return ""
    rows = [["", *columns], ["---"] * (len(columns) + 1)]
    for what in columns[f"**{name}**"]:
        rows.append([what, *(f"{column[what]:.4g}" for column in columns.values())])
    lines = "\n".join("| " + " | ".join(row) + " |" for row in rows)
    runs = ", ".join(f"configs/train/{run}.toml" for run in VARIANTS[name].values())
    return f"## Beside its variants\n\n{lines}\n\nTrained as long as it, by {runs}.\n"


def _scores(report: Path) -> dict[str, float]:
    rows = json.loads(report.read_text("utf-8"))["scores"]
    return {f"{row['what']}, {row['unit']}".rstrip(", "): float(row["value"]) for row in rows}


def hosted(name: str, reports: Path) -> str:
    """What hosting changes, from the tables of score_hosts.py, as Markdown; empty without."""
    for path in sorted(reports.glob("hosts*/hosts.md")):
        first, _, head, rule, *rows = path.read_text("utf-8").splitlines()
        own = [row for row in rows if row.startswith(f"| {name} |")]
        if own:
            lines = "\n".join((head, rule, *own))
            return f"## Frame by frame, or carried from keyframes\n\n{first}.\n\n{lines}\n"
    return ""


def page(card: ModelCard, run: str, reports: Path) -> str:
    """The page's Markdown."""
    parts = [
        f"# `{card.name}`\n\n{card.summary}\n",
        f"{card.paper}. {card.parameters:,} parameters. {card.license}.\n",
        f"{card.notice[:1].upper()}{card.notice[1:]}.\n" if card.notice else "",
        f"## What it scores\n\n{table(card)}\n",
        variants(card.name, reports),
        hosted(card.name, reports),
        f"## What is published\n\n{PUBLISHED[card.name]}\n",
        f"## How it was trained\n\n{card.recipe}\n\n![Curves]({card.name}.svg)\n",
        f"Again from nothing: `animecolor train configs/train/{run}.toml`.\n",
        f"## What it paints\n\n![Pictures]({card.name}.jpg)\n\n{CREDIT}\n",
        "## What it saw\n\n"
        + "\n".join(f"- {s.clips} {s.of}: {s.name} ({s.license})" for s in card.sources),
    ]
    return "\n".join(part for part in parts if part) + "\n"


@click.command()
@click.argument("models", nargs=-1)
@click.option("--runs", type=FILE, default=Path("runs"))
@click.option("--reports", type=FILE, default=Path("runs/eval"))
@click.option("--clips", type=FILE, default=Path("data/clips"))
@click.option("--cache", type=FILE, default=Path("runs/cache"))
def main(models: tuple[str, ...], runs: Path, reports: Path, clips: Path, cache: Path) -> None:
    """Write the pages of MODELS."""
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in models or RUNS:
        card = find(name).card
        (PAGES / f"{name}.svg").write_text(curves(runs / RUNS[name]), "utf-8")
        pixels = cv2.cvtColor(sheet(name, clips, cache), cv2.COLOR_RGB2BGR)
        cv2.imwrite(str(PAGES / f"{name}.jpg"), pixels, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])
        (PAGES / f"{name}.md").write_text(page(card, RUNS[name], reports), "utf-8")


if __name__ == "__main__":
    main()
