"""The heart: decode, draw, cut, colour, finish, encode, with memory that does not grow."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import partial
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.config import FinishKind, Mode, Render
from animecolor.errors import UsageError
from animecolor.flats.palette_files import read_palette
from animecolor.frame import Frame, Plane
from animecolor.models.colorizer import keyframed
from animecolor.models.device import pick_device
from animecolor.models.registry import load_model
from animecolor.stages.captions import read_hints
from animecolor.stages.colorize import NONE, ByShot, colorize
from animecolor.stages.detail import detailed
from animecolor.stages.export import export
from animecolor.stages.finish import Chosen, Paint, finish, plain
from animecolor.stages.flats import Flatten
from animecolor.stages.keyframes import Finder, Keyframes
from animecolor.stages.lines import Wanted, draw_lines, every
from animecolor.stages.luma import take_luma
from animecolor.stages.novelty import Choice, choose
from animecolor.stages.originals import Originals
from animecolor.stages.paintings import read_paintings
from animecolor.stages.prefetch import prefetch
from animecolor.stages.sheets import read_sheets
from animecolor.stages.shots import Clock, mark_shots
from animecolor.stages.unique import mark_held
from animecolor.video.decode import decode
from animecolor.video.encode import encode
from animecolor.video.info import VideoInfo
from animecolor.video.probe import probe

if TYPE_CHECKING:
    from animecolor.models.colorizer import Colorizer
    from animecolor.stages.doubt import Proposal
    from animecolor.stages.keylist import KeyList

Watch = Callable[[Frame], None]

_PLANES = {Mode.LINEART: Plane.LINE, Mode.GRAY: Plane.GRAY, Mode.NIR: Plane.NIR}


def paint(source: VideoInfo, colorizer: Colorizer, render: Render) -> Iterator[Frame]:
    """Yield the clip's frames with ``painted`` set. Nothing crosses a cut.

    Raises:
        UsageError: the mode is not that of the plane the colorizer reads; what is wrong with the
            keyframes or references; and, from the frames, whatever ``decode`` and ``mark_shots``
            raise.
    """
    if render.mode is not mode_of(colorizer):
        raise UsageError(f"mode is {render.mode} but the network reads {colorizer.reads}")
    references = read_sheets(render)
    keyframes = find_keyframes(source, render).by_shot if render.keyframes else NONE
    frames: Iterator[Frame] = draw(source, render)
    if render.hold:
        frames = mark_held(frames)
    hints = read_hints(render, Clock(source.rate, source.start_pts))
    frames = colorize(frames, colorizer, keyframes, references, hints)
    return finish(frames, render.lines, paint_of(render, keyframes))


def paint_of(render: Render, keyframes: ByShot = NONE) -> Paint:
    """How line art and near infrared get their native colours.

    Raises:
        UsageError: the palette cannot be read.
    """
    how = render.finish
    if how.kind is FinishKind.NONE:
        return plain
    if render.mode is Mode.NIR:
        return detailed
    palette = None if how.palette is None else read_palette(how.palette)
    originals = Originals(keyframes, render.limits)
    return Chosen(how, Flatten(how, palette, originals, keyed=render.output.retas))


def draw(source: VideoInfo, render: Render, wanted: Wanted = every) -> Generator[Frame, None, None]:
    """The clip's frames with shots marked, and ``plane`` set on the wanted ones."""
    frames: Iterator[Frame] = prefetch(decode(source, render.range, render.limits))
    frames = mark_shots(frames, render.shots, Clock(source.rate, source.start_pts))
    if render.mode is Mode.LINEART:
        device = pick_device(render.network.device)
        return draw_lines(frames, render.lines, render.network.size, device, wanted)
    return take_luma(frames, render.network.size, wanted)


def find_keyframes(source: VideoInfo, render: Render) -> Keyframes:
    """Read ``render.keyframes`` and the clip up to the last of them; see ``stages.keyframes``.

    Raises:
        UsageError, AnimecolorError: as ``read_paintings``, ``Finder`` and ``decode``.
    """
    assert render.keyframes is not None
    paintings = read_paintings(render.keyframes, source, render)
    finder = Finder(paintings, Clock(source.rate, source.start_pts), render.range)
    with closing(draw(source, render, finder.wants)) as frames:
        return finder.collect(frames)


def export_keyframes(
    source: VideoInfo, folder: Path, render: Render, most: int = 2, watch: Watch | None = None
) -> KeyList:
    """Choose at most ``most`` frames a shot to be painted and write them into ``folder``.

    The clip is read twice: which frame is the farthest from those chosen is known when its shot has
    ended, and keeping every picture until then would take memory that grows with the shot.

    ``watch`` sees each frame of the first pass.
    """
    frames: Iterator[Frame] = draw(source, render)
    if watch:
        frames = _watched(frames, watch)
    choices = {choice.index: choice for choice in choose(frames, most, render.lines)}
    with closing(draw(source, render, lambda frame: frame.index in choices)) as again:
        chosen = _chosen(again, choices, attrgetter("index"), source)
        return export(chosen, folder, source, render.lines)


def add_keyframes(
    source: VideoInfo, folder: Path, render: Render, proposals: Sequence[Proposal]
) -> KeyList:
    """Add frames that a colorizer is in doubt of to those in ``folder`` (see ``stages.doubt``).

    Raises:
        UsageError: no frame has the time stamp of a proposal.
    """
    choices = {
        p.doubt.pts: Choice(
            p.doubt.frame, p.doubt.shot, f"in doubt: expected error {p.expected_error:.3f}"
        )
        for p in proposals
    }
    with closing(draw(source, render, lambda frame: frame.pts in choices)) as frames:
        chosen = _chosen(frames, choices, attrgetter("pts"), source)
        return export(chosen, folder, source, render.lines, adding=True)


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


def load_colorizer(render: Render) -> Colorizer:
    """The run's model, with the one that paints its keyframes where there is one.

    Raises:
        UsageError, MissingPiece, AnimecolorError: as ``load_model``.
    """
    network, reads = render.network, plane_of(render.mode)
    load = partial(load_model, reads=reads, device=network.device, precision=network.precision)
    model = load(network.model, weights=network.weights, adapter=network.adapter)
    if network.keyframe_model is None:
        return model
    return keyframed(load(network.keyframe_model), model)


def plane_of(mode: Mode) -> Plane:
    """What a colorizer must read for a clip in this mode."""
    return _PLANES[mode]


def mode_of(colorizer: Colorizer) -> Mode:
    """What a clip must be for this colorizer to read it."""
    return next(mode for mode, plane in _PLANES.items() if plane is colorizer.reads)


def _chosen(
    frames: Iterable[Frame],
    choices: Mapping[int, Choice],
    key_of: Callable[[Frame], int],
    source: VideoInfo,
) -> Iterator[tuple[int, Frame, Choice]]:
    """The chosen frames and their numbers in the whole clip; reads no further than the last."""
    left = dict(choices)
    skipped: int | None = None
    for frame in frames:
        if skipped is None:
            skipped = Clock(source.rate, source.start_pts).number(frame) - frame.index
        if choice := left.pop(key_of(frame), None):
            yield frame.index + skipped, frame, choice
        if not left:
            return
    if left:
        raise UsageError(
            f"frame {min(choice.index for choice in left.values())} is not where the table of "
            f"frames says in {source.path}: it is of another clip, or of another part of this one"
        )


def _watched(frames: Iterator[Frame], watch: Watch) -> Iterator[Frame]:
    for frame in frames:
        watch(frame)
        yield frame
