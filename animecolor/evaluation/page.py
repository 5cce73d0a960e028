"""The findings as one self-contained page: no script, no network, light and dark."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any

from animecolor.evaluation.cards import MODES
from animecolor.evaluation.chart import chart
from animecolor.evaluation.conditions import OWN_PREVIOUS
from animecolor.evaluation.exam import EXPECTED_ERROR, TRUE_ERROR, TRUTH, Result
from animecolor.evaluation.report import Document
from animecolor.evaluation.strips import HOTTEST, Strip, shown_frames
from animecolor.evaluation.tables import headline, per_source, wanted
from animecolor.evaluation.words import METHOD, findings
from animecolor.frame import Plane

_STYLE = Path(__file__).with_name("page.css")


def page(document: Document, results: Sequence[Result]) -> str:
    """Make the page.

    Args:
        document: what ``report.compose`` gives.
        results: the same findings; those with strips become pictures.
    """
    title = f"{document['model']} on {_count(results)}"
    return "\n".join(
        (
            "<!doctype html>",
            '<html lang="en"><head><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            f"<title>{escape(title)}</title>",
            f"<style>{_STYLE.read_text('utf-8')}</style></head><body>",
            f"<header><h1>{escape(title)}</h1>",
            *_about(document),
            "</header><main>",
            *(line for name in document["reads"] for line in _section(document, name, results)),
            *_method(document),
            "</main></body></html>",
            "",
        )
    )


def _count(results: Sequence[Result]) -> str:
    clips = {(result.clip.source, result.clip.name) for result in results}
    sources = {source for source, _ in clips}
    return (
        f"{len(clips)} clip{'s' * (len(clips) != 1)} of "
        f"{len(sources)} source{'s' * (len(sources) != 1)}"
    )


def _about(document: Document) -> Iterator[str]:
    size = document["size"]
    of_split = f" of {document['split']}" if document["split"] else ""
    facts = (
        f"Weights <code>{escape(document['weights'])}</code>, SHA-256 "
        f"<code>{document['weights_sha256'][:16]}…</code>",
        f"clips: {escape(document['part'])}{escape(of_split)}",
        f"short side {size} pixels" if size else "each clip at its own size",
        f"{escape(document['device'])}, {escape(document['precision'])}",
        f"animecolor {escape(document['animecolor'])}, torch {escape(document['torch'])}",
    )
    yield f'<p class="about">{" · ".join(facts)}</p>'
    yield f"<pre><code>{escape(document['command'])}</code></pre>"


def _section(document: Document, name: str, results: Sequence[Result]) -> Iterator[str]:
    """All about one plane: numbers, what they say, curves, sources, pictures."""
    section = document["reads"][name]
    mode = MODES[Plane(name)]
    yield f'<section><h2 id="{name}">{escape(mode[0].upper() + mode[1:])}</h2>'
    yield "<ul>"
    yield from (f"<li>{escape(sentence)}</li>" for sentence in findings(section))
    yield "</ul>"
    yield from wanted(section, mode)
    yield from headline(document, name)
    yield "<h3>PSNR by frame</h3><figure>"
    curves = {key: row for key, row in section["curves"].items() if key != TRUTH}
    yield chart(curves, _kinds(section["answers"]), f"PSNR by frame, {mode}")
    yield (
        "<figcaption>Mean over clips, for as long as half of them last. A curve that falls is a "
        "model that drifts. Numbers of every frame are in <code>frames.csv</code>.</figcaption>"
        "</figure>"
    )
    yield from per_source(section, name)
    yield from _pictures([r for r in results if r.reads == name and r.strips], mode)
    yield "</section>"


def _kinds(answers: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Answer -> class of its curve: the model's in color, baselines in grey."""
    kinds: dict[str, str] = {}
    counts = {"condition": 0, "baseline": 0}
    for answer in answers:
        kind = answer["kind"]
        if kind in counts:
            number = counts[kind]
            kinds[answer["name"]] = f"c{number}" if kind == "condition" else f"base b{number}"
            counts[kind] += 1
    return kinds


def _pictures(results: Sequence[Result], mode: str) -> Iterator[str]:
    if results:
        yield "<h3>Pictures</h3>"
        yield (
            '<p class="note">Errors are absolute, a mean of R, G and B: black is none, pale yellow '
            f"{HOTTEST} and more.</p>"
        )
    for result in results:
        frames = ", ".join(map(str, shown_frames(result.frames)))
        name = f"{result.clip.source}: {result.clip.name}"
        yield f"<details open><summary>{escape(name)}</summary>"
        yield f'<p class="note">Frames {frames}. License: {escape(result.clip.license)}.</p>'
        yield '<div class="strips">'
        for strip in _ordered(result):
            data = base64.b64encode(strip.webp).decode()
            height, width = strip.size
            what = strip.name
            if what in result.answers and what != TRUTH:
                what += f" {result.answers[what].clip['psnr']:.1f} dB"
            yield (
                f'<span>{escape(what)}</span><img loading="lazy" width="{width}" height="{height}"'
                f' alt="{escape(f"{mode}, {name}, {strip.name}, frames {frames}")}"'
                f' src="data:image/webp;base64,{data}">'
            )
        yield "</div></details>"


def _ordered(result: Result) -> list[Strip]:
    """The truth, what the model was shown of it, the answer from one keyframe and where it is
    wrong, then the other answers."""
    shown = "gray copy" if result.reads is Plane.GRAY else "plane"
    lead = (TRUTH, shown, OWN_PREVIOUS, TRUE_ERROR, EXPECTED_ERROR)
    return sorted(result.strips, key=lambda s: lead.index(s.name) if s.name in lead else len(lead))


def _method(document: Document) -> Iterator[str]:
    yield '<section><h2 id="method">Method and limits</h2><ul>'
    yield from (f"<li>{escape(sentence)}</li>" for sentence in METHOD)
    yield from (f"<li>{escape('Not measured: ' + why)}</li>" for why in document["missing"])
    yield "</ul><h3>How the model was shown the clips, and what it is compared with</h3><dl>"
    answers = {
        row["name"]: row["about"] for s in document["reads"].values() for row in s["answers"]
    }
    yield from _terms(answers)
    yield "</dl><h3>What is measured</h3><dl>"
    yield from _terms({metric["title"]: metric["about"] for metric in document["metrics"]})
    yield "</dl></section>"


def _terms(terms: Mapping[str, str]) -> Iterator[str]:
    for name, about in terms.items():
        yield f"<dt>{escape(name)}</dt><dd>{escape(about)}</dd>"
