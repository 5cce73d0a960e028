"""The heart: decode, draw, cut, colour, finish, encode, with memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.config import Mode, Render
from animecolor.errors import UsageError
from animecolor.frame import Frame, Plane
from animecolor.models.device import pick_device
from animecolor.stages.colorize import colorize
from animecolor.stages.finish import finish
from animecolor.stages.lines import draw_lines
from animecolor.stages.luma import take_luma
from animecolor.stages.prefetch import prefetch
from animecolor.stages.shots import Clock, mark_shots
from animecolor.stages.unique import mark_held
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.info import VideoInfo
from animecolor.video.probe import probe

if TYPE_CHECKING:
    from animecolor.models.colorizer import Colorizer

Watch = Callable[[Frame], None]


def paint(source: VideoInfo, colorizer: Colorizer, render: Render) -> Iterator[Frame]:
    """Yield the clip's frames with ``painted`` set. Nothing crosses a cut.

    Raises:
        UsageError: the mode is not that of the plane the colorizer reads; and, from the frames,
            whatever ``decode`` and ``mark_shots`` raise.
    """
    if render.mode is not mode_of(colorizer):
        raise UsageError(f"mode is {render.mode} but the network reads {colorizer.reads}")
    frames: Iterator[Frame] = prefetch(decode(source, render.range, render.limits))
    frames = mark_shots(frames, render.shots, Clock(source.rate, source.start_pts))
    if render.mode is Mode.LINEART:
        device = pick_device(render.network.device)
        frames = draw_lines(frames, render.lines, render.network.size, device)
    else:
        frames = take_luma(frames, render.network.size)
    if render.hold:
        frames = mark_held(frames)
    frames = colorize(frames, colorizer)
    return finish(frames, render.lines)


def colorize_video(
    source: VideoInfo | Path | str,
    target: Path | str,
    colorizer: Colorizer,
    render: Render | None = None,
    watch: Watch | None = None,
) -> int:
    """Colour one clip into ``target``. Returns the number of frames written.

    ``watch`` sees each finished frame on its way to the encoder.
    """
    render = render or Render(mode=mode_of(colorizer))
    info = source if isinstance(source, VideoInfo) else probe(source, render.limits)
    frames = paint(info, colorizer, render)
    if watch:
        frames = _watched(frames, watch)
    return encode(frames, Path(target), render.output, like=info)


def mode_of(colorizer: Colorizer) -> Mode:
    """What a clip must be for this colorizer to read it."""
    return Mode.GRAY if colorizer.reads is Plane.GRAY else Mode.LINEART


def _watched(frames: Iterator[Frame], watch: Watch) -> Iterator[Frame]:
    for frame in frames:
        watch(frame)
        yield frame
