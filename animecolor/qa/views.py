"""Clip, source and reference side by side, shrunk to the size of analysis, shot by shot."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice

import numpy as np

from animecolor.errors import UsageError
from animecolor.frame import Frame, from_array, to_array
from animecolor.qa.detect import Lengths
from animecolor.qa.request import Request
from animecolor.qa.view import Picture, View
from animecolor.stages.ink import is_ink
from animecolor.stages.prefetch import prefetch
from animecolor.stages.shots import Clock, mark_shots
from animecolor.stages.sizing import alpha_of, eight_bits, on_paper, shrink
from animecolor.video.decode import decode
from animecolor.video.info import VideoInfo

_ASPECT = 0.02
"""Share by which the shapes of two clips may differ: 854 x 480 stands for 1920 x 1080."""
_DEPTH = 3
"""Frames read ahead of each clip."""
_COLORFUL = 12
"""Spread of R, G and B from which on a pixel has a color that lossy grey film does not have."""
_COLORED = 0.01
"""Share of such pixels beyond which a picture is in color."""
_VOTES = 4
"""Pictures that tell what a source is."""
_BLANK = 480
"""Pictures looked at for them at most."""


@dataclass(slots=True, eq=False)
class Views:
    """The frames of a clip with their companions; iterate it once."""

    clip: VideoInfo
    request: Request
    read: dict[str, int] = field(default_factory=dict)
    """Frames read so far, a number for each clip."""

    def __post_init__(self) -> None:
        """Refuse companions of another shape.

        Raises:
            UsageError: source or reference is not as wide, for its height, as the clip.
        """
        for name, other in self._companions().items():
            ratio = other.width * self.clip.height / (other.height * self.clip.width)
            if abs(ratio - 1) > _ASPECT:
                raise UsageError(
                    f"the {name} is {other.width}x{other.height} and the clip "
                    f"{self.clip.width}x{self.clip.height}: pictures of another shape cannot be "
                    "laid on each other"
                )

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of analysis."""
        height, width = self.clip.height, self.clip.width
        rows = height if self.request.size is None else min(height, self.request.size)
        return rows, max(1, round(width * rows / height))

    @property
    def lengths(self) -> Lengths:
        """Once the clip has been iterated to its end: frames of each."""
        return Lengths(self.read["clip"], self.read.get("source"), self.read.get("reference"))

    def __iter__(self) -> Generator[View]:
        """Yield views until the shortest of the clips ends; the others are counted to their end.

        Raises:
            AnimecolorError: what ``video.decode.decode`` and ``stages.shots.mark_shots`` raise.
        """
        readers = {"clip": prefetch(self._marked(), _DEPTH)}
        for name, other in self._companions().items():
            readers[name] = prefetch(self._shrunk(name, other), _DEPTH)
        scale = self.clip.height / self.size[0]
        try:
            for index, frames in enumerate(zip(*readers.values(), strict=False)):
                beside = dict(zip(readers, frames, strict=True))
                frame = beside["clip"]
                source, reference = beside.get("source"), beside.get("reference")
                yield View(
                    index,
                    frame.pts,
                    frame.time_base,
                    frame.shot,
                    _laid(frame),
                    scale,
                    None if (alpha := alpha_of(frame)) is None else eight_bits(alpha),
                    None if source is None else _laid(source),
                    None if reference is None else _laid(reference),
                )
            for reader in readers.values():
                for _ in reader:
                    pass
        finally:
            for reader in readers.values():
                reader.close()

    def sources(self) -> Iterator[Picture]:
        """Pictures of the source from its beginning, read apart from what is iterated."""
        source = self.request.source
        return iter(()) if source is None else map(_laid, map(self._small, self._decoded(source)))

    def _companions(self) -> dict[str, VideoInfo]:
        named = {"source": self.request.source, "reference": self.request.reference}
        return {name: clip for name, clip in named.items() if clip is not None}

    def _decoded(self, clip: VideoInfo) -> Iterator[Frame]:
        request = self.request
        beside = request.range if request.beside is None else request.beside
        part = request.range if clip is self.clip else beside
        return decode(clip, part, request.limits, self.size)

    def _marked(self) -> Iterator[Frame]:
        clock = Clock(self.clip.rate, self.clip.start_pts)
        return mark_shots(self._shrunk("clip", self.clip), self.request.shots, clock)

    def _shrunk(self, name: str, clip: VideoInfo) -> Generator[Frame]:
        """Frames at the size of analysis; the native pictures are let go one by one."""
        self.read[name] = 0
        for frame in self._decoded(clip):
            self.read[name] += 1
            yield self._small(frame)

    def _small(self, frame: Frame) -> Frame:
        alpha = alpha_of(frame)
        rgb = eight_bits(shrink(to_array(frame.image), self.size))
        cover = None if alpha is None else eight_bits(shrink(alpha, self.size))
        return replace(
            frame,
            image=from_array(rgb),
            alpha=None if cover is None else from_array(cover[..., None]),
        )


def _laid(frame: Frame) -> Picture:
    """(h, w, 3) 8-bit picture of a small frame, on white paper where it is transparent."""
    picture = np.asarray(to_array(frame.image), np.uint8)
    return np.ascontiguousarray(on_paper(picture, alpha_of(frame)))


def source_kind(sources: Iterable[Picture]) -> str | None:
    """What clips are painted from: ``line``, ``gray`` or ``color``.

    Args:
        sources: the pictures of a source, read until four have shown something; what is blank or
            black, as before a scene fades in, has no say.

    Returns:
        The kind; ``gray`` where none shows anything; None without pictures.
    """
    drawn: list[bool] = []
    colorful = some = False
    for picture in islice(sources, _BLANK):
        some = True
        vote = is_ink(picture)
        if vote is None:
            continue
        drawn.append(vote)
        colorful |= float((np.ptp(picture, axis=2) > _COLORFUL).mean()) > _COLORED
        if len(drawn) == _VOTES:
            break
    if not some:
        return None
    if drawn and 2 * sum(drawn) >= len(drawn):
        return "line"
    return "color" if colorful else "gray"
