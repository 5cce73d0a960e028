"""What the numbers say, and what they cannot."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from animecolor.evaluation.confidence import BLOCK, LEAST
from animecolor.evaluation.gates import STILL
from animecolor.evaluation.proposal import OTHERS

METHOD = (
    "Every number leaves frame 0 out, because half of the conditions are given it, and per frame "
    "the second keyframe of both ends. A clip's number is its mean over frames, an overall number "
    "the mean over clips, each with equal weight.",
    "The model sees nothing but its planes and keyframes, through the protocol that coloring a "
    "film uses. Lines are the artist's exact ink where a clip has it, Canny's otherwise.",
    "Mean color comes from the clips that are judged, and hold first and flow carry know a true "
    "frame; blank and no previous know none. Compare what has been told the same.",
    "PSNR punishes a plausible color that is not the true one as much as a wrong one: from a blank "
    "start it says how well the palette was guessed, not how good it looks. Look at the pictures.",
    "CDC, static flicker and TC say nothing alone: a grey or a frozen clip is the steadiest of "
    "all. Read them beside PSNR.",
    "Optical flow (DIS) on flat cels is weak, so TC has a floor of error that both clips share. "
    "Flow carry moves by the kind of flow that TC measures with: its TC is low by construction.",
    "Confidence is judged on the roll-out from frame 0: rank correlation (Spearman) of expected "
    "and true absolute error over the regions of all frames, which are the areas of at least "
    f"{LEAST} pixels between the lines, or blocks of {BLOCK} by {BLOCK} pixels of a grey picture; "
    f"then the mean over clips. The frame proposed to be painted, {OTHERS} random ones and the "
    "last are tried as second keyframe, and judged on frames that are a keyframe in neither.",
    "LVCD (Huang et al. 2024, table 1) publishes 11.8 dB for TCVC from its own previous frame and "
    "18.0 dB from the first frame. That is another protocol: 1,000 anime clips of about 59 frames "
    "at 256 by 256 pixels, and a network trained in full. Numbers across papers do not compare; "
    "the gap between the two conditions is what to look for here.",
)


def findings(section: Mapping[str, Any]) -> Iterator[str]:
    """Sentences on one plane: what is beaten, whether the memory is used, whether it drifts."""
    gates, overall = section["gates"], section["overall"]
    for name, beaten in gates["beats_db"].items():
        yield f"From {_START[name]}: {overall[name]['psnr']:.1f} dB. {_margins(beaten)}"
    yield _memory(gates["sensitivity"])
    yield from _said(gates)
    drifts = [
        f"{slope:+.2f} dB a frame from {_START[name]}"
        for name, slope in gates["drift_db_per_frame"].items()
        if slope is not None
    ]
    if drifts:
        yield f"Drift of PSNR over a shot: {', '.join(drifts)}."


_START = {"blank": "a blank start", "own previous": "one true frame"}


def _margins(beaten: Mapping[str, float]) -> str:
    above = [f"{name} (by {by:.1f})" for name, by in beaten.items() if by > 0]
    below = [f"{name} (by {-by:.1f})" for name, by in beaten.items() if by <= 0]
    said = [f"Beats {_list(above)}."] if above else []
    if below:
        said.append(f"Does not beat {_list(below)}.")
    return " ".join(said)


def _memory(felt: Mapping[str, float] | None) -> str:
    if felt is None:
        return "No clip has a color that could be turned, so use of the memory was not probed."
    return (
        f"With the hues of the true frame before it turned by 120 degrees, the output changes "
        f"{100 * felt['follows']:.0f} % as much as its input did ({felt['db']:.1f} dB between the "
        "two outputs): 0 % ignores the memory, 100 % copies it."
    )


def _said(gates: Mapping[str, Any]) -> Iterator[str]:
    """On the palette, still shots and confidence."""
    if swap := gates["swap"]:
        yield (
            f"With the palette of its keyframe turned, a shot scores {swap['db']:.1f} dB against "
            f"the truth so turned ({swap['plain_db']:.1f} as it was), and changes "
            f"{100 * swap['share']:.0f} % as much as that truth does."
        )
    if still := gates["still"]:
        yield (
            f"Shots that hardly move ({still['clips']}; their frames differ from frame 0 by less "
            f"than {STILL} on average): {still['db']:.1f} dB, holding frame 0 "
            f"{still['hold_db']:.1f} dB."
        )
    else:
        yield f"No shot hardly moves (differs from frame 0 by less than {STILL} on average)."
    if told := gates["confidence"]:
        yield f"Expected and true error correlate in rank {_ranks(told)}."
    if gain := gates["proposal"]:
        yield (
            f"The frame it would have painted next adds {gain['gain_db']:.2f} dB to the others, "
            f"{gain['over_random_db']:.2f} more than a random one and {gain['over_last_db']:.2f} "
            f"more than the last ({gain['clips']} clips)."
        )


def _ranks(told: Mapping[str, float | None]) -> str:
    known = [f"by {value:.2f} over {name}" for name, value in told.items() if value is not None]
    return " and ".join(known) if known else "nowhere: there was nothing to rank"


def _list(items: list[str]) -> str:
    return items[0] if len(items) == 1 else f"{', '.join(items[:-1])} and {items[-1]}"
