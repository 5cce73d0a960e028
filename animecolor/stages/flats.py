"""Flats: a drawing painted region by region, at native size, in exact colors.

The network only votes. A region keeps the color it had in the drawing before, or in the painted
keyframe, unless the evidence against it is strong (see ``flats.track``); nothing is remembered
across a cut. Coloured trace lines are filled, the artist's black ink lies over the colors.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import cv2
import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from animecolor.config import Finish, Limits, LinesOver
from animecolor.flats.fill import fill
from animecolor.flats.palette import Palette, read_colors
from animecolor.flats.regions import Closing, Regions, find_regions
from animecolor.flats.trace import LineKind, classify
from animecolor.flats.track import Settled, from_painting, match, settle
from animecolor.flats.vote import Votes, vote
from animecolor.frame import UNPAINTED, Flats, Frame, Keyframe, from_array, to_array
from animecolor.stages.colorize import NONE, ByShot
from animecolor.stages.ink import Paper, drawing, paper_of
from animecolor.stages.overlay import cover_of, darker, lay_ink
from animecolor.stages.paintings import read_still
from animecolor.stages.sizing import alpha_of, eight_bits
from animecolor.stages.smooth import smooth
from animecolor.stages.swatches import SAME, keep_to, make_known

_PAPER_FROM = 250
"""Level of R, G and B from which on a color may be unpainted ground."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What is remembered of the drawing before."""

    settled: Settled
    known: Palette
    """The colors of the shot so far."""
    paper: Paper
    clear: NDArray[np.bool_]
    """(R + 1,): regions that nobody painted."""


@dataclass(frozen=True, slots=True)
class Flatten:
    """Paints drawings as flats; a ``Paint`` of ``stages.finish``.

    Without a palette a shot has the exact colors of its painted keyframes, and what the network
    asks for beyond them.

    A region is unpainted, and transparent in the result, where the drawing's cel is transparent
    too, its color is white, and it reaches the picture's edge, was unpainted in the drawing before
    or is transparent in the painted keyframe. All else is opaque. Of an opaque drawing nothing is
    transparent, unless white is to mean it (``keyed``).
    """

    how: Finish = field(default_factory=Finish)
    palette: Palette | None = None
    keyframes: ByShot = NONE
    limits: Limits = field(default_factory=Limits)
    keyed: bool = False
    """The paper of an opaque drawing counts as transparent."""

    def __call__(self, frame: Frame, memory: Drawn | None = None) -> tuple[Frame, Drawn]:
        """Paint one drawing; ``flats`` and ``cover`` are set, too.

        Raises:
            ValueError: it has no colors or no lines yet.
            UsageError, AnimecolorError: a painted keyframe cannot be read any more.
        """
        if frame.color is None or frame.line is None:
            raise ValueError(f"frame {frame.index} has no colors or no lines yet")
        before = None if frame.opens_shot else memory
        picture, line = drawing(frame), eight_bits(to_array(frame.line)[..., 0])
        paper = paper_of(picture) if before is None else before.paper
        gray = np.asarray(cv2.bitwise_not(line), np.uint8)
        kinds = classify(picture, gray) if frame.inked else None
        regions = find_regions(gray, kinds, self._closing(frame))
        settled, known, sure, painting = self._settle(frame, regions, before)
        clear = self._clear(frame, settled, before, painting)
        drawn = Drawn(settled, known, paper, clear)
        labels = fill(regions, _lightness(settled.rgb))
        swatch = np.where(settled.index < 0, UNPAINTED, settled.index).astype(np.uint8)
        swatch[clear] = UNPAINTED
        ink = np.zeros_like(line)
        if frame.inked:
            black = np.where(regions.kinds > LineKind.BLACK, np.uint8(0), line)
            ink = cover_of(picture, black, paper)
        names = tuple(one.name for one in known.swatches)
        flats = Flats(labels, swatch, settled.soft & ~clear, sure, known.rgb, names, ink)
        painted, cover = self._compose(frame, flats, drawn)
        return replace(frame, painted=painted, cover=cover, flats=flats), drawn

    def _closing(self, frame: Frame) -> Closing:
        scaled = Closing.for_height(frame.size[0])
        return scaled if self.how.gap is None else replace(scaled, gap=self.how.gap)

    def _settle(
        self, frame: Frame, regions: Regions, before: Drawn | None
    ) -> tuple[Settled, Palette, NDArray[np.float32], Frame | None]:
        """Exact colors, the shot's palette, how sure each is, and the painting of this frame."""
        known = self._opening(frame) if before is None else before.known
        painting = self._painting(frame)
        if painting is not None:
            settled = from_painting(regions, drawing(painting), known)
            wanted, same = settled.rgb, 0.0
            sure = np.ones(regions.count + 1, np.float32)
        else:
            votes = _ask(frame, regions)
            past = None if before is None else before.settled
            settled = settle(votes, regions, known if known.swatches else None, past)
            wanted, same = np.rint(votes.color * 255).astype(np.uint8), SAME
            sure = settled.margin.copy()
        if self.palette is None:
            settled, known = make_known(known, settled, wanted, same)
        else:
            settled, forced = keep_to(known, settled)
            sure[forced] = 0
        return settled, known, sure, painting

    def _opening(self, frame: Frame) -> Palette:
        """The colors that a shot begins with."""
        if self.palette is not None:
            return self.palette
        painted = [key for key in self.keyframes.get(frame.shot, ()) if key.path is not None]
        if not painted:
            return Palette(())
        return read_colors(drawing(self._read(key, frame.size)) for key in painted)

    def _painting(self, frame: Frame) -> Frame | None:
        for key in self.keyframes.get(frame.shot, ()):
            if key.index == frame.index and key.path is not None:
                return self._read(key, frame.size)
        return None

    def _read(self, key: Keyframe, size: tuple[int, int]) -> Frame:
        """A painted keyframe at native size, read anew: a clip's would fill the memory."""
        assert key.path is not None
        picture = read_still(key.path, self.limits)
        if picture.size == size:
            return picture
        image, alpha = (
            None if plane is None else from_array(_nearest(to_array(plane), size))
            for plane in (picture.image, picture.alpha)
        )
        assert image is not None
        return replace(picture, image=image, alpha=alpha)

    def _clear(
        self, frame: Frame, settled: Settled, before: Drawn | None, painting: Frame | None
    ) -> NDArray[np.bool_]:
        """(R + 1,) which regions stay transparent; see the class."""
        regions = settled.regions
        if frame.alpha is None and not self.keyed:
            return np.zeros(regions.count + 1, np.bool_)
        free = (settled.rgb >= _PAPER_FROM).all(axis=1) & ~settled.soft & _empty(frame, regions)
        free[:1] = False
        if painting is not None and painting.alpha is not None:
            return np.asarray(free & _empty(painting, regions))
        ground = _at_edge(regions)
        if before is not None and painting is None:
            of = match(regions, before.settled.regions).of
            ground = np.where(of > 0, before.clear[of], ground)
        return np.asarray(free & ground)

    def _compose(self, frame: Frame, flats: Flats, drawn: Drawn) -> tuple[Tensor, Tensor | None]:
        """The picture, and its alpha where the cel has one."""
        table = np.full((256, 3), 255, np.uint8)
        table[: len(flats.rgb)] = flats.rgb
        at = flats.swatch[flats.labels]
        under = np.asarray(cv2.applyColorMap(at, table[:, None]))
        deep = to_array(frame.image).dtype == np.uint16
        if deep:
            under = under.astype(np.uint16) * np.uint16(257)
        if flats.soft.any():
            inside = flats.soft[flats.labels]
            under[inside] = to_array(smooth(frame, lines=False))[inside]
        ink, shade = self._ink(flats, drawn)
        if shade is not None and deep:
            shade = shade.astype(np.uint16) * np.uint16(257)
        painted = under if ink is None else lay_ink(under, ink, shade)
        if frame.alpha is None and not self.keyed:
            return from_array(painted), None
        outside = drawn.clear[flats.labels]
        if ink is None:
            cover = np.where(outside, np.uint8(0), np.uint8(255))
        else:
            cover = np.where(outside, ink, np.uint8(255))
            # Straight alpha: a pixel that is partly ink has the color of the ink alone.
            rim = outside & (ink > 0)
            painted[rim] = 0 if shade is None else shade[rim]
        if deep:
            cover = cover.astype(np.uint16) * np.uint16(257)
        return from_array(painted), from_array(cover[..., None])

    def _ink(
        self, flats: Flats, drawn: Drawn
    ) -> tuple[NDArray[np.uint8] | None, NDArray[np.uint8] | None]:
        """Cover of the lines that lie over the colors, and their color unless it is black."""
        if self.how.lines_over is LinesOver.NONE:
            return None, None
        if self.how.lines_over is LinesOver.ORIGINAL:
            return flats.ink, None
        regions = drawn.settled.regions
        # A line takes the darker of the regions it parts, as a trace line does: the lighter one
        # would be the ground beside an outline.
        traced = np.where(regions.kinds == LineKind.BLACK, np.uint8(LineKind.RED), regions.kinds)
        rgb = drawn.settled.rgb
        beside = fill(replace(regions, kinds=traced), _lightness(rgb))
        return flats.ink, np.asarray(darker(rgb)[beside], np.uint8)


def _ask(frame: Frame, regions: Regions) -> Votes:
    assert frame.color is not None
    error = None if frame.error is None else frame.error[0].float().cpu().numpy()
    return vote(regions, frame.color.float().cpu().numpy(), error)


def _lightness(rgb: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(N, 3) sRGB -> (N,) L* in [0, 100]."""
    unit = np.ascontiguousarray(rgb[None], np.float32) / np.float32(255)
    return np.asarray(cv2.cvtColor(unit, cv2.COLOR_RGB2LAB)[0, :, 0], np.float32)


def _nearest(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    """(H, W, C) resized so that no color is mixed."""
    resized = cv2.resize(picture, (size[1], size[0]), interpolation=cv2.INTER_NEAREST)
    return np.asarray(resized, np.uint8).reshape(*size, -1)


def _empty(cel: Frame, regions: Regions) -> NDArray[np.bool_]:
    """(R + 1,) which regions are mostly transparent in a cel; all of an opaque one."""
    alpha = alpha_of(cel)
    if alpha is None:
        return np.ones(regions.count + 1, np.bool_)
    covered = (eight_bits(np.ascontiguousarray(alpha)) > 127).ravel()
    count = np.bincount(regions.labels.ravel()[covered], minlength=regions.count + 1)
    return np.asarray(2 * count < np.maximum(regions.area, 1))


def _at_edge(regions: Regions) -> NDArray[np.bool_]:
    """(R + 1,) which regions reach the picture's edge."""
    labels = regions.labels
    found = np.zeros(regions.count + 1, np.bool_)
    for side in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        found[side] = True
    return found
