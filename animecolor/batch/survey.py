"""A clip read once: where its shots begin, when its frames are shown, what its lines are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Literal, cast

from pydantic import BaseModel, ConfigDict, ValidationError

from animecolor.batch.footage import contents, signature
from animecolor.config import LineSource, Mode, Range, Render, Shots
from animecolor.errors import AnimecolorError
from animecolor.frame import Frame
from animecolor.stages.lines import Chooser
from animecolor.stages.prefetch import prefetch
from animecolor.stages.shots import mark_shots
from animecolor.video.decode import decode
from animecolor.video.info import VideoInfo
from animecolor.video.part import part_file, write_errors

NAME = "survey.json"
Watch = Callable[[Frame], None]


class Timing(BaseModel):
    """When frames are shown, as runs of equal steps: a clip of constant rate has one or two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    start: int
    """Ticks of the first frame."""
    runs: tuple[tuple[int, int, int], ...]
    """(frames, ticks to the next frame, duration in ticks)."""

    def ticks(self) -> list[tuple[int, int]]:
        """(time stamp, duration) of every frame."""
        found, pts = [], self.start
        for count, step, duration in self.runs:
            found += [(pts + step * number, duration) for number in range(count)]
            pts += step * count
        return found


class Survey(BaseModel):
    """What was seen."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Literal[1] = 1
    signature: str
    """Of the files (see ``footage.signature``)."""
    contents: tuple[str, ...]
    """SHA-256 of each file."""
    looked: str
    """How it was looked at: another way of drawing lines or finding shots is another survey."""
    frames: int
    timing: Timing
    starts: tuple[int, ...]
    """First frame of every shot; 0 alone where cuts were not looked for."""
    lines: LineSource | None = None
    """What ``auto`` stands for; None where that was not asked."""
    shown: int = 0
    """First frame that shows something, where lines were looked for."""
    decided: int = 0
    """Last frame that the decision on lines rests on."""


def survey(source: VideoInfo, render: Render, watch: Watch | None = None) -> Survey:
    """Read a clip from its first frame to its last.

    Raises:
        AnimecolorError: it is damaged, or changed while it was read.
    """
    before, held = signature(source), contents(source)
    chooser = Chooser()
    asks = asks_lines(render)
    starts: list[int] = []
    times: list[tuple[int, int]] = []
    decoded = prefetch(decode(source, Range(), render.limits))
    with closing(decoded):
        for frame in mark_shots(decoded, Shots(detect=finds_cuts(render))):
            if asks:
                asks = not chooser.see(frame)
            if frame.opens_shot:
                starts.append(frame.index)
            times.append((frame.pts, frame.duration))
            if watch:
                watch(frame)
    if signature(source) != before:
        raise AnimecolorError(f"{source.path} was written to while it was read; try again")
    return Survey(
        signature=before,
        contents=held,
        looked=way_of(render),
        frames=len(times),
        timing=_runs(times),
        starts=tuple(starts),
        lines=chooser.source if asks_lines(render) else None,
        shown=chooser.first or 0,
        decided=chooser.last or 0,
    )


def asks_lines(render: Render) -> bool:
    """Whether lines are to be chosen by looking at the clip."""
    return render.mode is Mode.LINEART and render.lines.source is LineSource.AUTO


def finds_cuts(render: Render) -> bool:
    """Whether cuts are to be found by looking at the clip."""
    return render.shots.list is None and render.shots.detect


def way_of(render: Render) -> str:
    """How a clip is looked at for this run."""
    sought = {"cuts": finds_cuts(render), "lines": asks_lines(render)}
    return " ".join(name for name, asked in sought.items() if asked)


def read_survey(folder: Path) -> Survey | None:
    """What was seen before; None where nothing was, or by another version."""
    try:
        return Survey.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValidationError):
        return None  # the clip can be read again


def write_survey(folder: Path, found: Survey) -> None:
    """Write it, whole or not at all.

    Raises:
        AnimecolorError: the system refused.
    """
    path = folder / NAME
    with part_file(path) as part, write_errors(path):
        part.write_text(found.model_dump_json(), encoding="utf-8")


def _runs(times: Sequence[tuple[int, int]]) -> Timing:
    runs: list[list[int]] = []
    steps = [after[0] - here[0] for here, after in zip(times, times[1:], strict=False)]
    for (_, duration), step in zip(times, [*steps, steps[-1] if steps else 1], strict=True):
        if runs and runs[-1][1:] == [step, duration]:
            runs[-1][0] += 1
        else:
            runs.append([1, step, duration])
    told = cast("Iterable[tuple[int, int, int]]", map(tuple, runs))
    return Timing(start=times[0][0], runs=tuple(told))
