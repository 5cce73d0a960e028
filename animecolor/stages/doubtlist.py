"""What a run said of its own doubt, as tables: one row a frame, and one row a shot."""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from animecolor.errors import UsageError
from animecolor.video.part import part_file, write_errors

_FRAMES = ".frames.csv"
_LARGEST = 1 << 28


@dataclass(frozen=True, slots=True)
class Doubt:
    """One displayed frame."""

    clip: str
    """Name of the clip, without its folder."""
    frame: int
    """Frames that the clip has before this one, wherever the run began."""
    pts: int
    time_s: float
    shot: int
    held: int
    """1 where it repeats the drawing before it."""
    expected_error: float
    """Mean absolute error that the colorizer expects, colors being in [0, 1]; 0 of a keyframe."""
    doubtful_share: float
    """Share of its pixels whose expected error is above 0.1."""


@dataclass(slots=True)
class ShotDoubt:
    """What its frames add up to; every displayed frame counts once."""

    shot: int
    first_frame: int
    start_s: float
    last_frame: int = 0
    frames: int = 0
    error: float = 0.0
    doubtful: float = 0.0
    worst: Doubt | None = None

    def add(self, doubt: Doubt) -> None:
        """Count one more frame."""
        self.last_frame = doubt.frame
        self.frames += 1
        self.error += doubt.expected_error
        self.doubtful += doubt.doubtful_share
        if self.worst is None or doubt.expected_error > self.worst.expected_error:
            self.worst = doubt

    def row(self) -> list[object]:
        """What ``SHOT_COLUMNS`` name: means over the shot, and its worst frame."""
        assert self.worst is not None
        means = self.error / self.frames, self.doubtful / self.frames
        span = self.first_frame, self.last_frame, self.start_s, self.frames
        worst = self.worst.frame, self.worst.time_s, self.worst.expected_error
        return _rounded((self.shot, *span, *means, *worst))


COLUMNS = tuple(column.name for column in fields(Doubt))
SHOT_COLUMNS = (
    "shot", "first_frame", "last_frame", "start_s", "frames", "expected_error", "doubtful_share",
    "worst_frame", "worst_s", "worst_error",
)  # fmt: skip
Row = Callable[[Sequence[object]], None]
"""Writes one row of a table."""


def shots_table(heat: Path) -> Path:
    """Where the table of shots lies, beside its heat map."""
    return heat.with_suffix(".csv")


def frames_table(told: Path) -> Path:
    """Where the table of frames lies: beside the heat map or the table of shots, whichever."""
    return told if told.name.endswith(_FRAMES) else told.with_suffix(_FRAMES)


@contextmanager
def table(path: Path, columns: Sequence[str]) -> Iterator[Row]:
    """A CSV file being written row by row, which appears when it is complete.

    Raises:
        AnimecolorError: the disk is full or the folder cannot be written.
    """
    with part_file(path) as part:
        with write_errors(path):
            file = part.open("w", encoding="utf-8", errors="replace", newline="")
        with file:
            writer = csv.writer(file, lineterminator="\n")

            def write(row: Sequence[object]) -> None:
                with write_errors(path):
                    writer.writerow(row)

            write(columns)
            yield write
            with write_errors(path):
                file.flush()


def as_row(doubt: Doubt) -> list[object]:
    """What ``COLUMNS`` name."""
    return _rounded(astuple(doubt))


def read_doubts(path: Path) -> list[Doubt]:
    """Read a table of frames.

    Raises:
        UsageError: it is missing, or is no such table; names the line at fault.
    """
    try:
        if path.stat().st_size > _LARGEST:
            raise UsageError(f"{path} is too large to be a table of frames")
        with path.open(encoding="utf-8", newline="") as file:
            rows = csv.reader(file, strict=True)
            if tuple(next(rows, ())) != COLUMNS:
                raise UsageError(f"{path} is not a table of frames that --confidence wrote")
            doubts = [_doubt(path, rows.line_num, row) for row in rows]
    except OSError as error:
        raise UsageError(
            f"cannot read {path}: {error.strerror}; `run --confidence` writes it"
        ) from error
    except (csv.Error, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is damaged: {error}") from error
    _check_order(path, doubts)
    return doubts


def _rounded(row: Sequence[object]) -> list[object]:
    return [f"{cell:.6f}" if isinstance(cell, float) else cell for cell in row]


def _doubt(path: Path, line: int, row: Sequence[str]) -> Doubt:
    try:
        clip, *counts, held, error, share = row
        frame, pts, time_s, shot = counts
        doubt = Doubt(
            clip, int(frame), int(pts), float(time_s), int(shot), int(held), float(error),
            float(share),
        )  # fmt: skip
    except ValueError as error:
        raise UsageError(f"{path}, line {line}: not a frame's row") from error
    sane = math.isfinite(doubt.time_s) and 0 <= doubt.expected_error < math.inf
    if not sane or doubt.frame < 0 or doubt.held not in (0, 1):
        raise UsageError(f"{path}, line {line}: a number is out of range")
    return doubt


def _check_order(path: Path, doubts: Sequence[Doubt]) -> None:
    """Frames follow one another, shots begin with a drawing, and all are of one clip."""
    if not doubts:
        raise UsageError(f"{path} holds no frame")
    before: Doubt | None = None
    for line, doubt in enumerate(doubts, 2):
        opens = before is None or doubt.shot == before.shot + 1
        follows = before is None or (
            doubt.clip == before.clip and doubt.frame == before.frame + 1 and doubt.pts > before.pts
        )
        known = opens or (before is not None and doubt.shot == before.shot)
        if not (follows and known) or (opens and doubt.held):
            raise UsageError(f"{path}, line {line}: does not follow the line before it")
        before = doubt
