"""The pages in a real browser: opened from a file, zoomed, stepped through, looked at, narrow."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from animecolor.qa.measurement import Measurement
from animecolor.qa.report.compare import Side, compare_page
from animecolor.qa.report.files import report
from animecolor.qa.sighting import Box, Check, Sighting
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import read_profile
from tests.qa.browsing import (
    WAIT_MS,
    Desk,
    browser_path,
    cursors,
    html_of,
    plots,
    seen,
    wait_until,
    window,
)
from tests.qa.measurements import episode, faulty, many_shots, material, measurement, tiny, triplet

sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """One Chromium for all tests here."""
    path = browser_path()
    if path is None:
        pytest.skip("no Chromium on the path; CHROMIUM can name one")
    root = hasattr(os, "geteuid") and os.geteuid() == 0
    with sync_api.sync_playwright() as playwright:
        running = playwright.chromium.launch(
            executable_path=path, args=["--no-sandbox"] if root else []
        )
        yield running
        running.close()


@pytest.fixture
def desk(browser: Any, tmp_path: Path) -> Iterator[Desk]:
    """Opens pages, and closes them after the test."""
    desk = Desk(browser, tmp_path)
    yield desk
    for context in desk.contexts:
        context.close()


def test_it_opens_from_a_file_and_asks_for_nothing(desk: Desk) -> None:
    opened = desk.open(html_of(faulty()))
    plots(opened)
    seen(opened, "scrollTo(0, document.body.scrollHeight)")
    opened.page.keyboard.press("j")
    assert opened.complaints == []
    assert {url.split(":", 1)[0] for url in opened.asked} <= {"file", "data"}
    assert len([url for url in opened.asked if url.startswith("file")]) == 1


def test_the_policy_stops_what_is_planted(desk: Desk) -> None:
    planted = "<script>document.title='planted'</script><img src='http://localhost:1/x.png'></body>"
    opened = desk.open(html_of(tiny()).replace("</body>", planted))
    assert opened.page.title() != "planted"
    refused = [text for text in opened.complaints if "Content Security Policy" in text]
    assert len(refused) == 2


def test_keys_go_from_finding_to_finding(desk: Desk) -> None:
    opened = desk.open(html_of(faulty()))
    heading = opened.page.locator("#detail h3")
    first = heading.inner_text()
    opened.page.keyboard.press("j")
    second = heading.inner_text()
    assert "no. 2" in second
    said = opened.page.locator("#said").inner_text()
    assert said.startswith("Finding 2 of 17. Fail: Global flicker, frames 3 to 4")
    assert opened.page.locator("#list [aria-current]").count() == 1
    assert seen(opened, "location.hash") == "#finding-2"
    opened.page.keyboard.press("k")
    assert heading.inner_text() == first
    opened.page.keyboard.press("p")
    assert "This is the first finding" in opened.page.locator("#said").inner_text()
    opened.page.keyboard.press("Enter")
    assert seen(opened, "document.activeElement === document.querySelector('#detail h3')")


def test_the_pictures_shown_are_those_of_the_finding(desk: Desk) -> None:
    box = Box(320, 480, 640, 960)
    sightings = tuple(
        Sighting(Check.COLOR_JUMP, 0, at, at, 20.0, 900, box, at, "#c02020", "#204060")
        for at in (5, 40, 80)
    )
    made = measurement(96, 1, sightings)
    shades = dict(zip(sightings, (20, 120, 220), strict=True))
    for sighting, shade in shades.items():
        four = triplet(sighting.first)
        made.pictures[sighting] = type(four)(
            four.first, tuple(np.full((135, 240, 3), shade, np.uint8) for _ in range(4)), four.box
        )
    opened = desk.open(html_of(made))
    pixel = """async () => {
        const image = document.querySelector('#detail [data-view=frame] img');
        await image.decode();
        const canvas = document.createElement('canvas');
        canvas.getContext('2d').drawImage(image, 0, 0);
        return canvas.getContext('2d').getImageData(9, 9, 1, 1).data[0];
    }"""
    for shade in shades.values():
        assert abs(seen(opened, pixel) - shade) <= 2
        opened.page.keyboard.press("j")
    frame = opened.page.locator("#detail [data-view=frame]").bounding_box()
    mark = opened.page.locator("#detail [data-view=frame] .box").bounding_box()
    centers = [
        (mark[side] + mark[length] / 2 - frame[side]) / frame[length]
        for side, length in (("x", "width"), ("y", "height"))
    ]
    assert centers == pytest.approx([90 / 240, 60 / 135], abs=0.01)
    assert opened.page.locator("#detail .swatch").count() == 2
    assert "#c02020 found" in opened.page.locator("#detail .colors").inner_text()


def test_a_picture_is_enlarged_and_flipped_through(desk: Desk) -> None:
    opened = desk.open(html_of(measurement(24, 1, (Sighting(Check.GRAY, 0, 9, 9, 80.0),))))
    opened.page.locator("#detail [data-view=frame]").click()
    title = opened.page.locator("#lens h2")
    assert title.inner_text() == "Without color: t, the frame itself"
    opened.page.keyboard.press("ArrowRight")
    assert "t+1" in title.inner_text()
    opened.page.keyboard.press("Escape")
    assert not opened.page.locator("#lens").is_visible()
    assert seen(opened, "document.activeElement.dataset.view") == "frame"


def test_a_close_up_keeps_the_box_in_its_place(desk: Desk) -> None:
    opened = desk.open(html_of(tiny()))
    where = "(() => { const b = document.querySelector('#detail .box').getBoundingClientRect();"
    center = where + " return [b.x + b.width / 2, b.y + b.height / 2]; })()"
    before = seen(opened, center)
    opened.page.keyboard.press("z")
    opened.page.wait_for_timeout(250)
    assert seen(opened, center) == pytest.approx(before, abs=1.5)
    image = opened.page.locator("#detail [data-view=frame] img").bounding_box()
    whole = opened.page.locator("#detail [data-view=frame]").bounding_box()
    assert image["width"] / whole["width"] == pytest.approx(0.35 * 135 / 40, abs=0.02)


def test_plots_zoom_by_dragging_and_by_keys_together(desk: Desk) -> None:
    opened = desk.open(html_of(many_shots(20)), size=(1440, 1000))
    opened.page.keyboard.press("0")
    assert window(opened) == "Whole clip, 480 frames"
    over = plots(opened).nth(1)
    box = over.bounding_box()
    y = box["y"] + box["height"] / 2
    opened.page.mouse.move(box["x"] + box["width"] * 0.25, y)
    opened.page.mouse.down()
    opened.page.mouse.move(box["x"] + box["width"] * 0.5, y, steps=4)
    opened.page.mouse.up()
    assert window(opened) == "00:00:05:00 to 00:00:09:23, 120 frames"
    scales = "[...document.querySelectorAll('#timeline .plot .u-over')].length"
    assert seen(opened, scales) >= 3
    opened.page.mouse.dblclick(box["x"] + 40, y)
    assert window(opened) == "Whole clip, 480 frames"
    opened.page.locator("#timeline .ruler").focus()
    opened.page.keyboard.press("Home")
    opened.page.keyboard.press("PageDown")
    # A shot of 24 frames and a little air on both sides.
    assert window(opened).startswith("00:00:00:23 to 00:00:02:00")
    opened.page.keyboard.press("ArrowRight")
    told = opened.page.locator("#timeline .ruler").get_attribute("aria-valuetext")
    assert told == "00:00:01:01, frame 25, shot 1"
    assert cursors(opened) == pytest.approx([2.5 / 26] * len(cursors(opened)), abs=0.01)


def test_the_wheel_scrolls_the_page_and_zooms_only_with_control(desk: Desk) -> None:
    opened = desk.open(html_of(many_shots(20)))
    opened.page.keyboard.press("0")
    over = plots(opened).first
    over.hover()
    before = seen(opened, "scrollY")
    opened.page.mouse.wheel(0, 120)
    wait_until(opened, f"scrollY > {before}")
    assert window(opened) == "Whole clip, 480 frames"
    over.hover()
    opened.page.keyboard.down("Control")
    opened.page.mouse.wheel(0, -100)
    wait_until(
        opened, "!document.querySelector('#timeline .window').textContent.startsWith('Whole')"
    )


def test_a_finding_is_found_in_the_plot_that_shows_it(desk: Desk) -> None:
    opened = desk.open(html_of(faulty(frames=960)), size=(1440, 1000))
    opened.page.keyboard.press("j")
    plots(opened)
    concerned = opened.page.locator("#timeline .concerned figcaption b")
    assert concerned.inner_text() == "Global flicker"
    assert cursors(opened) == pytest.approx([3.5 / 49] * len(cursors(opened)), abs=0.01)
    assert window(opened).endswith("49 frames")  # it and a second on either side
    ruler = opened.page.locator("#timeline .ruler").bounding_box()
    opened.page.mouse.click(ruler["x"] + 52 + (ruler["width"] - 52) / 2, ruler["y"] + 26)
    assert "Global flicker" in opened.page.locator("#detail h3").inner_text()


def test_filters_narrow_the_list_and_links_set_them(desk: Desk) -> None:
    opened = desk.open(html_of(many_shots(40)))
    assert opened.page.locator("#shown").inner_text() == "8 findings"
    opened.page.locator("#by-check").select_option("hole")
    assert opened.page.locator("#shown").inner_text() == "4 of 8 findings"
    opened.page.locator("#by-text").fill("no such words")
    assert opened.page.locator("#none").inner_text() == "No finding is like this."
    opened.page.keyboard.press("j")  # letters go into the field, not to the findings
    assert opened.page.locator("#by-text").input_value() == "no such wordsj"
    opened.page.locator("#unfilter").click()
    assert opened.page.locator("#list li").count() == 8
    opened.page.locator("table.counts a", has_text="Color jump").click()
    assert opened.page.locator("#shown").inner_text() == "4 of 8 findings"
    assert "Color jump" in opened.page.locator("#detail h3").inner_text()


def test_five_hundred_shots_stay_quick_and_sort(desk: Desk) -> None:
    opened = desk.open(html_of(many_shots(500, 8)))
    assert seen(opened, "performance.now()") < WAIT_MS
    assert opened.page.locator("#timeline .uplot").count() < 10  # made when they come into view
    opened.page.locator("#shots th button", has_text="Fails").click()
    states = opened.page.locator("#shots tbody td:nth-child(2)")
    assert "Fail" in states.first.inner_text()
    assert opened.page.locator("#shots th[aria-sort]").get_attribute("aria-sort") == "descending"
    opened.page.locator("#shots tbody a").first.click()
    assert window(opened).startswith("00:00:00:00 to 00:00:00:09")


def test_an_episode_steps_without_delay(desk: Desk) -> None:
    opened = desk.open(html_of(episode()))
    plots(opened)
    begun = seen(opened, "performance.now()")
    for _ in range(5):
        opened.page.keyboard.press("j")
    assert seen(opened, "performance.now()") - begun < 5 * 1000
    assert opened.complaints == []


def test_dark_follows_the_system_and_the_button(desk: Desk) -> None:
    opened = desk.open(html_of(faulty()), scheme="dark")
    paper = "getComputedStyle(document.body).backgroundColor"
    assert seen(opened, paper) == "rgb(24, 24, 24)"
    opened.page.locator("#theme").click()
    assert seen(opened, paper) == "rgb(250, 250, 250)"


def test_no_width_scrolls_the_body_sideways(desk: Desk) -> None:
    opened = desk.open(html_of(faulty()), size=(2560, 844))
    plots(opened)
    for width in (2560, 820, 390):
        opened.page.set_viewport_size({"width": width, "height": 844})
        plot = "document.querySelector('#timeline .uplot')"
        wait_until(opened, f"{plot}.getBoundingClientRect().right <= {width}")
        assert seen(opened, "document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("made", [measurement(1), measurement(3), tiny()])
def test_almost_nothing_is_shown_without_complaint(desk: Desk, made: Measurement) -> None:
    opened = desk.open(html_of(made))
    plots(opened)
    opened.page.keyboard.press("j")
    opened.page.keyboard.press("]")
    opened.page.keyboard.press("?")
    assert opened.page.locator("#help").is_visible()
    assert opened.complaints == []


def test_every_control_has_a_name(desk: Desk) -> None:
    opened = desk.open(html_of(faulty()))
    nameless = """[...document.querySelectorAll('button, a, input, select, summary')]
        .filter((e) => !e.textContent.trim() && !e.ariaLabel && !e.labels?.length)
        .map((e) => e.outerHTML)"""
    assert seen(opened, nameless) == []


def test_on_paper_are_the_findings_with_their_pictures(desk: Desk) -> None:
    opened = desk.open(html_of(many_shots(20)))
    opened.page.emulate_media(media="print")
    seen(opened, "dispatchEvent(new Event('beforeprint'))")
    assert opened.page.locator("#printed article").count() == 4
    assert opened.page.locator("#printed img").count() == 4 * 4
    assert not opened.page.locator("#list").is_visible()


def test_results_lie_over_one_another_and_side_by_side(desk: Desk) -> None:
    sides = []
    for name, made in (("ours", many_shots(4)), ("theirs", faulty(4, 96)), ("short", tiny())):
        whole = report(material(made), judge(made, read_profile("tv")))
        sides.append(Side(name, whole.document, made.frames, whole.pictures))
    opened = desk.open(compare_page(sides))
    plots(opened)
    values = opened.page.locator("figure[data-key=luma] output")
    values.scroll_into_view_if_needed()
    assert [part.split()[0] for part in values.inner_text().split("   ")] == [
        "ours",
        "theirs",
        "short",
    ]
    opened.page.locator("[data-show]").first.click()
    assert not window(opened).startswith("Whole")
    assert opened.complaints == []
    opened.page.set_viewport_size({"width": 390, "height": 844})
    assert seen(opened, "document.documentElement.scrollWidth") <= 390
