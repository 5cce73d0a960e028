"""Several results on one page: whose number is best, and the same frame of each."""

from __future__ import annotations

import base64
from dataclasses import replace

import numpy as np
import pytest

from animecolor.qa.measurement import Measurement
from animecolor.qa.report.compare import MOST_WORST, Side, compare_page, worst_frames
from animecolor.qa.report.files import report
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import read_profile
from tests.qa.measurements import HOSTILE, faulty, hole, many_shots, material, measurement, tiny
from tests.qa.reading import Page


def side(name: str, made: Measurement) -> Side:
    whole = report(material(made), judge(made, read_profile("tv")))
    return Side(name, whole.document, made.frames, whole.pictures, f"compare/{name}/index.html")


def level(value: float, frames: int = 24) -> Measurement:
    """A calm clip with one number that is what it is told."""
    made = measurement(frames)
    made.frames.values["region_jitter"][:] = value
    made.frames.values["psnr"][:] = value
    return made


def row(page: Page, title: str) -> str:
    """What the table of numbers says of a measure."""
    numbers = page.text.split("Context has no best.")[1].split("Timeline")[0]
    after = numbers.split(f" {title} ", 1)[1]
    return " ".join(after.split()[:12])


def test_the_best_is_said_in_words_and_knows_which_way_is_better() -> None:
    page = Page(compare_page([side("a", level(0.5)), side("b", level(0.25))]))
    assert row(page, "Region jitter").startswith("ΔE lower 0.50 0.50 best 0.25 0.25")
    assert row(page, "PSNR").startswith("dB higher best 0.5 0.5 0.2 0.2")
    assert "best" not in row(page, "Luma")[:40]


def test_numbers_that_look_the_same_have_no_best() -> None:
    page = Page(compare_page([side("a", level(0.501)), side("b", level(0.502))]))
    assert row(page, "Region jitter").startswith("ΔE lower 0.50 0.50 0.50 0.50")


def test_each_result_has_its_verdict_and_its_own_page() -> None:
    page = Page(compare_page([side("good", measurement()), side("bad", faulty())]))
    verdicts = page.text.split("Findings by check")[0]
    assert "good Pass tv 0 0 0 0 of 1" in verdicts
    assert "bad Fail tv 17 0 0 4 of 4" in verdicts
    links = [a["href"] for a in page.all("a") if not a["href"].startswith("#")]
    assert links == ["compare/good/index.html", "compare/bad/index.html"]


def test_the_same_frame_of_each_is_taken_from_wherever_a_picture_is() -> None:
    ours, theirs = measurement(24, 1, (hole(0, 5, 5),)), measurement(24, 1, (hole(0, 6, 6),))
    sides = [side("ours", ours), side("theirs", theirs), side("none", measurement())]
    sides[2] = sides[2]._replace(stills={5: b"still"})
    page = Page(compare_page(sides))
    pictures = [image["src"].split(",")[1] for image in page.all("img")]
    wanted = [
        sides[0].pictures[1]["frame"],  # frame 5 of ours
        sides[1].pictures[1]["before"],  # and of theirs, which lies before their frame 6
        b"still",
        sides[0].pictures[1]["after"],  # frame 6
        sides[1].pictures[1]["frame"],
    ]
    assert [base64.b64decode(picture) for picture in pictures] == wanted
    assert page.text.count("no picture of this frame was kept") == 1


def test_no_result_takes_all_places_of_the_worst_frames() -> None:
    documents = [side("a", many_shots(400)).document, side("b", tiny()).document]
    worst = worst_frames(documents)
    assert len(worst) == MOST_WORST
    assert {at.side for at in worst} == {0, 1}
    assert [at.frame for at in worst] == sorted(at.frame for at in worst)


def test_results_of_unequal_length_are_drawn_to_the_longest() -> None:
    page = Page(compare_page([side("a", measurement(24)), side("b", measurement(30))]))
    assert "differ in length (24, 30 frames)" in page.text
    data = page.blocks["data"]
    assert data["frames"] == 30
    for line in data["plots"][0]["lines"]:
        assert len(base64.b64decode(line["series"]["data"])) == 2 * 30


def test_a_measure_of_one_result_alone_is_shown() -> None:
    ours, theirs = measurement(24), measurement(24)
    theirs.frames.values["psnr"][:] = np.nan
    page = Page(compare_page([side("a", ours), side("b", theirs)]))
    assert "not measured" in row(page, "PSNR")


@pytest.mark.parametrize("names", [("same", "same"), (HOSTILE, HOSTILE)])
def test_names_are_told_apart_and_change_no_markup(names: tuple[str, str]) -> None:
    made = faulty()
    nasty = replace(made, about=replace(made.about, clip=names[0], source=names[1]))
    page = Page(compare_page([side(name, nasty)._replace(link="") for name in names]))
    plain = Page(compare_page([side(name, made)._replace(link="") for name in ("a", "b")]))
    assert page.shape == plain.shape
    curves = [line["name"] for line in page.blocks["data"]["plots"][0]["lines"]]
    assert len(set(curves)) == 2
