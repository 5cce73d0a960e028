"""``animecolor run``: colour one clip or image sequence."""

from __future__ import annotations

import logging
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from animecolor import __version__
from animecolor.cli.cut import CUT, RECORD, is_painted, run_cut, swap_cut, takes_cut
from animecolor.cli.messages import quiet, reporting
from animecolor.cli.options import DRAWING, FINISH, JOB, PICTURE, RESULT, options, settled
from animecolor.cli.progress import progress
from animecolor.cli.swap import SWAP, run_swap
from animecolor.cli.target import (
    STDIO,
    check_confidence,
    check_layers,
    check_review,
    check_spares,
    check_target,
    default_target,
    place_of,
    record_of,
)
from animecolor.cli.verdict import QA, check_qa, judge_result
from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    from animecolor.config import Render
    from animecolor.frame import Frame
    from animecolor.models.colorizer import Colorizer
    from animecolor.video.info import VideoInfo

log = logging.getLogger(__name__)


@click.command(context_settings={"show_default": False})
@click.argument("source", metavar="INPUT", type=click.Path(path_type=Path), required=False)
@click.option("-i", "--input", "alias", type=click.Path(path_type=Path), hidden=True)
@options(JOB, QA, DRAWING, PICTURE, FINISH, SWAP, RESULT, CUT)
@reporting
def run(
    source: Path | None,
    alias: Path | None,
    output: Path | None,
    overwrite: bool,
    dry_run: bool,
    review: Path | None,
    confidence: Path | None,
    layers: Path | None,
    qa: str | None,
    config: Path | None,
    preset: str | None,
    meter: str,
    approve: tuple[str, ...],
    release: tuple[str, ...],
    palette_swap: Path | None,
    **flags: Any,
) -> int | None:
    """Colour INPUT: a clip, a folder of images or of cel layers, or - for y4m on standard input.

    Sound, subtitles, chapters and timestamps are carried over as they are.
    """
    source = _one_input(source, alias)
    if palette_swap is not None and is_painted(source):
        made_with = settled(flags, config or source / RECORD, preset)
        swap_cut(source, palette_swap, made_with, _load)
        return None
    render = settled(flags, config, preset)
    if palette_swap is not None:
        run_swap(source, palette_swap, render)
        return None
    if takes_cut(source):
        check_finish(render)
        check_able(render, confidence=False)
        run_cut(source, render, _load)
        return None
    target = output or default_target(source, render.output.preset)
    check_target(target, source, overwrite)
    extras = Extras(review, confidence, layers, qa)
    render = _check_extras(extras, target, source, render, overwrite)
    check_spares([target, *([layers] if layers else [])], render)
    check_finish(render)
    check_able(render, confidence is not None)
    info = look_at(source, render)
    if dry_run:
        from animecolor.cli.plan import plan

        click.echo("\n".join(plan(info, target, render)))
        return None
    frames = _colorize(Job(info, target, render, extras), "none" if quiet() else meter)
    if target != STDIO:
        click.echo(f"{printable(str(target))} ({frames} frames)")
    return judge_result(qa, target, source, render, meter) if qa else None


@dataclass(frozen=True, slots=True)
class Extras:
    """What is made beside the result."""

    review: Path | None = None
    confidence: Path | None = None
    layers: Path | None = None
    qa: str | None = None
    """Profile that the result is judged with."""


def _check_extras(
    extras: Extras, target: Path, source: Path, render: Render, overwrite: bool
) -> Render:
    """Refuse before any work what cannot be written beside the result. Returns the run.

    Raises:
        UsageError: what ``check_review`` and its neighbours raise.
    """
    taken = {"output": place_of(target), "output's record": record_of(target)}
    if extras.review:
        check_review(extras.review, target, source, overwrite)
        taken["review clip"] = extras.review
    if extras.confidence:
        check_confidence(extras.confidence, source, taken, overwrite)
        taken["heat map"] = extras.confidence
    if extras.layers:
        check_layers(extras.layers, source, taken, overwrite)
        taken["folder of layers"] = extras.layers
        render = with_layers(render)
    if extras.qa:
        check_qa(extras.qa, target, render, taken, overwrite)
    return render


def _one_input(source: Path | None, alias: Path | None) -> Path:
    if (source is None) == (alias is None):
        raise click.UsageError("name one INPUT: a clip, a folder of images, or -")
    chosen = source or alias
    assert chosen is not None
    return chosen


def look_at(source: Path, render: Render) -> VideoInfo:
    """Read what the clip is, and say what a person should know of it."""
    from animecolor.video.probe import probe

    info = probe(source, render.limits)
    for warning in info.warnings:
        log.warning("%s: %s", source, warning)
    return info


@dataclass(frozen=True, slots=True)
class Job:
    """What is coloured, how, and into which files."""

    info: VideoInfo
    target: Path
    render: Render
    extras: Extras


def _colorize(job: Job, meter: str) -> int:
    """Find out what would fail at the end first, then load the network and colour."""
    from animecolor.cli.plan import expected_frames
    from animecolor.config import Output
    from animecolor.video.encode import check

    total = expected_frames(job.info, job.render.range)
    extras = job.extras
    asked = replace(job.info, frames=total)
    check(job.target, job.render.output, asked)
    if extras.review:
        check(extras.review, Output(preset="review"), asked)
    if extras.confidence:
        from animecolor.stages.heat import OUTPUT

        check(extras.confidence, OUTPUT, asked)
    if extras.layers:
        from animecolor.stages.layers import check_room

        check_room(extras.layers, asked)
    colorizer = _load(job.render)
    with ExitStack() as stack:
        watchers: list[Callable[[Frame], None]] = [stack.enter_context(progress(meter, total))]
        if extras.review:
            from animecolor.video.review import review_tape

            watchers.append(stack.enter_context(review_tape(extras.review, job.info)))
        if extras.confidence:
            from animecolor.stages.heat import heat_tape

            watchers.append(stack.enter_context(heat_tape(extras.confidence, job.info)))
        if extras.layers:
            from animecolor.stages.layers import layers_tape

            watchers.append(stack.enter_context(layers_tape(extras.layers, job.info, job.render)))

        from animecolor.pipeline import colorize_video

        def watch(frame: Frame) -> None:
            for watcher in watchers:
                watcher(frame)

        frames = colorize_video(job.info, job.target, colorizer, job.render, watch)
        # Before the review is finished: the result is complete, and stays if that fails.
        record(job.info, job.target, job.render)
        return frames


def with_layers(render: Render) -> Render:
    """The run, its finish being flats: layers hold nothing else.

    Raises:
        UsageError: another finish was asked for.
    """
    from animecolor.config import FinishKind

    kind = render.finish.kind
    if kind not in (FinishKind.AUTO, FinishKind.FLATS):
        raise UsageError(f"layers are made of flats, not of --finish {kind}")
    flats = render.finish.model_copy(update={"kind": FinishKind.FLATS})
    return render.model_copy(update={"finish": flats})


def check_finish(render: Render) -> None:
    """Refuse before any work a finish that cannot be.

    Raises:
        UsageError: flats without lines, a palette that nothing follows or that cannot be read.
    """
    from animecolor.config import FinishKind, Mode

    how = render.finish
    if how.kind is FinishKind.FLATS and render.mode is not Mode.LINEART:
        raise UsageError(f"flats are what lines enclose, and --mode {render.mode} reads none")
    if how.palette is None:
        return
    if how.kind in (FinishKind.SMOOTH, FinishKind.NONE):
        raise UsageError(f"--finish {how.kind} follows no palette; flats do")
    if render.mode is not Mode.LINEART:
        raise UsageError(f"a palette is for flats, and --mode {render.mode} paints none")
    from animecolor.flats.palette_files import read_palette

    read_palette(how.palette)


def check_able(render: Render, confidence: bool) -> None:
    """Refuse before any work what the chosen models cannot do.

    Raises:
        UsageError: there is no such model, or it does not do what is asked of it.
    """
    from animecolor.models.registry import MODELS, find_reader
    from animecolor.pipeline import plane_of

    network = render.network
    given = bool(render.keyframes or network.keyframe_model)
    model = find_reader(network.model, plane_of(render.mode), carrying=given)
    if render.references and not model.takes_references:
        able = ", ".join(name for name, spec in MODELS.items() if spec.takes_references)
        raise UsageError(f"{model.name} takes no references; these do: {able}")
    if confidence and not model.tells_error:
        able = ", ".join(name for name, spec in MODELS.items() if spec.tells_error)
        raise UsageError(f"{model.name} cannot tell its confidence; these can: {able}")
    if network.keyframe_model is not None:
        find_reader(network.keyframe_model, plane_of(render.mode))
        if network.keyframe_model == network.model:
            raise UsageError(f"{model.name} carries colours on; name another model for keyframes")
        if confidence:
            log.warning(
                "--confidence takes keyframes for right, those of %s too", network.keyframe_model
            )
    painters = [network.model, *([network.keyframe_model] if network.keyframe_model else [])]
    if render.caption and not any(MODELS[name].takes_captions for name in painters):
        able = ", ".join(name for name, spec in MODELS.items() if spec.takes_captions)
        raise UsageError(f"no caption is read by {' or '.join(painters)}; these read one: {able}")


def _load(render: Render) -> Colorizer:
    from animecolor.pipeline import load_colorizer

    return load_colorizer(render)


def record(info: VideoInfo, target: Path, render: Render) -> None:
    """Write the settled run beside its result, whole or not at all."""
    if target == STDIO:
        return
    from animecolor.config import to_toml
    from animecolor.video.part import part_file, write_errors

    remarks = [f"animecolor {__version__} made {target.name} of {info.path.name} with these."]
    place = record_of(target)
    with part_file(place) as part, write_errors(place):
        part.write_text(to_toml(render, remarks), encoding="utf-8", errors="replace")
