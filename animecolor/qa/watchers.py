"""Everything that watches a clip, in no order that matters: one line a measure or detector."""

from __future__ import annotations

from animecolor.qa.detect import Watch

WATCHES: tuple[Watch, ...] = ()
