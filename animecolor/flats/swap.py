"""Another palette for the same drawings: which swatch takes the place of which."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from animecolor.errors import UsageError
from animecolor.flats.palette import Palette


def swapped(old: Palette, new: Palette, used: Iterable[int]) -> NDArray[np.uint8]:
    """The color that each used swatch of a palette has in another palette.

    A swatch with a name takes the color of that name; where a swatch has none, or the other palette
    has no names at all, it takes the color at its own place.

    Args:
        old: what the indices mean now.
        new: what they shall mean.
        used: indices of ``old`` that occur; no other one needs a counterpart.

    Returns:
        (256, 3); white where an index is not used.

    Raises:
        UsageError: a used swatch has no counterpart, or several of different colors.
    """
    named = {swatch.name: swatch.rgb for swatch in new.swatches if swatch.name}
    twice = {s.name for s in new.swatches if s.name and named[s.name] != s.rgb}
    table = np.full((256, 3), 255, np.uint8)
    for index in used:
        if index >= len(old.swatches):
            raise UsageError(f"the layers use color {index}, which their own palette does not have")
        swatch = old.swatches[index]
        if not (swatch.name and named):
            if index >= len(new.swatches):
                raise UsageError(
                    f"the palette has {len(new.swatches)} colors, none in the place of color "
                    f"{index}, {swatch.hex}"
                )
            table[index] = new.swatches[index].rgb
        elif swatch.name not in named:
            raise UsageError(f"the palette has no color called {swatch.name}, which is used")
        elif swatch.name in twice:
            raise UsageError(f"the palette has several colors called {swatch.name}")
        else:
            table[index] = named[swatch.name]
    return table
