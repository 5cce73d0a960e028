"""Opening pages in a real browser, and reading what they show."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from animecolor.qa.measurement import Measurement
from animecolor.qa.report.files import report
from animecolor.qa.report.page import page
from animecolor.qa.verdict.judge import judge
from animecolor.qa.verdict.profile import read_profile
from tests.qa.measurements import material

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
WAIT_MS = 15_000


def browser_path() -> str | None:
    """Where a Chromium lies: as ``CHROMIUM`` says, or on the path."""
    return os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)


@dataclass
class Opened:
    """A page in a browser, and what it did that it should not."""

    page: Any
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)


@dataclass
class Desk:
    """Opens pages."""

    browser: Any
    folder: Path
    contexts: list[Any] = field(default_factory=list)

    def open(self, html: str, size: tuple[int, int] = (1440, 900), scheme: str = "light") -> Opened:
        path = self.folder / "index.html"
        path.write_text(html, "utf-8")
        width, height = size
        context = self.browser.new_context(
            viewport={"width": width, "height": height}, color_scheme=scheme
        )
        self.contexts.append(context)
        opened = Opened(context.new_page())
        opened.page.set_default_timeout(WAIT_MS)
        opened.page.on("console", lambda message: opened.complaints.append(message.text))
        opened.page.on("pageerror", lambda error: opened.complaints.append(str(error)))
        opened.page.on("request", lambda request: opened.asked.append(request.url))
        opened.page.goto(path.as_uri())
        return opened


def html_of(made: Measurement) -> str:
    whole = report(material(made), judge(made, read_profile("tv")))
    return page(whole.document, made.frames, whole.pictures)


def seen(opened: Opened, script: str) -> Any:
    """What an expression is in the page."""
    return opened.page.evaluate(script)


def window(opened: Opened) -> str:
    """Which part of the clip the plots show."""
    return str(opened.page.locator("#timeline .window").inner_text())


def wait_until(opened: Opened, script: str) -> None:
    """Wait for an expression; the page's policy forbids the waiting that playwright brings."""
    for _ in range(WAIT_MS // 50):
        if seen(opened, script):
            return
        opened.page.wait_for_timeout(50)
    raise AssertionError(f"never: {script}")


def plots(opened: Opened) -> Any:
    """The plots, scrolled to, as they are made when they come into view."""
    seen(opened, "document.querySelector('#timeline').scrollIntoView()")
    over = opened.page.locator("#timeline .u-over")
    over.first.wait_for()
    return over


def cursors(opened: Opened) -> list[float]:
    """Where the cursor lies in each plot, as a share of its width."""
    script = """[...document.querySelectorAll('.u-cursor-x')].map((line) => {
        const plot = line.parentElement.getBoundingClientRect();
        return (line.getBoundingClientRect().right - plot.left) / plot.width;
    })"""
    return list(seen(opened, script))
