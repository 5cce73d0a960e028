"""Inspect a reel as a user would: through files, with a profile's limits."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from animecolor.config import Limits
from animecolor.qa.detect import Watch
from animecolor.qa.measure import Request, measure
from animecolor.qa.sighting import Sighting
from animecolor.qa.verdict.join import join
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import Profile
from animecolor.qa.verdict.suppress import Suppression
from animecolor.qa.watchers import WATCHES
from animecolor.video.probe import probe
from tests.qa.reels import Reel, write
from tests.qa.truth import Truth


@dataclass(frozen=True, slots=True)
class Way:
    """How a clip is handed in."""

    sourced: bool
    """With its source, and its palette if it has one."""
    lossy: bool
    """As H.264 4:2:0, its source too."""

    def __str__(self) -> str:
        return f"{'source' if self.sourced else 'alone'}-{'lossy' if self.lossy else 'lossless'}"


WAYS = (Way(True, False), Way(False, True), Way(True, True), Way(False, False))


def inspect(
    reel: Reel, way: Way, stem: Path, profile: Profile, watches: Sequence[Watch] = WATCHES
) -> list[Sighting]:
    """Sightings that an inspector is shown: beyond the profile's limits, and not suppressed.

    Args:
        reel: the clip.
        way: how it is handed in.
        stem: where its files go, without a suffix.
        profile: the limits.
        watches: the detectors.
    """
    limits = Limits()
    clip, source = stem.with_name(stem.name + ".mkv"), stem.with_name(stem.name + ".source.mkv")
    write(clip, reel.pictures, reel.rate, way.lossy, reel.alpha)
    told = palette = None
    if way.sourced:
        write(source, reel.source, reel.rate, way.lossy)
        told, palette = probe(source, limits), reel.palette
    request = Request(source=told, palette=palette, size=profile.rows)
    measurement = measure(probe(clip, limits), request, watches=watches)
    meant = [
        Suppression(number, "", "meant", "*", first=first, last=last)
        for number, (first, last) in enumerate(reel.intended, 1)
    ]
    verdict = judge(measurement, profile, meant)
    shown = {i for f in verdict.findings if f.suppressed is None for i in f.sightings}
    return [measurement.sightings[position] for position in sorted(shown)]


def in_vain(truths: Sequence[Truth], sightings: Sequence[Sighting], rate: int) -> list[Sighting]:
    """The worst sighting of every area that has none of the planted faults."""
    groups: dict[tuple[str, int], list[Sighting]] = defaultdict(list)
    for sighting in sightings:
        if not any(truth.meets(sighting) for truth in truths):
            groups[sighting.check.value, sighting.shot].append(sighting)
    return [
        max((group[i] for i in members), key=lambda sighting: sighting.value)
        for group in groups.values()
        for members in join(group, rate)
    ]
