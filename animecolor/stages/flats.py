"""Flats: a drawing painted region by region, at native size, in exact colors.

The network only votes. A region keeps the color it had in the drawing before, or in the painted
keyframe, unless the evidence against it is strong (see ``flats.track``); nothing is remembered
across a cut. Coloured trace lines are filled, the artist's black ink lies over the colors.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.config import Finish, LinesOver
from animecolor.flats.fill import fill
from animecolor.flats.palette import Palette
from animecolor.flats.regions import Closing, Regions, find_regions
from animecolor.flats.trace import LineKind, classify
from animecolor.flats.track import Settled, from_painting, settle
from animecolor.flats.vote import Votes, vote
from animecolor.frame import UNPAINTED, Flats, Frame, to_array
from animecolor.stages.ground import Marks, find_ground, no_ground
from animecolor.stages.ink import Paper, drawing
from animecolor.stages.originals import Originals
from animecolor.stages.overlay import Lines, compose, cover_of, darker, exact_paper
from animecolor.stages.sizing import eight_bits
from animecolor.stages.swatches import SAME, keep_to, make_known
from animecolor.video.retas import laid_on_white


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """What a shot knows of its colors."""

    palette: Palette
    """In the order in which they came."""
    given: bool
    """It began with some, which are looked for first."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What is remembered of the drawing before."""

    settled: Settled
    known: Known
    ground: Marks
    paper: Paper


@dataclass(frozen=True, slots=True)
class Flatten:
    """Paints drawings as flats; a ``Paint`` of ``stages.finish``."""

    how: Finish = field(default_factory=Finish)
    palette: Palette | None = None
    """The only colors there are. None: those of the shot's painted keyframes come first, what the
    network asks for beyond them is added, at most 255 in all."""
    originals: Originals = field(default_factory=Originals)
    keyed: bool = False
    """The unpainted paper of an opaque drawing is transparent, too (see ``stages.ground``)."""

    def __call__(self, frame: Frame, memory: Drawn | None = None) -> tuple[Frame, Drawn]:
        """Paint one drawing; ``flats`` is set, and ``cover`` where something is transparent.

        Raises:
            ValueError: it has no colors or no lines yet.
            UsageError, AnimecolorError: a painted keyframe cannot be read any more.
        """
        if frame.color is None or frame.line is None:
            raise ValueError(f"frame {frame.index} has no colors or no lines yet")
        before = None if frame.opens_shot else memory
        picture, line = drawing(frame), eight_bits(to_array(frame.line)[..., 0])
        paper = exact_paper(picture) if before is None else before.paper
        gray = np.asarray(cv2.bitwise_not(line), np.uint8)
        kinds = classify(picture, gray) if frame.inked else None
        regions = _at_least_one(find_regions(gray, kinds, self._closing(frame.size[0])))
        painting = self.originals.painting(frame)
        settled, known, sure = self._settle(frame, regions, painting, before)
        ground = no_ground(regions)
        if self.keyed or frame.alpha is not None:
            past = None if before is None else (before.settled, before.ground)
            ground = find_ground(frame, settled, painting, past)
        swatch = np.where(settled.index < 0, UNPAINTED, settled.index).astype(np.uint8)
        swatch[ground] = UNPAINTED
        deep = to_array(frame.image)
        ink = np.zeros(line.shape, deep.dtype)
        if frame.inked:
            native = picture if deep.dtype == np.uint8 else _on_white(frame)
            ink = cover_of(native, line, regions.kinds, paper)
        flats = Flats(
            labels=fill(regions, _lightness(settled.rgb)),
            swatch=swatch,
            soft=settled.soft & ~ground,
            sure=sure,
            rgb=known.palette.rgb,
            names=tuple(one.name for one in known.palette.swatches),
            ink=ink,
        )
        painted = compose(frame, flats, self._lines(flats, settled), self.keyed)
        return painted, Drawn(settled, known, ground, paper)

    def _closing(self, height: int) -> Closing:
        gap = self.how.gap
        return Closing.for_height(height) if gap is None else Closing(gap)

    def _settle(
        self, frame: Frame, regions: Regions, painting: Frame | None, before: Drawn | None
    ) -> tuple[Settled, Known, NDArray[np.float32]]:
        """The color of each region, the shot's colors, and how sure each region is."""
        known = self._start(frame) if before is None else before.known
        if painting is not None:
            settled = from_painting(regions, drawing(painting), self.palette)
            return *self._name(settled, known, settled.rgb, 0), np.ones_like(settled.margin)
        votes = _ask(frame, regions)
        # Colors that came from votes must not swallow those that come next.
        palette = known.palette if known.given else None
        past = None if before is None else before.settled
        settled = settle(votes, regions, palette, past, self.how.reject)
        sure = settled.margin.copy()
        wanted = settled.rgb
        if known.given:
            sure[(settled.index < 0) & ~settled.soft] = 0
            wanted = np.rint(votes.color * 255).astype(np.uint8)
        return *self._name(settled, known, wanted, SAME), sure

    def _start(self, frame: Frame) -> Known:
        palette = self.originals.colors(frame) if self.palette is None else self.palette
        return Known(palette, given=bool(palette.swatches))

    def _name(
        self, settled: Settled, known: Known, wanted: NDArray[np.uint8], same: float
    ) -> tuple[Settled, Known]:
        """Give every region a swatch, a new one where that may be."""
        if self.palette is not None:
            return keep_to(self.palette, settled), known
        settled, palette = make_known(known.palette, settled, wanted, same)
        return settled, replace(known, palette=palette)

    def _lines(self, flats: Flats, settled: Settled) -> Lines:
        """The lines that lie over the colors."""
        if self.how.lines_over is LinesOver.NONE:
            return Lines(None)
        if self.how.lines_over is LinesOver.ORIGINAL:
            return Lines(flats.ink)
        # A line takes the darker of the regions it parts, as a trace line does: the lighter one
        # would be the ground beside an outline.
        regions = settled.regions
        traced = np.where(regions.kinds == LineKind.BLACK, np.uint8(LineKind.RED), regions.kinds)
        beside = fill(replace(regions, kinds=traced), _lightness(settled.rgb))
        return Lines(flats.ink, darker(settled.rgb)[beside])


def _ask(frame: Frame, regions: Regions) -> Votes:
    assert frame.color is not None
    error = None if frame.error is None else frame.error[0].float().cpu().numpy()
    return vote(regions, frame.color.float().cpu().numpy(), error)


def _on_white(frame: Frame) -> NDArray[Any]:
    """(H, W, 3) the drawing as ``ink.drawing`` shows it, at its own depth."""
    picture = to_array(frame.image)
    return picture if frame.alpha is None else laid_on_white(picture, to_array(frame.alpha))


def _at_least_one(regions: Regions) -> Regions:
    """A drawing that is all ink is a region, too: somebody has to say its color."""
    if regions.count:
        return regions
    height, width = regions.labels.shape
    box = np.array([[0, 0, 0, 0], [0, 0, height, width]], np.int32)
    area = np.array([0, height * width], np.int64)
    return replace(regions, labels=np.ones_like(regions.labels), area=area, box=box)


def _lightness(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 3) sRGB -> (N,) L* in [0, 100]."""
    unit = np.ascontiguousarray(rgb[None], np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB)[0, :, 0], np.float32)
