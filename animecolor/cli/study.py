"""``animecolor eval --study``: pictures to show to people, real and painted."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from animecolor.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from animecolor.cli.eval import Request
    from animecolor.evaluation.study import Candidate
    from animecolor.frame import Plane
    from animecolor.models.colorizer import Colorizer
    from animecolor.training.clips import Clip

SEED = 20170117
TITLE = "Real or painted?"

log = logging.getLogger("animecolor")


def export_study(request: Request, count: int) -> Path:
    """Write the page and its key; return the page.

    Photographs may be named too, and are told by their first caption where the model reads one.

    Raises:
        UsageError: fewer pictures than asked for were named.
    """
    from animecolor.evaluation.study import study
    from animecolor.video.part import part_file, write_errors

    clips = _clips(request)
    if len(clips) < count:
        raise UsageError(f"{count} pictures were asked for and {len(clips)} clips have one each")
    chosen = [clips[(2 * i + 1) * len(clips) // (2 * count)] for i in range(count)]
    found = study(list(_candidates(chosen, request)), SEED, TITLE)
    page = request.output / "study.html"
    with write_errors(request.output):
        request.output.mkdir(parents=True, exist_ok=True)
    for path, text in ((page, found.page), (request.output / "key.csv", found.key)):
        with part_file(path) as part, write_errors(path):
            part.write_text(text, "utf-8")
    log.info("the key is in %s: keep it from those who are asked", request.output / "key.csv")
    return page


def _clips(request: Request) -> list[Clip]:
    from animecolor.training.pictures import is_photos, read_photos
    from animecolor.training.sources import read_clips, read_split

    named: list[Clip] = []
    for path in request.clips:
        photos = Path(path).is_dir() and is_photos(Path(path))
        named += (
            read_photos(Path(path), request.cache) if photos else read_clips([path], request.cache)
        )
    if request.split is None or request.part == "all":
        return named
    split = read_split(request.split)
    unseen = {clip.key for clip in named if split.holds(clip) or split.spares(clip)}
    return [clip for clip in named if (clip.key in unseen) == (request.part != "training")]


def _candidates(clips: Sequence[Clip], request: Request) -> Iterator[Candidate]:
    from animecolor.config import Precision
    from animecolor.evaluation.conditions import frames_of, roll
    from animecolor.evaluation.showing import show
    from animecolor.evaluation.study import Candidate
    from animecolor.frame import Hint, Shot
    from animecolor.models.registry import load_model

    plane = _plane(request)
    how = (request.weights, request.device, Precision(request.precision), request.adapter)
    colorizer: Colorizer = load_model(request.model, plane, *how)
    for clip in clips:
        middle = clip.first + len(clip.color()) // 2
        alone = replace(clip, first=middle, last=middle + 1)
        (shown,) = show(alone, [plane], request.size)
        shot = Shot(hint=Hint(clip.captions[0] if clip.captions else ""))
        (frame,) = roll(colorizer, shot, frames_of(shown, range(1), 0))
        assert frame.color is not None
        yield Candidate(clip.key, frame.color, shown.truth[0])


def _plane(request: Request) -> Plane:
    """Grey where the model reads it, as published."""
    from animecolor.frame import Plane
    from animecolor.models.registry import find

    if request.reads not in (None, "both"):
        return Plane(request.reads)
    reads = find(request.model).card.reads
    return Plane.GRAY if "gray" in reads else Plane(reads[0])
