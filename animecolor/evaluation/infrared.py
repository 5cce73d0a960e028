"""A near-infrared model on held-out pairs, beside constant answers (see ``training.exhibit``)."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import torch

from animecolor import __version__
from animecolor.training.exhibit import SCORES, Exhibit, Paint, means_by_group
from animecolor.training.pairs import Pair
from animecolor.video.part import part_file, write_errors

SCHEMA = "animecolor/pairs/1"
PROTOCOL = (
    "whole pictures at their own size, paintings rounded to 8 bits; means over pictures; "
    "SSIM: window 11, sigma 1.5, range 1; AE: degrees, without pixels whose truth is below 16/255"
)
REPORTED = ("epfl_oldbuilding", "epfl_urban")
UNITS = {"psnr": ("PSNR", "dB"), "ssim": ("SSIM", ""), "ae": ("AE", "degrees")}

Row = tuple[Pair, dict[str, dict[str, float]]]
Document = dict[str, Any]


@dataclass(frozen=True, slots=True)
class About:
    """What was evaluated, and how to do so again."""

    command: str
    model: str
    weights_sha256: str
    training: dict[str, Any]
    device: str
    precision: str


def compose(about: About, rows: Sequence[Row]) -> Document:
    """Put what was found into one JSON document.

    Args:
        about: what was evaluated.
        rows: of each pair its scores (see ``Exhibit.rows``); at least one.
    """
    groups = means_by_group(rows)
    return {
        "schema": SCHEMA,
        "animecolor": __version__,
        "torch": torch.__version__,
        "command": about.command,
        "model": about.model,
        "weights_sha256": about.weights_sha256,
        "training": about.training,
        "device": about.device,
        "precision": about.precision,
        "protocol": PROTOCOL,
        "all": _all(rows),
        "groups": groups,
        "scores": list(_card_rows(about.command, rows)),
        "pairs": [{"name": pair.name, "group": pair.group, **row} for pair, row in rows],
    }


def write(folder: Path, document: Document, exhibit: Exhibit, paint: Paint) -> None:
    """Write ``report.json``, ``pairs.csv`` and ``sheet.png``, each whole or not at all.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    ok, sheet = cv2.imencode(".png", exhibit.sheet(paint)[..., ::-1])
    assert ok
    data = json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    for name, content in (
        ("report.json", data.encode()),
        ("pairs.csv", _table(document).encode()),
        ("sheet.png", sheet.tobytes()),
    ):
        with part_file(folder / name) as part, write_errors(folder / name):
            part.write_bytes(content)


def table(document: Document) -> Iterator[str]:
    """The report as lines for a terminal: a row an answer."""
    yield f"{'':10}" + "".join(f"{title:>9}" for title, _ in UNITS.values())
    for answer, row in document["all"].items():
        yield f"{answer:10}" + "".join(f"{row[what]:9.3f}" for what in SCORES)


def _all(rows: Sequence[Row]) -> dict[str, dict[str, float]]:
    answers = rows[0][1]
    return {
        name: {what: sum(row[name][what] for _, row in rows) / len(rows) for what in SCORES}
        for name in answers
    }


def _card_rows(command: str, rows: Sequence[Row]) -> Iterator[dict[str, Any]]:
    """The scores over all pictures, then those of the groups that the literature reports."""
    groups = {name: row for name, row in means_by_group(rows).items() if name in REPORTED}
    counts = {name: sum(pair.group == name for pair, _ in rows) for name in groups}
    for where, found in ({"all": _all(rows)} | groups).items():
        count = counts.get(where, len(rows))
        for what, (title, unit) in UNITS.items():
            yield {
                "what": f"near infrared, {title}, {where}, {count} picture{'s' * (count != 1)}",
                "reads": "nir",
                "source": where,
                "clips": count,
                "value": found["painted"][what],
                "unit": unit,
                "baselines": {n: row[what] for n, row in found.items() if n != "painted"},
                "command": command,
            }


def _table(document: Document) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    answers = list(document["all"])
    writer.writerow(["pair", "group", *(f"{a} {what}" for a in answers for what in SCORES)])
    for row in document["pairs"]:
        figures = [f"{row[a][what]:.4f}" for a in answers for what in SCORES]
        writer.writerow([row["name"], row["group"], *figures])
    return text.getvalue()
