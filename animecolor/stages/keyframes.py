"""Keyframes: painted frames laid beside the planes they were painted on.

A network is told a shot's keyframes before the shot's first frame, but a keyframe may be any frame
of the shot, and its plane has to be drawn as the stream draws it: with the lines chosen at the
clip's beginning and the paper seen at the shot's. So the clip is read twice, the first time up to
its last keyframe, drawing nothing but those frames.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from animecolor.config import Range
from animecolor.errors import UsageError
from animecolor.frame import Frame, Keyframe
from animecolor.stages.colorize import ByShot
from animecolor.stages.keylist import NAME
from animecolor.stages.paintings import Painting, Paintings
from animecolor.stages.shots import Clock

log = logging.getLogger("animecolor")


@dataclass(frozen=True, slots=True)
class Keyframes:
    """What was painted of a clip, by shot, and how far the clip was read to know it."""

    by_shot: ByShot
    shots: int
    """Shots seen, up to that of the last keyframe."""

    def __str__(self) -> str:
        """``2 in shot 0, 1 each in shots 3-4; none in shots 1-2, nor after shot 4``."""
        if not self.by_shot:
            return "none in this part of the clip"
        counts = [len(self.by_shot.get(shot, ())) for shot in range(self.shots)]
        said = [
            f"{count}{' each' if len(shots) > 1 else ''} in {_shots(shots)}"
            for count in sorted(set(counts) - {0}, reverse=True)
            if (shots := [shot for shot, found in enumerate(counts) if found == count])
        ]
        bare = [shot for shot, count in enumerate(counts) if not count]
        without = f"none in {_shots(bare)}, nor" if bare else "none"
        return f"{', '.join(said)}; {without} after shot {self.shots - 1}"


class Finder:
    """Tells in the first pass which frames were painted, and lays the paintings beside them."""

    def __init__(self, paintings: Paintings, clock: Clock, part: Range) -> None:
        """Expect these paintings in this part of a clip whose frames this clock counts."""
        self._folder = paintings.folder
        self._by_pts = {p.pts: p for p in paintings.painted if p.pts is not None}
        self._by_number = {p.number: p for p in paintings.painted if p.pts is None}
        self._listed = list(reversed(paintings.listed))
        self._clock, self._part = clock, part
        self._found: dict[int, Painting] = {}
        self._skipped: int | None = None
        self._last = -1

    def wants(self, frame: Frame) -> bool:
        """Whether the frame was painted; asked of every frame, in order.

        Raises:
            UsageError: two files are this frame, or ``keys.toml`` is of another clip.
        """
        if self._skipped is None:
            # Of the first frame time tells the number, as for a shot list; then frames count.
            self._skipped = self._clock.number(frame) - frame.index
            self._leave_out_early(frame)
        self._last = frame.index + self._skipped
        self._check_listed(frame)
        paintings = self._by_pts.pop(frame.pts, None), self._by_number.pop(self._last, None)
        here = [painting for painting in paintings if painting is not None]
        if len(here) == 2:
            raise UsageError(f"{here[0].path} and {here[1].path.name} are the same frame")
        if here:
            self._found[frame.index] = here[0]
        return bool(here)

    def collect(self, frames: Iterable[Frame]) -> Keyframes:
        """Read the clip up to its last keyframe.

        Args:
            frames: the clip's, shots marked, with ``plane`` set where ``wants`` said so.

        Raises:
            UsageError: a painted frame lies beyond the clip's end; and as ``wants``.
        """
        by_shot: dict[int, tuple[Keyframe, ...]] = {}
        shots = 0
        for frame in frames:
            shots += frame.opens_shot
            painting = self._found.pop(frame.index, None)
            if painting is not None:
                assert frame.plane is not None
                keyframe = Keyframe(frame.index, frame.plane, painting.color, painting.path)
                by_shot[frame.shot] = (*by_shot.get(frame.shot, ()), keyframe)
            if not (self._found or self._by_pts or self._by_number):
                break
        else:
            self._refuse_late()
        found = Keyframes(by_shot, shots)
        log.info("keyframes: %s", found)
        return found

    def _leave_out_early(self, first: Frame) -> None:
        """Drop what was painted of the clip before the part that is wanted."""
        assert self._skipped is not None
        early = [self._by_pts.pop(pts) for pts in sorted(self._by_pts) if pts < first.pts]
        number = first.index + self._skipped
        early += [self._by_number.pop(n) for n in sorted(self._by_number) if n < number]
        if self._part.start is not None:
            self._listed = [pts for pts in self._listed if pts >= first.pts]
            _say_outside(early)

    def _check_listed(self, frame: Frame) -> None:
        """Every time stamp of the list must be one of the clip's."""
        while self._listed and self._listed[-1] <= frame.pts:
            pts = self._listed.pop()
            if pts != frame.pts:
                raise UsageError(
                    f"{self._folder / NAME} is of another clip: no frame of this one has the "
                    f"time stamp {pts}"
                )

    def _refuse_late(self) -> None:
        late = [*self._by_pts.values(), *self._by_number.values()]
        if self._part.end is None and self._part.frames is None:
            raise UsageError(f"{late[-1].path}: the clip ends with frame {self._last}")
        _say_outside(late)


def _say_outside(paintings: Sequence[Painting]) -> None:
    if paintings:
        names = ", ".join(painting.path.name for painting in paintings[:4])
        more = f" and {len(paintings) - 4} more" if len(paintings) > 4 else ""
        log.warning("painted, but not in this part of the clip: %s%s", names, more)


def _shots(shots: list[int]) -> str:
    """``shot 3``, ``shots 1-2, 5``."""
    runs: list[tuple[int, int]] = []
    for shot in shots:
        if runs and runs[-1][1] == shot - 1:
            runs[-1] = runs[-1][0], shot
        else:
            runs.append((shot, shot))
    said = ", ".join(f"{first}-{last}" if first != last else f"{first}" for first, last in runs)
    return f"{'shot' if len(shots) == 1 else 'shots'} {said}"
