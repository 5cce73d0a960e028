"""Faults while a drawing is held: its lines do not change, so nor may its paint."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from animecolor.flats.difference import delta_e
from animecolor.qa.detect import Lengths, Notes, Setting
from animecolor.qa.detectors.footing import REDRAWN
from animecolor.qa.detectors.naming import sighting
from animecolor.qa.detectors.spots import Spot, lab_mean
from animecolor.qa.detectors.stills import Still
from animecolor.qa.sighting import Check
from animecolor.qa.view import Step, View

_LEAST = 2.5
"""ΔE of a sighting; about half of what a strict profile warns at."""
_MANY = 12
"""Places beyond which it is not paint that changes but what is not drawn in lines."""
_WHOLE = 0.3
"""Share of the picture likewise: a fade, a flash."""
_NOISE = {False: 1.0, True: 2.0}
"""Levels by which the mean of 3 x 3 pixels changes by itself at least."""
_OVER_NOISE = 6.0
"""How many times the picture's mean change, which is noise, a place must change by."""
_CORE = np.ones((2, 2), np.uint8)
_STAYS = 0.5
"""Share of a change within which its place keeps its color."""


@dataclass(slots=True, eq=False)
class _Change:
    """A place that has taken another color while its drawing was held."""

    begun: Still
    spot: Spot


class Holds:
    """Looks for changes between the frames of one drawing."""

    def __init__(self, setting: Setting, notes: Notes) -> None:
        self._lossy = setting.lossy
        self._notes = notes
        self._first: View | None = None
        self._now: Still | None = None
        self._open: list[_Change] = []

    @classmethod
    def watch(cls, setting: Setting, notes: Notes) -> Holds | None:
        """None unless the source is line drawings."""
        return cls(setting, notes) if setting.source_kind == "line" else None

    def begin(self, view: View) -> None:
        """The first frame of a shot."""
        self._first = view
        self._now = Still(view, view.index, None)

    def push(self, step: Step) -> None:
        """The next frame."""
        assert self._now is not None
        assert self._first is not None
        if not is_held(self._first, step.now):
            self.end()
            self.begin(step.now)
        elif step.now.rgb is self._now.view.rgb:
            self._now.last = step.now.index
        else:
            self._compare(step.now)

    def end(self) -> None:
        """The drawing has ended: what has not come back has changed."""
        assert self._now is not None
        for change in self._open:
            self._tell(change, self._now.last, Check.COLOR_CHANGE)
        self._open = []

    def finish(self, lengths: Lengths) -> None:
        """Nothing is left to tell."""

    def _compare(self, view: View) -> None:
        before, now = self._now, Still(view, view.index, None)
        assert before is not None
        spots = _changes(before, now, self._lossy)
        if not spots:
            before.last = view.index
            return
        self._now = now
        returned = [change for change in self._open if _has_returned(change, now)]
        for change in returned:
            self._tell(change, before.last, Check.COLOR_JUMP)
        self._open = [change for change in self._open if change not in returned]
        for spot in spots:
            known = [change for change in self._open if _meet(spot, change.spot)]
            # Compression may announce a change by a little of it.
            stronger = all(spot.weight > 2 * change.spot.weight for change in known)
            if stronger and not any(_meet(spot, change.spot) for change in returned):
                self._notes.picture(sighting(now, spot))
                self._open = [change for change in self._open if change not in known]
                self._open.append(_Change(now, spot))

    def _tell(self, change: _Change, last: int, check: Check) -> None:
        told = sighting(change.begun, change.spot)
        # A spot keeps its name; an area either comes back or has changed.
        named = check if told.check is Check.COLOR_JUMP else told.check
        self._notes.sight(replace(told, check=named, last=last))


def _changes(before: Still, now: Still, lossy: bool) -> list[Spot]:
    """Places whose color changes by more than noise."""
    change = cv2.absdiff(before.view.rgb, now.view.rgb)
    if lossy:
        change = cv2.blur(change, (3, 3))
    red, green, blue = cv2.split(change)
    loudest = cv2.max(cv2.max(red, green), blue)
    # Noise is what most of the picture does.
    noise = max(_NOISE[lossy], _OVER_NOISE * float(np.median(loudest)))
    marked = np.asarray(loudest > noise, np.uint8)
    count = int(np.count_nonzero(marked))
    if not count or count > _WHOLE * marked.size:
        return []
    _, labels, stats, _ = cv2.connectedComponentsWithStats(marked, connectivity=8)
    spots = []
    for number in np.argsort(-stats[1:, cv2.CC_STAT_AREA], kind="stable")[: 8 * _MANY] + 1:
        left, top, wide, tall, area = (int(edge) for edge in stats[number])
        if area < 4:
            break
        here = np.s_[top : top + tall, left : left + wide]
        spot = _spot(before, now, (top, left), np.asarray(labels[here] == number, np.bool_))
        if spot is not None:
            spots.append(spot)
    return spots if len(spots) <= _MANY else []


def _spot(
    before: Still, now: Still, corner: tuple[int, int], mask: NDArray[np.bool_]
) -> Spot | None:
    """A place that has changed; None where it does not stand out or its lines have changed."""
    top, left = corner
    here = np.s_[top : top + mask.shape[0], left : left + mask.shape[1]]
    one, other = before.lab[here].astype(np.float32), now.lab[here].astype(np.float32)
    away = np.linalg.norm((other - one) * (1 / 2.55, 1, 1), axis=2) * mask
    strong = mask & (away >= 0.5 * np.quantile(away[mask], 0.9))
    # Compression stirs along edges, where nothing is two pixels wide.
    if not cv2.erode(strong.view(np.uint8), _CORE, borderValue=0).any():
        return None
    found, expected = lab_mean(other[strong]), lab_mean(one[strong])
    value = float(delta_e(found[None], expected[None])[0])
    if value < _LEAST:
        return None
    rows, columns = np.nonzero(strong)
    window = (
        top + int(rows.min()),
        left + int(columns.min()),
        top + int(rows.max()) + 1,
        left + int(columns.max()) + 1,
    )
    at = rows + top, columns + left
    return Spot(window, len(rows), value * len(rows), value, found, expected, at)


def is_held(first: View, now: View) -> bool:
    """Whether two frames have one line drawing, but for what compression does to its lines.

    Args:
        first: a frame with its source.
        now: another one.
    """
    one, other = first.source, now.source
    if one is None or other is None or one is other:
        return one is other
    return int(cv2.blur(cv2.absdiff(one, other), (3, 3)).max()) <= REDRAWN


def _has_returned(change: _Change, now: Still) -> bool:
    color = lab_mean(now.lab[change.spot.at].astype(np.float32))
    away = float(delta_e(color[None], change.spot.expected[None])[0])
    return away < _STAYS * change.spot.value


def _meet(one: Spot, other: Spot) -> bool:
    top, left, bottom, right = one.window
    above, before, below, after = other.window
    return min(bottom, below) > max(top, above) and min(right, after) > max(left, before)
