"""Findings as markers for editing software: an EDL of locators, and OpenTimelineIO.

Both are written without any library. Times are those of the clip, its first frame being at
00:00:00:00.
"""

from __future__ import annotations

import json
from collections import defaultdict
from fractions import Fraction
from typing import Any

from animecolor.qa.clock import Clock, timecode
from animecolor.qa.document import Document, FindingRow, Severity

_MOST_EVENTS = 999
"""An EDL counts its events with three digits."""
_LONGEST = 200


def edl(document: Document) -> str:
    """A CMX3600 list with an event a shot, and a locator (``* LOC:``) a finding below it.

    Of more than 999 shots one event is made.
    """
    clip = document.clip
    base = Clock(Fraction(clip.rate)).base
    end = clip.first_frame + clip.frames
    events: list[tuple[int, int, tuple[int, ...]]]
    events = [(shot.first, shot.last + 1, (shot.shot,)) for shot in document.shots]
    if len(events) > _MOST_EVENTS:
        events = [(clip.first_frame, end, tuple(shot.shot for shot in document.shots))]
    found = defaultdict(list)
    for finding in document.findings:
        found[finding.shot].append(finding)
    lines = [f"TITLE: {_plain(clip.clip)}", "FCM: NON-DROP FRAME"]
    for number, (start, stop, shots) in enumerate(events, 1):
        span = f"{timecode(start, base)} {timecode(stop, base)}"
        lines += ["", f"{number:03}  AX       V     C        {span} {span}"]
        lines.append(f"* FROM CLIP NAME: {_plain(clip.clip)}")
        for finding in (finding for shot in shots for finding in found[shot]):
            at = timecode(finding.first, base)
            lines.append(f"* LOC: {at} {_color(finding).upper():7} {_remark(finding)}")
    return "\n".join(lines) + "\n"


def otio(document: Document) -> str:
    """An OpenTimelineIO timeline: the clip, with a marker a finding."""
    rate = float(Fraction(document.clip.rate))
    clip = document.clip
    whole = _range(clip.first_frame, clip.frames, rate)
    media = {
        "OTIO_SCHEMA": "ExternalReference.1",
        "target_url": clip.clip,
        "available_range": whole,
    }
    shown = {
        "OTIO_SCHEMA": "Clip.2",
        "name": clip.clip,
        "source_range": whole,
        "markers": [_marker(finding, rate) for finding in document.findings],
        "media_references": {"DEFAULT_MEDIA": media},
        "active_media_reference_key": "DEFAULT_MEDIA",
    }
    track = {"OTIO_SCHEMA": "Track.1", "name": "V1", "kind": "Video", "children": [shown]}
    timeline = {
        "OTIO_SCHEMA": "Timeline.1",
        "name": f"{clip.clip}: {document.verdict.state.value}",
        "global_start_time": _time(clip.first_frame, rate),
        "tracks": {"OTIO_SCHEMA": "Stack.1", "name": "tracks", "children": [track]},
    }
    return json.dumps(timeline, indent=1, ensure_ascii=False) + "\n"


def _marker(finding: FindingRow, rate: float) -> dict[str, Any]:
    return {
        "OTIO_SCHEMA": "Marker.2",
        "name": finding.title,
        "comment": finding.sentence,
        "color": _color(finding).upper(),
        "marked_range": _range(finding.first, finding.last - finding.first + 1, rate),
        "metadata": {
            "animecolor": {
                "finding": finding.number,
                "topic": finding.topic,
                "severity": finding.severity.value,
                "suppressed": finding.suppressed,
                "shot": finding.shot,
                "value": finding.value,
                "limit": finding.limit,
            }
        },
    }


def _range(start: int, count: int, rate: float) -> dict[str, Any]:
    duration = {"OTIO_SCHEMA": "RationalTime.1", "value": count, "rate": rate}
    return {
        "OTIO_SCHEMA": "TimeRange.1",
        "start_time": _time(start, rate),
        "duration": duration,
    }


def _time(frame: int, rate: float) -> dict[str, Any]:
    return {"OTIO_SCHEMA": "RationalTime.1", "value": frame, "rate": rate}


def _color(finding: FindingRow) -> str:
    if finding.suppressed is not None:
        return "green"
    return "red" if finding.severity is Severity.FAIL else "yellow"


def _remark(finding: FindingRow) -> str:
    mark = finding.severity.value.upper() if finding.suppressed is None else "ACCEPTED"
    return _plain(f"{mark} {finding.sentence}")


def _plain(text: str) -> str:
    """One line of bounded length."""
    return " ".join(text.split())[:_LONGEST]
