"""Batches of pictures with captions: drawn pages in exact words, photographs in people's.

Every number comes from (run seed, step, number of the sample), as in ``training.samples``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor
from torch.utils.data import Dataset

from animecolor.models.captioncolor.words import numbers
from animecolor.training.clips import Clip, Pictures
from animecolor.training.pages import Page, candidates, draw_pages, recolor, visible
from animecolor.training.pictures import read_photos
from animecolor.training.recipe import Supply
from animecolor.training.samples import Share
from animecolor.training.sources import TOON, read_split
from animecolor.training.strokes import luma_of
from animecolor.training.telling import Said, is_told_apart, tell

_Share = Annotated[float, Field(ge=0, le=1)]


class Sight(BaseModel):
    """Everything that decides a sample but the pictures and the seed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    crop: int = Field(default=96, ge=16, multiple_of=8)
    """Side of the square crops in pixels."""
    count: int = Field(default=24, ge=1)
    """Samples a batch, per process."""
    drawn: _Share = 0.65
    """Share of drawn pages; the others are photographs."""
    shrink: float = Field(default=1.7, ge=1)
    """Largest reduction of a picture before it is cropped."""
    named: int = Field(default=4, ge=1)
    """Most things of a page that are named."""
    recolor: _Share = 0.6
    """Share of the things named that get another color of their lightness."""
    silent: _Share = 0.1
    """Share of samples without a caption."""


@dataclass(frozen=True, slots=True)
class Captioned:
    """N pictures of S x S pixels and what is said of them."""

    plane: Tensor
    """(N, 1, S, S) float32 luma in [0, 1]."""
    color: Tensor
    """(N, 3, S, S) float32 RGB in [0, 1]."""
    tokens: Tensor
    """(N, T) int64 words."""
    captions: tuple[str, ...]


class Told(BaseModel):
    """Which pictures have captions, and what is held out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cache: Path
    split: Path
    """TOML list of what training never sees (see ``sources.Split``)."""
    pages: int = Field(default=2000, ge=1)
    """Drawn pages."""
    held_pages: int = Field(default=64, ge=1)
    """Drawn pages that are validated on."""
    photos: Path | None = None
    """Folder of photographs, with captions where there are some."""


@dataclass(frozen=True, slots=True)
class Album:
    """The pictures of a run."""

    pages: Sequence[Page] = ()
    photos: Sequence[Clip] = ()
    held_pages: Sequence[Page] = ()
    held_photos: Sequence[Clip] = ()


def album(told: Told) -> Album:
    """Gather the pictures of a run.

    Raises:
        UsageError: the split or the manifest of the photographs cannot be read.
        AnimecolorError: a photograph is no picture.
    """
    split = read_split(told.split)
    first = split.seeds.get(TOON, told.pages)
    pages = list(draw_pages(range(told.pages), told.cache))
    held_pages = list(draw_pages(range(first, first + told.held_pages), told.cache))
    photos = list(read_photos(told.photos, told.cache)) if told.photos else []
    photos = [photo for photo in photos if not split.spares(photo)]
    return Album(
        pages,
        [photo for photo in photos if not split.holds(photo)],
        held_pages,
        [photo for photo in photos if split.holds(photo) and len(photo.captions) > 1],
    )


TOLD = Supply(Told, album, Album())
"""Pictures with captions."""


class CaptionedSamples(Dataset[Captioned]):
    """Batches by step."""

    def __init__(
        self,
        pages: Sequence[Page],
        photos: Sequence[Clip],
        sight: Sight,
        seed: int,
        share: Share | None = None,
    ) -> None:
        self._pages, self._photos, self._sight, self._seed = pages, photos, sight, seed
        self._share = share or Share()

    def __getitem__(self, step: int) -> Captioned:
        count = self._sight.count
        first = self._share.rank * count + 1
        samples = [
            self._sample(np.random.default_rng((self._seed, step, number)))
            for number in range(first, first + count)
        ]
        colors = np.stack([color for color, _ in samples])
        captions = tuple(caption for _, caption in samples)
        return Captioned(
            torch.from_numpy(luma_of(colors))[:, None],
            torch.from_numpy(colors).permute(0, 3, 1, 2).contiguous().float() / 255,
            numbers(captions),
            captions,
        )

    def _sample(self, chance: np.random.Generator) -> tuple[Pictures, str]:
        sight = self._sight
        if not self._photos or (self._pages and chance.random() < sight.drawn):
            color, caption = _drawn(
                self._pages[int(chance.integers(len(self._pages)))], sight, chance
            )
        else:
            color, caption = _taken(
                self._photos[int(chance.integers(len(self._photos)))], sight, chance
            )
        return color, "" if chance.random() < sight.silent else caption


def _drawn(page: Page, sight: Sight, chance: np.random.Generator) -> tuple[Pictures, str]:
    color, paints = page.load()
    window = _window(color.shape[:2], sight, chance)
    color, paints = window.cut(color, cv2.INTER_AREA), window.cut(paints, cv2.INTER_NEAREST)
    seen = visible(page, color, paints)
    natural = [one.said() for one in seen]
    places = chance.permutation(len(seen))[: int(chance.integers(1, sight.named + 1))]
    changes, named = [], list[Said]()
    for place in places:
        one, said = seen[place], natural[place]
        choice = candidates(one.lab) if chance.random() < sight.recolor else []
        # What cannot be named keeps its color, or the color could not be known.
        if choice and is_told_apart(said, natural):
            tint = choice[int(chance.integers(len(choice)))]
            changes.append((one, tint))
            said = replace(said, word=tint.word)
        named.append(said)
    return recolor(color, changes), tell(named, natural, chance)


def _taken(photo: Clip, sight: Sight, chance: np.random.Generator) -> tuple[Pictures, str]:
    color = photo.color()[0]
    color = _window(color.shape[:2], sight, chance).cut(color, cv2.INTER_AREA)
    captions = photo.captions or ("",)
    return color, captions[int(chance.integers(len(captions)))]


@dataclass(frozen=True, slots=True)
class _Window:
    rows: slice
    columns: slice
    side: int
    flip: bool

    def cut(self, picture: NDArray[np.uint8], how: int) -> NDArray[np.uint8]:
        """The window of an (H, W) or (H, W, 3) picture, (side, side)."""
        piece = np.ascontiguousarray(picture[self.rows, self.columns])
        if piece.shape[0] != self.side:
            piece = np.asarray(
                cv2.resize(piece, (self.side, self.side), interpolation=how), np.uint8
            )
        return np.ascontiguousarray(piece[:, ::-1]) if self.flip else piece


def _window(size: tuple[int, ...], sight: Sight, chance: np.random.Generator) -> _Window:
    largest = min(size)
    span = min(largest, int(sight.crop * chance.uniform(1.0, sight.shrink)))
    top, left = (int(chance.integers(side - span + 1)) for side in size)
    flip = bool(chance.random() < 0.5)
    return _Window(slice(top, top + span), slice(left, left + span), sight.crop, flip)
