"""Where in a clip a fault may be planted so that a person would see it, and how it moves on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.color import LUMA_709
from animecolor.flow import flow_between
from tests.qa.reels import Labels, Picture, Reel, gray_of

Mask = NDArray[np.bool_]

MARGIN = 2
"""Pixels at the frame's edge where nothing is planted: overscan, and filters' borders."""
LEAST = 50
"""Pixels of a visible area."""
_TRIES = 24
_KERNEL = np.ones((3, 3), np.uint8)


def inside(mask: Mask) -> int:
    """Pixels of a (H, W) mask that are not at the frame's edge."""
    return int(mask[MARGIN:-MARGIN, MARGIN:-MARGIN].sum())


def has_core(mask: Mask) -> bool:
    """It is an area, not a hairline: at least 9 pixels have all their neighbours in it."""
    return int(cv2.erode(mask.view(np.uint8), _KERNEL).sum()) >= 9


def find_area(
    reel: Reel, frame: int, sizes: tuple[int, int], rng: np.random.Generator
) -> Mask | None:
    """A painted area of a drawing, or of a film a connected area or a blob with a hard outline.

    Args:
        reel: the clip.
        frame: where the area is looked for.
        sizes: least and most pixels.
        rng: what chooses.

    Returns:
        (H, W), at least ``LEAST`` pixels off the frame's edge and with a core; None: there is none.
    """
    for _ in range(_TRIES):
        if reel.areas is not None:
            mask = _piece(reel.areas[frame], sizes, rng)
        elif rng.random() < 0.5:
            mask = _connected(reel.pictures[frame], sizes, rng)
        else:
            mask = _blob(reel.pictures[frame].shape[:2], sizes, rng)
        if mask is not None and inside(mask) >= min(LEAST, sizes[0]) and has_core(mask):
            return mask
    return None


def _piece(labels: Labels, sizes: tuple[int, int], rng: np.random.Generator) -> Mask | None:
    """A connected piece of one label."""
    numbers, counts = np.unique(labels[labels > 0], return_counts=True)
    numbers = numbers[counts >= sizes[0]]
    if not len(numbers):
        return None
    same = (labels == rng.choice(numbers)).astype(np.uint8)
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(same, connectivity=4)
    area = stats[1:, cv2.CC_STAT_AREA]
    fitting = np.flatnonzero((area >= sizes[0]) & (area <= sizes[1])) + 1
    return np.asarray(pieces == rng.choice(fitting), np.bool_) if len(fitting) else None


def _connected(picture: Picture, sizes: tuple[int, int], rng: np.random.Generator) -> Mask | None:
    """What is of nearly one color around a point of a film, without its own holes."""
    height, width = picture.shape[:2]
    seed = int(rng.integers(4, width - 4)), int(rng.integers(4, height - 4))
    filled = np.zeros((height + 2, width + 2), np.uint8)
    flags = 4 | cv2.FLOODFILL_MASK_ONLY | cv2.FLOODFILL_FIXED_RANGE | 255 << 8
    cv2.floodFill(picture.copy(), filled, seed, 0, (10,) * 3, (10,) * 3, flags)
    mask = cv2.morphologyEx(filled[1:-1, 1:-1], cv2.MORPH_CLOSE, _KERNEL) > 0
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    area = int(mask.sum())
    if not sizes[0] <= area <= sizes[1]:
        return None
    bounds = (rows[-1] - rows[0] + 1) * (columns[-1] - columns[0] + 1)
    return mask if area >= 0.3 * bounds else None


def _blob(shape: tuple[int, ...], sizes: tuple[int, int], rng: np.random.Generator) -> Mask | None:
    """A lumpy patch, as a network that took an area for another leaves it."""
    area = float(np.exp(rng.uniform(*np.log((sizes[0] * 1.1, sizes[1] * 0.8)))))
    radius = np.sqrt(area / np.pi)
    if 2 * radius > 0.6 * min(shape):
        return None
    turns = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    lumps = 1 + 0.25 * np.sin(turns * 2 + rng.uniform(0, 6)) + 0.12 * np.sin(turns * 3 + 1)
    y, x = (rng.uniform(radius, side - radius) for side in shape)
    outline = np.stack(
        (x + radius * lumps * np.cos(turns), y + radius * lumps * np.sin(turns)), axis=1
    )
    canvas = np.zeros(shape, np.uint8)
    cv2.fillPoly(canvas, [np.rint(outline).astype(np.int32)], 1)
    return canvas > 0


def follow(reel: Reel, mask: Mask, first: int, last: int) -> list[Mask]:
    """The area in every frame from ``first`` on, until it is out of sight or ``last`` is done."""
    masks = [mask]
    for frame in range(first + 1, last + 1):
        held = np.array_equal(reel.pictures[frame], reel.pictures[frame - 1])
        mask = masks[-1] if held else _carried(reel, masks[-1], frame)
        if inside(mask) < 16:
            break
        masks.append(mask)
    return masks


def _carried(reel: Reel, mask: Mask, frame: int) -> Mask:
    """An area one frame on: pieces of the same label that touch it, or along the motion."""
    if reel.areas is not None:
        before, now = reel.areas[frame - 1], reel.areas[frame]
        label = int(np.bincount(before[mask]).argmax())
        count, pieces = cv2.connectedComponents((now == label).astype(np.uint8), connectivity=4)
        near = cv2.dilate(mask.view(np.uint8), np.ones((9, 9), np.uint8)) > 0
        touched = np.zeros(count, np.bool_)
        touched[np.unique(pieces[near])] = True
        touched[0] = False
        return touched[pieces]
    back = flow_between(gray_of(reel.pictures[frame]), gray_of(reel.pictures[frame - 1]))
    rows, columns = np.indices(mask.shape, np.float32)
    moved = cv2.remap(
        mask.view(np.uint8), columns + back[..., 0], rows + back[..., 1], cv2.INTER_NEAREST
    )
    return cv2.medianBlur(moved, 5) > 0


def find_spot(reel: Reel, frame: int, side: int, rng: np.random.Generator) -> Mask | None:
    """A square of ``side`` pixels in the middle of paint: 2 pixels or more from its outline."""
    shape = reel.pictures[frame].shape[:2]
    for _ in range(_TRIES):
        home = find_area(reel, frame, (LEAST, shape[0] * shape[1] // 2), rng)
        if home is None:
            return None
        padded = np.pad(home.astype(np.uint8), 1)
        away = cv2.distanceTransform(padded, cv2.DIST_C, 3)[1:-1, 1:-1]
        away[: MARGIN + side], away[-MARGIN - side :] = 0, 0
        away[:, : MARGIN + side], away[:, -MARGIN - side :] = 0, 0
        rows, columns = np.nonzero(away > side / 2 + 2)
        if len(rows):
            which = int(rng.integers(len(rows)))
            top, left = rows[which] - side // 2, columns[which] - side // 2
            spot = np.zeros(shape, np.bool_)
            spot[top : top + side, left : left + side] = True
            return spot
    return None


def find_edge(reel: Reel, frame: int, rng: np.random.Generator) -> Mask | None:
    """A strip 2 pixels wide and up to 14 long just inside an area's outline, as a sliver is."""
    shape = reel.pictures[frame].shape[:2]
    for _ in range(_TRIES):
        home = find_area(reel, frame, (200, shape[0] * shape[1] // 3), rng)
        if home is None:
            return None
        inner = cv2.erode(home.view(np.uint8), _KERNEL)
        rim = (inner > 0) & (cv2.erode(inner, np.ones((5, 5), np.uint8)) == 0)
        rim[:4], rim[-4:], rim[:, :4], rim[:, -4:] = False, False, False, False
        rows, columns = np.nonzero(rim)
        if not len(rows):
            continue
        which = int(rng.integers(len(rows)))
        near = np.hypot(
            *(np.indices(shape) - np.array([rows[which], columns[which]])[:, None, None])
        )
        _, pieces = cv2.connectedComponents((rim & (near <= 7)).astype(np.uint8), connectivity=8)
        strip = pieces == pieces[rows[which], columns[which]]
        if strip.sum() >= 12:
            return strip
    return None


def ring(mask: Mask, reach: int = 3) -> Mask:
    """What lies around an area."""
    side = 2 * reach + 1
    return (cv2.dilate(mask.view(np.uint8), np.ones((side, side), np.uint8)) > 0) & ~mask


def ground(reel: Reel, frame: int) -> Mask | None:
    """The largest area of one label or one color, if it is a sixth of the picture: a background."""
    if reel.areas is not None:
        labels = reel.areas[frame]
        most = int(np.bincount(labels[labels > 0]).argmax())
        mask = labels == most
    else:
        packed = (reel.pictures[frame] >> 2).astype(np.int32) @ (1 << 16, 1 << 8, 1)
        values, counts = np.unique(packed, return_counts=True)
        mask = packed == values[counts.argmax()]
    return mask if mask.mean() >= 1 / 6 else None


def brightness(reel: Reel, frame: int) -> float:
    """Mean luma in [0, 255]."""
    return float(reel.pictures[frame].reshape(-1, 3).mean(axis=0) @ np.array(LUMA_709))
