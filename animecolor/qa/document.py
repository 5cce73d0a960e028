"""What ``report.json`` holds: the types, from which its JSON Schema is made and it is read back.

Numbers of frames are those of the clip, as people count them: a row of ``frames.csv`` is frame
``clip.first_frame`` and its position. A number that is undefined or was not measured is null.
"""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from animecolor.qa.verdict.profile import Profile

SCHEMA: Literal["animecolor-qa/1"] = "animecolor-qa/1"
SCHEMA_FILE = Path(__file__).with_name("schema.json")

MOST_FRAMES = 10_000_000
MOST_SHOTS = 200_000

LONGEST = 4000
Text = Annotated[str, StringConstraints(max_length=LONGEST)]
Count = Annotated[int, Field(ge=0, le=1 << 53)]
Index = Annotated[int, Field(ge=0, le=MOST_FRAMES)]
Number = Annotated[float, Field(allow_inf_nan=False)]
Ratio = Annotated[str, StringConstraints(pattern=r"^[1-9][0-9]{0,17}(/[1-9][0-9]{0,17})?$")]
"""A number as ``24000/1001``."""
Color = Annotated[str, StringConstraints(pattern=r"^(#[0-9a-f]{6})?$")]
"""``#rrggbb``, or empty."""


class Severity(StrEnum):
    """How bad a finding is."""

    WARN = "warn"
    FAIL = "fail"


class State(StrEnum):
    """How a clip or a shot came out."""

    PASS = "pass"
    WARN = "warn"
    FAIL = "fail"


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ClipRow(_Frozen):
    """The clip and how it was looked at (``measurement.About``)."""

    clip: Text
    frames: Annotated[int, Field(ge=1, le=MOST_FRAMES)]
    first_frame: Count
    height: Annotated[int, Field(ge=1, le=1 << 16)]
    width: Annotated[int, Field(ge=1, le=1 << 16)]
    rate: Ratio
    """Frames a second."""
    time_base: Ratio
    start_pts: Annotated[int, Field(ge=-(1 << 62), le=1 << 62)]
    lossy: bool
    coding: Text
    view_height: Annotated[int, Field(ge=1, le=1 << 16)]
    source: Text | None
    source_kind: Text | None
    reference: Text | None
    palette: Text | None
    missing: Annotated[tuple[Text, ...], Field(max_length=100)]


class VerdictRow(_Frozen):
    """What the profile says of the whole clip."""

    state: State
    passed: bool
    """False where something fails, or is a warning and warnings were to fail."""
    warn_as_fail: bool
    fails: Count
    """Findings, suppressed ones not counted."""
    warns: Count
    suppressed: Count
    unlisted: Count
    """Findings, of all severities, beyond those that are listed."""
    failing_shots: Count


class TopicRow(_Frozen):
    """What findings are about, over the whole clip."""

    key: Text
    title: Text
    about: Text
    unit: Text
    warn: Number | None
    fail: Number | None
    fails: Count
    warns: Count
    suppressed: Count


class CheckRow(TopicRow):
    """One check."""

    term: Text
    advice: Text
    on: bool
    area: Count
    frames: Count
    """The fewest it lasts to count."""


class ColumnRow(TopicRow):
    """One column of ``frames.csv``."""

    better: Text
    digits: Annotated[int, Field(ge=0, le=12)]
    measured: bool
    statistic: Text | None


class SwatchRow(_Frozen):
    """One color of the palette that was given."""

    hex: Color
    name: Text


class SummaryRow(_Frozen):
    """One column over one shot."""

    mean: Number | None
    p95: Number | None
    """In the bad direction; of context the upper side."""
    worst: Number | None
    frame: Count | None
    """Where the worst is."""


class ShotRow(_Frozen):
    """One shot."""

    shot: Index
    first: Count
    last: Count
    frames: Count
    start_s: Number
    timecode: Text
    end_timecode: Text
    """Of its last frame."""
    state: State
    fails: Count
    warns: Count
    suppressed: Count
    columns: dict[Text, SummaryRow]
    """Columns that were measured."""
    measures: dict[Text, Number | None]
    """Measures that only a whole shot has."""


class BoxRow(_Frozen):
    """A rectangle in native pixels; bottom and right are excluded."""

    top: Count
    left: Count
    bottom: Count
    right: Count


class FindingRow(_Frozen):
    """One thing to look at: the sightings of one area, or a number of a shot."""

    number: Annotated[int, Field(ge=1)]
    """From 1, in order of the clip."""
    severity: Severity
    kind: Literal["check", "column"]
    topic: Text
    """Key of the check or of the column."""
    title: Text
    shot: Index
    first: Count
    last: Count
    worst: Count
    """The frame to look at."""
    start_s: Number
    timecode: Text
    """Of the first frame."""
    end_timecode: Text
    worst_timecode: Text
    value: Number
    unit: Text
    limit: Number
    """The one it passed."""
    times: Count
    """Sightings joined; 0 where it is a number of the shot."""
    area: Count
    box: BoxRow | None
    place: Text
    """Where on the screen, in words; empty for whole frames."""
    found: Color
    expected: Color
    sentence: Text
    advice: Text
    suppressed: Text | None
    """Why it does not count."""
    picture: Annotated[int, Field(ge=1)] | None
    """Number of its pictures."""


class PictureRow(_Frozen):
    """A sighting as pictures: ``worst/NNN_before.jpg`` and so on."""

    number: Annotated[int, Field(ge=1, le=9999)]
    sighting: Index
    """Row of ``sightings.csv``, from 0."""
    frame: Count
    width: Annotated[int, Field(ge=1, le=4096)]
    height: Annotated[int, Field(ge=1, le=4096)]
    box: BoxRow | None
    """In pixels of these pictures."""
    views: Annotated[tuple[Literal["before", "frame", "after", "heat"], ...], Field(max_length=4)]
    """Which of the four there are."""


class SuppressionRow(_Frozen):
    """One line of the suppressions that is about this clip."""

    rule: Text
    reason: Text
    line: Count
    used: Count
    """Findings that it covers; 0 is a line to be looked at."""


class Document(_Frozen):
    """The whole report."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    schema_: Literal["animecolor-qa/1"] = Field(default=SCHEMA, alias="schema")
    versions: dict[Text, Text]
    command: Text
    clip: ClipRow
    profile: Profile
    verdict: VerdictRow
    checks: Annotated[tuple[CheckRow, ...], Field(max_length=100)]
    columns: Annotated[tuple[ColumnRow, ...], Field(max_length=100)]
    palette: Annotated[tuple[SwatchRow, ...], Field(max_length=255)]
    """Empty where none was given."""
    shots: Annotated[tuple[ShotRow, ...], Field(min_length=1, max_length=MOST_SHOTS)]
    findings: Annotated[tuple[FindingRow, ...], Field(max_length=MOST_SHOTS)]
    pictures: Annotated[tuple[PictureRow, ...], Field(max_length=1000)]
    suppressions: Annotated[tuple[SuppressionRow, ...], Field(max_length=100_000)]


def as_json(document: Document) -> str:
    """The text of ``report.json``."""
    return document.model_dump_json(indent=1, by_alias=True) + "\n"


def schema_text() -> str:
    """The JSON Schema (2020-12) of ``report.json``, as ``SCHEMA_FILE`` has it."""
    schema = Document.model_json_schema(by_alias=True, mode="serialization")
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
