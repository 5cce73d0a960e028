"""Sightings as small JPEG pictures, as they lie in a report's folder and in its page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.qa.sighting import Box, Sighting, Triplet

VIEWS: tuple[Literal["before", "frame", "after", "heat"], ...] = (
    "before",
    "frame",
    "after",
    "heat",
)
"""What the four pictures of a triplet show, in its order."""
_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Shown:
    """A sighting as pictures."""

    sighting: int
    """Its position in the measurement."""
    frame: int
    """Index of the frame in the middle."""
    height: int
    width: int
    box: Box | None
    """In pixels of these pictures."""
    jpegs: dict[str, bytes]
    """View (``VIEWS``) -> JPEG, of those that there are."""


def show(pictures: Mapping[Sighting, Triplet], sightings: Sequence[Sighting]) -> tuple[Shown, ...]:
    """Encode triplets, in order of their sightings.

    Args:
        pictures: what ``Measurement.pictures`` is.
        sightings: all of them.
    """
    shown = []
    for position, sighting in enumerate(sightings):
        triplet = pictures.get(sighting)
        if triplet is None:
            continue
        there = {
            view: picture
            for view, picture in zip(VIEWS, triplet.pictures, strict=True)
            if picture is not None
        }
        if not there:
            continue
        height, width = next(iter(there.values())).shape[:2]
        jpegs: dict[str, bytes] = {view: as_jpeg(picture) for view, picture in there.items()}
        shown.append(Shown(position, triplet.first, height, width, triplet.box, jpegs))
    return tuple(shown)


def as_jpeg(picture: NDArray[np.uint8]) -> bytes:
    """Encode a (h, w, 3) sRGB picture."""
    # 4:4:4, because a fault of color is what it is to show.
    how = [cv2.IMWRITE_JPEG_QUALITY, _QUALITY]
    how += [cv2.IMWRITE_JPEG_SAMPLING_FACTOR, cv2.IMWRITE_JPEG_SAMPLING_FACTOR_444]
    done, data = cv2.imencode(".jpg", cv2.cvtColor(picture, cv2.COLOR_RGB2BGR), how)
    assert done  # memory is all that an encoder of pixels in memory can lack
    return data.tobytes()


def jpeg_size(data: bytes) -> tuple[int, int] | None:
    """Height and width that a JPEG's header names; None if it is no JPEG."""
    at = 2
    if data[:2] != b"\xff\xd8":
        return None
    while data[at : at + 1] == b"\xff" and at + 9 <= len(data):
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4])
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return int.from_bytes(data[at + 5 : at + 7]), int.from_bytes(data[at + 7 : at + 9])
        at += 2 + length
    return None
