"""The page: nothing gets into it or out of it, it is small, and it says what was found."""

from __future__ import annotations

import base64
import hashlib
import re
import time
from dataclasses import replace
from itertools import product
from pathlib import Path

import numpy as np
import pytest

import animecolor.qa
from animecolor.qa.columns import Frames
from animecolor.qa.measurement import Measurement
from animecolor.qa.report.compose import Asked, Material
from animecolor.qa.report.files import Report, report
from animecolor.qa.report.page import MOST_FINDINGS, page
from animecolor.qa.report.pictures import show
from animecolor.qa.report.series import UNKNOWN, Series, quantise
from animecolor.qa.sighting import Box, Check, Sighting
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import read_profile
from animecolor.qa.verdict.suppress import Suppression
from tests.qa.measurements import (
    HOSTILE,
    calm,
    episode,
    faulty,
    hole,
    hostile,
    many_shots,
    material,
    measurement,
    tiny,
)
from tests.qa.reading import Page

TV = read_profile("tv")
STYLE = Path(animecolor.qa.__file__).parent / "report" / "html" / "page.css"


def reported(made: Measurement, *cases: Suppression) -> Report:
    return report(material(made), judge(made, TV, cases))


def html_of(made: Report) -> str:
    return page(made.document, made.material.measurement.frames, made.pictures)


def shown(made: Measurement, *cases: Suppression) -> Page:
    return Page(html_of(reported(made, *cases)))


def read_back(series: Series) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """As the page's script does."""
    levels = np.frombuffer(base64.b64decode(series.data), "<u2")
    return np.where(levels == UNKNOWN, np.nan, series.low + levels * series.step)


@pytest.mark.parametrize(
    "values",
    [
        [0.0, 0.25, np.nan, 109.5, 3.0],
        [7.0, 7.0, 7.0],
        [np.nan, np.nan],
        [],
        [-5.0, 1e9, np.inf, -np.inf],
        [0.001, 0.0011],
    ],
)
def test_series_are_read_back_to_half_a_step(values: list[float]) -> None:
    numbers = np.array(values, np.float32)
    series = quantise(numbers)
    wanted = np.where(np.isfinite(numbers), numbers.astype(np.float64), np.nan)
    np.testing.assert_allclose(read_back(series), wanted, rtol=0, atol=series.step * 0.501)


def test_a_series_spends_its_steps_on_its_own_range() -> None:
    assert quantise(np.array([2.0, 2.5], np.float32)).step == pytest.approx(0.5 / 65534)


def named(made: Measurement, text: str) -> str:
    """The page of a measurement with every text that comes from outside replaced."""
    keys = ("clip", "source", "reference", "palette", "coding")
    about = replace(made.about, **dict.fromkeys(keys, text), missing=(text,))
    made = replace(made, about=about)
    asked = Asked(text, (("#a0b0c0", text), ("#102030", text)))
    cases = [
        Suppression(1, text, text, "*", shot=0),
        Suppression(2, text, text, "*", shot=0, first=90, last=91),
    ]
    return html_of(
        report(Material(made, show(made.pictures, made.sightings), asked), judge(made, TV, cases))
    )


def test_hostile_texts_change_no_markup() -> None:
    html = named(faulty(), HOSTILE)
    bad, good = Page(html), Page(named(faulty(), "name"))
    assert bad.shape == good.shape
    assert bad.scripts == good.scripts
    assert bad.text.count("<img src=x onerror=alert(1)>") >= 10  # shown as what it is
    assert "{{7*7}}" in bad.text
    assert "onerror=alert(1)" in bad.blocks["data"]["findings"][0]["suppressed"]
    assert "\x1b" not in html
    assert not [name for _, names in bad.shape for name in names if name.startswith("on")]


def test_the_planted_measurement_is_hostile_too() -> None:
    assert shown(hostile()).shape == shown(replace(hostile(), about=tame(hostile()))).shape


def tame(made: Measurement) -> object:
    keys = ("clip", "source", "reference", "palette", "coding")
    return replace(made.about, **dict.fromkeys(keys, "name"), missing=("name",))


def test_half_a_surrogate_pair_in_a_name_does_not_stop_the_page() -> None:
    html_of(reported(measurement(3, clip="a\udcff\ud800.mp4"))).encode("utf-8")


def test_the_parser_sees_what_escaping_prevents() -> None:
    raw = f"<p>{HOSTILE}</p>"
    assert Page(raw).shape != Page("<p>name</p>").shape


def test_nothing_is_asked_of_anyone() -> None:
    found = shown(faulty())
    [policy] = [m["content"] for m in found.all("meta") if "http-equiv" in m]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == "'none'"
    assert rules["img-src"] == "data:"
    assert "unsafe" not in policy
    for kind, texts in (("script-src", found.scripts), ("style-src", found.styles)):
        hashes = [hashlib.sha256(text.encode()).digest() for text in texts]
        allowed = rules[kind].split()
        assert allowed == [f"'sha256-{base64.b64encode(digest).decode()}'" for digest in hashes]
    for tag, attributes in found.elements:
        for name in ("src", "href", "action", "data", "poster", "srcset"):
            assert attributes.get(name, "#")[0] == "#", (tag, attributes)
        assert "style" not in attributes, "the policy refuses style attributes"
    assert not re.search(r"url\(|@import|fetch\(|XMLHttpRequest|innerHTML", ours(found))


def ours(found: Page) -> str:
    """Scripts and styles without the vendored ones."""
    return "".join(found.scripts[1:] + found.styles[1:])


def test_an_episode_is_small_and_quick() -> None:
    made = reported(episode())
    begun = time.perf_counter()
    html = html_of(made)
    took = time.perf_counter() - begun
    pictures = sum(
        4 * ((len(data) + 2) // 3) for jpegs in made.pictures.values() for data in jpegs.values()
    )
    assert len(html.encode()) - pictures <= 3_000_000
    assert took <= 10
    plots = Page(html).blocks["data"]["plots"]
    sizes = [len(line["series"]["data"]) for plot in plots for line in plot["lines"]]
    assert sum(sizes[:12]) <= 1_500_000
    assert sizes[0] == 4 * (36_000 * 2 // 3)


def test_of_too_many_findings_the_worst_are_in_the_page() -> None:
    box = Box(0, 0, 20, 20)
    seen = tuple(
        Sighting(Check.COLOR_JUMP, shot, 4 * shot, 4 * shot, 5 + shot / 100, 400, box)
        for shot in range(MOST_FINDINGS + 40)
    )
    found = shown(measurement(4 * len(seen), len(seen), seen))
    kept = [finding["first"] for finding in found.blocks["data"]["findings"]]
    assert kept == [4 * shot for shot in range(40, len(seen))]
    assert "40 more findings" in found.text


def test_the_verdict_comes_first_and_in_words() -> None:
    found = shown(faulty())
    assert found.text.index("Fail") < found.text.index("What was found")
    assert "17 failures, 0 warnings by the limits of profile tv. 4 of 4 shots fail." in found.text
    assert "Pass Nothing was found by the limits of profile tv." in shown(measurement()).text


def test_a_failing_shot_has_its_timecode_and_its_reasons() -> None:
    made = reported(many_shots(20))
    found = Page(html_of(made))
    assert "Shot 10 00:00:10:00 to 00:00:10:23" in found.text
    [reason] = [f.sentence for f in made.document.findings if f.shot == 10 and f.topic == "hole"]
    assert found.text.index("Shots that fail") < found.text.index(reason)


def test_of_many_failing_shots_the_worst_are_told_first() -> None:
    seen = tuple(hole(shot, 24 * shot + 3, 24 * shot + 3, 11.0 + shot) for shot in range(120))
    found = shown(measurement(24 * 120, 120, seen))
    told, folded = found.text.split("88 more shots")
    assert "The 12 worst of 120" in told
    assert [int(n) for n in re.findall(r"Shot (\d+) 00:", told)] == list(range(108, 120))
    assert [int(n) for n in re.findall(r"Shot (\d+) 00:", folded)] == list(range(20, 108))
    assert "The others are in the table of shots." in folded


def test_findings_keep_what_the_document_says() -> None:
    made = reported(many_shots(20))
    rows = Page(html_of(made)).blocks["data"]["findings"]
    for row, finding in zip(rows, made.document.findings, strict=True):
        assert row["sentence"] == finding.sentence
        assert (row["first"], row["last"], row["worst"]) == (
            finding.first,
            finding.last,
            finding.worst,
        )
        assert finding.box is not None
        assert row["box"] == finding.box.model_dump()
        assert row.get("picture") == finding.picture


def test_pictures_lie_in_the_page_byte_for_byte() -> None:
    made = reported(tiny())
    block = Page(html_of(made)).blocks["pictures"]
    got = {int(n): {k: base64.b64decode(v) for k, v in views.items()} for n, views in block.items()}
    assert got == made.pictures
    assert Page(page(made.document, made.material.measurement.frames, {})).blocks["pictures"] == {}


def test_a_measure_without_numbers_has_no_plot_and_chroma_shares_one() -> None:
    made = measurement(24)
    made.frames.values["psnr"][:] = np.nan
    del made.frames.values["lpips"]
    found = shown(made)
    plots = {plot["key"]: plot for plot in found.blocks["data"]["plots"]}
    assert not {"psnr", "lpips", "chroma_v"} & set(plots)
    assert [line["name"] for line in plots["chroma_u"]["lines"]] == ["Chroma U", "Chroma V"]
    assert "Against the reference. Not measured here." in found.text


def test_limits_are_the_columns_or_those_of_a_check_in_the_same_unit() -> None:
    plots = {plot["key"]: plot for plot in shown(measurement(24)).blocks["data"]["plots"]}
    assert [limit["value"] for limit in plots["region_jitter"]["limits"]] == [1.0, 2.3]
    assert [limit["value"] for limit in plots["pulse"]["limits"]] == [
        TV.rule(Check.FLICKER).warn,
        TV.rule(Check.FLICKER).fail,
    ]
    assert plots["off_palette"]["limits"] == []  # its check counts ΔE, not a share


def test_a_plot_is_told_in_words() -> None:
    made = measurement(24)
    made.frames.values["pulse"][7] = 9.0
    plots = {plot["key"]: plot for plot in shown(made).blocks["data"]["plots"]}
    assert "highest 9.000 % of white at frame 7 (00:00:00:07)" in plots["pulse"]["summary"]


def test_colors_off_the_palette_have_a_table() -> None:
    box = Box(0, 0, 30, 30)
    seen = [
        Sighting(Check.OFF_PALETTE, shot, 24 * shot, 24 * shot, value, 900, box, None, *colors)
        for shot, value, colors in (
            (0, 7.0, ("#ff0000", "#a0b0c0")),
            (1, 9.0, ("#ff0000", "#a0b0c0")),
            (2, 20.0, ("#00ff00", "#102030")),
        )
    ]
    found = shown(measurement(72, 3, tuple(seen)))
    table = found.text.split("Colors found that are not on the palette")[1].split("The palette")[0]
    assert table.index("#00ff00") < table.index("#ff0000")  # the worst first
    assert table.count("#ff0000") == 1
    assert "#a0b0c0 girl.skin 9.0 900 2 0, 1" in " ".join(table.split())


@pytest.mark.parametrize("made", [measurement(1), measurement(3), tiny(), many_shots(500)])
def test_small_and_large_clips_have_sensible_pages(made: Measurement) -> None:
    found = shown(made)
    ids = [attributes["id"] for _, attributes in found.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for _, attributes in found.elements:
        for name in ("aria-labelledby", "aria-describedby"):
            assert set(attributes.get(name, "").split()) <= set(ids)
        if attributes.get("href", "").startswith("#") and "finding" not in attributes["href"]:
            assert attributes["href"][1:] in ids
    assert all("alt" in image for image in found.all("img"))
    assert all("scope" in heading for heading in found.all("th"))
    assert found.all("html")[0]["lang"] == "en"
    assert "None" not in found.text.replace("None of", "")
    assert "nan" not in found.text.split("Method")[0]


def test_a_clip_of_very_many_shots_has_a_table_that_can_be_shown() -> None:
    made = measurement(2400, 1200, (hole(600, 1200, 1201),))
    found = shown(made)
    assert "1 of 1,200 shots: those with findings" in found.text
    assert len(found.all("tr")) < 200


def test_what_limits_the_report_is_said() -> None:
    text = shown(measurement()).text
    assert "compressed so that colors change (h264 yuv420p)" in text
    assert "LPIPS: no weights" in text.split("Not measured, and why")[1]
    assert "analysed at 540 of its 1080 rows" in text
    assert "not a certified test" in text
    clean = shown(measurement(lossy=False, coding="ffv1 gbrp")).text
    assert "compressed so that" not in clean


def luminance(color: str) -> float:
    """Relative luminance (WCAG 2.2)."""
    digits = color.lstrip("#")
    digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in shares]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def themes() -> list[dict[str, str]]:
    """Colors of the light theme, of the dark one, and of the dark one when it is asked for."""
    found = re.findall(r"\{([^{}]*--paper:[^{}]*)\}", STYLE.read_text("utf-8"))
    return [dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6})\b", block)) for block in found[:3]]


def test_text_has_contrast_in_every_theme() -> None:
    light, dark, chosen = themes()
    assert dark == chosen
    inks = ("ink", "soft", "link", "fail", "warn", "pass", "suppressed")
    grounds = ("paper", "panel", "wash", "picked")
    for theme, name, ground in product((light, dark), inks, grounds):
        pair = sorted((luminance(theme[name]), luminance(theme[ground])), reverse=True)
        assert (pair[0] + 0.05) / (pair[1] + 0.05) >= 4.5, (name, ground, theme[name])


def test_greys_are_neutral() -> None:
    for theme, name in product(themes(), ("paper", "panel", "wash", "stage")):
        digits = theme[name].lstrip("#")
        digits = "".join(2 * digit for digit in digits) if len(digits) == 3 else digits
        assert digits[:2] == digits[2:4] == digits[4:], name


def test_numbers_that_are_not_there_stay_gaps() -> None:
    frames = calm(24, 2)
    frames = Frames(frames.pts, frames.shot, {"pulse": frames.values["pulse"]})
    found = shown(replace(measurement(24, 2), frames=frames))
    [plot] = found.blocks["data"]["plots"]
    levels = np.frombuffer(base64.b64decode(plot["lines"][0]["series"]["data"]), "<u2")
    assert list(np.flatnonzero(levels == UNKNOWN)) == [0, 12]
