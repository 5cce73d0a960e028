"""``animecolor eval`` of a model that reads near infrared: pairs of pictures, not clips."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import click

from animecolor.errors import UsageError, printable


@dataclass(frozen=True, slots=True)
class PairsRequest:
    """What is scored on what."""

    command: str
    """What was asked, as it would be typed again."""
    model: str
    folders: tuple[str, ...]
    constants: Path | None
    """Folder of pairs that the constant answers learn from."""
    output: Path
    weights: Path | None
    cache: Path
    device: str
    precision: str


def eval_pairs(request: PairsRequest) -> None:
    """Score the model and write the report.

    Raises:
        UsageError: a folder holds no pairs, or one holds pairs that ``constants`` holds too.
    """
    from animecolor.config import Precision
    from animecolor.evaluation.infrared import About, compose, table, write
    from animecolor.frame import Plane
    from animecolor.models.colorizer import PerFrame
    from animecolor.models.device import pick_device, pick_dtype
    from animecolor.models.infrared import Infrared
    from animecolor.models.registry import find, load_model
    from animecolor.models.weights import read_header, sha256
    from animecolor.training.exhibit import Constants, Exhibit
    from animecolor.training.pairs import read_pairs
    from animecolor.video.part import write_errors

    if request.constants is None:
        raise UsageError(
            f"{request.model} is scored beside constant answers: name the pairs that these learn "
            "from with --constants"
        )
    training = read_pairs(request.constants, request.cache)
    pairs = [p for folder in request.folders for p in read_pairs(Path(folder), request.cache)]
    names = {pair.name for pair in training}
    if seen := [pair.name for pair in pairs if pair.name in names]:
        raise UsageError(f"{seen[0]!r} is among the pairs of {request.constants} too")
    precision = Precision(request.precision)
    hosted = load_model(request.model, Plane.NIR, request.weights, request.device, precision)
    assert isinstance(hosted, PerFrame)
    assert isinstance(hosted.still, Infrared)
    paint = hosted.still.color
    exhibit = Exhibit(pairs, Constants.fit(training))
    weights = request.weights or find(request.model).weights
    device = pick_device(request.device)
    about = About(
        command=request.command,
        model=request.model,
        weights_sha256=sha256(weights),
        training=dict(read_header(weights).training),
        device=str(device),
        precision=str(pick_dtype(precision, device)).removeprefix("torch."),
    )
    document = compose(about, list(exhibit.rows(paint)))
    with write_errors(request.output):
        request.output.mkdir(parents=True, exist_ok=True)
    write(request.output, document, exhibit, paint)
    click.echo("\n".join(table(document)))
    click.echo(printable(f"{request.output / 'report.json'} ({len(pairs)} pairs)"))
