"""Suppressions: what an inspector has looked at and accepts, such as a flash that is meant.

A line a case, blank ones and those that begin with # aside::

    ep01:sh012:180-184 lightning, as in the storyboard
    ep01:flicker:00:01:10:00-00:01:10:12 explosion
    *:sh3:* drawn in black and white
    "ep 02":hole:* the paper is meant to show

The clip is its file's name with or without its suffix, with ``*`` and ``?`` for any letters, in
quotes where it has spaces or colons. Then a shot, a check or a column, or neither; then frame
numbers of the clip or timecodes ``HH:MM:SS:FF``, both ends included, or ``*``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from fnmatch import fnmatchcase
from fractions import Fraction
from pathlib import Path, PurePath

from animecolor.errors import UsageError
from animecolor.qa.columns import COLUMNS
from animecolor.qa.sighting import Check

_LARGEST = 1 << 22
_LONGEST_REASON = 500
_MOMENT = r"\d{1,3}:\d\d:\d\d:\d\d|\d{1,9}"
_CASE = re.compile(
    rf"""(?:"(?P<quoted>[^"]+)"|(?P<clip>[^\s:"]+))
    (?P<middle>(?::[A-Za-z*][\w*-]*)*)
    :(?:\*|(?P<first>{_MOMENT})(?:-(?P<last>{_MOMENT}))?)
    (?:\s+(?P<reason>.*))?""",
    re.VERBOSE,
)
_SHOT = re.compile(r"(?:shot|sh)(\d{1,9})", re.IGNORECASE)
_TOPICS = {check.value for check in Check} | {column.key for column in COLUMNS}


@dataclass(frozen=True, slots=True)
class Suppression:
    """One case."""

    line: int
    """Of the file, from 1."""
    rule: str
    """The line without its reason."""
    reason: str
    clip: str
    """Pattern of the file's name."""
    shot: int | None = None
    topic: str | None = None
    """Value of a check or key of a column."""
    first: int | None = None
    """Frame number in the clip; None is all."""
    last: int | None = None

    def about(self, clip: str) -> bool:
        """Whether the clip with this file name is meant."""
        pattern = self.clip.replace("[", "[[]")  # brackets are common in names of releases
        return any(fnmatchcase(name, pattern) for name in (clip, PurePath(clip).stem))

    def covers(self, topic: str, shot: int, first: int, last: int) -> bool:
        """Whether something seen in frames ``first`` to ``last`` of the clip is accepted.

        A change belongs to the frame after it, so one frame more on either side is meant too.
        """
        if self.topic not in (None, topic) or self.shot not in (None, shot):
            return False
        if self.first is None or self.last is None:
            return True
        return self.first - 1 <= first and last <= self.last + 1

    def frames_from(self, first_frame: int, end: int) -> tuple[int, int]:
        """Index of the first and the last measured frame that ``covers`` accepts.

        Args:
            first_frame: number in the clip of the measured frame 0.
            end: index of the last measured frame.
        """
        if self.first is None or self.last is None:
            return 0, end
        return max(self.first - 1 - first_frame, 0), min(self.last + 1 - first_frame, end)


def read_suppressions(path: Path, rate: Fraction) -> tuple[Suppression, ...]:
    """Read a file of them.

    Args:
        path: the file, UTF-8.
        rate: the clip's frames a second, for timecodes.

    Raises:
        UsageError: it cannot be read, or a line is none; names the line.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a list of suppressions")
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise UsageError(f"cannot read the suppressions {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"the suppressions {path} are not UTF-8 text: {error}") from error
    return parse_suppressions(text.splitlines(), str(path), rate)


def parse_suppressions(
    lines: Iterable[str], origin: str, rate: Fraction
) -> tuple[Suppression, ...]:
    """As ``read_suppressions``, of lines that come from ``origin``."""
    return tuple(
        _parse(line.strip(), number, f"{origin}, line {number}", max(1, round(rate)))
        for number, line in enumerate(lines, 1)
        if line.strip() and not line.lstrip().startswith("#")
    )


def _parse(text: str, number: int, where: str, base: int) -> Suppression:
    match = _CASE.fullmatch(text)
    if match is None:
        raise UsageError(
            f"{where}: write CLIP:FRAMES REASON or CLIP:SHOT:FRAMES REASON, such as "
            "ep01:sh012:180-184 lightning"
        )
    reason = match["reason"]
    if not reason:
        raise UsageError(f"{where}: say after a space why this is accepted")
    shot, topic = _middle(match["middle"], where)
    first = _frame(match["first"], base, where)
    last = first if match["last"] is None else _frame(match["last"], base, where)
    if first is not None and last is not None and last < first:
        raise UsageError(f"{where}: the frames end ({match['last']}) before they begin")
    return Suppression(
        line=number,
        rule=text[: match.start("reason")].strip(),
        reason=reason.strip()[:_LONGEST_REASON],
        clip=match["quoted"] or match["clip"],
        shot=shot,
        topic=topic,
        first=first,
        last=last,
    )


def _middle(text: str, where: str) -> tuple[int | None, str | None]:
    """The shot and the check or column between clip and frames."""
    shot: int | None = None
    topic: str | None = None
    for word in text.split(":")[1:]:
        if word in _TOPICS and topic is None:
            topic = word
        elif (match := _SHOT.fullmatch(word)) and shot is None:
            shot = int(match[1])
        elif word != "*":
            raise UsageError(
                f"{where}: {word!r} is no shot (sh012), and no check or column of the report"
            )
    return shot, topic


def _frame(text: str | None, base: int, where: str) -> int | None:
    if text is None:
        return None
    if ":" not in text:
        return int(text)
    hours, minutes, seconds, frames = map(int, text.split(":"))
    if minutes > 59 or seconds > 59 or frames >= base:
        raise UsageError(f"{where}: {text} is no timecode at {base} frames a second")
    return ((hours * 60 + minutes) * 60 + seconds) * base + frames
