"""Which regions of a cel nobody painted: they stay transparent."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from animecolor.flats.regions import Regions
from animecolor.flats.track import Settled, match
from animecolor.frame import Frame
from animecolor.stages.sizing import alpha_of, eight_bits

Marks = NDArray[np.bool_]
"""(R + 1,) one for each region; row 0 is unused."""

_PAPER_FROM = 250
"""Level of R, G and B from which on a color may be unpainted ground."""


def find_ground(
    frame: Frame, settled: Settled, painting: Frame | None, before: tuple[Settled, Marks] | None
) -> Marks:
    """Find the ground of a drawing: what lies outside its figures, and the holes in them.

    A region is ground where the cel is transparent, too (an opaque drawing may be ground wherever
    it is paper), its color is white, and

    - where the frame itself was painted: the painting is transparent there, or, if it has no
      transparency at all, the region reaches the picture's edge;
    - else: it was ground in the drawing before; a region that was not there reaches the edge.

    So an eye's white stays opaque, and a hole is one where a painting with alpha says so.

    Args:
        frame: the drawing.
        settled: its regions and their colors.
        painting: what a person painted of this frame, of its size.
        before: the previous drawing of the shot and its ground.
    """
    regions = settled.regions
    free = (settled.rgb >= _PAPER_FROM).all(axis=1) & ~settled.soft & _empty(frame, regions)
    free[:1] = False
    ground = _at_edge(regions)
    if painting is not None and painting.alpha is not None:
        ground = _empty(painting, regions)
    elif painting is None and before is not None:
        of = match(regions, before[0].regions).of
        ground = np.where(of > 0, before[1][of], ground)
    return np.asarray(free & ground)


def no_ground(regions: Regions) -> Marks:
    """Of a picture that is opaque throughout."""
    return np.zeros(regions.count + 1, np.bool_)


def _empty(cel: Frame, regions: Regions) -> Marks:
    """Regions that are mostly transparent in a cel; all of an opaque one."""
    alpha = alpha_of(cel)
    if alpha is None:
        return np.ones(regions.count + 1, np.bool_)
    solid = eight_bits(np.ascontiguousarray(alpha)) > 127
    covered = np.bincount(regions.labels[solid], minlength=regions.count + 1)
    return np.asarray(2 * covered < np.maximum(regions.area, 1))


def _at_edge(regions: Regions) -> Marks:
    labels = regions.labels
    found = np.zeros(regions.count + 1, np.bool_)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        found[side] = True
    return found
