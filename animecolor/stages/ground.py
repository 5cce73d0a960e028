"""Which regions of a cel nobody painted: they stay transparent."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.regions import Regions
from animecolor.flats.track import Settled, match
from animecolor.frame import Frame
from animecolor.stages.ink import drawing
from animecolor.stages.sizing import alpha_of, eight_bits

Marks = NDArray[np.bool_]
"""(R + 1,) one for each region; row 0 is unused."""

_PAPER_FROM = 250
"""Level of R, G and B from which on a color may be unpainted ground."""
_SURE = 0.5
"""Score of a match from which on a region is what it was."""


def find_ground(
    frame: Frame, settled: Settled, painting: Frame | None, before: tuple[Settled, Marks] | None
) -> Marks:
    """Find the ground of a drawing: what lies outside its figures, and the holes in them.

    Ground is only what the cel leaves transparent, too; an opaque drawing may be ground wherever
    it is paper. Of that,

    - where the frame itself was painted, the painting says: ground is transparent in it or, if it
      has no transparency at all, white and at the picture's edge;
    - else a region that was ground in the drawing before is it again if it is surely the same one,
      is white, or holds a corner of a transparent cel;
    - and a new one that reaches the picture's edge is ground if it is white or holds such a corner.

    So an eye's white stays opaque, a figure that the edge cuts off is painted, and a hole is one
    where a painting with alpha says so.

    Args:
        frame: the drawing.
        settled: its regions and their colors.
        painting: what a person painted of this frame, of its size.
        before: the previous drawing of the shot and its ground.
    """
    regions = settled.regions
    cover = alpha_of(frame)
    free = np.arange(regions.count + 1) > 0
    if cover is not None:
        free &= _mostly(regions, ~_solid(cover))
    if painting is not None:
        return np.asarray(free & _unpainted(painting, regions))
    bare = (settled.rgb >= _PAPER_FROM).all(axis=1) & ~settled.soft
    if cover is not None:
        bare[regions.labels[[0, 0, -1, -1], [0, -1, 0, -1]]] = True
    ground = bare & _at_edge(regions)
    if before is not None:
        found = match(regions, before[0].regions)
        again = before[1][found.of] & (bare | (found.score > _SURE))
        ground = np.where(found.of > 0, again, ground)
    return np.asarray(free & ground)


def no_ground(regions: Regions) -> Marks:
    """Of a picture that is opaque throughout."""
    return np.zeros(regions.count + 1, np.bool_)


def _unpainted(painting: Frame, regions: Regions) -> Marks:
    """Regions that a painting leaves empty."""
    cover = alpha_of(painting)
    if cover is not None:
        return _mostly(regions, ~_solid(cover))
    white = np.asarray((drawing(painting) >= _PAPER_FROM).all(axis=2))
    return _mostly(regions, white) & _at_edge(regions)


def _solid(cover: NDArray[Any]) -> NDArray[np.bool_]:
    """(H, W) alpha -> where it is more than half."""
    return np.asarray(eight_bits(np.ascontiguousarray(cover)) > 127)


def _mostly(regions: Regions, mask: NDArray[np.bool_]) -> Marks:
    """Regions that more than half lie in an (H, W) mask."""
    inside = np.bincount(regions.labels[mask], minlength=regions.count + 1)
    return np.asarray(2 * inside > regions.area)


def _at_edge(regions: Regions) -> Marks:
    labels = regions.labels
    found = np.zeros(regions.count + 1, np.bool_)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        found[side] = True
    return found
