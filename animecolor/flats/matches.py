"""Which region of the drawing before a region is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

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
_SAMPLES = 1 << 16
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
_BIN = 0.02
"""Side of a bin of ways that figures may have moved, as a share of the picture's height."""
_SAME_SIZE = 0.15
"""How much those logarithms of a region that only moved change (one sigma)."""
_VOTERS, _LEAPERS = 200, 4
"""Regions that vote for ways, and ways that are tried."""
_HEARD = 0.15
"""Votes that a way must have."""
_SURE = 0.5
"""Score above which a match tells its neighbours."""


def match(now: Regions, before: Regions) -> Matches:
    """Find every region of a drawing in the drawing before.

    Two regions score by the better of their overlap (pixels shared by pixels of either) and their
    likeness: a Gaussian of the differences in place, height, width and area, where it is and as far
    off as a figure may have leapt. That is done twice, the second time with each region's place
    moved as far as its surely matched neighbours went.
    Regions that nobody is sure of on either side are then paired by size alone, whatever their
    place and turn. One region may be the match of several: when it is split, all parts are it.

    Args:
        now: R regions.
        before: those of the previous drawing, of the same size; of another size nothing overlaps.
    """
    size = now.count + 1
    candidates = np.zeros((size, CANDIDATES), np.int32)
    weight = np.zeros((size, CANDIDATES), np.float32)
    if now.count and before.count:
        height = now.labels.shape[0]
        overlap = _overlap(now, before)
        one, other = _features(now), _features(before)
        alike = _affinity(one, other, np.zeros((now.count, 2)), _FAR * height).or_better(overlap)
        same = _same(now, before)
        for leap in _leaps(one, other, same, _BIN * height):
            alike = alike.or_better(_affinity(one, other, leap, _STRAY * height))
        moved = _motion(one, other, alike)
        found = _affinity(one, other, moved, _STRAY * height).or_better(overlap)
        found = found.or_better(_orphans(found, one, other, _LEAPS * height))
        candidates[1:], weight[1:] = _best(found, now.count)
        weight = np.minimum(weight, _ALIKE)
        candidates[same > 0] = 0
        weight[same > 0] = 0
        candidates[same > 0, 0], weight[same > 0, 0] = same[same > 0], 1
    return Matches(candidates[:, 0].copy(), weight[:, 0].copy(), candidates, weight)


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Scored pairs of a region now and one before, numbered from 0; each pair once."""

    now: NDArray[np.intp]
    before: NDArray[np.intp]
    score: Table

    def swapped(self) -> _Pairs:
        """The same seen from the drawing before."""
        return _Pairs(self.before, self.now, self.score)

    def or_better(self, other: _Pairs) -> _Pairs:
        """The pairs of both, each with its better score."""
        now = np.concatenate((self.now, other.now))
        before = np.concatenate((self.before, other.before))
        score = np.concatenate((self.score, other.score))
        order = np.lexsort((-score, before, now))
        now, before, score = now[order], before[order], score[order]
        first = np.ones(len(now), np.bool_)
        first[1:] = (now[1:] != now[:-1]) | (before[1:] != before[:-1])
        return _Pairs(now[first], before[first], score[first])


def _overlap(now: Regions, before: Regions) -> _Pairs:
    """Score of the pairs that share pixels where they are."""
    if now.labels.shape != before.labels.shape:
        none = np.zeros(0, np.intp)
        return _Pairs(none, none, np.zeros(0))
    step = max(1, round((now.labels.size / _SAMPLES) ** 0.5))
    one = now.labels[step // 2 :: step, step // 2 :: step].ravel()
    other = before.labels[step // 2 :: step, step // 2 :: step].ravel()
    both = (one > 0) & (other > 0)
    size = before.count + 1
    pair, shared = np.unique(one[both].astype(np.int64) * size + other[both], return_counts=True)
    row, column = np.divmod(pair, size)
    area = np.bincount(one)[row]
    union = area + np.bincount(other)[column] - shared
    score = np.maximum(shared / union, _INSIDE * shared / area)
    return _Pairs(row - 1, column - 1, score)


def _same(now: Regions, before: Regions) -> NDArray[np.int32]:
    """(R + 1,) the region before that has exactly the same pixels; 0 where there is none."""
    same = np.zeros(now.count + 1, np.int32)
    if now.labels.shape != before.labels.shape:
        return same
    shape = {key: number for number, key in enumerate(_shapes(before), start=1)}
    same[1:] = [shape.get(key, 0) for key in _shapes(now)]
    if same.any():
        expected = np.take(np.where(same > 0, same, np.int32(-1)), now.labels)
        moved = (expected != before.labels) & (expected > 0)
        same[now.labels[moved]] = 0
    return same


def _shapes(regions: Regions) -> list[tuple[int, ...]]:
    """Box and area of each region: what two equal ones have in common at the least."""
    return [tuple(row) for row in np.column_stack((regions.box, regions.area))[1:].tolist()]


def _features(regions: Regions) -> Table:
    """(R, 5) row and column of the box's middle; logarithms of its height, width and root area."""
    box, area = regions.box[1:].astype(np.float64), regions.area[1:]
    middle, sides = (box[:, :2] + box[:, 2:]) / 2, box[:, 2:] - box[:, :2]
    return np.column_stack((middle, np.log(sides), np.log(area) / 2))


def _affinity(one: Table, other: Table, moved: Table, sigma: float) -> _Pairs:
    """Score of the pairs that are most alike in shape and place."""
    scale = np.array([1 / sigma, 1 / sigma, 1 / _GROWS, 1 / _GROWS, 1 / _GROWS])
    sought = one * scale
    sought[:, :2] -= moved / sigma
    away, column = _nearest(sought, other * scale, CANDIDATES)
    row = np.repeat(np.arange(len(one)), away.shape[1])
    return _Pairs(row, column.ravel(), np.exp(-(away.ravel() ** 2) / 2))


def _leaps(one: Table, other: Table, same: NDArray[np.int32], bin_side: float) -> list[Table]:
    """(1, 2) rows and columns that whole figures moved, the most likely first.

    A Hough transform: every region that changed votes for its way from those of like size, with
    less weight the more of them there are. What stands still has no vote, so a figure that leaps
    over its background is heard.
    """
    new = np.flatnonzero(same[1:] == 0)
    gone = np.setdiff1d(np.arange(len(other)), same[same > 0] - 1)
    # The largest come first and say enough.
    new, gone = new[:_VOTERS], gone[:_VOTERS]
    if not (len(new) and len(gone)):
        return []
    off = (one[new, None, 2:] - other[None, gone, 2:]) / _SAME_SIZE
    vote = np.exp(-np.square(off).sum(axis=2) / 2)
    vote *= vote / (vote.sum(axis=1, keepdims=True) + vote.sum(axis=0) + 1e-9)
    went = one[new, None, :2] - other[None, gone, :2]
    place = np.rint(went / bin_side).astype(np.int64)
    low = place.min(axis=(0, 1))
    place -= low - 1
    shape = tuple(place.max(axis=(0, 1)) + 2)
    flat = np.ravel_multi_index((place[..., 0], place[..., 1]), shape)
    votes = np.bincount(flat.ravel(), vote.ravel(), shape[0] * shape[1]).reshape(shape)
    votes = cv2.GaussianBlur(votes, (0, 0), 1)
    peaks = (votes == cv2.dilate(votes, np.ones((3, 3)))) & (votes > _HEARD)
    rows, columns = np.nonzero(peaks)
    order = np.argsort(-votes[rows, columns], kind="stable")[:_LEAPERS]
    return [(np.array([[rows[i], columns[i]]]) + low - 1) * bin_side for i in order]


def _nearest(one: Table, other: Table, count: int) -> tuple[Table, NDArray[np.intp]]:
    """(R, K) distances and rows of the ``count`` rows of ``other``, or all, nearest to each."""
    found = cv2.batchDistance(
        one.astype(np.float32), other.astype(np.float32), cv2.CV_32F, K=min(count, len(other))
    )
    return np.asarray(found[0], np.float64), np.asarray(found[1], np.intp)


def _motion(one: Table, other: Table, pairs: _Pairs) -> Table:
    """(R, 2) how far each region moved, going by its surely matched neighbours."""
    candidates, weight = _best(pairs, len(one))
    back, _ = _best(pairs.swapped(), len(other))
    rows = np.arange(len(one))
    top = candidates[:, 0] - 1
    mutual = (top >= 0) & (weight[:, 0] > _SURE) & (back[top, 0] - 1 == rows)
    sure = np.flatnonzero(mutual)
    if not len(sure):
        return np.zeros((len(one), 2))
    went = one[sure, :2] - other[top[sure], :2]
    _, near = _nearest(one[:, :2], one[sure, :2], _NEIGHBORS)
    return np.asarray(np.median(went[near], axis=1), np.float64)


def _orphans(pairs: _Pairs, one: Table, other: Table, sigma: float) -> _Pairs:
    """Score of regions without a sure match that are of like size, though turned or far off."""
    sure = pairs.score > _SURE
    new = np.setdiff1d(np.arange(len(one)), pairs.now[sure])
    gone = np.setdiff1d(np.arange(len(other)), pairs.before[sure])
    if not (len(new) and len(gone)):
        return _Pairs(new[:0], gone[:0], np.zeros(0))
    # A turned shape keeps its area, and about the diagonal of its box.
    sizes = [np.logaddexp(2 * table[:, 2], 2 * table[:, 3]) / 2 for table in (one, other)]
    sought, known = (
        np.column_stack((table[:, :2] / sigma, size / _GROWS, table[:, 4] / _GROWS))
        for table, size in zip((one, other), sizes, strict=True)
    )
    away, column = _nearest(sought[new], known[gone], CANDIDATES)
    score = _LOST * np.exp(-(away.ravel() ** 2) / 2)
    return _Pairs(np.repeat(new, away.shape[1]), gone[column.ravel()], score)


def _best(pairs: _Pairs, count: int) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """(R, CANDIDATES) regions before, from 1, and their scores, likeliest first; 0 where none."""
    order = np.lexsort((-pairs.score, pairs.now))
    row = pairs.now[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    kept = rank < CANDIDATES
    candidates = np.zeros((count, CANDIDATES), np.int32)
    weight = np.zeros((count, CANDIDATES), np.float32)
    candidates[row[kept], rank[kept]] = pairs.before[order][kept] + 1
    weight[row[kept], rank[kept]] = pairs.score[order][kept]
    return candidates, weight
