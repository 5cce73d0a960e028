"""What is asked of a model before it is released, and whether it is met."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from animecolor.evaluation.totals import Gates


@dataclass(frozen=True, slots=True)
class Ask:
    """A number that is asked of a model that colors whole shots from keyframes."""

    what: str
    unit: str
    digits: int
    where: str
    """Keys of it in the gates, with dots between."""
    at_least: float | None = None
    at_most: float | None = None

    def met(self, value: float) -> bool:
        """Whether a value is as asked."""
        low, high = self.at_least, self.at_most
        return (low is None or value >= low) and (high is None or value <= high)


ASKED = (
    Ask("From one keyframe, above carrying it by flow", "dB", 1, "above_flow_db", at_least=3),
    Ask("From one keyframe, TC", "", 2, "tc", at_most=1.1),
    Ask("The last quarter of a shot below its first", "dB", 1, "quarters.loss", at_most=1.5),
    Ask("What a second keyframe adds", "dB", 2, "second_key.gain_db", at_least=0),
    Ask("Shots that some second keyframe makes worse", "", 0, "second_key.worse", at_most=0),
    Ask("Expected and true error, rank by region", "", 2, "confidence.regions", at_least=0.5),
    Ask("Proposed keyframe above a random one", "dB", 2, "proposal.over_random_db", at_least=0),
    Ask("What a turned palette loses", "dB", 1, "swap.loss", at_most=1),
    Ask("Still shots above holding frame 0", "dB", 1, "still.above_db", at_least=0),
    Ask("A drawing held for 8 frames", "dB", 1, "held_db", at_least=40),
)


def asked(gates: Gates) -> list[dict[str, Any]]:
    """What is asked of a release, and what was found; null where nothing was."""
    rows = []
    for ask in ASKED:
        value: Any = gates
        for key in ask.where.split("."):
            value = None if value is None else value[key]
        rows.append(
            {
                "what": ask.what,
                "unit": ask.unit,
                "digits": ask.digits,
                "value": value,
                "at_least": ask.at_least,
                "at_most": ask.at_most,
                "met": None if value is None else ask.met(value),
            }
        )
    return rows
