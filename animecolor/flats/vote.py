"""What color the network wants a region to have."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.regions import Regions

Table = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Votes:
    """One vote a region; tables have R + 1 rows, row 0 (lines) being unused."""

    color: NDArray[np.float32]
    """(R + 1, 3) RGB in [0, 1]: the color most of the region's pixels were given."""
    second: NDArray[np.float32]
    """(R + 1, 3) the runner-up; equal to ``color`` where there is none."""
    margin: NDArray[np.float32]
    """(R + 1,) in [0, 1]: share of the vote that ``color`` has over ``second``."""
    soft: NDArray[np.bool_]
    """(R + 1,) whether the region is painted with a true gradient."""
    support: NDArray[np.float32]
    """(R + 1,) working-size cells that voted, each counted as far as no line crosses or touches it:
    a region whose every cell is shared with a line has next to none."""
    error: NDArray[np.float32]
    """(R + 1,) absolute error that the network expects of the cells that voted, mean of R, G and B;
    0.03 where it cannot tell."""


_SHARED = np.float32(0.02)
"""Weight of a cell that a line crosses or touches: it counts only where there is no other."""
_SURE = 0.02
"""Expected error, mean of R, G and B, below which all cells are as good."""
_UNKNOWN = 0.03
"""Error taken for granted of a network that tells none."""
_ENOUGH = 128
"""Cells of a region that are asked at least, where it has so many."""
_BIN = 16.0
"""Side of the coarse Lab bins in which the mode is looked for."""
_REACH = 12.0
"""Radius in Lab of what is one color: the spread of a network's flat, noise included."""
_SHIFTS = 3
"""Mean shifts from the fullest bin; each moves the center less than half as far as the last."""
_LEVELS = (7, 12, 12)
"""Bins along L, a and b."""
_TINY = np.float32(1e-9)
_SOFT_CELLS = 400
"""A gradient of fewer cells is not to be told from one color bleeding into another."""
_SOFT_RANGE = 2.5
"""Difference in Lab from one end of a gradient to the other; a network's flats wander less."""
_SOFT_FIT = 0.85
"""Share of the variance within the region that a plane must explain."""


@dataclass(frozen=True, slots=True, eq=False)
class _Ballots:
    """The N cells that vote, those of a region in a row; every region has one at least."""

    region: NDArray[np.intp]
    """(N,) 1 to R, ascending."""
    start: NDArray[np.intp]
    """(R,) where each region's cells begin."""
    lab: Table
    """(N, 3)."""
    place: Table
    """(N, 2) row and column of the cell."""
    free: Table
    """(N,) how many cells free of lines it stands for."""
    clean: Table
    """(N,) what its vote counts as far as lines go."""
    error: Table
    """(N,) absolute error expected of it."""

    def sums(self, values: Table) -> Table:
        """(N,) or (N, C) -> (R + 1,) or (R + 1, C) sums by region; row 0 is 0."""
        held = np.add.reduceat(values, self.start, axis=0)
        return np.concatenate([np.zeros_like(held[:1]), held])

    def away(self, center: Table) -> Table:
        """(N,) Euclidean distance in Lab of each cell from its region's (R + 1, 3) center."""
        apart = self.lab - center[self.region]
        return np.asarray(np.sqrt(np.einsum("nc,nc->n", apart, apart)), np.float32)


def vote(regions: Regions, color: NDArray[np.float32], error: NDArray[np.float32] | None) -> Votes:
    """Let the network's pixels inside each region vote for its color.

    The color is the mode in Lab, not the mean: the fullest coarse bin, refined by mean shift
    (Fukunaga and Hostetler 1975) with a flat kernel, so that a second color bleeding in from
    beyond a line does not tint the first. A cell counts the more the surer the network is of it,
    and hardly at all where a line crosses or touches it.

    Args:
        regions: the native drawing, R regions.
        color: (3, h, w) RGB in [0, 1] at working size.
        error: (h, w) absolute error expected of ``color``, mean of R, G and B; None if unknown.

    Returns:
        A vote for every region, the smallest included: one that lies between all cells' middles
        takes the cell of the pixel nearest its own middle.
    """
    if regions.count == 0:
        nothing = np.zeros((1, 3), np.float32)
        none = np.zeros(1, np.float32)
        return Votes(nothing, nothing, none, np.zeros(1, np.bool_), none, none)
    cells = _cast(regions, color, error)
    weight = cells.clean / (_SURE + cells.error)
    first, most = _mode(cells, weight)
    second, next_most = _mode(cells, weight * (cells.away(first) > 2 * _REACH))
    second = np.where((next_most > 0)[:, None], second, first)
    doubt = cells.sums(cells.error * cells.clean) / np.maximum(cells.sums(cells.clean), _TINY)
    return Votes(
        _to_rgb(first),
        _to_rgb(second),
        np.asarray((most - next_most).clip(0) / np.maximum(cells.sums(weight), _TINY), np.float32),
        _find_soft(cells),
        cells.sums(cells.free),
        doubt.astype(np.float32),
    )


def _cast(
    regions: Regions, color: NDArray[np.float32], error: NDArray[np.float32] | None
) -> _Ballots:
    height, width = color.shape[1:]
    labels = regions.labels
    rows = ((np.arange(height) + 0.5) * (labels.shape[0] / height)).astype(np.intp)
    columns = ((np.arange(width) + 0.5) * (labels.shape[1] / width)).astype(np.intp)
    owner = labels[rows[:, None], columns].ravel()
    cell = np.flatnonzero(owner)
    step = _steps(owner[cell], regions.count)
    asked = ((cell // width | cell % width) & (step - 1)) == 0
    cell, step = cell[asked], step[asked]
    lost = np.flatnonzero(np.bincount(owner[cell], minlength=regions.count + 1)[1:] == 0) + 1
    if len(lost):
        pixels = np.array([_middle(regions, number) for number in lost.tolist()])
        found = pixels * (height, width) // np.array(labels.shape)
        cell = np.concatenate([cell, found @ (width, 1)])
        step = np.concatenate([step, np.ones(len(lost), step.dtype)])
    region = np.concatenate([owner[cell[: len(cell) - len(lost)]], lost])
    order = np.argsort(region, kind="stable")
    region, cell, step = region[order].astype(np.intp), cell[order], step[order]
    free = _free(labels, (height, width)).ravel()[cell]
    doubt = np.full(len(cell), _UNKNOWN) if error is None else error.ravel()[cell].clip(0)
    return _Ballots(
        region,
        np.searchsorted(region, np.arange(1, regions.count + 1)),
        _to_lab(np.ascontiguousarray(color.reshape(3, -1)[:, cell].T)),
        np.column_stack((cell // width, cell % width)).astype(np.float32),
        (free * step * step).astype(np.float32),
        _SHARED + (1 - _SHARED) * free,
        doubt.astype(np.float32),
    )


def _steps(region: NDArray[np.int32], count: int) -> NDArray[np.intp]:
    """(N,) 1 where all cells of its region are asked, 2, 4 or 8 where every such row and column.

    Some hundreds of cells say what all would; this is what keeps a sky cheap.
    """
    held = np.bincount(region, minlength=count + 1)
    steps = 1 << np.digitize(held, [_ENOUGH << 2, _ENOUGH << 4, _ENOUGH << 6])
    return np.asarray(steps[region], np.intp)


def _middle(regions: Regions, number: int) -> tuple[int, int]:
    """The pixel of a region nearest the mean of its pixels."""
    top, left, bottom, right = (int(side) for side in regions.box[number])
    pixels = np.argwhere(regions.labels[top:bottom, left:right] == number)
    nearest = pixels[((pixels - pixels.mean(axis=0)) ** 2).sum(axis=1).argmin()]
    return top + int(nearest[0]), left + int(nearest[1])


def _free(labels: NDArray[np.int32], size: tuple[int, int]) -> Table:
    """(h, w): 1 where neither the cell nor one beside it has a line, falling to 0."""
    line = (labels == 0).astype(np.uint8) * np.uint8(255)
    covered = cv2.resize(line, (size[1], size[0]), interpolation=cv2.INTER_AREA)
    reduction = max(1.0, labels.shape[0] / size[0])
    # A line one native pixel wide covers a part of the cell only, and still parts it.
    free = np.maximum(1 - covered.astype(np.float32) * np.float32(reduction / 255), 0)
    return np.asarray(cv2.erode(free, np.ones((3, 3), np.uint8)), np.float32)


def _mode(cells: _Ballots, weight: Table) -> tuple[Table, Table]:
    """(R + 1, 3) densest color of each region in Lab, and (R + 1,) the weight near it."""
    center = _fullest(cells, weight)
    weighted = np.column_stack((cells.lab, np.ones_like(weight))) * weight[:, None]
    for _ in range(_SHIFTS):
        held = cells.sums(weighted * (cells.away(center) < _REACH)[:, None])
        mass = held[:, 3:]
        center = np.where(mass > 0, held[:, :3] / np.maximum(mass, _TINY), center)
    return center, mass[:, 0]


def _fullest(cells: _Ballots, weight: Table) -> Table:
    """(R + 1, 3) mean color of each region's fullest coarse bin."""
    step = np.rint(cells.lab / _BIN).astype(np.intp) + np.array(_LEVELS) // (99, 2, 2)
    key = step.clip(0, np.array(_LEVELS) - 1) @ (_LEVELS[1] * _LEVELS[2], _LEVELS[2], 1)
    bins, count = int(np.prod(_LEVELS)), len(cells.start) + 1
    held = np.bincount(cells.region * bins + key, weight, count * bins).reshape(count, bins)
    own = weight * (held.argmax(axis=1)[cells.region] == key)
    sums = cells.sums(np.column_stack((cells.lab, np.ones_like(own))) * own[:, None])
    return np.asarray(sums[:, :3] / np.maximum(sums[:, 3:], _TINY), np.float32)


def _find_soft(cells: _Ballots) -> NDArray[np.bool_]:
    """(R + 1,) whether the colors of a region change evenly across it.

    Over a true gradient a plane explains nearly all of the variance, the best split into two flats
    three quarters of it; over two flats it is the other way round.
    """
    weight = cells.free[:, None]
    mass = cells.sums(cells.free)
    floor = np.maximum(mass, _TINY)[:, None]

    def mean(values: Table) -> Table:
        return np.asarray(cells.sums(weight * values) / floor, np.float32)

    both = np.column_stack((cells.place, cells.lab))
    both -= mean(both)[cells.region]
    place, lab = both[:, :2], both[:, 2:]
    products = mean((place[:, :, None] * both[:, None, :]).reshape(-1, 10)).reshape(-1, 2, 5)
    # The small diagonal keeps a region one cell wide solvable.
    slope = np.linalg.solve(products[..., :2] + 1e-3 * np.eye(2), products[..., 2:])
    fitted = np.einsum("np,npc->nc", place, slope[cells.region].astype(np.float32))
    # Which way the colors change: that of the place's axis along which they change more.
    steep = np.einsum("rpp,rpc->rp", products[..., :2], slope**2).argmax(axis=1)
    way = slope[np.arange(len(slope)), steep][cells.region]
    high = ((lab * way).sum(axis=1, keepdims=True) > 0).astype(np.float32)
    held = mean(np.concatenate((fitted**2, lab**2, lab * high, high), axis=1))
    explained, variance = held[:, :3].sum(axis=1), held[:, 3:6].sum(axis=1)
    share = held[:, 9]
    # lab is centered, so the halves' sums are opposite and one of them tells the split's variance.
    split = (held[:, 6:9] ** 2).sum(axis=1) / np.maximum(share * (1 - share), _TINY)
    # An even ramp from end to end has a standard deviation of 1 / sqrt(12) of its range.
    far = np.sqrt(12 * explained) > _SOFT_RANGE
    fits = (explained > _SOFT_FIT * variance) & (explained > split)
    found: NDArray[np.bool_] = far & fits & (mass >= _SOFT_CELLS)
    return found


def _to_lab(rgb: Table) -> Table:
    """(N, 3) RGB in [0, 1] -> Lab under D65."""
    return np.asarray(cv2.cvtColor(rgb[None].clip(0, 1), cv2.COLOR_RGB2LAB)[0], np.float32)


def _to_rgb(lab: Table) -> Table:
    """(N, 3) Lab -> RGB in [0, 1]."""
    rgb = cv2.cvtColor(lab[None].astype(np.float32), cv2.COLOR_LAB2RGB)[0]
    return np.asarray(rgb.clip(0, 1), np.float32)
