"""What is put together over clips, and what is asked of it."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

from animecolor.evaluation.asked import asked
from animecolor.evaluation.baselines import mean_color
from animecolor.evaluation.conditions import OWN_PREVIOUS
from animecolor.evaluation.exam import (
    EXPECTED_ERROR,
    TRUE_ERROR,
    TRUTH,
    Exam,
    Pictures,
    Result,
    examine,
)
from animecolor.evaluation.gates import STILL
from animecolor.evaluation.tables import wanted
from animecolor.evaluation.totals import Gates, mean_fields, means, probed
from animecolor.frame import Plane
from animecolor.training.clips import Clip
from tests.evaluation.fakes import Copier, Doubter


@pytest.fixture(scope="module")
def copied(clips: list[Clip]) -> list[Result]:
    exam = Exam({Plane.LINE: Copier()}, mean_color(clips))
    return [result for clip in clips for result in examine(clip, exam, Pictures.MAIN)]


@pytest.fixture(scope="module")
def doubted(clips: list[Clip]) -> list[Result]:
    exam = Exam({Plane.GRAY: Doubter(reads=Plane.GRAY)}, mean_color(clips))
    return [result for clip in clips for result in examine(clip, exam, Pictures.NONE)]


def test_gates_of_a_copier_are_known(copied: list[Result]) -> None:
    gates = probed(copied)
    assert gates["held_db"] == 100
    assert gates["second_key"] == {"gain_db": 0, "worse": 0, "clips": 2}
    assert gates["swap"]["plain_db"] == pytest.approx(gates["swap"]["db"], abs=0.01)
    assert gates["confidence"] is gates["proposal"] is None
    rows = [result.answers["hold first"].frames["psnr"] for result in copied]
    loss = np.mean([row[0] - row[-1] for row in rows])
    assert gates["quarters"]["loss"] == pytest.approx(loss, abs=1e-4)
    flow = np.mean([result.answers["flow carry"].clip["psnr"] for result in copied])
    hold = np.mean([result.answers["hold first"].clip["psnr"] for result in copied])
    assert gates["above_flow_db"] == pytest.approx(hold - flow, abs=1e-4)


def test_who_can_tell_is_asked_more(doubted: list[Result]) -> None:
    gates = probed(doubted)
    assert -1 <= gates["confidence"]["regions"] <= 1
    assert gates["proposal"]["clips"] == gates["second_key"]["clips"] == 2
    assert gates["second_key"]["gain_db"] > 0  # Doubter paints the nearer key


def test_beside_grey_the_better_flow_counts(doubted: list[Result]) -> None:
    own, plain, kept = (
        np.mean([result.answers[name].clip["psnr"] for result in doubted])
        for name in ("own previous", "flow carry", "flow carry, luma kept")
    )
    assert kept > plain
    assert probed(doubted)["above_flow_db"] == pytest.approx(own - kept, abs=1e-4)


def test_still_shots_are_their_own_row(copied: list[Result]) -> None:
    calm, wild = (
        replace(result, probed=replace(result.probed, stir=stir))
        for result, stir in zip(copied, (STILL / 2, STILL * 2), strict=True)
    )
    db = calm.answers["hold first"].clip["psnr"]
    assert probed([calm, wild])["still"] == {
        "clips": 1,
        "db": pytest.approx(db),
        "hold_db": pytest.approx(db),
        "above_db": 0,
    }
    assert probed([wild])["still"] is None


def test_a_key_that_harms_is_counted(doubted: list[Result]) -> None:
    one, two = doubted
    assert one.probed.proposal is not None
    harmful = replace(one.probed.proposal, least_db=-0.5)
    spoiled = replace(one, probed=replace(one.probed, proposal=harmful))
    before = probed([two])["second_key"]["worse"]
    assert probed([spoiled, two])["second_key"]["worse"] == before + 1


def test_tc_over_clips_is_the_ratio_of_their_errors(copied: list[Result]) -> None:
    """A clip that hardly moves has a ratio of 500; it must not count for more than it moves."""
    calm, wild = results = deepcopy(copied)
    for result, (own, true) in zip(results, ((0.5, 0.001), (30.0, 29.999)), strict=True):
        for name, warp in ((OWN_PREVIOUS, own), (TRUTH, true)):
            result.answers[name].clip["warp"] = warp
    rows = means([calm, wild])
    assert rows[OWN_PREVIOUS]["tc"] == pytest.approx(30.5 / 30, abs=1e-4)
    assert rows[TRUTH]["tc"] == 1


def test_means_leave_out_what_is_no_number(copied: list[Result]) -> None:
    swap = copied[0].probed.swap
    assert swap is not None
    known = [None, replace(swap, db=20), replace(swap, db=30), replace(swap, db=float("nan"))]
    mean = mean_fields(known)
    assert mean is not None
    assert mean["db"] == 25
    assert mean_fields([None]) is None


def gates(**found: object) -> Gates:
    known = dict.fromkeys(
        ("above_flow_db", "tc", "quarters", "second_key", "confidence", "proposal", "swap", "still")
    )
    return {**known, "held_db": None, **found}


@pytest.mark.parametrize(
    ("found", "what", "met"),
    [
        ({"above_flow_db": 3.0}, "From one keyframe, above carrying it by flow", True),
        ({"above_flow_db": 2.99}, "From one keyframe, above carrying it by flow", False),
        ({"tc": 1.11}, "From one keyframe, TC", False),
        ({"quarters": {"loss": 1.5}}, "The last quarter of a shot below its first", True),
        (
            {"second_key": {"gain_db": 1, "worse": 1}},
            "Shots that some second keyframe makes worse",
            False,
        ),
        ({"confidence": {"regions": 0.49}}, "Expected and true error, rank by region", False),
        ({"confidence": {"regions": None}}, "Expected and true error, rank by region", None),
        ({}, "Still shots above holding frame 0", None),
    ],
)
def test_what_is_asked_is_held_against_what_was_found(
    found: Gates, what: str, met: bool | None
) -> None:
    rows = {row["what"]: row["met"] for row in asked(gates(**found))}
    assert rows[what] is met


def test_the_table_says_yes_no_and_nothing() -> None:
    rows = asked(gates(tc=1.0, held_db=20.0))
    html = "\n".join(wanted({"asked": rows}, "line art"))
    assert html.count("✓ yes") == html.count("✗ no") == 1
    assert "≤ 1.1" in html
    assert "≥ 40 dB" in html
    assert html.count("<tr>") == len(rows) + 1


def test_the_main_pictures_are_fewer(copied: list[Result], doubted: list[Result]) -> None:
    names = {strip.name for strip in copied[0].strips}
    assert {TRUTH, "plane", "own previous", TRUE_ERROR} < names
    assert not {"mean color", EXPECTED_ERROR} & names
    assert doubted[0].strips == ()
