"""The findings as files: ``report.json`` for programs, ``frames.csv`` for spreadsheets."""

from __future__ import annotations

import csv
import io
import json
import math
import platform
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from animecolor import __version__
from animecolor.evaluation.asked import asked
from animecolor.evaluation.baselines import baselines_for
from animecolor.evaluation.cards import card_rows, figure_rows
from animecolor.evaluation.conditions import BLANK, CONDITIONS, NO_PREVIOUS, OWN_PREVIOUS
from animecolor.evaluation.exam import TRUTH, Result
from animecolor.evaluation.gates import margins
from animecolor.evaluation.measure import METRICS, PER_FRAME
from animecolor.evaluation.totals import mean, means, number, probed
from animecolor.frame import Plane
from animecolor.video.part import part_file, write_errors

SCHEMA = "animecolor-eval/1"
FILES = ("report.json", "frames.csv", "index.html")

Document = dict[str, Any]
"""What ``report.json`` holds; the page is made from it and from nothing else but pictures."""


@dataclass(frozen=True, slots=True)
class About:
    """What was evaluated, and how to do it again."""

    command: str
    model: str
    weights: str
    """Name of the checkpoint's file."""
    weights_sha256: str
    training: Mapping[str, Any]
    """What the checkpoint says of its own training."""
    device: str
    precision: str
    part: str
    """The side of the split: held-out, training or all."""
    split: str | None
    size: int | None
    """Short side in pixels; None is each clip's own."""
    missing: tuple[str, ...] = ()
    """Why a measure is not there, a sentence each."""


def compose(about: About, results: Sequence[Result], mean_rgb: Sequence[float]) -> Document:
    """Put everything that was found into one JSON document.

    A number that is undefined or was not measured is null. Means are over clips, each with equal
    weight, of means over frames 1 and later.

    Args:
        about: what was evaluated.
        results: one a clip and plane; at least one.
        mean_rgb: the mean color that one of the baselines answers with, in [0, 1].
    """
    planes = list(dict.fromkeys(result.reads for result in results))
    return {
        "schema": SCHEMA,
        "animecolor": __version__,
        "torch": torch.__version__,
        "python": platform.python_version(),
        **asdict(about),
        "missing": list(about.missing),
        "mean_color": [round(float(value), 4) for value in mean_rgb],
        "metrics": [
            {
                "key": m.key,
                "title": m.title,
                "unit": m.unit,
                "better": m.better.value,
                "digits": m.digits,
                "about": m.about,
                "of_truth": m.of_truth,
                "reads": [plane.value for plane in m.reads],
            }
            for m in METRICS
        ],
        "reads": {
            plane.value: _section([r for r in results if r.reads is plane]) for plane in planes
        },
        "scores": [
            row
            for plane in planes
            for rows in (card_rows, figure_rows)
            for row in rows(about.command, [r for r in results if r.reads is plane])
        ],
        "clips": [_clip_row(result) for result in results],
    }


def write(folder: Path, document: Document, results: Iterable[Result], page: str) -> None:
    """Write the three files, each whole or not at all.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    data = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for name, text in zip(FILES, (data, _table(results), page), strict=True):
        target = folder / name
        with part_file(target) as part, write_errors(target):
            part.write_text(text, "utf-8", newline="")


def _section(results: Sequence[Result]) -> Document:
    """What was found for one plane."""
    answers = _answers(results[0].reads)
    overall = means(results)
    psnr_db = {name: row["psnr"] for name, row in overall.items()}
    baselines = [a["name"] for a in answers if a["kind"] == "baseline"]
    sources = list(dict.fromkeys(result.clip.source for result in results))
    groups = {s: [r for r in results if r.clip.source == s] for s in sources}
    gates = {
        **probed(results),
        "beats_db": {name: margins(psnr_db, name, baselines) for name in (BLANK, OWN_PREVIOUS)},
        "drift_db_per_frame": {name: overall[name]["slope"] for name in (BLANK, OWN_PREVIOUS)},
    }
    return {
        "answers": answers,
        "overall": overall,
        "sources": {
            source: {
                "clips": len(group),
                "licenses": sorted({result.clip.license for result in group}),
                "answers": means(group),
            }
            for source, group in groups.items()
        },
        "gates": gates,
        "asked": asked(gates),
        "curves": _curves(results),
    }


def _answers(reads: Plane) -> list[Document]:
    """Every answer to the clips, in the order of the tables."""
    rows = [(c.name, "condition", c.about) for c in CONDITIONS]
    rows.append((NO_PREVIOUS.name, "baseline", NO_PREVIOUS.about))
    rows += [(b.name, "baseline", b.about) for b in baselines_for(reads)]
    rows.append((TRUTH, "reference", "The clip itself."))
    return [dict(zip(("name", "kind", "about"), row, strict=True)) for row in rows]


def _curves(results: Sequence[Result]) -> dict[str, list[float | None]]:
    """Answer -> mean PSNR at frames 1, 2, ... for as long as half of the clips last."""
    length = int(np.median([result.frames for result in results])) - 1
    curves = {}
    for name in results[0].answers:
        rows = [result.answers[name].frames["psnr"] for result in results]
        curves[name] = [mean([row[i] for row in rows if i < len(row)]) for i in range(length)]
    return curves


def _clip_row(result: Result) -> Document:
    return {
        "clip": result.clip.name,
        "source": result.clip.source,
        "license": result.clip.license,
        "reads": result.reads.value,
        "frames": result.frames,
        "height": result.size[0],
        "width": result.size[1],
        "ink": result.clip.ink_path is not None,
        **_known(asdict(result.probed)),
        "answers": {
            name: {key: number(value) for key, value in scores.clip.items()}
            for name, scores in result.answers.items()
        },
    }


def _table(results: Iterable[Result]) -> str:
    """One row a frame, plane and answer; empty cells where nothing was measured."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("reads", "source", "clip", "answer", "frame", *PER_FRAME))
    for result in results:
        for name, scores in result.answers.items():
            for index in range(result.frames - 1):
                values = (scores.frames.get(key) for key in PER_FRAME)
                cells = (_cell(None if row is None else row[index]) for row in values)
                where = (result.reads.value, result.clip.source, result.clip.name, name, index + 1)
                writer.writerow((*where, *cells))
    return text.getvalue()


def _cell(value: float | None) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.5g}"


def _known(found: Any) -> Any:
    """Numbers at any depth, rounded; null for what is none."""
    if isinstance(found, dict):
        return {key: _known(value) for key, value in found.items()}
    return number(found) if isinstance(found, float) else found
