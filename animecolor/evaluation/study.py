"""A blind study: which pictures are real? Painted and true ones, shuffled, and the key apart.

Baldassarre et al. (2017) asked some 40 people of 12 pictures, 9 of them painted, and called the
share of painted ones taken for real the fool rate: 45.87 %, of pictures picked by hand. Here
nobody picks: the pictures are those that were named, evenly spread.
"""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import cv2
import numpy as np
from torch import Tensor

SHARE = 3 / 4
"""Of the pictures that are painted, as published: 9 of 12."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A picture of which the study shows either side, never both."""

    name: str
    painted: Tensor
    """(3, H, W) RGB in [0, 1]."""
    truth: Tensor
    """(3, H, W) RGB in [0, 1]."""


@dataclass(frozen=True, slots=True)
class Study:
    """Two files."""

    page: str
    """HTML, pictures included, that says nothing of which are real."""
    key: str
    """CSV: number on the page, name, and whether it is real or painted."""


def study(candidates: Sequence[Candidate], seed: int, title: str) -> Study:
    """Draw which pictures are shown painted, and shuffle.

    Args:
        candidates: the pictures.
        seed: decides the sides and the order.
        title: of the page; it must not give the answer away.
    """
    chance = np.random.default_rng(seed)
    count = round(SHARE * len(candidates))
    painted = set(chance.permutation(len(candidates))[:count].tolist())
    order = chance.permutation(len(candidates)).tolist()
    figures, rows = [], []
    for number, place in enumerate(order, start=1):
        one, fake = candidates[place], place in painted
        figures.append(_figure(number, one.painted if fake else one.truth))
        rows.append((number, one.name, "painted" if fake else "real"))
    table = io.StringIO()
    writer = csv.writer(table, lineterminator="\n")
    writer.writerows([("number", "picture", "is"), *rows])
    return Study(_PAGE.format(title=escape(title), figures="\n".join(figures)), table.getvalue())


def _figure(number: int, picture: Tensor) -> str:
    array = (picture.clamp(0, 1) * 255).round().byte().permute(1, 2, 0).numpy()
    # Both sides go through the same file format, or its traces would tell them apart.
    _, data = cv2.imencode(".png", cv2.cvtColor(array, cv2.COLOR_RGB2BGR))
    source = base64.b64encode(data.tobytes()).decode()
    height, width = array.shape[:2]
    return (
        f'<figure><img width={width} height={height} alt="picture {number}" '
        f'src="data:image/png;base64,{source}"><figcaption>{number} '
        f"<label><input type=radio name=p{number} value=real> real</label> "
        f"<label><input type=radio name=p{number} value=painted> painted by a machine</label>"
        "</figcaption></figure>"
    )


_PAGE = """<!doctype html>
<html lang=en><meta charset=utf-8><meta name=viewport content="width=device-width">
<title>{title}</title>
<style>body{{font:16px system-ui;margin:2rem auto;max-width:60rem;background:#777;color:#fff}}
figure{{display:inline-block;margin:1rem}}img{{display:block}}textarea{{width:100%}}</style>
<h1>{title}</h1>
<p>Some of these pictures have their own colors, others were colored by a machine from a grey
picture. Say of each what you think; the answers below are yours to copy and send back.</p>
{figures}
<p><textarea rows=4 readonly aria-label="your answers"></textarea></p>
<script>addEventListener("change",()=>{{document.querySelector("textarea").value=
[...document.querySelectorAll("input:checked")].map(i=>i.name.slice(1)+","+i.value).join("\\n")}})
</script>
"""
