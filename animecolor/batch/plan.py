"""An episode as jobs: which shots it has, what each is rendered with, and the key of all that."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import cached_property
from pathlib import Path

from animecolor import __version__
from animecolor.batch.footage import signature
from animecolor.batch.manifest import Episode
from animecolor.batch.survey import (
    Survey,
    Watch,
    finds_cuts,
    read_survey,
    survey,
    way_of,
    write_survey,
)
from animecolor.batch.task import JoinTask, Piece, ShotTask
from animecolor.config import LineSource, Output, Range, Render, Shots
from animecolor.errors import UsageError
from animecolor.flats.palette_files import read_palette
from animecolor.stages.fingerprint import digest_of_value, fingerprint, palette_print
from animecolor.stages.keylist import digest_of
from animecolor.stages.paintings import painted_files
from animecolor.stages.shotlist import read_captions
from animecolor.video.info import VideoInfo
from animecolor.video.part import part_file, write_errors
from animecolor.video.probe import probe

SHOTS = "shots.csv"
"""The shots of an episode that were found; a person may edit it."""
_APART = frozenset({"keyframes", "range", "limits", "shots", "caption", "output"})
"""Settings that are another for every shot, or that decide nothing before the last encode."""
_KEY = 16
"""Letters of a key in a file's name."""


@dataclass(frozen=True, slots=True)
class Job:
    """One shot to be rendered."""

    number: int
    first: int
    """Frame of the episode that it begins with."""
    key: str
    """SHA-256 of all that decides a pixel of it."""
    task: ShotTask

    @property
    def frames(self) -> int:
        """How many it has."""
        return self.task.frames


@dataclass(frozen=True)
class Plan:
    """One episode."""

    episode: Episode
    folder: Path
    """The episode's, in the job."""
    info: VideoInfo
    survey: Survey
    jobs: tuple[Job, ...]

    def file_of(self, job: Job) -> Path:
        """Where a shot's task is written."""
        return self.folder / "tasks" / f"{job.task.result.stem}.json"

    @property
    def join_file(self) -> Path:
        """Where the last task is written."""
        return self.folder / "join.json"

    def joining(self) -> JoinTask:
        """The last task: the shots into one file, judged where that is asked."""
        episode = self.episode
        pieces = [Piece(name=j.task.name, file=j.task.result, frames=j.frames) for j in self.jobs]
        listed = self.folder.resolve() / SHOTS
        return JoinTask(
            name=episode.name,
            source=episode.source.resolve(),
            result=episode.output,
            render=episode.render.model_dump(mode="json", exclude_defaults=True),
            timing=self.survey.timing,
            pieces=tuple(pieces),
            qa=episode.qa,
            cuts=listed if finds_cuts(episode.render) else episode.render.shots.list,
        )

    @cached_property
    def key(self) -> str:
        """SHA-256 of what the result is made of: its shots, its sound, and how it is written."""
        how = self.episode.render.output.model_dump(mode="json")
        said = [how, str(self.episode.output), self.episode.qa, self.survey.contents]
        return digest_of_value([[job.key for job in self.jobs], *said])


def plan_episode(episode: Episode, folder: Path, watch: Watch | None = None) -> Plan:
    """Find out what there is to do for an episode; its clip is read only if it has changed.

    Args:
        episode: what the manifest says.
        folder: the episode's in the job, which is made; the survey and the shots are saved there.
        watch: sees each frame of a clip that is read.

    Raises:
        UsageError: the shot list or the keyframes are wrong.
        AnimecolorError: the clip cannot be read.
    """
    with write_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    render = episode.render
    info = probe(episode.source, render.limits)
    found = _surveyed(info, render, folder, watch)
    said = _shots(folder, found, render, info)
    jobs = tuple(_Jobs(episode, info, found, said).all(folder))
    return Plan(episode, folder, info, found, jobs)


def _surveyed(info: VideoInfo, render: Render, folder: Path, watch: Watch | None) -> Survey:
    before = read_survey(folder)
    if before and before.looked == way_of(render) and before.signature == signature(info):
        return before
    untouched = before is not None and _is_as_found(folder, before, info)
    found = survey(info, render, watch)
    if finds_cuts(render) and (untouched or not (folder / SHOTS).exists()):
        path = folder / SHOTS
        with part_file(path) as part, write_errors(path):
            part.write_text(_table(found, info), encoding="utf-8", newline="")
    write_survey(folder, found)
    return found


def _is_as_found(folder: Path, found: Survey, info: VideoInfo) -> bool:
    """Whether nobody has edited the shots."""
    try:
        return (folder / SHOTS).read_bytes().decode() == _table(found, info)
    except (OSError, UnicodeDecodeError):
        return False


def _table(found: Survey, info: VideoInfo) -> str:
    text = io.StringIO()
    rows = csv.writer(text, lineterminator="\n")
    rows.writerow(["start_frame", "seconds", "frames", "caption"])
    ends = [*found.starts[1:], found.frames]
    for start, end in zip(found.starts, ends, strict=True):
        rows.writerow([start, f"{float(start / info.rate):.3f}", end - start, ""])
    return text.getvalue()


def _shots(folder: Path, found: Survey, render: Render, info: VideoInfo) -> Mapping[int, str]:
    """First frame of each shot -> its caption, empty for nothing."""
    if finds_cuts(render):
        path = folder / SHOTS
    elif render.shots.list is not None:
        path = render.shots.list
    else:
        return {0: ""}
    said = read_captions(path, info.rate)
    if late := [start for start in said if start >= found.frames]:
        raise UsageError(f"{path}: a shot begins at frame {late[0]} of {found.frames}")
    return dict(sorted(({0: ""} | said).items()))


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a job's files go."""

    folder: Path
    listed: Path | None
    """The shots of a job that holds several."""


class _Jobs:
    """Makes the jobs of one episode."""

    def __init__(
        self, episode: Episode, info: VideoInfo, found: Survey, said: Mapping[int, str]
    ) -> None:
        self._episode, self._info, self._found, self._said = episode, info, found, said
        self._ticks = found.timing.ticks()
        self._print = _look_print(episode.render)
        self._painted = _painted(episode.render, info, self._ticks)

    def all(self, folder: Path) -> Iterator[Job]:
        """The jobs, in order."""
        for number, (first, end) in enumerate(_spans(list(self._said), self._found)):
            shots = {at: self._caption(at) for at in self._said if first <= at < end}
            listed = _write_opening(folder, shots) if len(shots) > 1 else None
            yield self._job(number, shots, end, _Place(folder, listed))

    def _job(self, number: int, shots: Mapping[int, str], end: int, place: _Place) -> Job:
        first = min(shots)
        painted = {at: path for at, path in self._painted.items() if first <= at < end}
        render = self._render(first, end, place.listed)
        digests = {at - first: digest_of(path) for at, path in painted.items()}
        held = self._found.contents
        content = held[first:end] if self._info.images is not None else held
        within = [(start - first, caption) for start, caption in shots.items()]
        told = [__version__, self._episode.name, self._print, content, self._ticks[first][0]]
        key = digest_of_value([*told, end - first, render.lines.source, within, digests])
        # A run that begins within a clip tells the number of its first frame by the clock.
        info = self._info
        seconds = (self._ticks[first][0] - info.start_pts) * info.time_base
        zero = round(seconds * info.rate) - first
        task = ShotTask(
            name=f"{self._episode.name}/{number:04d}",
            source=self._episode.source.resolve(),
            result=place.folder.resolve() / "shots" / f"{first:06d}-{key[:_KEY]}.mkv",
            frames=end - first,
            render=render.model_dump(mode="json", exclude_defaults=True),
            keyframes={f"{at + zero:06d}.png": path.resolve() for at, path in painted.items()},
        )
        return Job(number, first, key, task)

    def _render(self, first: int, end: int, listed: Path | None) -> Render:
        """The episode's run, as it is for one shot."""
        whole = self._episode.render
        start = None if first == 0 else self._seconds(first)
        stop = None if end == self._found.frames else self._seconds(end)
        changed: dict[str, object] = {
            "range": Range(start=start, end=stop),
            "shots": Shots(detect=False, list=listed),
            "caption": self._caption(first),
            "keyframes": None,
            "output": Output(
                preset="master", audio=False, subtitles=False, retas=whole.output.retas
            ),
        }
        if listed is None and self._found.lines is not None:
            changed["lines"] = whole.lines.model_copy(update={"source": self._found.lines})
        return whole.model_copy(update=changed)

    def _seconds(self, frame: int) -> str:
        time_s = Fraction(self._ticks[frame][0] - self._info.start_pts) * self._info.time_base
        return f"{Decimal(time_s.numerator) / Decimal(time_s.denominator):.9f}"

    def _caption(self, first: int) -> str:
        """What is said of a shot, or of the clip."""
        return self._said.get(first, "") or self._episode.render.caption


def _spans(starts: list[int], found: Survey) -> Iterator[tuple[int, int]]:
    """(first, end) of every job: a shot, whole.

    ``auto`` draws the blank frames a clip begins with as Canny does, and decides when something is
    shown. Where that changes what is drawn, the shots up to there are one job, which decides anew.
    """
    if found.lines is LineSource.INK and found.shown:
        starts = [0, *(start for start in starts if start > found.decided)]
    yield from zip(starts, [*starts[1:], found.frames], strict=True)


def _write_opening(folder: Path, shots: Mapping[int, str]) -> Path:
    path = folder / "opening.csv"
    with part_file(path) as part, write_errors(path):
        text = io.StringIO()
        csv.writer(text, lineterminator="\n").writerows(
            [("start_frame", "caption"), *shots.items()]
        )
        part.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path.resolve()


def _look_print(render: Render) -> str:
    """Digest of what all shots of an episode share; a palette counts by its colors."""
    palette = None if render.finish.palette is None else read_palette(render.finish.palette)
    keyed = render.output.retas
    return digest_of_value([fingerprint(render, _APART), palette_print(palette), keyed])


def _painted(render: Render, info: VideoInfo, ticks: list[tuple[int, int]]) -> Mapping[int, Path]:
    """Frame of the episode -> the file in which a person painted it."""
    if render.keyframes is None:
        return {}
    listed, counted = painted_files(render.keyframes, info)
    frame_of = {pts: frame for frame, (pts, _) in enumerate(ticks)}
    found = dict(counted)
    for pts, path in listed.items():
        if pts not in frame_of:
            raise UsageError(f"{path} is of another clip: no frame has the time stamp {pts}")
        if other := found.get(frame_of[pts]):
            raise UsageError(f"{path} and {other.name} are the same frame")
        found[frame_of[pts]] = path
    if found and max(found) >= len(ticks):
        raise UsageError(f"{found[max(found)]}: the clip ends with frame {len(ticks) - 1}")
    if not found:
        raise UsageError(f"{render.keyframes} holds no painted frame")
    return dict(sorted(found.items()))
