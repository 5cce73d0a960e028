"""What an inspector says of each check: its name, what was seen, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from animecolor.qa.sighting import Check


@dataclass(frozen=True, slots=True)
class Words:
    """How one check is spoken of."""

    title: str
    term: str
    """What Japanese studios call it; empty where they have no word."""
    about: str
    advice: str


WORDS: dict[Check, Words] = {
    Check.HOLE: Words(
        "Unpainted hole",
        "塗り漏れ",
        "A spot of paper, of transparency or of what lies below, where paint should be.",
        "Fill it.",
    ),
    Check.STRAY: Words(
        "Stray pixels",
        "ゴミ",
        "A spot of another color that belongs to nothing around it.",
        "Paint it over with what surrounds it.",
    ),
    Check.COLOR_JUMP: Words(
        "Color jump",
        "色パカ",
        "An area takes another color for some drawings and has its own again after them.",
        "Repaint these frames in the color before and after.",
    ),
    Check.COLOR_CHANGE: Words(
        "Color change within a cut",
        "色パカ",
        "An area takes another color and keeps it.",
        "Repaint from here on, or suppress it where light or model sheet changes on purpose.",
    ),
    Check.FLICKER: Words(
        "Global flicker",
        "",
        "The whole picture gets lighter, darker or of another tint, and back.",
        "Level these frames with their neighbours; suppress a flash that is meant.",
    ),
    Check.BOIL: Words(
        "Restless still area",
        "",
        "What stands still does not hold its color: a restless background, noise, crawling grain.",
        "Hold the background from one frame, or smooth it over time.",
    ),
    Check.OFF_PALETTE: Words(
        "Color off the palette",
        "色指定違い",
        "An area has a color that is not on the model sheet.",
        "Repaint it in the color of the palette, or add the color to the palette.",
    ),
    Check.TEMPORARY_COLOR: Words(
        "Temporary color",
        "仮色",
        "A placeholder color was not replaced.",
        "Replace it with its final color.",
    ),
    Check.TRACE_LINE: Words(
        "Trace line left",
        "色トレス残り",
        "A coloured trace line was not painted over.",
        "Paint it in the color beside it.",
    ),
    Check.GRAY: Words(
        "Without color",
        "",
        "Frames have almost no color.",
        "Color this shot, or suppress it where it is meant to be black and white.",
    ),
    Check.FADING: Words(
        "Colors fade",
        "",
        "Colors drain out of the shot, or smear into one another, as it goes on.",
        "Paint a keyframe where the loss begins.",
    ),
    Check.LUMA: Words(
        "Brightness not kept",
        "",
        "The brightness of the grey source was not kept.",
        "Take the luma from the source and only the color from the result.",
    ),
    Check.FROZEN: Words(
        "Frames repeat or are out of order",
        "枚数",
        "The source moves on and the result repeats itself, or frames are in another order.",
        "Render these frames again.",
    ),
    Check.MISMATCH: Words(
        "Source and result do not match",
        "枚数",
        "Source, reference and result differ in length, rate or shape.",
        "Check which files were compared, and the timesheet.",
    ),
    Check.PHOTOSENSITIVE: Words(
        "Flashes that may harm",
        "",
        "FFmpeg's photosensitivity filter, a neighbour of certified checks and none itself.",
        "Have it tested with a certified tool, and soften the flashes.",
    ),
    Check.UNLIKE_REFERENCE: Words(
        "Unlike the reference",
        "",
        "The result differs from the true pictures that were given.",
        "Compare the two pictures; a keyframe here helps.",
    ),
}

COLUMN_ADVICE = "Look at the worst frame and its neighbours."


def place(box_center: tuple[float, float]) -> str:
    """Where on the screen: ``upper left``, ``center``, ``lower right`` and so on.

    Args:
        box_center: (y, x) as shares of the picture, in [0, 1].
    """
    y, x = box_center
    rows, columns = ("upper", "", "lower"), ("left", "", "right")
    row = rows[min(int(3 * y), 2)]
    column = columns[min(int(3 * x), 2)]
    if not row and not column:
        return "center"
    if not row:
        return f"{column} edge" if _at_edge(x) else f"{column} side"
    return f"{row} {column or 'center'}"


def _at_edge(x: float) -> bool:
    return x < 0.1 or x > 0.9
