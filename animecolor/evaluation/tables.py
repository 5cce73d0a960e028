"""The tables of the page: answers down, measures or sources across, the best of each marked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from animecolor.evaluation.exam import TRUTH
from animecolor.evaluation.measure import Better

_ARROWS = {
    Better.HIGHER: "↑ higher is better",
    Better.LOWER: "↓ lower is better",
    Better.ONE: "→ 1 is ideal",
    Better.TRUTH: "→ the truth’s is ideal",
}
_GROUPS = {"condition": "The model", "baseline": "Without it, or without its memory"}
_MARK = '<span aria-label="best">★</span>'

Row = Mapping[str, float | None]


def wanted(section: Mapping[str, Any], name: str) -> Iterator[str]:
    """What is asked of a release, and whether it is met."""
    yield "<h3>What is asked of a release</h3>"
    yield _open(f"What is asked of a release, {name}")
    yield "<caption>What is asked of a model that colors whole shots from keyframes.</caption>"
    yield "<thead><tr><th scope=col></th><th scope=col>asked</th><th scope=col>measured</th>"
    yield "<th scope=col>met</th></tr></thead><tbody>"
    for row in section["asked"]:
        unit = f" {row['unit']}" if row["unit"] else ""
        sign, limit = ("≥", row["at_least"]) if row["at_most"] is None else ("≤", row["at_most"])
        said = _cell(row["value"], row["digits"], False)
        met = {None: "–", True: "✓ yes", False: "✗ no"}[row["met"]]
        cells = (f"<td>{sign} {limit:g}{escape(unit)}</td>", said, f"<td>{met}</td>")
        yield _row(row["what"], "", iter(cells))
    yield "</tbody></table></div>"


def headline(document: Mapping[str, Any], name: str) -> Iterator[str]:
    """Answers down, measures across."""
    section = document["reads"][name]
    metrics = [m for m in document["metrics"] if name in m["reads"]]
    yield "<h3>Scores</h3>"
    overall: Mapping[str, Row] = section["overall"]
    yield _open(f"Means over all clips, {name}")
    yield "<caption>Means over clips of means over frames 1 and later. ★ is the best of a column."
    yield "</caption><thead><tr><th scope=col></th>"
    for metric in metrics:
        unit = f", {metric['unit']}" if metric["unit"] else ""
        arrow = _ARROWS[Better(metric["better"])]
        yield (
            f'<th scope=col title="{escape(metric["about"])}">{escape(metric["title"] + unit)}'
            f"<small>{arrow}</small></th>"
        )
    yield "</tr></thead>"
    best = {metric["key"]: _best(overall, metric) for metric in metrics}
    for kind, title in _GROUPS.items():
        yield _group(title, len(metrics))
        for answer in section["answers"]:
            if answer["kind"] == kind:
                row = overall[answer["name"]]
                cells = (
                    _cell(row[m["key"]], m["digits"], answer["name"] in best[m["key"]])
                    for m in metrics
                )
                yield _row(answer["name"], answer["about"], cells)
        yield "</tbody>"
    truth = overall[TRUTH]
    cells = (_cell(truth[m["key"]] if m["of_truth"] else None, m["digits"], False) for m in metrics)
    yield _group("Reference", len(metrics))
    yield _row(TRUTH, "The clip itself.", cells)
    yield "</tbody></table></div>"


def per_source(section: Mapping[str, Any], name: str) -> Iterator[str]:
    """Answers down, sources across, PSNR."""
    sources = section["sources"]
    yield "<h3>PSNR by source</h3>"
    yield _open(f"PSNR by source, {name}")
    yield "<caption>dB, higher is better.</caption><thead><tr><th scope=col></th>"
    for source, found in sources.items():
        clips = f"{found['clips']} clip{'s' * (found['clips'] != 1)}"
        yield f"<th scope=col>{escape(source)}<small>{clips}</small></th>"
    yield "</tr></thead><tbody>"
    metric = {"key": "psnr", "better": Better.HIGHER.value, "digits": 2}
    best = {source: _best(found["answers"], metric) for source, found in sources.items()}
    for answer in section["answers"]:
        who = answer["name"]
        if who != TRUTH:
            cells = (
                _cell(found["answers"][who]["psnr"], 2, who in best[source])
                for source, found in sources.items()
            )
            yield _row(who, answer["about"], cells)
    yield "</tbody></table></div>"


def _open(label: str) -> str:
    return f'<div class="scroll" role="region" tabindex="0" aria-label="{escape(label)}"><table>'


def _group(title: str, columns: int) -> str:
    head = f"<th scope=rowgroup colspan={columns + 1}>{title}</th>"
    return f'<tbody class="kind"><tr>{head}</tr>'


def _row(name: str, about: str, cells: Iterator[str]) -> str:
    head = f'<th scope=row title="{escape(about)}">{escape(name)}</th>'
    return f"<tr>{head}{''.join(cells)}</tr>"


def _cell(value: float | None, digits: int, best: bool) -> str:
    if value is None:
        return '<td class="none">–</td>'
    number = f"{value:.{digits}f}".replace("-", "−")
    return f'<td class="best">{_MARK} {number}</td>' if best else f"<td>{number}</td>"


def _best(answers: Mapping[str, Row], metric: Mapping[str, Any]) -> Sequence[str]:
    """Answers whose number, as it is shown, is the best; the truth does not compete."""
    key, digits = metric["key"], metric["digits"]
    target = {
        Better.HIGHER: float("inf"),
        Better.LOWER: float("-inf"),
        Better.ONE: 1.0,
        Better.TRUTH: answers[TRUTH][key],
    }[Better(metric["better"])]
    known = {name: row[key] for name, row in answers.items() if name != TRUTH}
    return _nearest({k: v for k, v in known.items() if v is not None}, target, digits)


def _nearest(values: Mapping[str, float], target: float | None, digits: int) -> Sequence[str]:
    if not values or target is None:
        return ()
    shown = {name: round(value, digits) for name, value in values.items()}
    if target in (float("inf"), float("-inf")):
        top = max(shown.values()) if target > 0 else min(shown.values())
        return [name for name, value in shown.items() if value == top]
    least = min(abs(value - target) for value in shown.values())
    return [name for name, value in shown.items() if abs(value - target) == least]
