"""Faults of an area or a spot, planted into clean clips. Pure: a reel in, another reel out."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from animecolor.color import lab_to_rgb
from animecolor.flats.difference import delta_e, to_lab
from animecolor.qa.sighting import Check
from tests.qa.places import Mask, find_area, find_edge, find_spot, follow, ring
from tests.qa.reels import Picture, Reel
from tests.qa.truth import Truth, around, box_of

Span = tuple[int, int]
"""First and last frame."""
Planted = tuple[Reel, Truth] | None
"""The faulty reel and the truth; None where the clip has no place for this fault."""

VISIBLE = 5.0
"""CIEDE2000 from what was there, and from what lies around, that any planted color has."""
BUSY = 4.0
"""Unrest above which an area is told apart in the tables: its texture hides a small change."""
SPOT = frozenset({Check.HOLE, Check.STRAY, Check.COLOR_JUMP, Check.OFF_PALETTE})
AREA = frozenset({Check.COLOR_JUMP, Check.COLOR_CHANGE, Check.OFF_PALETTE})
SMALL_AREA = AREA | {Check.HOLE, Check.STRAY}
PAPER = (255, 255, 255)
TEMPORARY = (255, 0, 255)
TRACES = {"blue": (0, 0, 255), "red": (255, 0, 0), "green": (0, 255, 0)}
SIZES = {"small": (50, 200), "medium": (200, 2000), "large": (2000, 20000)}


def difference(one: Sequence[float], other: Sequence[float]) -> float:
    """CIEDE2000 of two sRGB colors in [0, 255]."""
    pair = to_lab(np.array([one, other], np.float64) / 255)
    return float(delta_e(pair[:1], pair[1:])[0])


def to_rgb(lab: NDArray[np.float64]) -> Picture:
    """(N, 3) Lab -> (N, 3) sRGB uint8."""
    rgb = lab_to_rgb(torch.from_numpy(np.ascontiguousarray(lab.T))[:, None])[:, 0].numpy().T
    return np.rint(rgb * 255).astype(np.uint8)


def mean_of(picture: Picture, mask: Mask) -> NDArray[np.float64]:
    """Mean sRGB of what is true in a mask, in [0, 255]."""
    return np.asarray(picture[mask].mean(axis=0), np.float64)


def unrest(picture: Picture, mask: Mask) -> float:
    """How far colors in a mask lie from their mean: root mean square, in Lab (CIE 1976)."""
    lab = to_lab(picture[mask])
    return float(np.sqrt(((lab - lab.mean(axis=0)) ** 2).sum(axis=1).mean()))


def find_offset(
    picture: Picture, mask: Mask, wanted: float, rng: np.random.Generator
) -> NDArray[np.float64] | None:
    """An offset in Lab that moves the mean color of an area by ``wanted`` CIEDE2000 once rounded.

    Half of them leave the lightness alone, as a colorizer that keeps a grey source's luma does.
    """
    pixels = to_lab(picture[mask])
    before = mean_of(picture, mask)
    for _ in range(16):
        direction = rng.normal(size=3) * (rng.random() < 0.5, 1, 1)
        direction /= np.linalg.norm(direction)
        low, high = 0.0, 6 * wanted + 10
        for _ in range(12):
            middle = (low + high) / 2
            got = difference(before, to_rgb(pixels + middle * direction).mean(axis=0))
            low, high = (middle, high) if got < wanted else (low, middle)
        got = difference(before, to_rgb(pixels + high * direction).mean(axis=0))
        if wanted <= got <= 1.15 * wanted + 0.5:
            return high * direction
    return None


def recolored(picture: Picture, mask: Mask, offset: NDArray[np.float64]) -> Picture:
    """An area moved by an offset in Lab; what lies in its texture stays."""
    changed = picture.copy()
    changed[mask] = to_rgb(to_lab(picture[mask]) + offset)
    return changed


def recolor(
    reel: Reel, span: Span, rng: np.random.Generator, wanted: float, sizes: str = "medium"
) -> Planted:
    """色パカ: an area has a color ``wanted`` CIEDE2000 away for some frames, or to the end."""
    first, last = span
    mask = find_area(reel, first, SIZES[sizes], rng)
    offset = None if mask is None else find_offset(reel.pictures[first], mask, wanted, rng)
    if mask is None or offset is None:
        return None
    masks = follow(reel, mask, first, last)
    if (last == len(reel.pictures) - 1 or len(masks) < 3) and len(masks) <= last - first:
        return None
    pictures = list(reel.pictures)
    for frame, where in enumerate(masks, first):
        pictures[frame] = recolored(reel.pictures[frame], where, offset)
    last = first + len(masks) - 1
    until = "to the end" if last == len(pictures) - 1 and last - first >= 8 else _length(reel, span)
    right = SMALL_AREA if int(mask.sum()) <= SIZES["small"][1] else AREA
    box = around(box_of(where) for where in masks)
    ground = "busy" if unrest(reel.pictures[first], mask) > BUSY else "flat"
    strength = f"ΔE {wanted:g}, {ground}"
    truth = Truth(f"area, {until}", strength, right, first, last, box, int(mask.sum()))
    return reel.painted(pictures), truth


def _length(reel: Reel, span: Span) -> str:
    if span[0] == span[1]:
        return "one frame"
    return "one drawing" if span in reel.drawings() else "several drawings"


@dataclass(frozen=True, slots=True)
class Look:
    """What a spot looks like."""

    name: str
    side: int
    """Pixels; it is square."""


def spot(reel: Reel, span: Span, rng: np.random.Generator, look: Look) -> Planted:
    """塗り漏れ, ゴミ: a spot of ``paper``, of its ``neighbour``, ``clear``, or of ``any`` color."""
    first, last = span
    mask = find_spot(reel, first, look.side, rng)
    if mask is None:
        return None
    if look.name == "clear":
        return _cleared(reel, span, mask)
    # Where it lies must look the same as long as the spot is there.
    if any(not np.array_equal(reel.pictures[first], p) for p in reel.pictures[first : last + 1]):
        last = first
    color = _spot_color(reel, first, mask, look.name, rng)
    if color is None:
        return None
    pictures = list(reel.pictures)
    for frame in range(first, last + 1):
        pictures[frame] = reel.pictures[frame].copy()
        pictures[frame][mask] = color
    kind = {"paper": "hole, paper", "neighbour": "hole, neighbour's color"}.get(look.name, "dot")
    area = look.side**2
    truth = Truth(kind, f"{area} px", SPOT, first, last, box_of(mask), area)
    return reel.painted(pictures), truth


def _cleared(reel: Reel, span: Span, mask: Mask) -> Planted:
    """A hole in the paint of a cel on transparency."""
    assert reel.alpha is not None
    if not all(alpha[mask].all() for alpha in reel.alpha[span[0] : span[1] + 1]):
        return None
    alphas = list(reel.alpha)
    for frame in range(span[0], span[1] + 1):
        alphas[frame] = alphas[frame].copy()
        alphas[frame][mask] = 0
    area = int(mask.sum())
    truth = Truth("hole, clear", f"{area} px", SPOT, *span, box_of(mask), area)
    return Reel(**{**_fields(reel), "alpha": tuple(alphas)}), truth


def _fields(reel: Reel) -> dict[str, object]:
    return {name: getattr(reel, name) for name in Reel.__slots__}


def _spot_color(
    reel: Reel, frame: int, mask: Mask, look: str, rng: np.random.Generator
) -> tuple[int, ...] | None:
    """The color, if it stands out from what lies around, the more so the busier that is."""
    picture = reel.pictures[frame]
    there = mean_of(picture, ring(mask) | mask)
    visible = max(VISIBLE, 2 * unrest(picture, ring(mask, 8) | mask))
    if look == "paper":
        choices = [PAPER]
    elif look == "neighbour":
        far = ring(mask, 40)
        points = picture[far][rng.integers(0, int(far.sum()), 40)]
        choices = [tuple(map(int, point)) for point in points]
    else:
        hues = rng.random((20, 3)) * (1, 0.9, 0.9)
        choices = [tuple(round(255 * c) for c in colorsys.hsv_to_rgb(*hue)) for hue in hues]
    return next((c for c in choices if difference(c, there) >= visible), None)


def stuck(reel: Reel, rng: np.random.Generator, look: Look) -> Planted:
    """A spot that is there from the first frame to the last, where nothing else changes.

    Only the source tells it from what was meant: no line surrounds it, no grey picture has it.
    """
    first, last = 0, len(reel.pictures) - 1
    for _ in range(8):
        mask = find_spot(reel, first, look.side, rng)
        color = None if mask is None else _spot_color(reel, first, mask, look.name, rng)
        if mask is None or color is None:
            continue
        home = ring(mask, 8) | mask
        if all(np.array_equal(p[home], reel.pictures[0][home]) for p in reel.pictures):
            pictures = [picture.copy() for picture in reel.pictures]
            for picture in pictures:
                picture[mask] = color
            fault = f"{'hole, paper' if look.name == 'paper' else 'dot'}, whole shot"
            area, box = look.side**2, box_of(mask)
            truth = Truth(fault, f"{area} px", SPOT, first, last, box, area, "source")
            return reel.painted(pictures), truth
    return None


def sliver(reel: Reel, span: Span, rng: np.random.Generator) -> Planted:
    """A strip of paper that the paint bucket left along a line."""
    first, last = span
    mask = find_edge(reel, first, rng)
    if mask is None or difference(mean_of(reel.pictures[first], mask), PAPER) < VISIBLE:
        return None
    if any(not np.array_equal(reel.pictures[first], p) for p in reel.pictures[first : last + 1]):
        last = first
    pictures = list(reel.pictures)
    for frame in range(first, last + 1):
        pictures[frame] = reel.pictures[frame].copy()
        pictures[frame][mask] = PAPER
    truth = Truth("sliver", "2 px wide", SPOT, first, last, box_of(mask), int(mask.sum()))
    return reel.painted(pictures), truth


def temporary(reel: Reel, span: Span, rng: np.random.Generator) -> Planted:
    """仮色: an area in a placeholder's color."""
    right = AREA | {Check.TEMPORARY_COLOR}
    return _filled(reel, span, rng, (TEMPORARY, "temporary color", "#ff00ff", right))


def off_palette(reel: Reel, span: Span, rng: np.random.Generator, wanted: float) -> Planted:
    """色指定違い: an area whose color is ``wanted`` or more from all that the sheet allows."""
    assert reel.palette is not None
    sheet = to_lab(reel.palette.rgb)
    for _ in range(200):
        rgb = rng.integers(0, 256, (1, 3)).astype(np.uint8)
        nearest = float(delta_e(np.repeat(to_lab(rgb), len(sheet), axis=0), sheet).min())
        if wanted <= nearest <= 1.5 * wanted:
            color = tuple(rgb[0].tolist())
            look = (color, "off the palette", f"ΔE {wanted:g}", AREA)
            return _filled(reel, span, rng, look)
    return None


Fill = tuple[tuple[int, ...], str, str, frozenset[Check]]
"""Color, name of the fault, strength, right answers."""


def _filled(reel: Reel, span: Span, rng: np.random.Generator, look: Fill) -> Planted:
    """Fill an area with one flat color, the lines' softness kept."""
    color, fault, strength, right = look
    first, last = span
    mask = find_area(reel, first, (80, 6000), rng)
    if mask is None or difference(color, mean_of(reel.pictures[first], mask)) < VISIBLE:
        return None
    pictures = list(reel.pictures)
    masks = follow(reel, mask, first, last)
    for frame, where in enumerate(masks, first):
        pictures[frame] = reel.pictures[frame].copy()
        # Pixels that are part ink stay that dark: only what is all paint is filled plainly.
        core = where & (reel.source[frame] >= 250) if reel.lines else where
        old = reel.pictures[frame][where].astype(np.float32)
        plain = reel.pictures[frame][core] if core.any() else old
        step = np.array(color, np.float32) - np.median(plain, axis=0)
        pictures[frame][where] = np.clip(old + step, 0, 255).astype(np.uint8)
        pictures[frame][core] = color
    last = first + len(masks) - 1
    needs = "palette" if fault == "off the palette" else ""
    if last - first == len(pictures) - 1:
        # Nothing jumps: only what the sheet says tells it.
        fault, right = f"{fault}, whole shot", right - AREA | {Check.OFF_PALETTE}
    box = around(box_of(where) for where in masks)
    truth = Truth(fault, strength, right, first, last, box, int(mask.sum()), needs)
    return reel.painted(pictures), truth


def trace_line(reel: Reel, span: Span, rng: np.random.Generator) -> Planted:
    """色トレス残り: a piece of a line is left in a trace color, at least 10 pixels long."""
    first, last = span
    name = str(rng.choice(list(TRACES)))
    dark = (reel.source[first] < 160).astype(np.uint8)
    dark[:4], dark[-4:], dark[:, :4], dark[:, -4:] = 0, 0, 0, 0
    rows, columns = np.nonzero(dark)
    if not len(rows):
        return None
    which = int(rng.integers(len(rows)))
    near = np.zeros_like(dark)
    cv2.circle(near, (int(columns[which]), int(rows[which])), 14, 1, -1)
    _, pieces = cv2.connectedComponents(dark & near, connectivity=8)
    mask = pieces == pieces[rows[which], columns[which]]
    box = box_of(mask)
    if max(box.bottom - box.top, box.right - box.left) < 10:
        return None
    # A trace line is thin; a blot of ink is none.
    if cv2.erode(mask.view(np.uint8), np.ones((5, 5), np.uint8)).any():
        return None
    if any(not np.array_equal(reel.pictures[first], p) for p in reel.pictures[first : last + 1]):
        last = first
    pictures = list(reel.pictures)
    for frame in range(first, last + 1):
        pictures[frame] = reel.pictures[frame].copy()
        pictures[frame][mask] = TRACES[name]
    right = SPOT | AREA | {Check.TRACE_LINE}
    truth = Truth("trace line", "10 px or longer", right, first, last, box, int(mask.sum()))
    return reel.painted(pictures), truth
