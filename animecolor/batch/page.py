"""A job as a page that needs no server: how it stands while it runs, and the season at its end."""

from __future__ import annotations

import os
import time
from pathlib import Path, PurePath
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from animecolor.batch.status import Status
from animecolor.errors import printable
from animecolor.video.part import write_errors

STATUS, SEASON = "status.html", "season.html"


def write_page(page: Path, status: Status, title: str, live: bool) -> None:
    """Write a page, whole or not at all.

    Args:
        page: the file; links to results and reports are relative to it.
        status: how the job stands.
        title: its headline.
        live: whether it is written again while a browser shows it.

    Raises:
        AnimecolorError: the system refused.
    """
    environment = Environment(
        autoescape=True,
        loader=FileSystemLoader(Path(__file__).with_name("html")),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: printable(value) if type(value) is str else value,
    )
    environment.filters["link"] = lambda path: quote(os.path.relpath(path, page.parent.resolve()))
    environment.filters["name"] = lambda path: PurePath(path).name
    written = time.strftime("%Y-%m-%d %H:%M:%S")
    template = environment.get_template("job.html")
    text = template.render(status=status, title=title, live=live, written=written)
    # Not made durable: the next one comes in seconds, and the ledger knows all of it.
    part = page.with_name(f".{page.stem}.{os.getpid():08d}.part.html")
    with write_errors(page):
        part.write_text(text, encoding="utf-8")
        part.replace(page)
