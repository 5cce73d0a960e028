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
from animecolor.evaluation.baselines import baselines_for
from animecolor.evaluation.conditions import BLANK, CONDITIONS, NO_PREVIOUS, OWN_PREVIOUS
from animecolor.evaluation.exam import TRUTH, Result
from animecolor.evaluation.gates import margins, mean_sensitivity
from animecolor.evaluation.measure import METRICS, PER_FRAME
from animecolor.frame import Plane
from animecolor.video.part import part_file, write_errors

SCHEMA = "animecolor-eval/1"
FILES = ("report.json", "frames.csv", "index.html")
MODES = {Plane.LINE: "line art", Plane.GRAY: "grey"}

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
    no_lpips: str | None
    """Why there is no LPIPS; None where there is."""


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
        "scores": [row for plane in planes for row in _card_rows(about, results, plane)],
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
    overall = _means(results)
    psnr_db = {name: row["psnr"] for name, row in overall.items()}
    baselines = [a["name"] for a in answers if a["kind"] == "baseline"]
    felt = mean_sensitivity(result.sensitivity for result in results)
    sources = list(dict.fromkeys(result.clip.source for result in results))
    groups = {s: [r for r in results if r.clip.source == s] for s in sources}
    return {
        "answers": answers,
        "overall": overall,
        "sources": {
            source: {
                "clips": len(group),
                "licenses": sorted({result.clip.license for result in group}),
                "answers": _means(group),
            }
            for source, group in groups.items()
        },
        "gates": {
            "sensitivity": None if felt is None else asdict(felt),
            "beats_db": {name: margins(psnr_db, name, baselines) for name in (BLANK, OWN_PREVIOUS)},
            "drift_db_per_frame": {name: overall[name]["slope"] for name in (BLANK, OWN_PREVIOUS)},
        },
        "curves": _curves(results),
    }


def _answers(reads: Plane) -> list[Document]:
    """Every answer to the clips, in the order of the tables."""
    rows = [(c.name, "condition", c.about) for c in CONDITIONS]
    rows.append((NO_PREVIOUS.name, "baseline", NO_PREVIOUS.about))
    rows += [(b.name, "baseline", b.about) for b in baselines_for(reads)]
    rows.append((TRUTH, "reference", "The clip itself."))
    return [dict(zip(("name", "kind", "about"), row, strict=True)) for row in rows]


def _means(results: Sequence[Result]) -> dict[str, dict[str, float | None]]:
    """Answer -> measure -> mean over clips where it is defined."""
    return {
        name: {
            metric.key: _mean([r.answers[name].clip.get(metric.key, math.nan) for r in results])
            for metric in METRICS
        }
        for name in results[0].answers
    }


def _curves(results: Sequence[Result]) -> dict[str, list[float | None]]:
    """Answer -> mean PSNR at frames 1, 2, ... for as long as half of the clips last."""
    length = int(np.median([result.frames for result in results])) - 1
    curves = {}
    for name in results[0].answers:
        rows = [result.answers[name].frames["psnr"] for result in results]
        curves[name] = [_mean([row[i] for row in rows if i < len(row)]) for i in range(length)]
    return curves


def _card_rows(about: About, results: Sequence[Result], plane: Plane) -> Iterable[Document]:
    """Scores as a model's card has them (see ``models.card``): a row a source."""
    mine = [result for result in results if result.reads is plane]
    for source in dict.fromkeys(result.clip.source for result in mine):
        group = [result for result in mine if result.clip.source == source]
        means = {name: row["psnr"] for name, row in _means(group).items() if name != TRUTH}
        yield {
            "what": f"{MODES[plane]}, {source}, {len(group)} clip{'s' * (len(group) != 1)}",
            "reads": plane.value,
            "source": source,
            "clips": len(group),
            "value": means.pop(BLANK),
            "unit": "dB",
            "baselines": means,
            "command": about.command,
        }


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
        "sensitivity": None if result.sensitivity is None else asdict(result.sensitivity),
        "answers": {
            name: {key: _number(value) for key, value in scores.clip.items()}
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


def _mean(values: Sequence[float]) -> float | None:
    known = [value for value in values if math.isfinite(value)]
    return _number(float(np.mean(known))) if known else None


def _number(value: float) -> float | None:
    return round(value, 5) if math.isfinite(value) else None
