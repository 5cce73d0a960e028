"""The review clip: source, line art and result side by side, each with its name."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np

from animecolor.config import Output
from animecolor.errors import AnimecolorError
from animecolor.frame import Frame, from_array, to_array
from animecolor.video.clip import ClipWriter, clip_writer
from animecolor.video.ffmpeg import find_ffmpeg, open_input, run
from animecolor.video.info import Kind
from animecolor.video.part import part_file
from animecolor.video.plan import plan_output

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from animecolor.video.info import VideoInfo

_log = logging.getLogger("animecolor")

PANE_HEIGHT = 540
"""Panes are at most this high, in pixels."""
_LOSSLESS = Output(preset="master", audio=False, subtitles=False)
_TIMEOUT_S = 4 * 3600


@dataclass(slots=True)
class ReviewTape:
    """Keeps small lossless copies of what passes by; give it to the pipeline as its watcher."""

    like: VideoInfo
    folder: Path
    _open: ExitStack = field(default_factory=ExitStack)
    _clips: dict[str, ClipWriter] = field(default_factory=dict)

    def __call__(self, frame: Frame) -> None:
        """Record one finished frame: its picture, its line art where it has some, its colours."""
        panes: dict[str, NDArray[Any]] = {"source": to_array(frame.image)}
        if frame.line is not None:
            panes["line art"] = 255 - np.repeat(to_array(frame.line), 3, axis=2)
        if frame.painted is not None:
            panes["result"] = to_array(frame.painted)
        for name, picture in panes.items():
            small = _small(picture)
            if name not in self._clips:
                self._clips[name] = self._start(name, small)
            self._clips[name].write(
                replace(frame, image=from_array(small), alpha=None, painted=None)
            )

    def finish(self) -> dict[str, Path]:
        """Complete the recordings. Returns name of pane to file, in the order they are shown."""
        self._open.close()
        return {name: clip.plan.target for name, clip in self._clips.items()}

    def discard(self) -> None:
        """Leave the recordings unfinished."""
        stop = AnimecolorError("the review was abandoned")
        self._open.__exit__(AnimecolorError, stop, None)

    def _start(self, name: str, small: NDArray[np.uint8]) -> ClipWriter:
        height, width = small.shape[:2]
        shape = replace(
            self.like,
            kind=Kind.PIPE,  # nothing beside the picture is recorded
            width=width,
            height=height,
            bits=8,
            has_alpha=False,
        )
        target = self.folder / f"{name.replace(' ', '-')}.mkv"
        plan = plan_output(target, _LOSSLESS, shape)
        return self._open.enter_context(clip_writer(plan, _LOSSLESS, shape))


@contextmanager
def review_tape(target: Path, like: VideoInfo) -> Iterator[ReviewTape]:
    """Record a run, and write its review clip when the block ends well.

    Use it as the pipeline's watcher::

        with review_tape(Path("review.mp4"), info) as tape:
            colorize_video(info, target, colorizer, render, watch=tape)

    Raises:
        MissingPiece: there is no ffmpeg program; found out before anything is computed.
        AnimecolorError: the clip cannot be written.
    """
    find_ffmpeg()
    with TemporaryDirectory(prefix=f".{target.stem}.", dir=target.absolute().parent) as folder:
        tape = ReviewTape(like, Path(folder))
        try:
            yield tape
        except BaseException:
            tape.discard()
            raise
        panes = tape.finish()
        if panes:
            stack_panes(panes, target)


def write_review(source: Path, result: Path, target: Path, lines: Path | None = None) -> None:
    """Put finished video files side by side: source, line art where given, result.

    Raises:
        MissingPiece: there is no ffmpeg program.
        AnimecolorError: ffmpeg cannot read one of them or cannot write ``target``.
    """
    panes = {"source": source, "line art": lines, "result": result}
    stack_panes({name: path for name, path in panes.items() if path is not None}, target)


def stack_panes(panes: dict[str, Path], target: Path) -> None:
    """Stack video files from left to right, each with its name over it.

    Args:
        panes: label to file; they run in step by their time stamps.
        target: the clip to write; it is H.264, and appears when it is complete.

    Raises:
        MissingPiece: there is no ffmpeg program.
        AnimecolorError: ffmpeg cannot read one of them or cannot write ``target``.
    """
    target = target.absolute()
    with part_file(target) as part:
        try:
            run(_graph(panes, part, labelled=True), f"writing {target}", _TIMEOUT_S)
        except AnimecolorError as error:
            # A machine without any font cannot draw text; the pictures are what matters.
            if "font" not in str(error).lower():
                raise
            _log.warning("this machine has no font: the review's panes have no names")
            run(_graph(panes, part, labelled=False), f"writing {target}", _TIMEOUT_S)


def _graph(panes: dict[str, Path], part: Path, labelled: bool) -> Any:
    import ffmpeg

    shown = []
    for name, path in panes.items():
        pane = open_input(path).video.filter("scale", -2, f"min(ih,{PANE_HEIGHT})")
        pane = pane.filter("setsar", 1).filter("format", "gbrp")
        if labelled:
            pane = pane.drawtext(
                text=name, x=8, y=8, fontsize="h/18", fontcolor="white", box=1, boxborderw=4,
                boxcolor="black@0.6",
            )  # fmt: skip
        shown.append(pane)
    stacked = ffmpeg.filter(shown, "hstack", inputs=len(shown)) if len(shown) > 1 else shown[0]
    stacked = stacked.filter("scale", "trunc(iw/2)*2", "trunc(ih/2)*2", out_color_matrix="bt709")
    return ffmpeg.output(
        stacked.filter("format", "yuv420p"), f"file:{part}", vcodec="libx264", crf=20,
        preset="veryfast", fps_mode="passthrough", movflags="+faststart", colorspace="bt709",
        color_primaries="bt709", color_trc="bt709", color_range="tv",
    )  # fmt: skip


def _small(picture: NDArray[Any]) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 or uint16 to uint8, at most ``PANE_HEIGHT`` high."""
    height, width = picture.shape[:2]
    shallow = picture if picture.dtype == np.uint8 else (picture >> 8).astype(np.uint8)
    if height <= PANE_HEIGHT:
        return np.ascontiguousarray(shallow)
    size = (max(1, round(width * Fraction(PANE_HEIGHT, height))), PANE_HEIGHT)
    return cast("NDArray[np.uint8]", cv2.resize(shallow, size, interpolation=cv2.INTER_AREA))
