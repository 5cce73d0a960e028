"""The files: complete, readable by others, null where nothing was measured, never half-written."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import torch
from PIL import Image

from animecolor.errors import AnimecolorError
from animecolor.evaluation.baselines import mean_color
from animecolor.evaluation.chart import chart
from animecolor.evaluation.exam import (
    EXPECTED_ERROR,
    TRUE_ERROR,
    TRUTH,
    Exam,
    Pictures,
    Result,
    examine,
    frames_to_paint,
)
from animecolor.evaluation.page import page
from animecolor.evaluation.report import FILES, About, Document, compose, write
from animecolor.evaluation.strips import HOTTEST, Strip, heat, shown_frames
from animecolor.evaluation.tables import headline, per_source
from animecolor.evaluation.words import findings
from animecolor.frame import Frame, Plane
from animecolor.models.card import Score
from animecolor.training.clips import Clip
from tests.evaluation.fakes import Copier, Doubter

ABOUT = About(
    command="animecolor eval toy toon:0-1",
    model="toy",
    weights="toy.safetensors",
    weights_sha256="0" * 64,
    training={"steps": 7},
    device="cpu",
    precision="float32",
    part="all",
    split=None,
    size=None,
    missing=("LPIPS needs weights",),
)


@pytest.fixture(scope="module")
def results(clips: list[Clip]) -> list[Result]:
    seen: list[Frame] = []
    colorizers = {Plane.LINE: Copier(), Plane.GRAY: Doubter(reads=Plane.GRAY)}
    exam = Exam(colorizers, mean_color(clips), watch=seen.append)
    found = [result for clip in clips for result in examine(clip, exam, Pictures.ALL)]
    assert len(seen) == 2 * sum(frames_to_paint(5, by) for by in colorizers.values())
    return found


@pytest.fixture(scope="module")
def document(results: list[Result]) -> Document:
    return compose(ABOUT, results, (0.1, 0.2, 0.3))


def test_a_copier_equals_holding_the_first_frame(document: Document) -> None:
    for section in document["reads"].values():
        overall = section["overall"]
        assert overall["own previous"] == overall["first frame"] == overall["hold first"]
        assert section["gates"]["sensitivity"]["follows"] == pytest.approx(1)
        assert section["gates"]["beats_db"]["own previous"]["hold first"] == 0
        assert overall["blank"]["psnr"] < overall["hold first"]["psnr"]


def test_means_are_over_clips_of_means_over_frames(document: Document) -> None:
    rows = [c["answers"]["hold first"]["psnr"] for c in document["clips"] if c["reads"] == "line"]
    line = document["reads"]["line"]
    assert line["overall"]["hold first"]["psnr"] == pytest.approx(np.mean(rows), abs=1e-4)
    assert line["sources"]["toon"]["clips"] == 2
    assert line["sources"]["toon"]["answers"] == line["overall"]
    assert [len(curve) for curve in line["curves"].values()] == [4] * 13


def test_what_was_not_measured_is_null(document: Document) -> None:
    text = json.dumps(document, allow_nan=False)
    assert json.loads(text) == document
    line = document["reads"]["line"]["overall"]
    assert all(row["lpips"] is None for row in line.values())
    assert line["blank"]["lite0"] is None
    assert document["missing"] == ["LPIPS needs weights"]
    assert document["reads"]["line"]["gates"]["confidence"] is None
    assert document["reads"]["line"]["gates"]["proposal"] is None


def test_scores_fit_a_card(document: Document) -> None:
    rows = [{key: row[key] for key in Score.model_fields} for row in document["scores"]]
    score = Score(**rows[0])
    said = {Score(**row).what for row in rows[1:] if None not in row["baselines"].values()}
    assert "line art, palette turned, 2 clips" in said
    assert "grey, rank correlation of expected and true error by region, 2 clips" in said
    assert not any("line art, rank" in what for what in said)
    assert score.what == "line art, toon, 2 clips"
    assert score.value == document["reads"]["line"]["sources"]["toon"]["answers"]["blank"]["psnr"]
    assert {"hold first", "own previous", "no previous"} <= set(score.baselines)
    assert TRUTH not in score.baselines


def test_files_read_back(results: list[Result], document: Document, tmp_path: Path) -> None:
    write(tmp_path, document, results, page(document, results))
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(FILES)
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == document
    with (tmp_path / "frames.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    answers = sum(len(result.answers) for result in results)
    assert len(rows) == 4 * answers
    held = [r for r in rows if r["answer"] == "hold first" and r["reads"] == "line"]
    mean = np.mean([float(row["psnr"]) for row in held])
    assert mean == pytest.approx(
        document["reads"]["line"]["overall"]["hold first"]["psnr"], abs=1e-2
    )
    assert {row["lpips"] for row in rows} == {""}
    assert {row["frame"] for row in rows} == {"1", "2", "3", "4"}


def test_a_failed_write_leaves_what_was_there(
    results: list[Result], document: Document, tmp_path: Path
) -> None:
    (tmp_path / "index.html").mkdir()
    with pytest.raises(AnimecolorError, match=r"index\.html: cannot be written"):
        write(tmp_path, document, results, "new")
    assert not [path for path in tmp_path.iterdir() if ".part" in path.name]


class Outline(HTMLParser):
    """Checks that tags nest, and collects what a page would load."""

    VOID = ("meta", "img")

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.sources: list[str] = []
        self.tags: set[str] = set()
        self.alts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)
        facts = dict(attrs)
        self.sources += [facts[key] or "" for key in ("src", "href") if key in facts]
        if tag == "img":
            self.alts.append(facts.get("alt") or "")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag, self.getpos()


def outline(html: str) -> Outline:
    found = Outline()
    found.feed(html)
    assert found.open == []
    return found


def test_the_page_stands_alone(results: list[Result], document: Document) -> None:
    html = page(document, results)
    found = outline(html)
    assert found.sources
    assert all(source.startswith("data:image/webp;base64,") for source in found.sources)
    assert len(found.alts) == len(set(found.alts)) == 2 * (14 + 15)
    assert "script" not in found.tags
    assert "@import" not in html
    assert "url(" not in html
    for said in (ABOUT.command, "11.8 dB", "LPIPS needs weights", "teacher-forced", "PSNR"):
        assert said in html


def test_hostile_names_are_text(results: list[Result], document: Document) -> None:
    evil = replace(results[0].clip, name='<script>"x', license="<b>&", source="<i>")
    spoiled = [replace(result, clip=evil) for result in results]
    html = page(compose(ABOUT, spoiled, (0, 0, 0)), spoiled)
    assert not {"script", "b", "i"} & outline(html).tags
    assert "&lt;script&gt;" in html


def test_strips_show_the_frames_they_say(results: list[Result]) -> None:
    by_name: dict[str, Strip] = {strip.name: strip for strip in results[0].strips}
    assert shown_frames(5) == [0, 1, 3, 4]
    assert shown_frames(12) == [0, 4, 7, 11]
    picture = Image.open(BytesIO(by_name[TRUTH].webp)).convert("RGBA")
    assert picture.size == by_name[TRUTH].size[::-1] == (4 * 64 + 3 * 4, 64)
    sheet = np.asarray(picture).astype(float)
    assert sheet[0, 65, 3] == 0  # the gap shows the page
    true = results[0].clip.color()
    for place, index in enumerate(shown_frames(5)):
        tile = sheet[:, place * 68 : place * 68 + 64, :3]
        error = np.abs(tile - true[index]).mean()
        others = [np.abs(tile - true[i]).mean() for i in range(5) if i != index]
        assert error < 8
        assert error <= min(others)


def test_the_best_of_a_column_is_marked_by_a_sign() -> None:
    answers = [{"name": n, "kind": "condition", "about": ""} for n in ("a", "b", "c")]
    rows: dict[str, dict[str, Any]] = {
        "a": {"up": 1.0, "down": 1.0, "one": 0.5, "near": None},
        "b": {"up": 2.0, "down": 2.0, "one": 1.1, "near": 30.0},
        "c": {"up": 2.0, "down": 3.0, "one": 7.0, "near": 41.0},
        TRUTH: {"up": 9.0, "down": 0.0, "one": 1.0, "near": 40.0},
    }
    ways = {"up": "higher", "down": "lower", "one": "near 1", "near": "near the truth's"}
    metrics = [
        {"key": k, "title": k, "unit": "", "better": way, "digits": 1, "about": "", "of_truth": 0}
        for k, way in ways.items()
    ]
    for metric in metrics:
        metric["reads"] = ["line"]
    section = {"answers": answers, "overall": rows}
    html = "\n".join(headline({"reads": {"line": section}, "metrics": metrics}, "line"))
    outline(html)
    lines = {name: line for name in "abc" for line in html.split("<tr>") if f">{name}</th>" in line}
    assert [lines[name].count("★") for name in "abc"] == [1, 2, 2]
    assert lines["a"].count("–") == 1


def test_sources_are_columns(document: Document) -> None:
    html = "\n".join(per_source(document["reads"]["line"], "line"))
    outline(html)
    assert "toon<small>2 clips</small>" in html


def test_curves_are_drawn_to_scale_and_named() -> None:
    svg = chart({"up": [10.0, 20.0], "flat": [10.0, 10.0]}, {"up": "c0", "flat": "base b0"}, "T")
    root = ElementTree.fromstring(svg)
    lines = [node.attrib["points"].split() for node in root.iter("polyline")]
    heights = [[float(point.split(",")[1]) for point in line] for line in lines]
    assert heights[0][0] == heights[1][0] == heights[1][1] > heights[0][1]
    assert root.attrib["aria-label"] == "T: up from 10.0 to 20.0 dB; flat from 10.0 to 10.0 dB"
    labels = {node.text for node in root.iter("text") if "label" in node.attrib["class"]}
    assert labels == {"up", "flat"}


def test_labels_of_equal_curves_do_not_lie_on_each_other() -> None:
    names = [f"curve {i}" for i in range(12)]
    svg = chart({n: [10.0, 12.0] for n in names}, dict.fromkeys(names, "c0"), "T")
    rows = sorted(
        float(node.attrib["y"])
        for node in ElementTree.fromstring(svg).iter("text")
        if "label" in node.attrib["class"]
    )
    assert min(b - a for a, b in pairwise(rows)) >= 14
    assert rows[-1] < 400


def said(change: Callable[[Document], None]) -> str:
    section: Document = {
        "gates": {
            "beats_db": {"blank": {"plane": 5.0, "hold first": -3.0}},
            **dict.fromkeys(("sensitivity", "swap", "still", "confidence", "proposal")),
            "drift_db_per_frame": {"blank": -0.25},
        },
        "overall": {"blank": {"psnr": 12.34}},
    }
    change(section)
    return " ".join(findings(section))


def test_words_say_what_the_numbers_say() -> None:
    text = said(lambda section: None)
    assert "From a blank start: 12.3 dB. Beats plane (by 5.0)." in text
    assert "Does not beat hold first (by 3.0)." in text
    assert "-0.25 dB a frame from a blank start" in text
    assert "No shot hardly moves" in text
    felt = {"follows": 0.4, "db": 20.0}
    text = said(lambda section: section["gates"].update(sensitivity=felt))
    assert "changes 40 % as much" in text
    swapped = {"db": 20.0, "plain_db": 21.0, "share": 0.95}
    text = said(lambda section: section["gates"].update(swap=swapped))
    assert "20.0 dB against the truth so turned (21.0 as it was), and changes 95 %" in text
    told = {"regions": 0.614, "pixels": None}
    text = said(lambda section: section["gates"].update(confidence=told))
    assert "correlate in rank by 0.61 over regions." in text
    still = {"clips": 2, "db": 33.0, "hold_db": 32.0}
    text = said(lambda section: section["gates"].update(still=still))
    assert "33.0 dB, holding frame 0 32.0 dB" in text


def test_heat_is_black_to_yellow() -> None:
    shown = heat(torch.tensor([0.0, 0.1, HOTTEST, 0.9]).view(1, 1, 1, 4))[0, :, 0]
    assert shown[:, 0].max() < 0.05
    assert shown[:, 2].min() > 0.6
    assert torch.equal(shown[:, 2], shown[:, 3])
    red, _, blue = shown[:, 1].tolist()
    assert red > blue


def test_errors_are_shown_beside_each_other(results: list[Result]) -> None:
    shown = {result.reads: {strip.name for strip in result.strips} for result in results}
    assert shown[Plane.GRAY] - shown[Plane.LINE] == {"flow carry, luma kept", EXPECTED_ERROR}
    assert TRUE_ERROR in shown[Plane.LINE]
