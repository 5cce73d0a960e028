"""The findings as rows of a model's card (see ``models.card``)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from animecolor.evaluation.conditions import BLANK, OWN_PREVIOUS
from animecolor.evaluation.exam import TRUTH, Result
from animecolor.evaluation.totals import means, probed
from animecolor.frame import Plane

MODES = {Plane.LINE: "line art", Plane.GRAY: "grey"}

Row = dict[str, Any]


def card_rows(command: str, results: Sequence[Result]) -> Iterator[Row]:
    """PSNR of each source from black, beside every other answer; results are of one plane."""
    for source in dict.fromkeys(result.clip.source for result in results):
        group = [result for result in results if result.clip.source == source]
        found = {name: row["psnr"] for name, row in means(group).items() if name != TRUTH}
        yield {
            "what": f"{MODES[group[0].reads]}, {source}, {_count(len(group))}",
            "reads": group[0].reads.value,
            "source": source,
            "clips": len(group),
            "value": found.pop(BLANK),
            "unit": "dB",
            "baselines": found,
            "command": command,
        }


def figure_rows(command: str, results: Sequence[Result]) -> Iterator[Row]:
    """What is not PSNR of a source: one figure each, beside what it is to be read with."""
    reads, gates = results[0].reads, probed(results)
    lite0 = {name: row["lite0"] for name, row in means(results).items() if name != TRUTH}
    figures = [("Lite0 distance", "", lite0.pop(OWN_PREVIOUS), lite0, len(results))]
    for name, what, unit, key, beside in FIGURES:
        if (found := gates[name]) is not None:
            others = {said: found[other] for said, other in beside.items()}
            figures.append((what, unit, found[key], others, found.get("clips", len(results))))
    for what, unit, value, others, clips in figures:
        if value is not None:
            yield {
                "what": f"{MODES[reads]}, {what}, {_count(clips)}",
                "reads": reads.value,
                "source": None,
                "clips": clips,
                "value": value,
                "unit": unit,
                "baselines": others,
                "command": command,
            }


FIGURES = (
    ("quarters", "last quarter of a shot", "dB", "last_db", {"first quarter": "first_db"}),
    ("swap", "palette turned", "dB", "db", {"as it was": "plain_db"}),
    ("still", "still shots", "dB", "db", {"hold first": "hold_db"}),
    (
        "confidence",
        "rank correlation of expected and true error by region",
        "",
        "regions",
        {"by pixel": "pixels"},
    ),
    (
        "proposal",
        "gain by the second keyframe it proposes",
        "dB",
        "gain_db",
        {"above a random one": "over_random_db", "above the last frame": "over_last_db"},
    ),
)
"""Gate, what it is, unit, key of its value, and keys of what stands beside it."""


def _count(clips: int) -> str:
    return f"{clips} clip{'s' * (clips != 1)}"
