from __future__ import annotations

import numpy as np

from animecolor.qa.measurement import MOST_PICTURED
from animecolor.qa.sighting import Box, Check, Sighting, Triplet
from animecolor.qa.triplets import Album
from animecolor.qa.view import View
from tests.qa.watching import RATE


def seen(frames: int) -> tuple[Album, list[Sighting], int]:
    """Every frame has 10 loud strays, every tenth a faint hole: all told at once. The album, what
    was told, and the most triplets that were in memory.
    """
    album, told, most = Album(), list[Sighting](), 0
    for index in range(frames):
        picture = np.full((20, 32, 3), index % 256, np.uint8)
        album.see(View(index, index, 1 / RATE, 0, picture, 1.0))
        loud = [(Check.STRAY, 100.0 + 10 * index + n) for n in range(10)]
        faint = [(Check.HOLE, 5.0)] if index % 10 == 0 else []
        for check, value in loud + faint:
            sighting = Sighting(check, 0, index, index, value, 4, Box(0, 0, 4, 4))
            album.want(sighting)
            told.append(sighting)
        taken: dict[Sighting, Triplet] = album._taken
        most = max(most, len(taken))
    return album, told, most


def test_memory_does_not_grow_with_what_is_told() -> None:
    _, _, short = seen(20)
    _, _, long = seen(200)
    assert long == short < 2 * MOST_PICTURED


def test_each_check_has_its_share_of_the_pictures() -> None:
    album, told, _ = seen(50)
    found = album.finish(tuple(told))
    assert sum(sighting.check is Check.HOLE for sighting in found) == 5
    strays = sorted((s.value for s in found if s.check is Check.STRAY), reverse=True)
    assert len(found) == MOST_PICTURED
    # The last frame has no next one, so the worst but those of it are pictured too.
    assert strays == [s.value for s in reversed(told) if s.check is Check.STRAY][: len(strays)]
