"""Everything that watches a clip, in no order that matters: one line a measure or detector."""

from __future__ import annotations

from animecolor.qa.detect import Watch
from animecolor.qa.detectors.against import Against
from animecolor.qa.detectors.areas import Areas
from animecolor.qa.detectors.boil import Grain
from animecolor.qa.detectors.clearings import Clearings
from animecolor.qa.detectors.departures import Departures
from animecolor.qa.detectors.fading import Fading
from animecolor.qa.detectors.flashes import Photosensitive
from animecolor.qa.detectors.flicker import Flicker
from animecolor.qa.detectors.frozen import Frozen
from animecolor.qa.detectors.gray import Gray
from animecolor.qa.detectors.holds import Holds
from animecolor.qa.detectors.jumps import watch_jumps
from animecolor.qa.detectors.kept_luma import KeptLuma
from animecolor.qa.detectors.mismatch import Mismatch
from animecolor.qa.detectors.off_palette import OffPalette
from animecolor.qa.detectors.tints import Tints
from animecolor.qa.detectors.trace_line import TraceLine
from animecolor.qa.detectors.traces import Traces

WATCHES: tuple[Watch, ...] = (
    watch_jumps,
    Holds.watch,
    Departures.watch,
    Clearings,
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
