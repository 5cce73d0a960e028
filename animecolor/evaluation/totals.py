"""What was found on single clips, put together over all of them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from animecolor.evaluation.conditions import BOTH_ENDS, OWN_PREVIOUS
from animecolor.evaluation.exam import TRUTH, Result
from animecolor.evaluation.gates import STILL, quarters
from animecolor.evaluation.measure import METRICS

CARRIES = ("flow carry", "flow carry, luma kept")
"""Carrying the keyframe by optical flow as anybody would; the better one counts."""
SAME = 0.01
"""Decibels by which two answers differ only in rounding."""

Row = dict[str, float | None]
Gates = dict[str, Any]


def probed(results: Sequence[Result]) -> Gates:
    """What was probed on clips of one plane: means over the clips that a question applies to."""
    found = [result.probed for result in results]
    swapped = mean_fields(p.swap for p in found)
    if swapped is not None:
        swapped["loss"] = _less(swapped["plain_db"], swapped["db"])
    proposed = mean_fields(p.proposal for p in found)
    if proposed is not None:
        del proposed["frame"]
        proposed["clips"] = sum(p.proposal is not None for p in found)
    return {
        "sensitivity": mean_fields(p.sensitivity for p in found),
        "swap": swapped,
        "held_db": mean([p.held_db for p in found]),
        "confidence": mean_fields(p.confidence for p in found),
        "proposal": proposed,
        "above_flow_db": _above_flow(results),
        "tc": means(results)[OWN_PREVIOUS]["tc"],
        "quarters": _quarters(results),
        "second_key": second_key(results),
        "still": _still(results),
    }


def second_key(results: Iterable[Result]) -> Row:
    """What the true last frame adds as a second keyframe, over the frames between the two.

    ``worse`` counts the clips that some second keyframe makes worse: the last frame, or any that
    ``proposal`` tried.
    """
    gains, worst = [], []
    for result in results:
        both, one = (result.answers[name].frames["psnr"][:-1] for name in (BOTH_ENDS, OWN_PREVIOUS))
        gains.append(float(np.mean(both)) - float(np.mean(one)))
        tried = result.probed.proposal
        worst.append(min(gains[-1], math.inf if tried is None else tried.least_db))
    worse = sum(gain < -SAME for gain in worst)
    return {"gain_db": number(float(np.mean(gains))), "worse": worse, "clips": len(gains)}


def _above_flow(results: Sequence[Result]) -> float | None:
    """How far one keyframe carried by the model is above the same carried by plain flow."""
    db = {name: row["psnr"] for name, row in means(results).items()}
    best = max((value for name in CARRIES if (value := db.get(name)) is not None), default=None)
    return _less(db[OWN_PREVIOUS], best)


def _quarters(results: Sequence[Result]) -> Row:
    rows = [quarters(result.answers[OWN_PREVIOUS].frames["psnr"]) for result in results]
    first, last = (number(float(np.mean(side))) for side in zip(*rows, strict=True))
    return {"first_db": first, "last_db": last, "loss": _less(first, last)}


def _still(results: Iterable[Result]) -> Row | None:
    still = [result for result in results if result.probed.stir < STILL]
    if not still:
        return None
    own, hold = (
        mean([result.answers[name].clip["psnr"] for result in still])
        for name in (OWN_PREVIOUS, "hold first")
    )
    return {"clips": len(still), "db": own, "hold_db": hold, "above_db": _less(own, hold)}


def means(results: Sequence[Result]) -> dict[str, dict[str, float | None]]:
    """Answer -> measure -> mean over clips where it is defined; TC is the ratio of the means."""
    rows = {
        name: {
            metric.key: mean([r.answers[name].clip.get(metric.key, math.nan) for r in results])
            for metric in METRICS
        }
        for name in results[0].answers
    }
    true = rows[TRUTH]["warp"]
    for row in rows.values():
        row["tc"] = number(row["warp"] / true) if true and row["warp"] is not None else None
    return rows


def mean_fields(rows: Iterable[Any]) -> Row | None:
    """Field by field, the mean over dataclasses where it is a number; None where all are None."""
    known = [asdict(row) for row in rows if row is not None]
    return {key: mean([row[key] for row in known]) for key in known[0]} if known else None


def mean(values: Sequence[float]) -> float | None:
    """The mean of what is a number; None where nothing is."""
    known = [value for value in values if math.isfinite(value)]
    return number(float(np.mean(known))) if known else None


def number(value: float) -> float | None:
    """Five digits are enough; None for what is no number."""
    return round(value, 5) if math.isfinite(value) else None


def _less(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else number(one - other)
