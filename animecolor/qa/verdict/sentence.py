"""Findings as an inspector would say them: what, where, when, how much."""

from __future__ import annotations

from animecolor.qa.clock import Clock
from animecolor.qa.columns import Better, Column
from animecolor.qa.measurement import About
from animecolor.qa.sighting import UNITS, Box, Check, Sighting
from animecolor.qa.verdict.profile import Statistic
from animecolor.qa.verdict.words import WORDS, place

_AMOUNT = {
    Check.HOLE: "{value} from what surrounds it",
    Check.STRAY: "{value} from what surrounds it",
    Check.COLOR_JUMP: "off by {value}",
    Check.COLOR_CHANGE: "changed by {value}",
    Check.FLICKER: "off by {value}",
    Check.BOIL: "restless by {value}",
    Check.OFF_PALETTE: "{value} from the nearest of the palette",
    Check.TEMPORARY_COLOR: "on {value}",
    Check.TRACE_LINE: "on {value}",
    Check.GRAY: "{value}",
    Check.FADING: "{value}",
    Check.LUMA: "off by {value}",
    Check.FROZEN: "{value}",
    Check.MISMATCH: "{value}",
    Check.PHOTOSENSITIVE: "{value} of FFmpeg's filter",
    Check.UNLIKE_REFERENCE: "off by {value}",
}


def amount(value: float, unit: str, digits: int = 2) -> str:
    """A number with its unit: ``ΔE 4.2``, ``12 px``, ``3 % of white``."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    if unit == "ΔE":
        return f"ΔE {text}"
    if unit == "frames" and text == "1":
        return "1 frame"
    return f"{text} {unit}".strip()


def where(box: Box | None, about: About) -> str:
    """``upper left``; empty for whole frames."""
    if box is None:
        return ""
    y, x = (box.top + box.bottom) / 2, (box.left + box.right) / 2
    return place((y / about.height, x / about.width))


def say(worst: Sighting, span: tuple[int, int], limit: float, about: About, times: int) -> str:
    """One finding of a check.

    Args:
        worst: the sighting to look at.
        span: index of the first and last frame of all sightings that are meant.
        limit: the one it passed.
        about: the clip.
        times: how many sightings are meant.
    """
    unit = UNITS[worst.check]
    size = f", {worst.area} px" if worst.area and unit != "px" else ""
    at = f", {where(worst.box, about)} ({_corners(worst.box)})" if worst.box is not None else ""
    much = _AMOUNT[worst.check].format(value=amount(worst.value, unit, 1))
    colors = ""
    if worst.found and worst.expected and worst.found != worst.expected:
        colors = f": {worst.found} instead of {worst.expected}"
    elif worst.found:
        colors = f": {worst.found}"
    often = f" Seen {times} times." if times > 1 else ""
    return (
        f"{WORDS[worst.check].title}{size}{at}, {when(span, about)}: {much}{colors}; "
        f"the limit is {amount(limit, unit)}.{often}"
    )


def say_column(
    column: Column,
    statistic: Statistic,
    numbers: tuple[float, float],
    at: tuple[int, int],
    about: About,
) -> str:
    """One finding of a shot's numbers.

    Args:
        column: what was measured.
        statistic: what of it passed its limit.
        numbers: the statistic and its limit.
        at: the shot and the index of its worst frame.
        about: the clip.
    """
    value, limit = (amount(number, column.unit, column.digits) for number in numbers)
    beyond = "below" if column.better is Better.HIGHER else "above"
    name = {
        Statistic.P95: "reaches {} in a twentieth of its frames",
        Statistic.WORST: "reaches {}",
        Statistic.MEAN: "is {} on average",
    }[statistic].format(value)
    clock = Clock(about.rate, about.first_frame)
    shot, worst = at
    return (
        f"{column.title} of shot {shot} {name}, {beyond} the limit of {limit}; "
        f"worst at frame {clock.number(worst)} ({clock.timecode(worst)})."
    )


def when(span: tuple[int, int], about: About) -> str:
    """``frames 48 to 52 (00:00:02:00)``."""
    clock = Clock(about.rate, about.first_frame)
    first, last = (clock.number(index) for index in span)
    frames = f"frame {first}" if first == last else f"frames {first} to {last}"
    return f"{frames} ({clock.timecode(span[0])})"


def _corners(box: Box) -> str:
    return f"x {box.left} to {box.right - 1}, y {box.top} to {box.bottom - 1}"
