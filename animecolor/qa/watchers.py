"""Everything that watches a clip, in no order that matters: one line a measure or detector."""

from __future__ import annotations

from animecolor.qa.against import Against
from animecolor.qa.areas import Areas
from animecolor.qa.boil import Grain
from animecolor.qa.departures import Departures
from animecolor.qa.detect import Watch
from animecolor.qa.fading import Fading
from animecolor.qa.flashes import Photosensitive
from animecolor.qa.flicker import Flicker
from animecolor.qa.frozen import Frozen
from animecolor.qa.gray import Gray
from animecolor.qa.jumps import watch_jumps
from animecolor.qa.kept_luma import KeptLuma
from animecolor.qa.mismatch import Mismatch
from animecolor.qa.off_palette import OffPalette
from animecolor.qa.tints import Tints
from animecolor.qa.trace_line import TraceLine
from animecolor.qa.traces import Traces

WATCHES: tuple[Watch, ...] = (
    watch_jumps,
    Departures.watch,
    Tints.watch,
    Areas,
    Traces,
    Flicker,
    Grain,
    Frozen.watch,
    Gray,
    Fading,
    KeptLuma.watch,
    OffPalette,
    TraceLine.watch,
    Photosensitive,
    Against.watch,
    Mismatch,
)
