"""Who looks for spots and for areas that jump or change: that depends on what the source tells."""

from __future__ import annotations

from animecolor.qa.detect import Notes, Setting, Watcher
from animecolor.qa.detectors.alone import Alone
from animecolor.qa.detectors.cells import Cells


def watch_jumps(setting: Setting, notes: Notes) -> Watcher | None:
    """By lines, or alone; beside a source that has luma ``departures`` does.

    Args:
        setting: what is known of the clip.
        notes: where it is told.
    """
    return Alone(setting, notes) if setting.source_kind is None else Cells.watch(setting, notes)
