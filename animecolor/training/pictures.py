"""Still pictures: a photograph is a clip of one frame, so that all that works on clips takes it.

The folder format is ``manifest.jsonl``, a line a picture (``file``, ``license``, ``captions``),
beside the picture files. Runs of still models train on such pictures and on the frames of clips.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from pydantic import Field

from animecolor.errors import AnimecolorError, UsageError
from animecolor.training.clips import Clip, Pictures, save_pictures
from animecolor.training.recipe import Material, Supply
from animecolor.training.samples import Mix
from animecolor.training.sources import Data, Split, gather, read_split

PHOTO = "photo"
"""Name under which all photographs are one source."""
SIDE = 256
"""Short side in pixels to which larger pictures are reduced."""


class Stills(Data):
    """Which pictures: photographs, frames of clips, or both."""

    photos: Path | None = None
    """Folder of photographs."""
    photos_weight: float = Field(default=1.0, gt=0)
    """How often photographs are drawn, on the scale of ``weights``."""

    @property
    def shares(self) -> dict[str, float]:
        """Source -> how often it is drawn, photographs included."""
        return super().shares | ({PHOTO: self.photos_weight} if self.photos else {})


def is_photos(folder: Path) -> bool:
    """Whether a folder's manifest is of pictures, not of clips."""
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        return False
    with manifest.open(encoding="utf-8", errors="replace") as file:
        return '"file"' in file.readline()


def read_photos(folder: Path, cache: Path, side: int = SIDE) -> Iterator[Clip]:
    """Yield the pictures of a folder, decoding into ``cache`` what is not there yet.

    Args:
        folder: holds ``manifest.jsonl`` and the files it names.
        cache: folder of the memory maps.
        side: short side in pixels to which larger pictures are reduced.

    Raises:
        UsageError: there is no manifest, or a line of it is not a picture.
        AnimecolorError: a file is no picture.
    """
    manifest = folder / "manifest.jsonl"
    if not manifest.is_file():
        raise UsageError(f"{folder} is not a folder of pictures: it has no manifest.jsonl")
    home = cache / f"{PHOTO}-{side}"
    home.mkdir(parents=True, exist_ok=True)
    for number, text in enumerate(manifest.read_text("utf-8").splitlines(), start=1):
        try:
            row: dict[str, Any] = json.loads(text)
            file = str(row["file"])
            captions = tuple(str(caption) for caption in row.get("captions", ()))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{manifest}, line {number}: not a picture ({error})") from error
        if Path(file).name != file:
            raise UsageError(f"{manifest}, line {number}: {file!r} is not a plain file name")
        array = home / f"{file}.npy"
        if not array.is_file():
            save_pictures(array, _decode(folder / file, side)[None])
        license = str(row.get("license", "unknown"))
        yield Clip(Path(file).stem, PHOTO, license, array, None, captions=captions)


def still(data: Stills) -> Material:
    """Gather the pictures of a run.

    What the split keeps for tests is on neither side.

    Raises:
        UsageError: as ``sources.gather``; or nothing is there to train on, or nothing held out.
        AnimecolorError: a file is no picture.
    """
    clips = gather(data) if data.weights or data.films else None
    training = dict(clips.training) if clips else {}
    held_out = dict(clips.held_out) if clips else {}
    if data.photos is not None:
        split = Split() if data.split is None else read_split(data.split)
        photos = [c for c in read_photos(data.photos, data.cache) if not split.spares(c)]
        training[PHOTO] = [photo for photo in photos if not split.holds(photo)]
        held_out[PHOTO] = [photo for photo in photos if split.holds(photo)]
    shares = data.shares
    if not all(training.get(name) for name in shares) or not shares:
        raise UsageError("the data names no picture to train on: give it photos, weights or both")
    if not any(held_out.values()):
        raise UsageError("nothing is held out to validate on: name a data.split")
    return Material(Mix([training[name] for name in shares], list(shares.values())), held_out)


STILLS = Supply(Stills, still, Material())
"""Pictures on their own."""


def _decode(path: Path, side: int) -> Pictures:
    """(H, W, 3) uint8 RGB."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
    if picture is None:
        raise AnimecolorError(f"{path} is not a picture that can be read")
    height, width = picture.shape[:2]
    scale = side / min(height, width)
    if scale < 1:
        size = max(1, round(width * scale)), max(1, round(height * scale))
        picture = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
    return np.asarray(picture, np.uint8)
