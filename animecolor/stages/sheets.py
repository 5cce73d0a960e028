"""Character sheets: painted pictures that are no frames of the clip, read as its frames are."""

from __future__ import annotations

import numpy as np
import torch

from animecolor.config import Mode, Render
from animecolor.frame import Frame, Reference
from animecolor.stages.canny import canny_plane
from animecolor.stages.ink import drawing
from animecolor.stages.paintings import read_still
from animecolor.stages.sizing import shrink, unit, working_luma, working_size


def read_sheets(render: Render) -> tuple[Reference, ...]:
    """Read ``render.references``, each laid on white and reduced to the clip's working size.

    A sheet keeps its aspect and is never enlarged. Its plane is luma in grey mode. In line-art mode
    it is drawn by Canny, of an inked clip too: all that is darker than paper would be ink, and a
    painted figure a black one.

    Raises:
        UsageError: a picture is missing.
        AnimecolorError: it is damaged, animated or larger than the limits.
    """
    return tuple(_sheet(read_still(path, render.limits), render) for path in render.references)


def _sheet(picture: Frame, render: Render) -> Reference:
    short = min(render.network.size, *picture.size)
    plane = working_luma(picture, short)
    if render.mode is Mode.LINEART:
        plane = canny_plane(plane, render.lines)
    color = unit(shrink(drawing(picture), working_size(picture.size, short)))
    channels_first = torch.from_numpy(np.ascontiguousarray(color.transpose(2, 0, 1)))
    return Reference(torch.from_numpy(plane)[None], channels_first)
