"""``animecolor eval`` of still pictures: photographs, and one frame of each clip."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from animecolor.errors import UsageError, printable

if TYPE_CHECKING:
    from animecolor.cli.eval import Request
    from animecolor.models.captioncolor import Captioncolor
    from animecolor.models.colorizer import Colorizer
    from animecolor.training.clips import Clip
    from animecolor.training.gallery import Guess, Paint, Picture

SIDE = 256
"""Short side in pixels of a picture, where no size is asked for."""
LEARNED = 300
"""Training photographs from which the baselines are learned."""
PAGES, HELD, COUNTED, EXAM, HEARD_SIDE = 600, 200, 40, 8, 96
"""Of the examination on captions: drawn pages counted and held out, batches counted and scored, and
the side of its pictures."""


def eval_stills(request: Request, command: str) -> None:
    """Score a model and write report.json and sheet.png.

    Raises:
        UsageError: there is no split, or no picture on one of its sides.
    """
    import cv2

    from animecolor.evaluation.stills import card_rows, judge
    from animecolor.models.registry import find
    from animecolor.models.weights import read_header, sha256
    from animecolor.training.gallery import sheet
    from animecolor.video.part import part_file, write_errors

    named = _sort(request)
    colorizer = _load(request)
    paint = _painter(colorizer)
    scores: list[dict[str, Any]] = []
    for what, pictures in (("photographs", named.photos), ("cartoon frames", named.frames)):
        if pictures:
            means = judge(pictures, paint, named.guess)
            scores += card_rows(f"{len(pictures)} {what}", means, command)
    if (listener := _listener(colorizer)) is not None:
        scores += _heard(listener, request, command)
    weights = request.weights or find(request.model).weights
    report = {
        "schema": "animecolor/stills/1",
        "command": command,
        "model": request.model,
        "weights_sha256": sha256(weights),
        "training": dict(read_header(weights).training),
        "scores": scores,
    }
    shown = sheet([*_spread(named.photos, 8), *_spread(named.frames, 8)], paint)
    with write_errors(request.output):
        request.output.mkdir(parents=True, exist_ok=True)
        with part_file(request.output / "report.json") as part:
            part.write_text(json.dumps(report, indent=1), "utf-8")
        cv2.imwrite(str(request.output / "sheet.png"), cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))
    for row in scores:
        beside = ", ".join(f"{name} {value:.2f}" for name, value in row["baselines"].items())
        click.echo(f"{row['what']}: {row['value']:.2f} {row['unit']} ({beside})")
    click.echo(printable(str(request.output / "report.json")))


@dataclass(frozen=True, slots=True, eq=False)
class _Named:
    """What was named, sorted."""

    photos: Sequence[Picture]
    """Photographs that the split keeps for tests; those held out where it keeps none."""
    frames: Sequence[Picture]
    """The middle frames of held-out clips."""
    guess: Guess
    """Learned from photographs on the training side."""


def _sort(request: Request) -> _Named:
    from animecolor.training.gallery import Guess, gallery, picture
    from animecolor.training.pictures import is_photos, read_photos
    from animecolor.training.sources import read_clips, read_split

    if request.split is None:
        raise UsageError("photographs need --split: baselines learn from those on its other side")
    split = read_split(request.split)
    photos: list[Clip] = []
    clips: dict[str, list[Clip]] = {}
    for path in request.clips:
        if is_photos(Path(path)):
            photos += read_photos(Path(path), request.cache)
            continue
        for clip in read_clips([path], request.cache):
            if split.holds(clip):
                clips.setdefault(clip.source, []).append(clip)
    spared = [photo for photo in photos if split.spares(photo)]
    judged = spared or [photo for photo in photos if split.holds(photo)]
    training = [photo for photo in photos if not split.spares(photo) and not split.holds(photo)]
    if not judged or not training:
        raise UsageError(f"{request.split} leaves no photograph to judge, or none to learn from")
    side = request.size or SIDE
    most = request.most or max((len(group) for group in clips.values()), default=1)
    learned = (picture(one.key, one.color()[0], SIDE).truth for one in _spread(training, LEARNED))
    return _Named(
        [picture(one.key, one.color()[0], side) for one in _spread(judged, request.most)],
        gallery(clips, most, side),
        Guess.of(learned),
    )


def _load(request: Request) -> Colorizer:
    from animecolor.config import Precision
    from animecolor.frame import Plane
    from animecolor.models.registry import load_model

    how = (request.weights, request.device, Precision(request.precision), request.adapter)
    return load_model(request.model, Plane.GRAY, *how)


def _painter(colorizer: Colorizer) -> Paint:
    """Each picture as a shot of its own, of which nothing is said."""
    from fractions import Fraction

    import torch

    from animecolor.frame import Frame, Shot

    def paint(plane: torch.Tensor, name: str) -> torch.Tensor:
        image = torch.zeros((3, *plane.shape[-2:]), dtype=torch.uint8)
        frame = Frame(image, 0, Fraction(1, 24), 0, opens_shot=True, plane=plane[0])
        with torch.inference_mode():
            color, _ = colorizer([frame], colorizer.begin(Shot()))
        return color.clone()

    return paint


def _listener(colorizer: Colorizer) -> Captioncolor | None:
    from animecolor.models.captioncolor import Captioncolor
    from animecolor.models.colorizer import PerFrame

    still = colorizer.still if isinstance(colorizer, PerFrame) else None
    return still if isinstance(still, Captioncolor) else None


def _heard(model: Captioncolor, request: Request, command: str) -> Iterator[dict[str, Any]]:
    """Rows of the examination on captions: see ``training.hearing``."""
    from animecolor.training.captioned import CaptionedSamples, Sight, Told, album
    from animecolor.training.hearing import card_rows, count_bins, hearing
    from animecolor.training.pictures import is_photos

    assert request.split is not None
    folder = next(Path(path) for path in request.clips if is_photos(Path(path)))
    told = Told(
        cache=request.cache, split=request.split, photos=folder, pages=PAGES, held_pages=HELD
    )
    pictures = album(told)
    sight = Sight(crop=HEARD_SIDE)
    prior = count_bins(CaptionedSamples(pictures.pages, pictures.photos, sight, 1), COUNTED)
    yield from card_rows(hearing(pictures, HEARD_SIDE, EXAM, prior).score(model), command)


def _spread(group: Sequence[Any], most: int | None) -> list[Any]:
    """At most so many, evenly spread."""
    count = len(group) if most is None else min(most, len(group))
    return [group[(2 * i + 1) * len(group) // (2 * count)] for i in range(count)]
