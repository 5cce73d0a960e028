"""Which region of the drawing before a region is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.spatial import KDTree

from animecolor.flats.regions import Regions

Table = NDArray[np.float64]

CANDIDATES = 6
"""Regions of the drawing before that are kept for each region."""


@dataclass(frozen=True, slots=True, eq=False)
class Matches:
    """Where the R regions of a drawing were in the drawing before; row 0 is unused."""

    of: NDArray[np.int32]
    """(R + 1,) the region of the drawing before that it most likely is; 0 where it is new."""
    score: NDArray[np.float32]
    """(R + 1,) in [0, 1] how well they agree; 1 only where both have the very same pixels."""
    candidates: NDArray[np.int32]
    """(R + 1, CANDIDATES) what else it may be, likeliest first; 0 where there is no more."""
    weight: NDArray[np.float32]
    """(R + 1, CANDIDATES) their scores, not ascending."""


_ALIKE = np.float32(0.999)
"""The best score of regions that do not have the very same pixels."""
_SAMPLES = 1 << 17
"""Pixels on which overlaps are counted, about; smaller regions are found by their shape."""
_INSIDE = 0.15
"""Score of a region that lies within another of any size: it may be a piece that was cut off, or
something that came to lie over it."""
_FAR = 0.06
"""How far a region moves between drawings, as a share of the picture's height (one sigma)."""
_STRAY = 0.02
"""How far it strays from where its neighbours went."""
_GROWS = 0.5
"""How much the logarithm of a region's height, width or square root of area changes (one sigma)."""
_LOST = 0.4
"""Best score of two regions that nobody else matches: an arm that swung around."""
_LEAPS = 0.25
"""How far such a region moves, as a share of the picture's height (one sigma)."""
_NEIGHBORS = 8
"""Surely matched regions nearby that say where a region went."""
_SURE = 0.5
"""Score above which a match tells its neighbours."""


def match(now: Regions, before: Regions) -> Matches:
    """Find every region of a drawing in the drawing before."""
    size = now.count + 1
    candidates = np.zeros((size, CANDIDATES), np.int32)
    weight = np.zeros((size, CANDIDATES), np.float32)
    if now.count and before.count:
        height = now.labels.shape[0]
        overlap = _overlap(now, before)
        one, other = _features(now), _features(before)
        first = _affinity(one, other, np.zeros((now.count, 2)), _FAR * height, overlap)
        moved = _motion(one, other, first)
        found = _affinity(one, other, moved, _STRAY * height, overlap)
        found = _with_orphans(found, one, other, _LEAPS * height)
        candidates[1:], weight[1:] = _best(found)
        weight = np.minimum(weight, _ALIKE)
        weight[_equal(now, before, candidates[:, 0])] = (1,) + (0,) * (CANDIDATES - 1)
    return Matches(candidates[:, 0].copy(), weight[:, 0].copy(), candidates, weight)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Scored pairs of a region now and one before, numbered from 0; each pair once."""

    now: NDArray[np.intp]
    before: NDArray[np.intp]
    score: Table
    shape: tuple[int, int]


def _overlap(now: Regions, before: Regions) -> csr_array:
    """(R, Q) score of the pairs that share pixels where they are."""
    step = max(1, round((now.labels.size / _SAMPLES) ** 0.5))
    one = now.labels[step // 2 :: step, step // 2 :: step].ravel()
    other = before.labels[step // 2 :: step, step // 2 :: step].ravel()
    both = np.flatnonzero((one > 0) & (other > 0))
    shape = now.count + 1, before.count + 1
    shared = csr_array((np.ones(len(both)), (one[both], other[both])), shape).tocoo()
    shared.sum_duplicates()
    rows, columns = shared.coords
    area = np.bincount(one, minlength=shape[0])[rows]
    union = area + np.bincount(other, minlength=shape[1])[columns] - shared.data
    score = np.maximum(shared.data / union, _INSIDE * shared.data / area)
    return csr_array((score, (rows - 1, columns - 1)), (now.count, before.count))


def _equal(now: Regions, before: Regions, of: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(R + 1,) whether a region has exactly the pixels of its match."""
    maybe = (of > 0) & (now.area == before.area[of]) & (now.box == before.box[of]).all(axis=1)
    if not maybe.any() or now.labels.shape != before.labels.shape:
        return np.zeros_like(maybe)
    expected = np.where(maybe, of, -1)[now.labels]
    moved = (expected >= 0) & (expected != before.labels)
    return maybe & ~np.isin(np.arange(len(of)), now.labels[moved])


def _features(regions: Regions) -> Table:
    """(R, 5) row and column of the box's middle; logarithms of its height, width and root area."""
    box, area = regions.box[1:].astype(np.float64), regions.area[1:]
    middle, sides = (box[:, :2] + box[:, 2:]) / 2, box[:, 2:] - box[:, :2]
    return np.column_stack((middle, np.log(sides), np.log(area) / 2))


def _affinity(one: Table, other: Table, moved: Table, sigma: float, overlap: csr_array) -> _Pairs:
    """Score pairs by likeness of shape and place, or by overlap where that is better."""
    scale = np.array([1 / sigma, 1 / sigma, 1 / _GROWS, 1 / _GROWS, 1 / _GROWS])
    known, sought = other * scale, one * scale
    sought[:, :2] -= moved / sigma
    width = min(CANDIDATES, len(other))
    away, column = KDTree(known).query(sought, k=[*range(1, width + 1)])
    row = np.repeat(np.arange(len(one)), width)
    alike = csr_array((np.exp(-(away.ravel() ** 2) / 2), (row, column.ravel())), overlap.shape)
    best = alike.maximum(overlap).tocoo()
    return _Pairs(*(axis.astype(np.intp) for axis in best.coords), best.data, overlap.shape)


def _motion(one: Table, other: Table, pairs: _Pairs) -> Table:
    """(R, 2) how far each region moved, going by its surely matched neighbours."""
    candidates, weight = _best(pairs)
    back, _ = _best(_Pairs(pairs.before, pairs.now, pairs.score, pairs.shape[::-1]))
    rows = np.arange(len(one))
    top = candidates[:, 0] - 1
    mutual = (top >= 0) & (weight[:, 0] > _SURE) & (back[top, 0] - 1 == rows)
    sure = np.flatnonzero(mutual)
    if not len(sure):
        return np.zeros((len(one), 2))
    went = one[sure, :2] - other[top[sure], :2]
    _, near = KDTree(one[sure, :2]).query(one[:, :2], k=[*range(1, min(_NEIGHBORS, len(sure)) + 1)])
    return np.asarray(np.median(went[near], axis=1), np.float64)


def _with_orphans(pairs: _Pairs, one: Table, other: Table, sigma: float) -> _Pairs:
    """Add pairs of regions without a sure match that are of like size, though turned or far off."""
    sure = pairs.score > _SURE
    new = np.setdiff1d(np.arange(len(one)), pairs.now[sure])
    gone = np.setdiff1d(np.arange(len(other)), pairs.before[sure])
    if not (len(new) and len(gone)):
        return pairs
    # The diagonal of the box and the area hardly change when a shape turns.
    turned = [
        np.column_stack((of[:, :2] / sigma, np.hypot(*np.exp(of[:, 2:4]).T), np.exp(of[:, 4])))
        for of in (one[new], other[gone])
    ]
    for table in turned:
        table[:, 2:] = np.log(table[:, 2:]) / _GROWS
    away = ((turned[0][:, None] - turned[1][None]) ** 2).sum(axis=2)
    row, column = np.nonzero(away < 9)
    alike = csr_array(
        (_LOST * np.exp(-away[row, column] / 2), (new[row], gone[column])), pairs.shape
    )
    best = csr_array((pairs.score, (pairs.now, pairs.before)), pairs.shape).maximum(alike).tocoo()
    return _Pairs(*(axis.astype(np.intp) for axis in best.coords), best.data, pairs.shape)


def _best(pairs: _Pairs) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(R, CANDIDATES) regions before, from 1, and their scores, likeliest first."""
    order = np.lexsort((-pairs.score, pairs.now))
    row = pairs.now[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = rank < CANDIDATES
    candidates = np.zeros((pairs.shape[0], CANDIDATES), np.int32)
    weight = np.zeros((pairs.shape[0], CANDIDATES), np.float32)
    candidates[row[kept], rank[kept]] = pairs.before[order][kept] + 1
    weight[row[kept], rank[kept]] = pairs.score[order][kept]
    return candidates, weight
