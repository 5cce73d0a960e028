"""``animecolor eval``: score a model beside the trivial answers."""

from __future__ import annotations

import shlex
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from animecolor.cli.messages import quiet, reporting
from animecolor.cli.pairs import PairsRequest, eval_pairs
from animecolor.cli.progress import KINDS, progress
from animecolor.errors import MissingPiece, UsageError, printable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from animecolor.evaluation.exam import Exam, Result
    from animecolor.evaluation.measure import Look
    from animecolor.evaluation.report import About
    from animecolor.frame import Plane
    from animecolor.models.colorizer import Colorizer
    from animecolor.training.clips import Clip

FILE = click.Path(path_type=Path)
PICTURED = 2
"""Clips a source of which the page shows every answer."""
REPORT_BYTES = 16 << 20
"""About what a report takes, pictures included."""
_RECORDED = {
    "model",
    "clips",
    "weights",
    "adapter",
    "reads",
    "split",
    "part",
    "most",
    "last",
    "whole_shots",
    "size",
    "precision",
    "constants",
}
"""What decides the numbers; the recorded command has these, and where the report went."""


@click.command("eval", context_settings={"show_default": False})
@click.argument("model")
@click.argument("clips", nargs=-1, required=True)
@click.option("-o", "--output", type=FILE, required=True, metavar="DIR", help="Folder to write.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace a report that is there.")
@click.option("--weights", type=FILE, help="Other weights (safetensors).")
@click.option("--adapter", type=FILE, help="What `animecolor adapt` made of a show.")
@click.option(
    "--reads",
    type=click.Choice(["line", "gray", "both"]),
    help="What the model is shown [all that it reads].",
)
@click.option("--split", type=FILE, help="What training never saw, as configs/split.toml.")
@click.option(
    "--part",
    type=click.Choice(["held-out", "training", "all"]),
    help="Side of the split [held-out; all where there is no split].",
)
@click.option("--most", type=click.IntRange(min=1), help="Clips a source, evenly spread [all].")
@click.option(
    "--last",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="Only the last share of every video: what training held out of it [all].",
)
@click.option("--whole-shots", is_flag=True, help="Join what folders cut into windows.")
@click.option("--size", type=click.IntRange(min=32), help="Short side in pixels [the clip's own].")
@click.option(
    "--pictures",
    type=click.Choice(["few", "all"]),
    default="few",
    help="Show frames of two clips a source, or the main ones of every other clip too [few].",
)
@click.option(
    "--study",
    type=click.IntRange(min=4),
    metavar="COUNT",
    help="Write no scores but a blind study: COUNT pictures, real or painted, and the key.",
)
@click.option(
    "--constants",
    type=FILE,
    metavar="DIR",
    help="Pairs that constant answers learn from; for models of near infrared.",
)
@click.option("--lpips", type=FILE, help="AlexNet's weights for LPIPS, where they lie elsewhere.")
@click.option("--cache", type=FILE, default=Path("runs/cache"), help="Decoded clips [runs/cache].")
@click.option("--device", default="auto", metavar="NAME", help="auto, cuda:0, mps or cpu.")
@click.option(
    "--precision",
    type=click.Choice(["auto", "fp32", "bf16", "fp16"]),
    default="auto",
    help="Arithmetic of the network.",
)
@click.option(
    "--progress", "meter", type=click.Choice(KINDS), default="auto", help="How to show progress."
)
@reporting
def eval(**flags: Any) -> None:
    """Score MODEL on CLIPS, beside answers that need no network.

    CLIPS are clip folders (with a manifest.jsonl), videos, or drawn scenes such as
    toon:1000000-1000003. DIR gets report.json, frames.csv and index.html.

    Where a folder of photographs is among them, photographs and the middle frames of clips are
    scored as still pictures; DIR gets report.json and sheet.png.

    A model of near infrared is scored on folders of pairs, NAME_nir.* beside NAME_rgb.*; DIR gets
    report.json, pairs.csv and sheet.png.
    """
    request = Request(**flags)
    _check_folder(request.output, request.overwrite)
    from animecolor.models.registry import find

    if find(request.model).card.reads == ("nir",):
        return eval_pairs(_pairs(request))
    if request.study:
        from animecolor.cli.study import export_study

        click.echo(printable(str(export_study(request, request.study))))
        return
    if any(_is_photos(path) for path in request.clips):
        from animecolor.cli.stills import eval_stills

        return eval_stills(request, _command_line())
    about, exam, clips = _prepare(request)
    results = _examine(exam, clips, request)

    from animecolor.evaluation.page import page
    from animecolor.evaluation.report import compose, write
    from animecolor.video.part import write_errors

    document = compose(about, results, exam.mean.flatten().tolist())
    with write_errors(request.output):
        request.output.mkdir(parents=True, exist_ok=True)
    write(request.output, document, results, page(document, results))
    said = f"{len(clips)} clip{'s' * (len(clips) != 1)}"
    click.echo(printable(f"{request.output / 'index.html'} ({said})"))


@dataclass(frozen=True, slots=True)
class Request:
    """The flags."""

    model: str
    clips: tuple[str, ...]
    output: Path
    overwrite: bool
    weights: Path | None
    adapter: Path | None
    reads: str | None
    split: Path | None
    part: str | None
    most: int | None
    last: float | None
    whole_shots: bool
    size: int | None
    pictures: str
    study: int | None
    lpips: Path | None
    cache: Path
    device: str
    precision: str
    meter: str
    constants: Path | None


def _pairs(request: Request) -> PairsRequest:
    return PairsRequest(
        command=_command_line(),
        model=request.model,
        folders=request.clips,
        constants=request.constants,
        output=request.output,
        weights=request.weights,
        cache=request.cache,
        device=request.device,
        precision=request.precision,
    )


def _is_photos(path: str) -> bool:
    from animecolor.training.pictures import is_photos

    return Path(path).is_dir() and is_photos(Path(path))


def _check_folder(folder: Path, overwrite: bool) -> None:
    """Refuse before any work what could not be written after it."""
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file; name a folder for the report")
    if folder.is_dir() and any(folder.iterdir()) and not overwrite:
        raise UsageError(f"{folder} is not empty; pass -y to replace the report in it")
    from animecolor.video.part import check_writable

    nearest = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    check_writable(nearest / folder.name, REPORT_BYTES)


def _prepare(request: Request) -> tuple[About, Exam, list[Clip]]:
    """Load everything, what fails soonest first."""
    from animecolor.evaluation.baselines import mean_color
    from animecolor.evaluation.exam import Exam
    from animecolor.evaluation.measure import Judges
    from animecolor.evaluation.pick import Half, pick
    from animecolor.metrics.perceptual import find_lpips
    from animecolor.training.sources import last_of, read_clips

    lpips = find_lpips(request.lpips)
    if isinstance(lpips, str) and request.lpips is not None:
        raise MissingPiece(lpips)
    half = Half(request.part or ("held-out" if request.split else "all"))
    colorizers = _load(request)
    named = last_of(
        read_clips(request.clips, request.cache, request.whole_shots), request.last or 1.0
    )
    clips = pick(named, request.split, half, request.most, request.size)
    lite0, why = _lite0()
    missing = tuple(reason for reason in (lpips, why) if isinstance(reason, str))
    judges = Judges(None if isinstance(lpips, str) else lpips, lite0)
    exam = Exam(colorizers, mean_color(clips), judges, request.size)
    return _about(request, half, missing), exam, clips


def _lite0() -> tuple[Look | None, str | None]:
    """What looks for the Lite0 distance, or why nothing does."""
    from animecolor.training.features import Lite0

    try:
        judge = Lite0()
    except MissingPiece as missing:
        return None, f"Lite0 distance: {missing}"
    return lambda pictures: judge(pictures).content, None


def _load(request: Request) -> dict[Plane, Colorizer]:
    """A colorizer for every plane asked for."""
    from animecolor.config import Precision
    from animecolor.frame import Plane
    from animecolor.models.adapter import read_record
    from animecolor.models.registry import find, load_model

    judged = (Plane.LINE, Plane.GRAY)
    able = [plane for plane in judged if plane.value in find(request.model).card.reads]
    wanted = able if request.reads in (None, "both") else [Plane(request.reads)]
    if request.adapter and request.reads is None:
        wanted = [read_record(request.adapter)[0].reads]
    how = (request.weights, request.device, Precision(request.precision), request.adapter)
    return {plane: load_model(request.model, plane, *how) for plane in wanted}


def _about(request: Request, half: str, missing: tuple[str, ...]) -> About:
    from animecolor.config import Precision
    from animecolor.evaluation.report import About
    from animecolor.models.device import pick_device, pick_dtype
    from animecolor.models.registry import find
    from animecolor.models.weights import read_header, sha256

    weights = request.weights or find(request.model).weights
    device = pick_device(request.device)
    adapter = {"adapter_sha256": sha256(request.adapter)} if request.adapter else {}
    return About(
        command=_command_line(),
        model=request.model,
        weights=weights.name,
        weights_sha256=sha256(weights),
        training={**read_header(weights).training, **adapter},
        device=str(device),
        precision=str(pick_dtype(Precision(request.precision), device)).removeprefix("torch."),
        part=str(half),
        split=None if request.split is None else str(request.split),
        size=request.size,
        missing=missing,
    )


def _command_line() -> str:
    """What was asked, as it would be typed again."""
    context = click.get_current_context()
    words = ["animecolor", "eval"]
    for param in sorted(context.command.params, key=lambda p: isinstance(p, click.Option)):
        name, value = param.name or "", context.params.get(param.name or "")
        given = context.get_parameter_source(name) is ParameterSource.COMMANDLINE
        if not given or name not in _RECORDED | {"output"}:
            continue
        if isinstance(param, click.Argument):
            words += map(str, value if isinstance(value, tuple) else (value,))
        else:
            words += param.opts[:1] if value is True else [param.opts[0], str(value)]
    return shlex.join(words)


def _examine(exam: Exam, clips: Sequence[Clip], request: Request) -> list[Result]:
    from animecolor.evaluation.exam import Pictures, examine, frames_to_paint

    others = Pictures.MAIN if request.pictures == "all" else Pictures.NONE

    counts = [len(clip.color()) for clip in clips]
    painted = sum(frames_to_paint(n, by) for n in counts for by in exam.colorizers.values())
    seen: Counter[str] = Counter()
    results: list[Result] = []
    with progress("none" if quiet() else request.meter, painted) as watch:
        for clip in clips:
            seen[clip.source] += 1
            shown = Pictures.ALL if seen[clip.source] <= PICTURED else others
            results += examine(clip, replace(exam, watch=watch), shown)
    return results
