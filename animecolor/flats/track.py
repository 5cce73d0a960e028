"""The color every region of a drawing gets: the network's vote, weighed against what it was."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e, nearest, to_lab
from animecolor.flats.matches import Matches, match
from animecolor.flats.palette import Palette, snap
from animecolor.flats.regions import Regions
from animecolor.flats.vote import Votes, vote

__all__ = ["Matches", "Settled", "from_painting", "match", "settle"]

Colors = NDArray[np.uint8]
Table = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Settled:
    """A drawing whose colors are decided; tables have R + 1 rows, row 0 (lines) being unused."""

    regions: Regions
    rgb: Colors
    """(R + 1, 3) the color of each region, of the palette where there is one; where ``soft`` the
    commonest tint."""
    index: NDArray[np.int32]
    """(R + 1,) swatch; -1 without a palette, where ``soft``, and where the network is sure of a
    color that the palette lacks (``rgb`` then is the likeliest that it has)."""
    margin: NDArray[np.float32]
    """(R + 1,) in [0, 1]: probability of ``rgb`` less that of ``second``; 1 where painted."""
    second: Colors
    """(R + 1, 3) the runner-up; equal to ``rgb`` where there is none."""
    soft: NDArray[np.bool_]
    """(R + 1,) whether the region keeps its gradient."""
    trust: NDArray[np.float32]
    """(R + 1,) in [0, 1]: probability of ``rgb``, which the next drawing goes by; 1 where
    painted."""
    seen: Colors
    """(S, 3) the colors of the shot's drawings before this one, each once: what comes back is
    painted as before."""
    origin: Settled | None = None
    """The drawing that the memory began with, the painted one where there is one; None if it is
    this one. What is hidden for a while, or moves back, is found there."""


REJECT = 15.0
"""CIEDE2000 from which on a color is none of the palette's."""
_REJECT_CELLS = 20.0
"""Cells free of lines that must say so."""
_NEW = 0.04
"""Weight of a region being new, against the squares of its matches' scores."""
_LONG_AGO = np.float32(0.8)
"""What a match in the drawing that the memory began with counts, against one in the last."""
_SURE = 0.5
"""Chance of being matched at all from which on a region is not new."""
_SEEN, _UNUSED, _MIXED = 0.05, 0.01, 0.002
"""Chance that a new region has a certain color: one seen in the shot, one that only the palette
has, one that nobody has seen."""
_MISS = (0.6, 30.0, 1500.0)
"""CIEDE2000 by which a vote misses the true color, as a polynomial of the error that the network
expects: 0.9 at an error of 0.0075, 3 at 0.03, 26 at 0.12; a little more than was measured."""
_CRAMPED = 4.0
"""How much more it misses in a region without a cell free of lines; half of it with one cell."""
_OUTLIER = 1e-3
"""Likelihood of a vote for a wrong color altogether, however far away."""
_FLAT = 0.5
"""Share of a painted region with exactly one color from which on it is no gradient."""
_NEW_SOFT = 0.1
"""Share of new regions that are gradients."""
_SOFT_ODDS, _FLAT_ODDS = 25.0, 0.97
"""What a vote does to the odds of a region being a gradient. Flats are seldom voted soft, but a
stain in a sky has drawing after drawing vote it flat: that says little."""
_MOST = 1 - 1e-4
"""Nothing is surer to be a gradient."""
_WORKING = 256
"""Short side at which painted gradients are looked for."""


def settle(
    votes: Votes,
    regions: Regions,
    palette: Palette | None,
    before: Settled | None,
    reject: float = REJECT,
) -> Settled:
    """Decide the color of every region.

    Candidates are the colors of the regions it may have been (``match``), the nearest to its vote
    and to the runner-up in the palette and among the colors seen in the shot, and without a palette
    the votes themselves. The likeliest wins (Bayes' rule):

    - Before looking, the chance of a candidate is the squared score of its match times the trust in
      the matched region's color. The drawing that the memory began with, the painted one, is asked
      beside the last. A weight of 0.04 goes to the region being new; it then has a
      color of the shot sooner than another.
    - A vote at a CIEDE2000 of d from the true color has the likelihood exp(-d / s) + 0.001, where
      s grows with the error that the network expects, and is larger for regions with hardly a cell
      free of lines.

    So a color is kept unless the evidence is strong. A region with the very pixels it had, a held
    drawing's for one, keeps its color whatever the vote.

    Args:
        votes: what the network wants of these regions.
        regions: the drawing's.
        palette: the only colors that regions may get, gradients aside; None or empty for any.
        before: the previous drawing of the shot; None for the first.
        reject: CIEDE2000 between a new region's vote and the nearest swatch above which the palette
            lacks the color: ``index`` is -1, ``rgb`` the likeliest swatch all the same.
    """
    swatches = palette if palette is not None and palette.swatches else None
    past = None if before is None else _within(before, swatches)
    matches = None if past is None else match(regions, past.regions)
    prior = _prior(regions, past, matches)
    seen = _seen(past, swatches)
    rgb, before_vote = _choices(votes, prior, seen, swatches)
    rgb, chance = _ranked(rgb, before_vote * _likelihood(votes, rgb))
    known, fading = prior.chance.sum(axis=1), _fading(votes, prior)
    soft = fading > 0.5
    chosen = np.where(soft[:, None], _eight_bits(votes.color), rgb[:, 0])
    index = np.full(regions.count + 1, -1, np.int32)
    if swatches is not None:
        lacking = (snap(swatches, votes.color)[1] > reject) & (votes.support > _REJECT_CELLS)
        index = np.where(soft | (lacking & (known < _SURE)), -1, _swatches(chosen, swatches))
    trust, margin = np.where(soft, fading, chance[:, 0]), chance[:, 0] - chance[:, 1]
    origin = None if past is None else past.origin or past
    settled = Settled(regions, chosen, index, margin, rgb[:, 1], soft, trust, seen, origin)
    return settled if past is None or matches is None else _kept(settled, past, matches)


def from_painting(regions: Regions, picture: Colors, palette: Palette | None = None) -> Settled:
    """Read what a person painted: the commonest exact color of each region, away from lines.

    Args:
        regions: the drawing's, which was painted.
        picture: (H, W, 3) sRGB, of the drawing's size.
        palette: what the colors are snapped to, the nearest each.

    Raises:
        ValueError: the picture is of another size.
    """
    labels = regions.labels
    if picture.shape[:2] != labels.shape:
        raise ValueError(f"a painting of {picture.shape[:2]} for a drawing of {labels.shape}")
    rgb, share = _modes(regions, picture)
    scale = min(1.0, _WORKING / min(labels.shape))
    size = max(1, round(labels.shape[1] * scale)), max(1, round(labels.shape[0] * scale))
    small = cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) / 255
    votes = vote(regions, np.ascontiguousarray(small.transpose(2, 0, 1)), None)
    soft = votes.soft & (share < _FLAT)
    certain = np.ones(regions.count + 1, np.float32)
    index = np.full(regions.count + 1, -1, np.int32)
    nothing = np.zeros((0, 3), np.uint8)
    settled = Settled(regions, rgb, index, certain, rgb, soft, certain, nothing)
    return _within(settled, palette if palette is not None and palette.swatches else None)


@dataclass(frozen=True, slots=True, eq=False)
class _Prior:
    """What earlier drawings say of R + 1 regions: K matches each."""

    rgb: Colors
    """(R + 1, K, 3) the colors of the matched regions."""
    soft: NDArray[np.bool_]
    """(R + 1, K) whether it is a gradient instead."""
    share: Table
    """(R + 1, K) chance that the region is that one."""
    trust: Table
    """(R + 1, K) chance that that one is painted right."""

    @property
    def chance(self) -> Table:
        """(R + 1, K) that the region is painted as that one."""
        return np.asarray(self.share * self.trust)


def _prior(regions: Regions, past: Settled | None, matches: Matches | None) -> _Prior:
    if past is None or matches is None:
        size = regions.count + 1, 0
        nothing = np.zeros(size)
        return _Prior(np.zeros((*size, 3), np.uint8), nothing > 0, nothing, nothing)
    asked = [(past, matches.candidates, matches.weight)]
    if past.origin is not None:
        first = match(regions, past.origin.regions)
        asked.append((past.origin, first.candidates, first.weight * _LONG_AGO))
    share = np.concatenate([weight for _, _, weight in asked], axis=1).astype(np.float64) ** 2
    share /= share.sum(axis=1, keepdims=True) + _NEW
    trust, soft, rgb = (
        np.concatenate([getattr(known, name)[of] for known, of, _ in asked], axis=1)
        for name in ("trust", "soft", "rgb")
    )
    return _Prior(rgb, soft, share, trust)


def _fading(votes: Votes, prior: _Prior) -> NDArray[np.float32]:
    """(R + 1,) probability that a region is a gradient, by the same rule as its color."""
    matched = prior.share.sum(axis=1)
    softly = (prior.share * prior.trust * prior.soft).sum(axis=1)
    old = np.clip(softly / np.maximum(matched, _NEW), 0, _MOST)
    before = np.where(matched > _SURE, old, softly + (1 - matched) * _NEW_SOFT)
    odds = before / (1 - before) * np.where(votes.soft, _SOFT_ODDS, _FLAT_ODDS)
    return np.asarray(odds / (1 + odds), np.float32)


def _choices(
    votes: Votes, prior: _Prior, seen: Colors, palette: Palette | None
) -> tuple[Colors, Table]:
    """(R + 1, C, 3) colors each region may get, and (R + 1, C) their chances before the vote.

    A color that stands there twice has its whole chance the first time and none the second.
    """
    swatches = seen if palette is None else palette.rgb
    asked = votes.color, votes.second
    columns = [prior.rgb]
    for pool in (seen, swatches):
        if len(pool):
            columns += [pool[nearest(to_lab(rgb), to_lab(pool))[0]][:, None] for rgb in asked]
    if palette is None:
        columns += [_eight_bits(rgb)[:, None] for rgb in asked]
    rgb = np.concatenate(columns, axis=1)
    packed = _packed(rgb)
    chance = np.where(np.isin(packed, _packed(swatches)), _UNUSED, _MIXED)
    chance = np.where(np.isin(packed, _packed(seen)), _SEEN, chance)
    flat = np.where(prior.soft, 0, prior.chance)
    chance *= 1 - flat.sum(axis=1, keepdims=True)
    same = packed[:, :, None] == packed[:, None]
    chance += np.einsum("rck,rk->rc", same[:, :, : flat.shape[1]].astype(np.float64), flat)
    return rgb, np.where(np.tril(same, -1).any(axis=2), 0, chance)


def _likelihood(votes: Votes, rgb: Colors) -> Table:
    """(R + 1, C) how well each color agrees with the region's votes."""
    scale = (np.polynomial.Polynomial(_MISS)(votes.error) + _CRAMPED / (1 + votes.support))[:, None]
    lab = to_lab(rgb.reshape(-1, 3))
    share = (1 - votes.margin[:, None]) / 2
    near = []
    for voted in (votes.color, votes.second):
        repeated = np.repeat(to_lab(voted), rgb.shape[1], axis=0)
        near.append(np.exp(-delta_e(repeated, lab).reshape(rgb.shape[:2]) / scale))
    return np.asarray((1 - share) * near[0] + share * near[1] + _OUTLIER, np.float64)


def _ranked(rgb: Colors, chance: Table) -> tuple[Colors, NDArray[np.float32]]:
    """(R + 1, 2, 3) the two likeliest colors and (R + 1, 2) their probabilities."""
    chance = chance / chance.sum(axis=1, keepdims=True)
    order = np.argsort(-chance, axis=1, kind="stable")[:, :2]
    best = np.take_along_axis(chance, order, axis=1)
    colors = np.take_along_axis(rgb, order[:, :, None], axis=1)
    colors[:, 1] = np.where(best[:, 1:] > 0, colors[:, 1], colors[:, 0])
    return colors, best.astype(np.float32)


def _kept(settled: Settled, past: Settled, matches: Matches) -> Settled:
    """Regions with the very pixels they had take over what was decided of them."""
    same = matches.score == 1
    of = matches.of[same]
    tables = {}
    for name in ("rgb", "index", "margin", "second", "soft", "trust"):
        table = getattr(settled, name).copy()
        table[same] = getattr(past, name)[of]
        tables[name] = table
    return replace(settled, **tables)


def _seen(past: Settled | None, palette: Palette | None) -> Colors:
    """(S, 3) the exact colors of all drawings so far, those of the palette where there is one."""
    if past is None:
        return np.zeros((0, 3), np.uint8)
    flat = past.rgb[1:][~past.soft[1:]]
    packed = np.unique(_packed(np.concatenate((past.seen, flat))))
    if palette is not None:
        packed = packed[np.isin(packed, _packed(palette.rgb))]
    return _unpacked(packed)


def _within(settled: Settled, palette: Palette | None) -> Settled:
    """The same with every region that is not soft in the nearest color of the palette."""
    if palette is None:
        return settled
    index = np.where(settled.soft, -1, _swatches(settled.rgb, palette))
    rgb = np.where((index < 0)[:, None], settled.rgb, palette.rgb[index])
    origin = None if settled.origin is None else _within(settled.origin, palette)
    return replace(settled, rgb=rgb, index=index, origin=origin)


def _swatches(rgb: Colors, palette: Palette) -> NDArray[np.int32]:
    """(N,) the swatch nearest to each color; each color is looked up once."""
    packed, back = np.unique(_packed(rgb), return_inverse=True)
    return snap(palette, _unpacked(packed))[0][back]


def _modes(regions: Regions, picture: Colors) -> tuple[Colors, Table]:
    """(R + 1, 3) commonest color of each region, and (R + 1,) its share of the pixels asked.

    Pixels beside a line are asked only where a region has no others: paint is blended there.
    """
    labels = regions.labels.ravel()
    line = (regions.labels == 0).astype(np.uint8)
    inner = cv2.dilate(line, np.ones((3, 3), np.uint8)).ravel() == 0
    thin = np.bincount(labels[inner], minlength=regions.count + 1) == 0
    thin[0] = False
    asked = np.flatnonzero(inner | thin[labels])
    packed = _packed(picture.reshape(-1, 3)[asked])
    key, count = np.unique(labels[asked].astype(np.int64) << 24 | packed, return_counts=True)
    order = np.argsort(count, kind="stable")
    owner, count = key[order] >> 24, count[order]
    rgb, most = np.zeros((regions.count + 1, 3), np.uint8), np.zeros(regions.count + 1)
    # Of several writes to a row the last one stays: the commonest.
    rgb[owner], most[owner] = _unpacked(key[order] & 0xFFFFFF), count
    return rgb, most / np.maximum(np.bincount(owner, count, regions.count + 1), 1)


def _packed(rgb: Colors) -> NDArray[np.int64]:
    """(..., 3) -> (...), one number a color."""
    return np.asarray(rgb.astype(np.int64) @ np.array([1 << 16, 1 << 8, 1]), np.int64)


def _unpacked(packed: NDArray[np.int64]) -> Colors:
    """(N,) -> (N, 3), undoing ``_packed``."""
    return np.stack([packed >> 16, packed >> 8 & 255, packed & 255], axis=-1).astype(np.uint8)


def _eight_bits(rgb: NDArray[np.float32]) -> Colors:
    return np.asarray(np.rint(rgb * 255), np.uint8)
