"""Score a still model on grey pictures it never saw, for its card and its page.

    python scripts/score_stills.py koalarization -o runs/eval/koalarization
    python scripts/score_stills.py captioncolor -o runs/eval/captioncolor

Photographs are those that the split keeps for tests; cartoons are the middle frames of held-out
clips. Baselines are learned from training photographs. `captioncolor` is also examined on captions
(``training.hearing``). DIR gets report.json, which scripts/make_card.py reads, and sheet.png.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import cv2
import torch
from torch import Tensor

from animecolor.evaluation.stills import card_rows, judge
from animecolor.frame import Plane
from animecolor.models.captioncolor import Captioncolor
from animecolor.models.registry import find, load_model
from animecolor.models.weights import sha256
from animecolor.training.captioned import CaptionedSamples, Sight, Told, album
from animecolor.training.clips import Clip
from animecolor.training.gallery import Guess, Picture, gallery, picture, sheet
from animecolor.training.hearing import count_bins, hearing
from animecolor.training.pictures import Stills, read_photos, still
from animecolor.training.sources import read_split

FILE = click.Path(path_type=Path)
LEARNED, COUNTED, EXAM, SIDE = 300, 60, 8, 96
HEARD = {
    "ab": ("chroma PSNR with captions", "dB", {"no caption": "mute", "gray": "grey"}),
    "acc@1": ("acc@1", "%", {"neutral bin": "grey@1"}),
    "acc@5": ("acc@5", "%", {"five commonest": "common@5"}),
    "off@1": ("acc@1 off the neutral bin", "%", {"neutral bin": None}),
    "followed": ("caption swaps followed", "%", {"chance": 25.0, "no listener": None}),
    "moved": ("way moved by a swapped word", "%", {"no listener": None}),
    "leaked": ("change elsewhere against the change there", "%", {"whole picture": 100.0}),
}  # fmt: skip
"""Score of ``Hearing`` -> what it is, its unit, and what stands beside it."""


@click.command()
@click.argument("model")
@click.option("-o", "--output", type=FILE, required=True)
@click.option("--weights", type=FILE, help="Other weights than the package's.")
@click.option("--photos", type=FILE, default=Path("data/photo"))
@click.option("--clips", type=FILE, default=Path("data/clips"))
@click.option("--cache", type=FILE, default=Path("runs/cache"))
@click.option("--split", type=FILE, default=Path("configs/split.toml"))
@click.option("--most", type=int, default=60, help="Held-out frames a source.")
def main(model: str, output: Path, weights: Path | None, **data: Any) -> None:
    """Score MODEL and write a report."""
    command = shlex.join(["python", *sys.argv])
    host = load_model(model, Plane.GRAY, weights)
    still_model = host.still  # type: ignore[attr-defined]

    def paint(plane: Tensor, name: str) -> Tensor:
        with torch.inference_mode():
            if isinstance(still_model, Captioncolor):
                return still_model.color(plane, [""]).cpu().clone()
            return still_model.color(plane).cpu().clone()

    tests, cartoons, guess = _pictures(data)
    scores = []
    for what, pictures in (("test photographs", tests), ("held-out cartoon frames", cartoons)):
        said = f"{len(pictures)} {what}"
        rows = list(card_rows(said, judge(pictures, paint, guess), command))
        scores += rows
        _print(rows)
    if isinstance(still_model, Captioncolor):
        rows = list(_heard(still_model, data, command))
        scores += rows
        _print(rows)
    output.mkdir(parents=True, exist_ok=True)
    path = weights or find(model).weights
    report = {"model": model, "weights_sha256": sha256(path), "scores": scores}
    (output / "report.json").write_text(json.dumps(report, indent=1), "utf-8")
    shown = sheet([*tests[::20], *cartoons[::40]], paint)
    cv2.imwrite(str(output / "sheet.png"), cv2.cvtColor(shown, cv2.COLOR_RGB2BGR))


def _pictures(data: dict[str, Any]) -> tuple[list[Picture], list[Picture], Guess]:
    split = read_split(data["split"])
    photos = list(read_photos(data["photos"], data["cache"]))
    tests = [picture(p.key, p.color()[0], 256) for p in photos if split.spares(p)]
    names = ("popeye", "toon3d", "santa", "lottie", "bbb")
    clips = still(
        Stills(
            root=data["clips"], cache=data["cache"], split=data["split"],
            weights=dict.fromkeys((*names, "toon"), 1.0), toon_clips=700,
        )
    ).held_out  # fmt: skip
    cartoons = gallery(clips, data["most"])
    training = [p for p in photos if not split.spares(p) and not split.holds(p)]
    learned = _colors(training[:: max(1, len(training) // LEARNED)])
    return tests, cartoons, Guess.of(learned)


def _colors(photos: Sequence[Clip]) -> Iterator[Tensor]:
    for photo in photos:
        yield picture(photo.key, photo.color()[0]).truth


def _heard(model: Captioncolor, data: dict[str, Any], command: str) -> Iterator[dict[str, Any]]:
    told = Told(
        cache=data["cache"], split=data["split"], photos=data["photos"], pages=3000, held_pages=200
    )
    pictures = album(told)
    sight = Sight(crop=SIDE, recolor=0.5)
    prior = count_bins(CaptionedSamples(pictures.pages, pictures.photos, sight, 1), COUNTED)
    found = hearing(pictures, SIDE, EXAM, prior).score(model)
    for key, (title, unit, beside) in HEARD.items():
        others = {
            name: found[other] if isinstance(other, str) else (other or 0.0)
            for name, other in beside.items()
        }
        yield {
            "what": f"{title}, held-out captioned pictures",
            "value": found[key],
            "unit": unit,
            "baselines": others,
            "command": command,
        }


def _print(rows: Sequence[dict[str, Any]]) -> None:
    for row in rows:
        beside = ", ".join(f"{name} {value:.2f}" for name, value in row["baselines"].items())
        click.echo(f"{row['what']}: {row['value']:.2f} {row['unit']} ({beside})")


if __name__ == "__main__":
    main()
